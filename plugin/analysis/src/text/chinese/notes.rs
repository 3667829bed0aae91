//! The words for notes.

use std::fmt::Display;

use super::{list, names, outcomes, reports, short_list};
use crate::diagnosis::{CONTROL_PLANE, Note};
use crate::results::{NodesOf, OtherListener};
use crate::text::english::notes::{megabytes, tainted};

/// Nodes with their taints that a line names.
const NAMED: usize = 3;

pub(crate) fn note(note: &Note) -> String {
    match note {
        Note::PlainHttpSpoken { port } => format!(
            "端口 {port}：那里使用的是明文 HTTP，不是 TLS。如果 TLS 在负载均衡处终止，集群内的客户端会绕过它：kube-proxy 把它们直接送到 Pod\
             （--scheme https 会把这算作故障）"
        ),
        Note::GuessedProtocolNotSpoken { port } => {
            format!("端口 {port}：能够连通，但那里没有程序使用所猜测的协议；只看是否连通（--scheme 指定协议）")
        }
        Note::Cordoned { nodes } => format!("已被 cordon，仍然探测：{}", names(nodes)),
        Note::Tainted { nodes } => {
            let nodes: Vec<_> = nodes.iter().map(tainted).collect();
            format!("有污点，仍然探测（--tolerations）：{}", short_list(&nodes, NAMED))
        }
        Note::OnControlPlane { nodes } => format!("控制面上也运行了探测 Pod：{}（-l '!{CONTROL_PLANE}' 可排除）", names(nodes)),
        Note::WaitedForPolicies { milliseconds } => format!("有 NetworkPolicy 选中探测 Pod：它们等待 {milliseconds} ms 后才开始访问"),
        Note::Carried { nodes, bytes } => {
            format!("探针通过 ConfigMap 送达：{} 发到 {nodes} 个节点（--delivery image 则从镜像仓库拉取）", megabytes(*bytes))
        }
        Note::MadeAgain { samples } => format!("同时做这么多检查本身就是负载：{samples} 次采样起初超时，以重试的结果为准"),
        Note::ModesDiffer { modes } => format!("各节点 kube-proxy 的模式不同：{}", each(modes, ToString::to_string)),
        Note::ReleasesDiffer { releases } => {
            format!("各节点 kube-proxy 的版本不同：{}", each(releases, |(major, minor)| format!("{major}.{minor}")))
        }
        Note::KubeProxyNotHeard { nodes } => {
            format!("{} 的回环地址上没有 kube-proxy 应答：它的 metrics 绑定在别处，或由其他程序代替它工作", names(nodes))
        }
        Note::OtherListener(listener) => other_listener(listener),
        Note::ClientCertificate => "要求客户端证书的服务器收到的是 --cert 的证书".into(),
        Note::NameResolves { name, address, vantages } => {
            let from = vantages
                .as_ref()
                .map_or_else(|| "在集群内各处".into(), |vantages| format!("在 {} 上", reports::checks::vantages(vantages)));
            match address {
                Some(address) => format!("{name} {from}解析为 {address}"),
                None => format!("{name} {from}解析不到地址"),
            }
        }
        Note::Followed { port, redirects, status, version, checks } => {
            let answer = match version {
                Some(version) => format!("{status}（{version}）"),
                None => status.to_string(),
            };
            if redirects.is_empty() {
                return format!("端口 {port} 应答 {answer}，没有重定向（{checks} 项检查）");
            }
            let chain: Vec<_> = redirects.iter().map(|redirect| format!("{} 到 {}", redirect.status, redirect.to)).collect();
            format!("端口 {port} 重定向：{}，在那里得到 {answer}（{checks} 项检查）", chain.join("，然后 "))
        }
    }
}

/// What became of a port that is none of the Service's.
fn other_listener(listener: &OtherListener) -> String {
    let OtherListener { port, services, dialled, failing, outcomes: ended, answered_outside } = listener;
    let ended: Vec<_> = ended.iter().map(|outcome| outcomes::outcome(*outcome)).collect();
    let failure = format!("{}（{dialled} 个探测点中的 {failing} 个）", list(&ended));
    if !services.is_empty() {
        return format!("负载均衡地址的端口 {port} 属于 Service {}，访问失败：{failure}", list(services));
    }
    if *failing == 0 {
        return format!(
            "Service 没有声明的端口 {port}，{dialled} 个探测点的访问都由节点自身上的某个程序处理：ipvs 模式把整个地址留在节点上"
        );
    }
    let outside = match answered_outside {
        Some(true) => "在集群外，负载均衡在那里有应答",
        Some(false) => "在集群外，那里同样没有应答",
        None => "如果负载均衡在那里为别人监听，集群内的客户端到不了（--outside 可查看）",
    };
    format!("Service 没有声明的端口 {port} 在 ipvs 模式下访问失败：{failure}。该模式把整个地址留在节点上。{outside}")
}

/// "1.23（node1），1.24（node2）".
fn each<T, S: Display>(groups: &[NodesOf<T>], value: impl Fn(&T) -> S) -> String {
    let groups: Vec<_> = groups.iter().map(|group| format!("{}（{}）", value(&group.value), names(&group.nodes))).collect();
    groups.join("，")
}
