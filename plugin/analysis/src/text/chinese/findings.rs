//! The words for what causes state.

use super::evidence::{named, spaced};
use super::reports::checks::port;
use super::{list, outcomes, ports, short_list};
use crate::causes::finding::{AddressOwner, Answerer, Finding, LoopbackPattern, Pattern, PodReason, Share, SidecarFault, WithoutEndpoint};
use crate::facts::{HostPort, MissingPort};
use crate::kube_proxy::ServiceProxy;
use crate::vantage::{FailingFrom, NoAnswer};
use crate::words;

/// DaemonSets that a line names.
const HOST_PORTS: usize = 2;

/// Addresses that a line names.
const NAMED: usize = 3;

/// Characters of a host that are shown.
const HOST: usize = 60;

#[expect(clippy::too_many_lines, reason = "one sentence for each: a table")]
pub(crate) fn finding(finding: &Finding) -> String {
    match finding {
        Finding::NoEndpoints { without: WithoutEndpoint::Everywhere } => "Service 没有就绪的 Endpoint：从任何地方访问都不会有应答".into(),
        Finding::NoEndpoints { without: WithoutEndpoint::OlderKubeProxies } => {
            "Service 没有就绪的 Endpoint，而 1.26 之前的 kube-proxy 不使用正在终止的 Endpoint".into()
        }
        Finding::LocalPolicyWithoutLocalEndpoint { except, by } => local_policy(except, *by),
        Finding::InternalPolicyWithoutLocalEndpoint => {
            "internalTrafficPolicy 为 Local，而失败的节点没有自己的 Endpoint：ClusterIP 和 DNS 名称只在 Endpoint 所在的节点可用".into()
        }
        Finding::SourceRanges => "loadBalancerSourceRanges 不包含失败的客户端的地址：kube-proxy 在集群内也执行它".into(),
        Finding::Loopback { shows: LoopbackPattern::EndpointNodes } => {
            "只有有 Endpoint 的节点失败：负载均衡无法把后端发起的连接送回同一个后端".into()
        }
        Finding::Loopback { shows: LoopbackPattern::NowAndThen } => {
            "每当负载均衡选中客户端自己的节点，连接就失败：它不能把连接回环（hairpin）到发起连接的后端".into()
        }
        Finding::ReplyBypassesNode { source } => {
            format!("与 Endpoint 同节点的 Pod 失败：应答绕过节点从 Pod 直达 Pod（{source}），而 kube-proxy 的地址转换要在节点上还原")
        }
        Finding::EndpointReplyBypassesNode { nodes } => format!(
            "{}上的 Endpoint 的应答绕过了向它们转发的节点。在 externalTrafficPolicy Local 下，只有经过该节点的应答才能到达客户端。\
             有自己网卡的 Pod（例如 Terway 的弹性网卡 ENI）会直接发出应答",
            named(nodes)
        ),
        Finding::PolicyAtEveryAddress { by } => format!(
            "{}在 Service 的每个地址上都执行 externalTrafficPolicy Local：在没有 Endpoint 的节点上，ClusterIP 和 DNS 名称也失败",
            spaced(by.map_or("节点的 Service 代理", service_proxy)).trim_start()
        ),
        Finding::ClusterDns { from: Share::All } => "从任何探测点都解析不了 Service 的 DNS 名称".into(),
        Finding::ClusterDns { from: Share::Some } => "从部分探测点解析不了 Service 的 DNS 名称".into(),
        Finding::UndeclaredPort { ports, address } => undeclared_port(ports, *address),
        Finding::WrongServer { answerer } => {
            let who = match answerer {
                Answerer::ProcessOfNode => "节点上的某个进程",
                Answerer::SomethingOnNode => "节点上的某个东西",
            };
            format!("在负载均衡地址应答的是{who}，而不是负载均衡")
        }
        Finding::ProxyHeaderMissing => "服务器要求负载均衡添加的 PROXY 头，而来自集群内的连接没有它：kube-proxy 拦截了负载均衡地址".into(),
        Finding::TlsEndsAtLoadBalancer => {
            "TLS 在负载均衡处终止，而来自集群内的连接绕过了它：kube-proxy 拦截了负载均衡地址，服务器用的是明文 HTTP".into()
        }
        Finding::NetworkPolicy => {
            "有 NetworkPolicy 不让这些 Pod 访问 Service 的 Endpoint：它看到的是 Endpoint 的地址，不是负载均衡的地址".into()
        }
        Finding::BetweenNodes => "到其他节点上 Pod 的连接丢失：原因是节点之间的网络，或丢弃转发报文的防火墙，而不是 Service".into(),
        Finding::StaleRules { nodes } => {
            format!("{}上的 kube-proxy 写规则失败：这些节点仍按 Service 的旧状态转发", named(nodes))
        }
        Finding::DrainedServers { nodes } => format!(
            "{}上的 ipvs 中有权重为 0 的就绪 Endpoint：kube-proxy 在移除它们时被重启或升级，之后原样收回（kubernetes#108319）",
            named(nodes)
        ),
        Finding::NodeNameDiffers { nodes } => {
            format!("{}上的 kube-proxy 不把本节点的 Endpoint 认作本地：它以另一个节点名运行", named(nodes))
        }
        Finding::ExternalIps => "kube-proxy 对 spec.externalIPs 的处理与负载均衡自身的地址不同".into(),
        Finding::AddressOfANode { node } => {
            format!("负载均衡地址属于节点 {node}，而 ipvs 模式的 kube-proxy 在其他节点上绑定了它")
        }
        Finding::CertManagerSelfCheck => "cert-manager 从集群内经负载均衡检查自己的 challenge，因同样的原因失败".into(),
        Finding::HostPortConflict { taken } => {
            format!("{}在其节点上占用端口，连带占用了那里的负载均衡地址：这些节点上的客户端访问到了错误的 Pod", host_ports(taken))
        }
        Finding::RedirectFails { to: Some(to) } => format!("负载均衡有应答，但它重定向到的 {to} 从集群内访问不通"),
        Finding::RedirectFails { to: None } => "负载均衡应答了第一个请求，但没有应答按 curl 方式发出的第二个请求".into(),
        Finding::UnexpectedAnswer { ports: numbers, outcomes: seen, everywhere } => {
            let seen: Vec<_> = seen.iter().map(|outcome| outcomes::outcome(*outcome)).collect();
            let (port, seen) = (ports(numbers), short_list(&seen, 3));
            if *everywhere {
                format!("从各处都能连上端口 {port}，但应答与预期不符：{seen}")
            } else {
                format!("能连上端口 {port}，但部分连接得到的应答与预期不符：{seen}")
            }
        }
        Finding::PublicName { name, addresses, .. } if addresses.is_empty() => format!("在集群内解析不了名称 {name}"),
        Finding::PublicName { name, addresses, here_too } => {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            let addresses = short_list(&addresses, NAMED);
            if *here_too {
                format!("名称 {name} 指向 {addresses}，那不是 Service 的地址，从集群内访问也没有应答")
            } else {
                format!("在集群内，名称 {name} 指向 {addresses}，那不是 Service 的地址")
            }
        }
        Finding::PortWithoutEndpoint { ports } => port_without_endpoint(ports),
        Finding::AddressOfOtherFamily { addresses } => {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            format!("{} 无人处理：Service 没有该地址族的 ClusterIP（ipFamilyPolicy），因此 kube-proxy 忽略这个地址", list(&addresses))
        }
        Finding::NobodyListens { ports } => format!("{} 背后没有程序监听：Endpoint 自己拒绝连接", super::transport_ports(ports)),
        Finding::Unreachable => "从任何探测点访问 Service 的任何地址都没有应答".into(),
        Finding::DeadEndpoints { addresses } if addresses.is_empty() => {
            "访问 Service 的每个地址都时断时续：它的部分 Endpoint 没有应答".into()
        }
        Finding::DeadEndpoints { addresses } => {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            format!("Service 有不应答任何一方的 Endpoint，而一部分连接会发到那里：{}", short_list(&addresses, NAMED))
        }
        Finding::NodePortWithoutLocalEndpoint { nodes } => {
            format!("externalTrafficPolicy 为 Local，而 {}没有 Endpoint：其 NodePort 没有应答", named(nodes))
        }
        Finding::NodePortAddresses { nodes } => {
            format!("kube-proxy 的 nodePortAddresses 不包含 {}的地址：其 NodePort 上没有监听", named(nodes))
        }
        Finding::NodePortReplyAstray { nodes } => {
            format!("{}把 NodePort 的连接转发到其他节点上的 Endpoint，而应答没有经它返回", named(nodes))
        }
        Finding::NodePortLost { nodes } => {
            format!("从其他节点到 {}的 NodePort 的连接没有应答：途中有东西丢弃了报文", named(nodes))
        }
        Finding::FailsOutside => "集群外的客户端得不到应答，尽管 Service 在集群内有应答".into(),
        Finding::NamedPod { pod, why } => named_pod(pod, why),
        Finding::Elsewhere { host, port, how, from, answers_outside } => elsewhere(host, *port, *how, from, *answers_outside),
        Finding::Unrecognised { pattern: Pattern::NowAndThen } => "连接时断时续".into(),
        Finding::Unrecognised { pattern: Pattern::Unknown } => "部分检查失败，其分布不符合任何已知原因".into(),
    }
}

