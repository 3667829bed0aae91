//! Why nothing was seen from a pod of another cluster.

use lbprobe_analysis::shell::{command, quoted};

use crate::error::{Error, OtherClusterProblem};

pub(super) fn problem(problem: &OtherClusterProblem) -> String {
    match problem {
        OtherClusterProblem::Request(cause) => super::error(cause),
        OtherClusterProblem::Same => "它就是 Service 所在的集群：两者的节点相同".into(),
        OtherClusterProblem::HeldBack { namespace, policy } => {
            format!("那里的 NetworkPolicy {namespace}/{policy} 限制了探针可以连接的目的地")
        }
        OtherClusterProblem::PoliciesUnread { namespace, cause } => {
            format!("不知道探针在那里的命名空间 {namespace} 中是否受 NetworkPolicy 限制：{cause}")
        }
        OtherClusterProblem::OwnAddress { address, service } => {
            format!("要访问的 {address} 在那里是 Service {service} 的地址")
        }
        OtherClusterProblem::NodesThere => "要访问的所有节点地址都是那里的节点的地址".into(),
        OtherClusterProblem::NoNode => "那里没有节点能运行探针".into(),
        OtherClusterProblem::Unmeasured(why) => why.clone(),
    }
}

/// Commands alone are the same in each language.
pub(super) fn hint(problem: &OtherClusterProblem, context: &str) -> Option<String> {
    match problem {
        OtherClusterProblem::Request(cause) if matches!(**cause, Error::Kubeconfig(_)) => super::hint(cause),
        OtherClusterProblem::Request(cause) => {
            let there = format!("--context={context}");
            super::hint(cause).map(|hint| format!("{hint}；针对那个集群用 {}", quoted(&there)))
        }
        OtherClusterProblem::HeldBack { namespace, .. } | OtherClusterProblem::PoliciesUnread { namespace, .. } => {
            let there = format!("--context={context}");
            let policies = command(&["kubectl", &there, "get", "networkpolicies", "-n", namespace]);
            Some(format!("{policies}；探针在其 context 的命名空间中启动，可用 kubectl config set-context 更改"))
        }
        _ => problem.hint(context),
    }
}
