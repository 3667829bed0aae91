//! The words for evidence.

use std::net::IpAddr;

use lbprobe_protocol::outcome::ECONNREFUSED;
use lbprobe_protocol::{BehindProxy, ConnectFailure, Outcome};

use super::findings::service_proxy;
use super::rules::rule;
use super::{list, names, outcomes, ports, short_list, transport_ports};
use crate::causes::evidence::{
    Behaviour, Dialled, EndpointState, Evidence, FailedCheck, Failure, Frequency, KnownModes, ModeSource, Server,
};
use crate::facts::{OwnInterface, TransportPort};
use crate::kube_proxy::Rule;
use crate::plan::{Network, Vantage};
use crate::remedies::IdleServer;
use crate::words;

/// Targets that a line names.
const TARGETS: usize = 4;

/// Other things that a line names.
const NAMED: usize = 3;

/// Characters of what another program says.
const FOREIGN: usize = 160;

#[expect(clippy::too_many_lines, reason = "one line for each: a table")]
pub(crate) fn evidence(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Fails(failure) => failure_line(failure),
        Evidence::FailsBesidePolicy(failure) => format!("{}：策略解释不了这一点；请重新运行", failure_line(failure)),
        Evidence::Reaches { network, nodes } => format!("{}上的{}访问正常", named(nodes), who(*network)),
        Evidence::SameReachClusterIp { network } => {
            format!("同样这些{}能访问到 ClusterIP，因此 Endpoint 和网络没有问题", who(*network))
        }
        Evidence::ReachesFromNodeAddress { nodes } => format!(
            "{}上的主机以节点自己的地址发起访问时能连通：内核默认选择负载均衡地址作为源地址，而 ipvs 在节点上持有该地址",
            named(nodes)
        ),
        Evidence::EndpointsOnlyOn { state, nodes, ports } if ports.is_empty() => {
            format!("{}只在 {}上", endpoints(*state), named(nodes))
        }
        Evidence::EndpointsOnlyOn { state, nodes, ports } => {
            format!("{} 的{}只在 {}上", transport_ports(ports), endpoints(*state), named(nodes))
        }
        Evidence::PortsNotInSlices { offered, .. } if offered.is_empty() => "EndpointSlice 中有就绪的地址，但没有任何端口".into(),
        Evidence::PortsNotInSlices { offered, .. } => format!("EndpointSlice 中只有 {}", short_list(offered, TARGETS)),
        Evidence::FailsAtPorts { ports, outcomes } => {
            format!("访问 ClusterIP 的{}也失败：{}", spaced(&transport_ports(ports)), ways(outcomes))
        }
        Evidence::EndpointsRefuse { ports, addresses, on_own_node } => endpoints_refuse(ports, addresses, *on_own_node),
        Evidence::FailsNowAndThenAtClusterIp { network, nodes } => {
            format!("{}上的{}访问 ClusterIP 也时断时续", named(nodes), who(*network))
        }
        Evidence::EndpointsAnswerNobody { addresses } => {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            format!("直接访问 Endpoint 自身的地址，谁也访问不到 {}", short_list(&addresses, TARGETS))
        }
        Evidence::EndpointsNotDialled { number, of } => format!("{of} 个 Endpoint 中有 {number} 个的自身地址没有探测"),
        Evidence::LeftOverSlice { slice } => {
            let keeper = match &slice.managed_by {
                Some(by) => format!("由 {by} 管理，而它不维护这类 Service 的 EndpointSlice"),
                None => "没有管理者，这类 Service 的 EndpointSlice 没有人维护".into(),
            };
            format!("EndpointSlice {} {keeper}", slice.name)
        }
        Evidence::ServiceFamilies { ipv4, ipv6 } => service_families(*ipv4, *ipv6).into(),
        Evidence::FailsAtAddress { network, nodes, address, outcomes } => {
            format!("{}上的{}访问 {address} 失败：{}", named(nodes), who(*network), ways(outcomes))
        }
        Evidence::FailsAtNodePorts { network, nodes, at, outcomes } => {
            format!("{}上的{}访问 {}的 NodePort 失败：{}", named(nodes), who(*network), named(at), ways(outcomes))
        }
        Evidence::NodePortAnswersOwnHostAlone { nodes, from } => {
            format!(
                "{}上有 Endpoint，其 NodePort 应答{}的主机，而从 {}上的主机访问超时",
                named(nodes),
                if nodes.len() == 1 { "自己" } else { "各自" },
                named(from)
            )
        }
        Evidence::EndpointsReachedDirectly { nodes } => {
            format!("从 {}上直接访问 Endpoint 自身的地址有应答，因此 Pod 网络没有问题", named(nodes))
        }
        Evidence::ReadyEndpointsOn { nodes } => format!("就绪的 Endpoint 在 {}上", named(nodes)),
        Evidence::EmptyVirtualServer { nodes } => {
            format!("{}上的 /proc/net/ip_vs 中有该地址的 virtual server，但没有任何 real server", named(nodes))
        }
        Evidence::AsPredicted { rule: by, modes, nodes } => as_predicted(*by, modes.as_ref(), nodes),
        Evidence::LooksLike { behaviour } => looks_like(*behaviour).into(),
        Evidence::KubeProxyRule { rule: by } => format!("kube-proxy：{}", rule(*by)),
        Evidence::FailsOnceConnected { network, nodes, targets, outcome } => {
            format!("{}上的{}能连上 {}，随后：{}", named(nodes), who(*network), dialled_list(targets, TARGETS), outcomes::outcome(*outcome))
        }
        Evidence::AnsweredWithProxyHeader => "带上 PROXY 头，同样的请求有应答".into(),
        Evidence::AnsweredInPlainHttp => "同一端口上的明文 HTTP 有应答".into(),
        Evidence::RedirectFails { network, nodes, targets, to, outcome } => {
            let (who, from, at) = (who(*network), named(nodes), spaced(&dialled_list(targets, TARGETS)));
            let outcome = outcomes::outcome(*outcome);
            match to {
                Some(to) => format!("{from}上的{who}被{at}重定向到 {to}，在那里：{outcome}"),
                None => format!("{from}上的{who}按 curl 的方式向{at}重复请求：{outcome}"),
            }
        }
        Evidence::HostPortTaken { taken } => {
            let sets: Vec<_> = taken.iter().map(|taken| format!("{}/{}（端口 {}）", taken.namespace, taken.name, taken.port)).collect();
            format!("portmap 在节点的每个地址上转发 hostPort，而这个 hostPort 属于 DaemonSet {}", short_list(&sets, NAMED))
        }
        Evidence::FailsOutside { targets, outcomes } => {
            format!("从集群外访问{}失败：{}", spaced(&dialled_list(targets, NAMED)), listed(outcomes, NAMED))
        }
        Evidence::WritesFailed { nodes, failures } => {
            format!("{}上的 kube-proxy 自启动以来写规则失败，最多 {failures} 次", named(nodes))
        }
        Evidence::NamedPodFails { pod, targets, outcomes } => {
            format!("{pod} 访问{}失败：{}", spaced(&dialled_list(targets, TARGETS)), listed(outcomes, NAMED))
        }
        Evidence::NamedPodGetsError { pod, target, status, server, behind } => pod_error(pod, target, *status, server.as_deref(), *behind),
        Evidence::PlainPodReaches { vantage } => match vantage.network {
            Network::Pod => format!("{} 上的普通 Pod 访问那里有应答", vantage.node),
            Network::Host => format!("主机 {} 访问那里有应答", vantage.node),
        },
        Evidence::OwnInterface { by } => own_interface(*by).to_owned(),
        Evidence::Sidecar { container } => format!("该 Pod 有服务网格的代理：容器 {container}"),
        Evidence::HostAlias { name, address } => format!("该 Pod 的 hostAliases 把 {name} 指向 {address}"),
        Evidence::ProxyVariables { variables } => {
            format!("该 Pod 自己的程序可能经过代理，而探针不经过：{}", short_list(variables, NAMED))
        }
        Evidence::AnswersInside => "在集群内，ClusterIP 有应答".into(),
        Evidence::NoBackend { why } => super::risks::no_backend(why),
        Evidence::FailsAtExternalIps { network, nodes } => {
            format!("{}上的{}访问某个 external IP 失败，但能访问到负载均衡自身的地址", named(nodes), who(*network))
        }
        Evidence::FailsAtClusterIp { network, nodes } => format!("{}上的{}访问 ClusterIP 失败", named(nodes), who(*network)),
        Evidence::NameUnresolved { vantages, outcome } => format!("{}：{}", vantage_names(vantages), outcomes::outcome(*outcome)),
        Evidence::NameLeadsTo { name, address, vantages } => format!("从{}解析，{name} 指向 {address}", spaced(&vantage_names(vantages))),
        Evidence::LoadBalancerAnswersThere => "从那里访问负载均衡自身的地址有应答，因此问题只在名称".into(),
        Evidence::ClusterIpAnswersThere => "从那里访问 ClusterIP 有应答，因此问题只在名称".into(),
        Evidence::CheckFails { vantage, target, failed } => format!("{vantage} 到 {}：{}", dialled(target), failed_check(*failed)),
        Evidence::MoreChecksFail { number } => format!("另有 {number} 项检查失败（全部见 -o json）"),
        Evidence::NoEndpointListed => "它的 EndpointSlice 中没有 Endpoint".into(),
        Evidence::NoEndpointReady { listed } => format!("它的 EndpointSlice 中有 {listed} 个 Endpoint，没有一个就绪"),
        Evidence::FailsAtEveryAddress => "从每个探测点访问 ClusterIP 和 DNS 名称也都失败，因此问题不在负载均衡地址".into(),
        Evidence::TerminatingEndpointsNotUsed { serving, rejecting } => {
            format!("{}上的 Endpoint 正在终止但仍在服务；{}上的 kube-proxy 不使用它们", named(serving), named(rejecting))
        }
        Evidence::ReadyEndpointsListed { number } => format!("按 EndpointSlice，有 {number} 个就绪的 Endpoint"),
        Evidence::AddressesFailAlike => "无论节点上有没有 Endpoint，负载均衡、DNS 名称和 ClusterIP 都同样失败".into(),
        Evidence::PodsFailAtClusterIp { nodes } => {
            format!("{}上的 Pod 访问 ClusterIP 也失败，而同一节点的主机能访问", named(nodes))
        }
        Evidence::PodsFailAtEndpoints => "它们直接访问 Endpoint 自身的地址也失败：与 kube-proxy 无关".into(),
        Evidence::LimitedByPolicies { policies } => {
            let policies: Vec<_> = policies.iter().map(|policy| format!("NetworkPolicy {policy}")).collect();
            format!("限制这些 Pod 的策略：{}", short_list(&policies, NAMED))
        }
        Evidence::RefusalsKeptBack { node } => {
            format!("{node} 抑制了拒绝应答，因为内核限制其速率（icmp_ratelimit）：超时的可能其实是被拒绝")
        }
        Evidence::PoliciesNotKnown { reason } => format!("不知道哪些策略选中这些 Pod：{reason}"),
        Evidence::SourceRanges { ranges } => {
            let ranges: Vec<_> = ranges.iter().map(ToString::to_string).collect();
            format!("loadBalancerSourceRanges：{}", short_list(&ranges, TARGETS))
        }
        Evidence::WithinSourceRange { network, nodes } => {
            format!("{}上的{}在某个网段之内，访问正常", named(nodes), who(*network))
        }
        Evidence::PortsNotDeclared { ports: numbers } => format!("Service 没有声明端口 {}", ports(numbers)),
        Evidence::EndsAtRule { node, network, destination, table, chain, comment } => {
            let comment = comment.as_deref().map(|comment| format!("：\"{}\"", words::printable(comment, FOREIGN))).unwrap_or_default();
            let (table, chain) = (words::printable(table, FOREIGN), words::printable(chain, FOREIGN));
            let network = match network {
                Network::Pod => " Pod 网络",
                Network::Host => "主机网络",
            };
            format!("{node} 在 {chain}（表 {table}）中丢弃或拒绝了从其{network}发往 {destination} 的报文{comment}")
        }
        Evidence::ReplyToLoadBalancer { node, destination, server } => {
            format!("{node} 的主机以 {destination} 的地址作为自己的源地址（conntrack）：{server} 的应答没有回来")
        }
        Evidence::FailsElsewhere { network, nodes, outcomes } => {
            format!("{}上的{}失败：{}", named(nodes), who(*network), ways(outcomes))
        }
        Evidence::FailsAtUndeclaredPort { network, nodes, outcomes } => {
            format!("{}上的{}在那里失败：{}", named(nodes), who(*network), ways(outcomes))
        }
        Evidence::ChallengesPending { names } => format!("有 {} 个 challenge 待处理，涉及 {}", names.len(), short_list(names, NAMED)),
        Evidence::CertManagerSays { message } => format!("cert-manager 的消息：{}", words::printable(message, FOREIGN)),
        Evidence::NothingReady => "没有就绪的 Endpoint".into(),
        Evidence::PolicyLocalNotFollowed { nodes } => {
            format!("externalTrafficPolicy 为 Local，就绪的 Endpoint 在 {}上；失败的分布与此不符", named(nodes))
        }
        Evidence::PolicyCluster { nodes } => format!("externalTrafficPolicy 为 Cluster；就绪的 Endpoint 在 {}上", named(nodes)),
        Evidence::ChangeWaits { nodes, seconds } => format!("{}上有变更等待写入规则，最长已等 {seconds} s", named(nodes)),
        Evidence::KubeProxyUnhealthy { nodes } => format!("{}上的 kube-proxy 报告自己不健康", named(nodes)),
        Evidence::DiffersFromService => "那里看到的情况与 Service 及其 Endpoint 不符".into(),
        Evidence::EndpointsWithoutWeight { servers } => {
            let servers: Vec<_> = servers.iter().map(idle_server).collect();
            format!("/proc/net/ip_vs 中有权重为 0 的就绪 Endpoint：{}", short_list(&servers, NAMED))
        }
        Evidence::VirtualServersRefuse { nodes } => {
            format!("在 {}上，对这些 virtual server 的连接被拒绝，而 kube-proxy 本应应答", named(nodes))
        }
        Evidence::KubeProxyOlderThan { minor, nodes } => {
            format!("{}上的 kube-proxy 早于 1.{minor}，从该版本起它在启动时会纠正权重", named(nodes))
        }
        Evidence::CountsNoLocalEndpoint { nodes } => {
            format!("按 EndpointSlice，{}上有就绪的 Endpoint；那里的 kube-proxy 一个也没有计入（healthCheckNodePort）", named(nodes))
        }
        Evidence::CountMayBeOfAMoment { nodes } => {
            format!("不能肯定：{}上的 kube-proxy 可能正好在接收新的 Endpoint；请过几秒重新运行", named(nodes))
        }
        Evidence::NodeNotEligible { nodes } => {
            format!("在 {}上，它的 healthz 返回 nodeEligible: false：它找不到自己的 Node 对象", named(nodes))
        }
        Evidence::FailsBesideEndpoints => "从有 Endpoint 的节点访问负载均衡地址也失败".into(),
        Evidence::OtherNodesUnreached { network, nodes } => {
            format!("{}上的{}按自身地址直接访问其他节点上的 Endpoint，一个也访问不到", named(nodes), who(*network))
        }
        Evidence::AnswersOnEndpointNode => "在 Endpoint 自己的节点上，Service 有应答".into(),
        Evidence::NetworkUnavailable { nodes } => format!("{}报告 NetworkUnavailable", named(nodes)),
        Evidence::AddressOfNode { address, node } => format!("负载均衡地址 {address} 是节点 {node} 的地址"),
        Evidence::HeldByOtherNodes { nodes, owner } => {
            format!("{}也把它作为自己的地址持有：发往 {owner} 的报文，无论哪个端口，都不会离开这些节点", named(nodes))
        }
        Evidence::AddressOnNode { address, nodes } => {
            format!("在 {}上 {address} 是节点自己的地址：发往它的报文不会离开节点", named(nodes))
        }
        Evidence::Answers { targets, server: by } => format!("在{}应答的是：{}", spaced(&dialled_list(targets, NAMED)), server(by)),
        Evidence::EndpointsAnswer { servers } => {
            let servers: Vec<_> = servers.iter().map(server).collect();
            format!("Service 自己的 Endpoint 应答的是：{}", short_list(&servers, NAMED))
        }
        Evidence::AnsweredPortNotDeclared => "Service 没有声明该端口：应答的不可能是它的 Endpoint".into(),
        Evidence::AnsweredAddressOnNode { nodes } => format!("在 {}上该地址是节点自己的地址：发往它的报文不会离开节点", named(nodes)),
        Evidence::NodeListens => "这些节点上有进程在所有地址监听该端口".into(),
        Evidence::NobodyListens => "那里没有进程在所有地址监听：连接被某个 Pod 的 hostPort 或其他程序的规则接走".into(),
        Evidence::NoIpvsDevice => "节点上没有 kube-ipvs0：云代理的路由或某条规则把该地址留在节点上".into(),
    }
}

