//! The words for why nothing was measured, and for what helps.

use super::ports;
use crate::diagnosis::UnmeasuredChecks;
use crate::observations::Unmeasured;
use crate::observations::{NODE_PLACE, with_word};
use crate::shell;

pub(crate) fn reason(why: &Unmeasured) -> String {
    match why {
        Unmeasured::OutOfMemory => "探针内存不足而被终止（OOMKilled）".into(),
        Unmeasured::NotStarted { message } => format!("探针无法启动：{message}"),
        Unmeasured::Terminated => "探针在应答之前被 SIGTERM 结束（退出码 143）".into(),
        Unmeasured::Killed => "探针在应答之前被强制终止（退出码 137）".into(),
        Unmeasured::Exited { code, word, message } if message.is_empty() => format!("探针以退出码 {code} 结束（{word}）"),
        Unmeasured::Exited { code, word, message } => format!("探针以退出码 {code} 结束（{word}）；它的输出：{message}"),
        Unmeasured::PodFailed { word, message } => format!("Pod 失败（{word}）：{message}"),
        Unmeasured::ImageNotPulled { message } => format!("拉不到探针的镜像：{message}"),
        Unmeasured::ImageAbsent { message } => format!("节点列出了该镜像但无法使用：{message}"),
        Unmeasured::NeverChanged { message } => {
            format!("集群的策略改掉了 imagePullPolicy Never，而节点自己的镜像又拉不到：{message}")
        }
        Unmeasured::ContainerNotStarted { message } => format!("探针的容器无法启动：{message}"),
        Unmeasured::ShellNotStarted { image, message } => format!("镜像 {image} 没有可用的 shell：{message}"),
        Unmeasured::NoAnswer => "探针的结果始终没有到达，日志和终止消息中都没有".into(),
        Unmeasured::OtherRelease { message } => format!("探针的版本与本插件不同：{message}"),
        Unmeasured::BadAnswer { message } => format!("探针给出的结果不可用：{message}"),
        Unmeasured::NotAProbe { message, line } => format!("探针给出的结果不可用：{message}；它的输出：{line}"),
        Unmeasured::ServerSilent { message } => format!("API server 没有报告该 Pod 的任何情况：{message}"),
        Unmeasured::NotStarting { message, .. } => format!("Pod 启动不了：{message}"),
        Unmeasured::KubeletSilent { seconds } => format!("kubelet 没有接手该 Pod；它最后一次上报是在运行前 {seconds} s"),
        Unmeasured::StartOverdue { milliseconds } => format!("kubelet 在 {} s 内没有启动该 Pod", in_seconds(*milliseconds)),
        Unmeasured::AnswerOverdue { milliseconds } => format!("探针在运行，但 {} s 内没有给出结果", in_seconds(*milliseconds)),
        Unmeasured::RunEnded => "探针给出结果之前运行已结束".into(),
        Unmeasured::PodRemoved => "Pod 在给出结果之前被他人删除".into(),
        Unmeasured::NotCreated { message, .. } => format!("Pod 没有创建：{message}"),
        Unmeasured::ChecksMissing { missing, of } => format!("探针的结果中，{of} 项检查有 {missing} 项没有数据"),
        Unmeasured::NobodySpoke { ports: numbers } => {
            format!("端口 {}：能够连通，但没有人应答，而那里的协议只是猜测", ports(numbers))
        }
        Unmeasured::NobodyAnsweredDatagrams { ports: numbers } => {
            format!("UDP 端口 {}：所有探测点都没有应答：数据报被丢弃，或服务器不应答所发的内容", ports(numbers))
        }
        Unmeasured::Other { message, .. } => message.clone(),
    }
}

/// What the user can do about it.
pub(crate) fn hint(why: &Unmeasured) -> Option<String> {
    let hint = match why {
        Unmeasured::OutOfMemory => "一次少测一些端口，或减小 --samples；LimitRange 可能降低了 Pod 的上限",
        Unmeasured::NotStarted { .. } => "--image 指定探针的镜像",
        Unmeasured::Exited { .. } => "--image 指定本版本探针的镜像",
        Unmeasured::ImageNotPulled { .. } => "--delivery configmap 不需要镜像仓库；--image 和 --image-pull-secret 指定节点能拉取的镜像",
        Unmeasured::ImageAbsent { .. } => "--image 和 --image-pull-secret 指定节点能拉取的镜像",
        Unmeasured::NeverChanged { .. } => {
            "准入插件 AlwaysPullImages 和某些策略会这样做：用 --image 和 --image-pull-secret 指定能拉取的镜像"
        }
        Unmeasured::ContainerNotStarted { .. } => "--image 指定另一个镜像；kubectl get events 显示 kubelet 的原话",
        Unmeasured::ShellNotStarted { .. } => "--debug-image 指定带 shell 的镜像，例如 busybox；--image 指定探针的镜像",
        Unmeasured::OtherRelease { .. } => "kubectl lbprobe image 显示本版本的镜像；--delivery configmap 直接发送本版本的探针",
        Unmeasured::NotAProbe { .. } => "--image 指定探针的镜像；其他程序的输出不是结果",
        Unmeasured::ServerSilent { .. } => "kubectl cluster-info；服务器较慢时加大 --request-timeout",
        Unmeasured::NobodySpoke { .. } => {
            "如果那里使用的确是该协议，用 --scheme http、https 或 tls：那样无应答就是故障；只需连通则用 --scheme tcp"
        }
        Unmeasured::NobodyAnsweredDatagrams { .. } => "发送这些服务器会应答的内容：--udp-payload HEX，或 --dns-name NAME",
        Unmeasured::NotStarting { namespace, .. } => {
            return Some(format!("kubectl get events -n {} --field-selector type=Warning", shell::quoted(namespace)));
        }
        Unmeasured::KubeletSilent { .. } => return Some(format!("kubectl describe node {NODE_PLACE}")),
        Unmeasured::StartOverdue { .. } => {
            return Some(format!("kubectl describe node {NODE_PLACE}；节点较慢时加大 --start-timeout"));
        }
        Unmeasured::NotCreated { hint, .. } | Unmeasured::Other { hint, .. } => return hint.clone(),
        Unmeasured::Terminated
        | Unmeasured::Killed
        | Unmeasured::PodFailed { .. }
        | Unmeasured::NoAnswer
        | Unmeasured::BadAnswer { .. }
        | Unmeasured::AnswerOverdue { .. }
        | Unmeasured::RunEnded
        | Unmeasured::PodRemoved
        | Unmeasured::ChecksMissing { .. } => return None,
    };
    Some(hint.to_owned())
}

#[expect(clippy::cast_precision_loss, reason = "times of a run are far below 2^52 milliseconds")]
fn in_seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// The reason of a group, with the node's name where there is only one.
pub(crate) fn reason_of(group: &UnmeasuredChecks) -> String {
    let reason = reason(&group.why);
    group.only_node().map_or_else(|| reason.clone(), |node| with_word(&reason, NODE_PLACE, node))
}

/// What helps a group: for its node, or for one of them.
pub(crate) fn hint_of(group: &UnmeasuredChecks) -> Option<String> {
    let hint = hint(&group.why)?;
    let first = group.vantages.first()?;
    let of_first = with_word(&hint, NODE_PLACE, &first.node);
    if group.only_node().is_some() || of_first == hint {
        return Some(of_first);
    }
    Some(format!("{hint}（例如 {NODE_PLACE} 为 {}）", first.node))
}
