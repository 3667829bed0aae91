//! Why there is no connection, or nobody to vouch for an image.

use crate::error::{KubeconfigProblem, LoginEnd, NotReached, NotVerified, Server};

pub(super) fn kubeconfig(problem: &KubeconfigProblem) -> String {
    match problem {
        KubeconfigProblem::NoneWithContext { context } => format!("没有 kubeconfig，因此也没有 context {context:?}"),
        KubeconfigProblem::None => "没有 kubeconfig，这里也不是集群中的 Pod".into(),
        KubeconfigProblem::File { file, cause } => format!("{file}：{cause}"),
        KubeconfigProblem::Other(cause) => cause.clone(),
    }
}

/// How a login command ended, and what it told people last.
pub(super) fn login(command: &str, ended: &LoginEnd, said: Option<&str>) -> String {
    let ended = match ended {
        LoginEnd::Failed(status) => format!("失败（{}）", super::ended_with(*status)),
        LoginEnd::NotStarted(cause) => format!("无法启动：{cause}"),
        LoginEnd::NoCredential => "没有输出可以读取的凭证".into(),
    };
    let said = said.map(|said| format!("：{said}")).unwrap_or_default();
    format!("kubeconfig 的登录命令 {command} {ended}{said}")
}

pub(super) fn not_verified(cause: &NotVerified) -> String {
    match cause {
        NotVerified::NotStarted { program, cause } => format!("{program} 无法启动：{cause}"),
        NotVerified::Overdue { seconds } => format!("{seconds} s 内无应答"),
        NotVerified::Refused(said) => said.clone(),
    }
}

pub(super) fn server(server: &Server) -> String {
    let url = &server.url;
    server.proxy.as_ref().map_or_else(|| url.clone(), |proxy| format!("{url}（经代理 {proxy}）"))
}

pub(super) fn not_reached(cause: &NotReached) -> String {
    match cause {
        NotReached::Overdue { seconds } => format!("{seconds} s 内无应答"),
        NotReached::Other(cause) => cause.clone(),
    }
}