/// Nodes before a Chinese word: a space stands behind Latin letters alone.
pub(super) fn named(nodes: &[String]) -> String {
    let names = names(nodes);
    if names.ends_with('个') { format!("{names}节点") } else { format!("{names} ") }
}

/// What stands between Chinese words: with a space beside each end that is Latin.
pub(super) fn spaced(words: &str) -> String {
    let space = |end: Option<char>| if end.is_some_and(|end| end.is_ascii()) { " " } else { "" };
    format!("{}{words}{}", space(words.chars().next()), space(words.chars().next_back()))
}

/// "shop/cart 访问 198.51.100.1:80，从服务器 envoy 得到 HTTP 502".
fn pod_error(pod: &str, target: &Dialled, status: u16, server: Option<&str>, behind: Option<BehindProxy>) -> String {
    let by = server.map(|server| format!("从服务器 {} ", words::printable(server, FOREIGN))).unwrap_or_default();
    let behind = match behind {
        Some(BehindProxy::PlainServer) => "，表示下一个服务器不支持 TLS",
        Some(BehindProxy::Tls) => "，表示与下一个服务器的 TLS 失败",
        Some(BehindProxy::Unreached) => "，表示下一个服务器不接受它的连接",
        Some(BehindProxy::Connection) => "，表示它与下一个服务器的连接失败",
        None => "",
    };
    format!("{pod} 访问 {}，{by}得到 HTTP {status}{behind}", self::dialled(target))
}