fn named_pod(pod: &str, why: &PodReason) -> String {
    match why {
        PodReason::NetworkPolicy => {
            format!("有 NetworkPolicy 不让 {pod} 访问 Service：它看到的是 Endpoint 的地址，不是负载均衡的地址")
        }
        PodReason::Sidecar { container, fault: SidecarFault::NotPassedOn } => {
            format!("{pod} 中的 sidecar {container} 接下了它的连接却没有转发；网络没有问题")
        }
        PodReason::Sidecar { container, fault: SidecarFault::TlsToPlain } => {
            format!("{pod} 中的 sidecar {container} 向提供明文 HTTP 的端口发送 TLS；网络没有问题")
        }
        PodReason::Sidecar { container, fault: SidecarFault::TlsFails } => {
            format!("{pod} 中的 sidecar {container} 与服务器之间的 TLS 失败；网络没有问题")
        }
        PodReason::Sidecar { container, fault: SidecarFault::ConnectionFails } => {
            format!("普通 Pod 能连通，而 {pod} 中的 sidecar {container} 连不通：它向提供明文 HTTP 的端口发送 TLS，或访问的是其他 Endpoint")
        }
        PodReason::Sidecar { container, fault: SidecarFault::OtherAnswer } => {
            format!("{pod} 经 sidecar {container} 得到普通 Pod 没有的错误：路由不同、网格的策略，或服务器自身")
        }
        PodReason::OwnInterface { .. } => format!("{pod} 有自己的网卡，很可能是它的安全组或子网使它访问不到 Service"),
        PodReason::HostAlias { name } => format!("{pod} 按自己的 hosts 文件（hostAliases）解析 {name}，得到的地址没有应答"),
        PodReason::OwnDns { policy } => format!("{pod} 不使用集群的 DNS（dnsPolicy {policy}），因此解析不了 Service 的名称"),
        PodReason::NotCompared => format!("{pod} 失败；没有其节点上普通 Pod 的测量结果，因此原因可能在 Pod，也可能在节点"),
        PodReason::NotKnown => {
            format!("{pod} 失败，而其节点上的另一个客户端有应答：原因很可能在该 Pod，而不在节点或 Service")
        }
    }
}

