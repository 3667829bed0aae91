//! Why nothing was seen from another machine by ssh.

use lbprobe_protocol::{RecordError, VERSION};

use crate::error::SshProblem;

pub(super) fn problem(problem: &SshProblem) -> String {
    match problem {
        SshProblem::NotStarted(cause) => format!("ssh 无法启动：{cause}"),
        SshProblem::Failed { message } => message.clone(),
        SshProblem::FailedSilently { status } => format!("ssh 已结束（{}）", super::ended_with(*status)),
        SshProblem::OtherSystem { system } => {
            format!("它运行的是 {system:?}，而本程序只携带用于 x86_64 和 aarch64 上 Linux 的探针")
        }
        SshProblem::NothingCarried => "本程序构建时没有包含探针，因此无法发送".into(),
        SshProblem::Broken(cause) => format!("本程序携带的探针已损坏：{cause}"),
        SshProblem::TooLong => "检查太多，一个探针容纳不下".into(),
        SshProblem::Overdue(within) => format!("{} s 内无应答", within.as_secs()),
        SshProblem::Record(cause) => no_record(cause),
    }
}

fn no_record(cause: &RecordError) -> String {
    match cause {
        RecordError::Missing(bytes) => format!("{bytes} 字节的文本中没有探针的结果"),
        RecordError::Version(version) => format!("探针的协议版本是 {version}，插件的是 {VERSION}"),
        RecordError::Truncated => "探针的结果不完整".into(),
        RecordError::Malformed(line) => format!("探针的结果中第 {line} 行无法读取"),
    }
}