const fn own_interface(by: OwnInterface) -> &'static str {
    match by {
        OwnInterface::Terway => "该 Pod 有自己的弹性网卡 ENI（Terway 的注解 k8s.aliyun.com/pod-eni 或 pod-networking）",
        OwnInterface::AlibabaCompute => "该 Pod 指定了自己的安全组（注解 network.alibabacloud.com/security-group-ids）",
        OwnInterface::Aws => "该 Pod 有自己的分支网卡（注解 vpc.amazonaws.com/pod-eni）",
    }
}

const fn service_families(ipv4: bool, ipv6: bool) -> &'static str {
    match (ipv4, ipv6) {
        (true, true) => "Service 有两种地址族的 ClusterIP",
        (true, false) => "Service 是单栈：它的 ClusterIP 是 IPv4",
        (false, true) => "Service 是单栈：它的 ClusterIP 是 IPv6",
        (false, false) => "Service 没有 ClusterIP",
    }
}

/// Who dials, behind "上的".
fn who(network: Network) -> &'static str {
    match network {
        Network::Pod => " Pod ",
        Network::Host => "主机",
    }
}

/// "node2 和 node3 上的 Pod 访问 198.51.100.1:80 和 198.51.100.1:443 超时".
fn failure_line(failure: &Failure) -> String {
    match failure {
        Failure::OneWay { network, nodes, targets, outcome, frequency } => {
            let often = match frequency {
                Frequency::Always => "",
                Frequency::NowAndThen => "时而",
            };
            let targets = dialled_list(targets, TARGETS);
            format!("{}上的{}访问{}{often}{}", named(nodes), who(*network), spaced(&targets), verb(*outcome))
        }
        Failure::OtherWays { network, nodes, ways } => format!("{}上的{}还有 {ways} 种失败方式", named(nodes), who(*network)),
    }
}