fn port_without_endpoint(missing: &[MissingPort]) -> String {
    let each = |missing: &MissingPort| match &missing.name {
        Some(name) => format!("名为 {name} 的端口（端口 {}）", port(missing.port)),
        None => format!("对应端口 {} 的端口", port(missing.port)),
    };
    let ports: Vec<_> = missing.iter().map(each).collect();
    format!("没有 Endpoint 有{}：kube-proxy 在每个地址上都拒绝它", list(&ports))
}

/// "DaemonSet edge/agent（端口 80）".
fn host_ports(taken: &[HostPort]) -> String {
    let each: Vec<_> = taken.iter().map(|taken| format!("DaemonSet {}/{}（端口 {}）", taken.namespace, taken.name, taken.port)).collect();
    short_list(&each, HOST_PORTS)
}

/// Who decides about a connection.
pub(crate) const fn service_proxy(proxy: ServiceProxy) -> &'static str {
    match proxy {
        ServiceProxy::KubeProxy => "kube-proxy",
        ServiceProxy::AntreaProxy => "AntreaProxy",
        ServiceProxy::Calico => "Calico",
        ServiceProxy::Cilium => "Cilium",
        ServiceProxy::KubeRouter => "kube-router",
        ServiceProxy::OvnKubernetes => "OVN-Kubernetes",
        ServiceProxy::Terway => "Terway",
        ServiceProxy::LoadBalancer => "负载均衡",
    }
}

