//! The words for what a run leaves out.

use crate::plan::{Network, SkipReason, SkipSubject};

/// Why nothing is known of a vantage of which nobody says why.
pub(crate) const LEFT_OUT: &str = "本次运行未包括";

/// What is left out, as the subject of [`reason`].
pub(crate) fn subject(subject: &SkipSubject) -> String {
    match subject {
        SkipSubject::Node(name) | SkipSubject::Pod(name) | SkipSubject::Named(name) => name.clone(),
        SkipSubject::Network(Network::Pod) => "每个节点的 Pod 网络".to_owned(),
        SkipSubject::Network(Network::Host) => "每个节点的主机网络".to_owned(),
        SkipSubject::Port { port, protocol } => format!("端口 {port}/{protocol}"),
        SkipSubject::Address(address) => address.to_string(),
        SkipSubject::Targets(number) => format!("{number} 个目标"),
    }
}

/// Why, as it stands behind the subject and a colon.
pub(crate) fn reason(reason: &SkipReason) -> String {
    match reason {
        SkipReason::OtherOs(os) => format!("{os}；探针只能在 Linux 上运行"),
        SkipReason::Virtual => "虚拟节点，没有自己的网络".to_owned(),
        SkipReason::NotReady(message) => format!("未就绪：{message}"),
        SkipReason::Refused(message) => format!("被准入控制拒绝：{message}"),
        SkipReason::Said(message) => message.clone(),
        SkipReason::StaticPod => "静态 Pod：不能加入临时容器".to_owned(),
        SkipReason::NotRunning(phase) if phase == "Pending" => "Pod 处于 Pending，还没有网络".to_owned(),
        SkipReason::NotRunning(phase) => format!("Pod 处于 {phase}，不是 Running"),
        SkipReason::NoImage(image) => {
            format!("它的节点没有列出镜像 {image}；用 --image 指定可拉取的镜像，--delivery auto 则不用镜像发送探针")
        }
        SkipReason::NoShell => "Pod 自己的镜像中没有可接收探针的 shell；用 --debug-image 指定一个".to_owned(),
        SkipReason::NotNamed => "基线中有，本次运行没有指定；请传入 --from".to_owned(),
        SkipReason::NoStatus => "那里不讲 HTTP，因此只看连接".to_owned(),
        SkipReason::NotTcp => "只探测 TCP 和 UDP".to_owned(),
        SkipReason::NothingToSay => "不知道什么请求能在那里得到应答；请用 --udp-payload 发送一个".to_owned(),
        SkipReason::LocalAddress => "是本地地址，不是负载均衡的地址；没有访问".to_owned(),
        SkipReason::NotInStatus => "已不是负载均衡的地址".to_owned(),
        SkipReason::MoreThan(most) => format!("对一次运行来说太多，一次最多访问 {most} 个；用 --port 选择端口"),
    }
}