/// What becomes of several clients.
fn verb(outcome: Outcome) -> String {
    match outcome {
        Outcome::Connect(ConnectFailure::TimedOut) => "超时".into(),
        Outcome::Connect(ConnectFailure::NoAnswer) => "得不到 UDP 应答".into(),
        Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED)) => "被拒绝".into(),
        other => format!("失败（{}）", outcomes::outcome(other)),
    }
}

fn endpoints(state: EndpointState) -> &'static str {
    match state {
        EndpointState::Ready => "就绪的 Endpoint ",
        EndpointState::TerminatingAndServing => "正在终止但仍在服务的 Endpoint ",
    }
}

fn as_predicted(by: Rule, modes: Option<&KnownModes>, nodes: &[String]) -> String {
    let mode = modes.map(in_modes).unwrap_or_default();
    let place = if nodes.is_empty() { "在这里".to_owned() } else { format!("在 {}上", named(nodes)) };
    format!("正是{mode}{}{place}的行为：{}", spaced(service_proxy(by.service_proxy())), rule(by))
}

/// " iptables 模式（在节点上查到）的".
fn in_modes(known: &KnownModes) -> String {
    let modes: Vec<_> = known.modes.iter().map(ToString::to_string).collect();
    let source = match &known.source {
        ModeSource::AskedOnNodes => "在节点上查到",
        ModeSource::Configuration(place) => place,
    };
    format!(" {} 模式（{source}）的", list(&modes))
}