fn local_policy(except: &[String], by: ServiceProxy) -> String {
    let which = if except.is_empty() {
        "失败的节点没有自己的 Endpoint".to_owned()
    } else {
        format!("失败的节点（{}除外）没有本地 Endpoint", named(except))
    };
    format!("externalTrafficPolicy 为 Local，而{which}：{}在那里拦截了负载均衡地址，却无处可送", spaced(service_proxy(by)).trim_start())
}

fn elsewhere(host: &str, port: u16, how: NoAnswer, from: &FailingFrom, answers_outside: Option<bool>) -> String {
    let host = words::printable(host, HOST);
    let target = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let fails = match how {
        NoAnswer::Unresolved => unresolved_elsewhere(&host, from),
        NoAnswer::Unreached => unreached_elsewhere(&target, from),
        NoAnswer::CutOff => format!("{}访问 {target} 能连上，随后被断开", of_whom(from)),
        NoAnswer::NowAndThen => format!("{}访问 {target} 时断时续", of_whom(from)),
    };
    match answers_outside {
        None => fails,
        Some(true) => format!("{fails}；集群外的客户端有应答"),
        Some(false) => format!("{fails}；集群外的客户端也没有应答"),
    }
}

fn unresolved_elsewhere(host: &str, from: &FailingFrom) -> String {
    match from {
        FailingFrom::Everywhere => format!("在集群内解析不了 {host}"),
        FailingFrom::Pods => format!("Pod 解析不了 {host}，而它们节点的主机能解析"),
        FailingFrom::PodsOf(nodes) => format!("{}上的 Pod 解析不了 {host}，而这些节点的主机能解析", named(nodes)),
        FailingFrom::Hosts => format!("主机解析不了 {host}，而其上的 Pod 能解析"),
        FailingFrom::Nodes(nodes) => format!("{}解析不了 {host}，而其他节点能解析", named(nodes)),
        FailingFrom::Some => format!("部分探测点解析不了 {host}"),
    }
}

fn unreached_elsewhere(target: &str, from: &FailingFrom) -> String {
    match from {
        FailingFrom::Everywhere => format!("{target} 在集群内不应答任何一方"),
        FailingFrom::Pods => format!("{target} 不应答 Pod，而应答它们节点的主机"),
        FailingFrom::PodsOf(nodes) => format!("{target} 不应答 {}上的 Pod，而应答这些节点的主机", named(nodes)),
        FailingFrom::Hosts => format!("{target} 不应答主机，而应答其上的 Pod"),
        FailingFrom::Nodes(nodes) => format!("{target} 不应答 {}，而应答其他节点", named(nodes).trim_end()),
        FailingFrom::Some => format!("{target} 不应答部分探测点，而应答其他探测点"),
    }
}

fn of_whom(from: &FailingFrom) -> String {
    match from {
        FailingFrom::Everywhere => "集群内任何一方".into(),
        FailingFrom::Pods => "Pod ".into(),
        FailingFrom::PodsOf(nodes) => format!("{}上的 Pod ", named(nodes)),
        FailingFrom::Hosts => "主机".into(),
        FailingFrom::Nodes(nodes) => named(nodes),
        FailingFrom::Some => "部分探测点".into(),
    }
}

fn undeclared_port(numbers: &[u16], address: AddressOwner) -> String {
    match address {
        AddressOwner::KubeProxy => format!(
            "端口 {} 不属于该 Service，而 kube-proxy 把整个负载均衡地址留在节点上：集群内的客户端访问不到集群外侧在那里监听的程序",
            ports(numbers)
        ),
        AddressOwner::LoadBalancer => format!("端口 {} 不属于该 Service：那里没有应答，与 kube-proxy 无关", ports(numbers)),
    }
}