fn looks_like(behaviour: Behaviour) -> &'static str {
    match behaviour {
        Behaviour::PodsTimeOut => {
            "只有 Pod 失败，表现为超时：与 iptables 或 nftables 模式的 kube-proxy 在其 clusterCIDR 不包含 Pod 地址时一样"
        }
        Behaviour::HostsTimeOut => {
            "只有主机失败，表现为超时：与 Kubernetes 1.24 起 ipvs 模式的 kube-proxy 以及 1.34 之前的 nftables 模式一样"
        }
        Behaviour::Refused => "表现为被拒绝：与 Kubernetes 1.24 之前 ipvs 模式的 kube-proxy 一样",
    }
}

fn idle_server(server: &IdleServer) -> String {
    format!("{} 上 {} 背后的 {}", server.node, server.virtual_server, server.endpoint)
}

fn server(server: &Server) -> String {
    match server {
        Server::Certificate { fingerprint, names } if names.is_empty() => format!("证书 {fingerprint}（没有名称）"),
        Server::Certificate { fingerprint, names } => format!("证书 {fingerprint}（{}）", list(names)),
        Server::Http { name: Some(name) } => format!("HTTP 服务器 {name}"),
        Server::Http { name: None } => "一个没有名称的 HTTP 服务器".into(),
        Server::Anonymous => "身份不明的一方".into(),
    }
}

fn dialled(target: &Dialled) -> String {
    match target {
        Dialled::Address(address) => address.to_string(),
        Dialled::Name { host, port } => format!("{host}:{port}"),
        Dialled::OwnNode { port } => format!("本节点:{port}"),
    }
}

fn dialled_list(targets: &[Dialled], most: usize) -> String {
    short_list(&targets.iter().map(dialled).collect::<Vec<_>>(), most)
}

fn ways(failures: &[Outcome]) -> String {
    listed(failures, TARGETS)
}

fn listed(failures: &[Outcome], most: usize) -> String {
    short_list(&failures.iter().map(|outcome| outcomes::outcome(*outcome)).collect::<Vec<_>>(), most)
}

pub(crate) fn failed_check(failed: FailedCheck) -> String {
    let outcome = outcomes::outcome(failed.outcome);
    match failed.samples {
        Some((number, of)) => format!("{of} 次中 {number} 次{}", spaced(&outcome).trim_end()),
        None => outcome,
    }
}

fn vantage_names(vantages: &[Vantage]) -> String {
    short_list(&vantages.iter().map(ToString::to_string).collect::<Vec<_>>(), NAMED)
}

fn endpoints_refuse(ports: &[TransportPort], addresses: &[IpAddr], on_own_node: bool) -> String {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    let dialled = if on_own_node { "即使由其所在节点的主机访问" } else { "至少在其他节点访问时" };
    format!("{}自己拒绝{}，{dialled}", spaced(&short_list(&addresses, NAMED)).trim_start(), transport_ports(ports))
}
