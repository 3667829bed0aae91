//! The words for what can be done: what, at which price, with which reservations.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{list, names, ports, short_list};
use crate::facts::{MissingPort, NearestPod, NotReady, UnreadyPod};
use crate::patch::ObjectReference;
use crate::providers::{ClusterPrice, Loopback, Provider};
use crate::remedies::{Caveat, Prerequisite, Remedy, Requirement, Upgrade};
use crate::vantage::{FailingFrom, NoAnswer};
use crate::words;

/// Services that a line names.
const SHARERS: usize = 3;

/// Ranges that a sentence names.
const RANGES: usize = 4;

/// Characters of a host that are shown.
const HOST: usize = 60;

#[expect(clippy::too_many_lines, reason = "one sentence for each: a table")]
pub(crate) fn what(remedy: &Remedy) -> String {
    match remedy {
        Remedy::DialDnsName { name, namespace } => format!("集群内改为访问 {name}.{namespace}（Service 的 DNS 名称）"),
        Remedy::ExternalPolicyCluster { object, .. } => in_owner("把 externalTrafficPolicy 设为 Cluster", object),
        Remedy::EniBackends { object } => in_owner("让负载均衡直接访问 Pod 的弹性网卡 ENI，并使用 externalTrafficPolicy Cluster", object),
        Remedy::SecondLoadBalancer => "给集群内客户端单独的负载均衡：为同一批 Pod 再建一个内网的 LoadBalancer 类型 Service，\
                                       使用 externalTrafficPolicy Cluster"
            .into(),
        Remedy::HostnameInStatus { object, .. } => in_owner("让节点不再拦截该地址：在 status 中用 hostname 代替该地址", object),
        Remedy::InternalPolicyCluster { .. } => "把 internalTrafficPolicy 设为 Cluster".into(),
        Remedy::AddSourceRanges { added, .. } => format!("把集群内客户端的网段加入 loadBalancerSourceRanges（{}）", ranges(added)),
        Remedy::IpModeProxy => "让云控制器在 status 中设置 ipMode Proxy：kube-proxy 就不再拦截该地址".into(),
        Remedy::EndpointOnEveryNode { .. } => "在每个节点上都运行一个 Endpoint（用 DaemonSet，或用反亲和让每个节点一个副本）".into(),
        Remedy::ClusterCidr { range, source } => {
            format!("在 {source} 中给 kube-proxy 配置覆盖所有 Pod 的 clusterCIDR（现有节点的网段都在 {range} 内）")
        }
        Remedy::ClusterCidrOfPods { addresses, source } => {
            let seen: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            let seen = short_list(&seen, RANGES);
            format!("在 {source} 中给 kube-proxy 配置覆盖所有 Pod 的 clusterCIDR：有些 Pod 的地址在其之外（{seen}）")
        }
        Remedy::CheckLoadBalancer { .. } => "检查负载均衡本身：后端及其健康状态、监听，以及负载均衡和节点前面的防火墙".into(),
        Remedy::LeaveIpvs => "让 kube-proxy 改用 iptables 模式，1.33.6 起也可用 nftables 模式：ipvs 从 1.35 起已弃用".into(),
        Remedy::UpgradeKubeProxy { until } => upgrade(*until).into(),
        Remedy::NetworkLoadBalancer => "用网络型负载均衡 NLB 代替 CLB：其 status 中只有 hostname，kube-proxy 不会拦截".into(),
        Remedy::SeparateLoadBalancers => "给另一个监听单独的负载均衡，让该地址只承载这个 Service 的端口".into(),
        Remedy::DeclarePorts { ports: numbers, .. } => format!("如果 Pod 提供端口 {}，就在 Service 中声明它", ports(numbers)),
        Remedy::AddressOfNoNode => "给 Service 换一个不属于任何节点的地址".into(),
        Remedy::RequireNoHeader { source } => {
            format!("从 {source} 中去掉 use-proxy-protocol；在 externalTrafficPolicy Local 下，服务端没有它也能看到客户端地址")
        }
        Remedy::HairpinProxy => "在中间加一个回环代理 (hairpin proxy)：由它为集群内客户端加上 PROXY 头，集群 DNS 把公网域名指向它".into(),
        Remedy::DialPlainHttp => "集群内通过 Service 的 DNS 名称用明文 HTTP 访问".into(),
        Remedy::LeaveExternalIps => "让集群内客户端访问 Service 的 DNS 名称，负载均衡有自己的地址时也可访问该地址".into(),
        Remedy::ForwardToPods => "让节点能把报文转发到 Pod：检查 iptables 的 FORWARD 策略、节点之间的安全组和路由，以及 Pod 网络".into(),
        Remedy::OpenNodePorts => "在节点之间、以及从客户端到节点，放行 NodePort 端口范围（默认 30000-32767）：安全组、主机防火墙，\
                                  以及 iptables 的 FORWARD 策略"
            .into(),
        Remedy::WidenNodePortAddresses { source } => {
            format!("让 kube-proxy 在节点自身的地址上提供 NodePort：把 nodePortAddresses 留空，或加上这些地址的网段（{source}）")
        }
        Remedy::AllowEgress { service } => format!(
            "放行到 {service} 背后 Pod 的 egress：用 namespaceSelector 加 podSelector，端口写 Pod 自己的端口；\
             ipBlock 写负载均衡的网段不起作用"
        ),
        Remedy::AllowEgressTo { host } => {
            format!("在选中该 Pod 的策略中放行到 {} 的 egress：用 ipBlock，网络插件支持按名称时也可按名称", words::printable(host, HOST))
        }
        Remedy::PassSidecar { addresses, .. } => pass_sidecar(addresses),
        Remedy::PlainFromSidecar { host } => format!(
            "关闭 sidecar 到 {} 的 TLS：在 Istio 中为该 host 配置 DestinationRule，把 trafficPolicy.tls.mode 设为 DISABLE；\
             或者给它的 Pod 也加上 sidecar",
            words::printable(host, HOST)
        ),
        Remedy::CompareCertificates { host } => {
            format!("对比 sidecar 与 {} 各自使用的证书和 CA，以及 DestinationRule 要求的 subjectAltNames", words::printable(host, HOST))
        }
        Remedy::CompareRoutes { host } => {
            format!("查看哪个 VirtualService 或 ServiceEntry 的 hosts 中有 {}，其路由是否通往该 Service", words::printable(host, HOST))
        }
        Remedy::AllowInterface { .. } => {
            "让 Pod 自有网卡的安全组放行到负载均衡和到 Service 的 Pod 的出方向流量；与节点自身的安全组对比".into()
        }
        Remedy::NameToLoadBalancer { here_too: true, .. } => {
            "查明该地址上是什么（CDN、防火墙、过期的解析记录），以及它是否放行本集群；集群内改为访问 Service 的 DNS 名称".into()
        }
        Remedy::NameToLoadBalancer { name, here_too: false } => {
            format!("让 {name} 在集群内也解析到负载均衡地址，或在集群内改为访问 Service 的 DNS 名称")
        }
        Remedy::CheckDns => "检查集群 DNS：它的 Pod，以及各节点能否访问到这些 Pod".into(),
        Remedy::ResolveInside { .. } => "修复上面的原因；在此之前，让集群 DNS 把公网域名解析到该 Service（CoreDNS：rewrite）".into(),
        Remedy::CheckPods { .. } => "检查 Service 背后的 Pod 监听在哪里，以及哪些 NetworkPolicy 选中了它们".into(),
        Remedy::ListenAt { .. } => {
            "把 targetPort 指向 Pod 正在监听的端口，或让 Pod 监听该端口（Istio 网关只监听 Gateway 中写明的端口）".into()
        }
        Remedy::StartPods { pod: Some(pod), .. } => format!("让 Service 有就绪的 Pod：{}", unready(pod)),
        Remedy::StartPods { pod: None, .. } => "让 Service 有就绪的 Pod：查看为何没有一个就绪，以及 selector 是否匹配到 Pod".into(),
        Remedy::SelectPods { name, .. } => {
            format!("给 {name} 加上 selector：它没有 selector，Kubernetes 就不会为它生成 Endpoint，也没有人写过 EndpointSlice")
        }
        Remedy::MatchPods { name, nearest: Some(NearestPod { pod, lacks }), .. } => {
            format!("让 {name} 的 selector 匹配到它的 Pod：现在一个也匹配不到；最接近的是 {pod}，缺少 {}", list(lacks))
        }
        Remedy::MatchPods { name, nearest: None, .. } => format!(
            "{name} 的 selector 似乎匹配不到任何 Pod：EndpointSlice 中一个也没有，连未就绪的也没有。\
             请与 Pod 的标签对比；没有地址的 Pod 不算在内"
        ),
        Remedy::ReadKubeProxyLog => {
            "查看这些节点上 kube-proxy 的日志中 iptables-restore、nft 或 ipvs 的错误；然后在那里重启 kube-proxy".into()
        }
        Remedy::NameKubeProxy => {
            "把节点名告诉 kube-proxy：参数 --hostname-override 或其配置中的 hostnameOverride 必须与 Node 对象的名称一致".into()
        }
        Remedy::RestoreWeight { server } => {
            format!("在各自的节点上逐个恢复这些 real server 的权重；先以 root 身份在 {} 上执行", server.node)
        }
        Remedy::ReplacePods => "替换 Service 的 Pod：新 Pod 有新地址，ipvs 会给它们权重".into(),
        Remedy::AroundLoopback { by } => around_loopback(*by).into(),
        Remedy::MoveHostPort { taken } => format!(
            "把 DaemonSet {}/{} 的 hostPort 从 {} 换成别的端口，或绑定到节点自身的地址（hostIP）",
            taken.namespace, taken.name, taken.port
        ),
        Remedy::ReachableRedirect { to: Some(to) } => format!("重定向到集群内客户端能访问的名称和端口，或让它们能访问 {to}"),
        Remedy::ReachableRedirect { to: None } => "在 Pod 中运行 `curl -v`，查看服务端的响应".into(),
        Remedy::NameTargetPort { ports, .. } => name_target_port(ports),
        Remedy::AskServers { .. } => "查看 Service 的 Pod 的日志（EndpointSlice 中有这些 Pod），或更正本次运行的预期：--expect-status、\
                                      --path、--host、--header、--scheme"
            .into(),
        Remedy::AskServersElsewhere { host } => format!(
            "询问 {} 的提供方，或更正本次运行的预期：--expect-status、--path、--host、--header、--scheme",
            words::printable(host, HOST)
        ),
        Remedy::LookAtWay { how: NoAnswer::Unresolved, .. } => {
            "向解析失败的 DNS 服务器查询该名称：集群 DNS 把它转发到哪里，所在 zone 是否为私有".into()
        }
        Remedy::LookAtWay { from, answers_outside, .. } => look_at_way(from, *answers_outside).into(),
        Remedy::CompareEndpoints { .. } => {
            "对比 EndpointSlice 与 Pod：没有 Pod 拥有的地址就是残留；删除对应的 EndpointSlice，以及它所镜像的 Endpoints 对象".into()
        }
        Remedy::CiliumReplacesKubeProxy => "让 Cilium 取代 kube-proxy（kube-proxy-replacement）：两个方向的流量就都经过它".into(),
        Remedy::UpgradeKubeRouter => "把 kube-router 升级到 2.1 或更高版本：该策略不再作用于 ClusterIP".into(),
        Remedy::TakeOffLocalAnnotation { .. } => {
            "去掉 Service 上的注解 kube-router.io/service.local：kube-router 就会按 Service 的策略处理".into()
        }
        Remedy::DualStackCluster => "Service 已要求两个地址族（PreferDualStack），集群只给了一个：把集群改为双栈，\
                                     或不给负载均衡另一个地址族的地址"
            .into(),
        Remedy::DualStack { .. } => "给 Service 两个地址族：ipFamilyPolicy PreferDualStack".into(),
        Remedy::OwnPatch { object, .. } => format!("你自己对 {object} 的变更"),
    }
}

fn name_target_port(ports: &[MissingPort]) -> String {
    let names: Vec<_> = ports.iter().filter_map(|missing| missing.target_port_name.clone()).collect();
    if names.is_empty() {
        return "把端口名改成 EndpointSlice 中的名称，或让 Service 背后的 Pod 提供该端口".into();
    }
    format!(
        "把 targetPort 设为端口号，或在 Pod 中声明名为 {} 的容器端口（1.32 之前，仅由原生 sidecar 声明的端口不算）",
        short_list(&names, RANGES)
    )
}

/// An operator would put back what is changed in the Service that it owns.
fn in_owner(what: &str, object: &ObjectReference) -> String {
    if object.is_service() {
        return what.to_owned();
    }
    format!("{what}；要在 {} {} 上改：Service 归它所有，直接改 Service 会被它还原", object.kind, object.name)
}

fn ranges(ranges: &[IpNet]) -> String {
    short_list(&ranges.iter().map(ToString::to_string).collect::<Vec<_>>(), RANGES)
}

const fn upgrade(until: Upgrade) -> &'static str {
    match until {
        Upgrade::IptablesHosts => "把 kube-proxy 升级到 1.15 或更高版本",
        Upgrade::NftablesHosts => "把 kube-proxy 升级到 1.33.6、1.34 或更高版本",
        Upgrade::IpvsFallback => "把 kube-proxy 升级到 1.24 或更高版本",
        Upgrade::IpvsWeights => "把那里的 kube-proxy 升级到 1.26 或更高版本：它启动时会正确设置权重",
        Upgrade::ExternalIps => "把 kube-proxy 升级到 1.28.6、1.29.1 或更高版本（iptables 模式下为 1.21 或更高版本）",
    }
}

const fn around_loopback(by: Loopback) -> &'static str {
    match by {
        Loopback::NoClientIpPreservation => {
            "关闭网络型负载均衡 NLB 的客户端 IP 保留：用注解 \
             service.beta.kubernetes.io/aws-load-balancer-target-group-attributes 设置 preserve_client_ip.enabled=false\
             （AWS Load Balancer Controller，或 cloud-provider-aws 1.32.6、1.33.3、1.34.2 或更高版本；否则直接在目标组上设置）"
        }
        Loopback::ClientsElsewhere => "让内网负载均衡的客户端运行在不是其后端的节点上：后端无法通过它访问自己",
        Loopback::ClientsElsewhereAsBackendAnswersItself => {
            "让内网负载均衡的客户端运行在不是其后端的节点上：后端总是自己应答自己，任何端口都如此，不健康时也一样"
        }
        Loopback::PreventLoopback => {
            "把注解 service.cloud.tencent.com/prevent-loopback 设为 true：TKE 的 kube-proxy 就会在集群内自行应答\
             （v1.18.4-tke.20 和 v1.20.6-tke.12 起）"
        }
        Loopback::HttpListener => "改用 HTTP 或 HTTPS 监听：TCP 和 UDP 监听无法把后端发起的连接送回后端自己",
    }
}

pub(crate) fn cost(remedy: &Remedy) -> String {
    match remedy {
        Remedy::DialDnsName { .. } => "集群内客户端要改访问地址；负载均衡所做的 TLS 或所加的 PROXY 头在那里都没有".into(),
        Remedy::ExternalPolicyCluster { price, .. } => cluster_cost(*price).into(),
        Remedy::EniBackends { .. } => "集群外客户端保留源地址；在集群内 kube-proxy 仍会拦截，Endpoint 看到的是节点地址".into(),
        Remedy::SecondLoadBalancer => "要为第二个负载均衡付费，集群内客户端换用另一个地址；集群外没有变化".into(),
        Remedy::HostnameInStatus { cloud, .. } => hostname_cost(*cloud),
        Remedy::InternalPolicyCluster { serving, .. } => {
            format!("集群内的连接会离开所在节点：目前留在本节点的连接可能改走别的 Endpoint（节点 {}）", names(serving))
        }
        Remedy::AddSourceRanges { .. } => "无，除非负载均衡自己也按同一名单过滤，且集群外也存在这些网段".into(),
        Remedy::IpModeProxy => "集群内的连接会绕到真实的负载均衡再回来；后端可能无法这样访问自己".into(),
        Remedy::EndpointOnEveryNode { .. } => "每个节点上都有 Pod；某个节点的 Pod 不在时，故障会在该节点重现".into(),
        Remedy::ClusterCidr { .. } | Remedy::ClusterCidrOfPods { .. } => {
            "每个节点上的 kube-proxy 都要重启；之后 Pod 以自己的源地址访问 ClusterIP".into()
        }
        Remedy::LeaveIpvs => "要逐个节点排空并重启：否则旧模式的规则和绑定的地址会残留".into(),
        Remedy::UpgradeKubeProxy { until: Upgrade::IpvsWeights } => "重启旧版本没有用".into(),
        Remedy::UpgradeKubeProxy { .. } => "要升级节点".into(),
        Remedy::NetworkLoadBalancer => "换成新的负载均衡，地址也变；后端仍无法通过 TCP 和 UDP 监听访问自己".into(),
        Remedy::SeparateLoadBalancers => "要为第二个负载均衡付费，其客户端换用另一个地址".into(),
        Remedy::DeclarePorts { .. } => "无；负载均衡若没有该端口的监听，会新增一个".into(),
        Remedy::AddressOfNoNode => "客户端和 DNS 记录要改".into(),
        Remedy::RequireNoHeader { .. } => "无：到达服务端的流量都不带该头".into(),
        Remedy::HairpinProxy => "多一跳，多一个要运维的程序".into(),
        Remedy::DialPlainHttp => "集群内客户端要改访问地址，且其流量不加密".into(),
        Remedy::LeaveExternalIps => "集群内客户端要改访问地址".into(),
        Remedy::AllowEgressTo { .. } => "该 Pod 可访问规则放行的一切".into(),
        Remedy::AllowEgress { .. } => "客户端的 Pod 可访问这些 Pod".into(),
        Remedy::PassSidecar { .. } => "要滚动更新该 Pod 的工作负载；网格不再看到、也不再加密这些流量".into(),
        Remedy::PlainFromSidecar { .. } => "到该 Service 的流量不加密；若在那里加 sidecar，则要滚动更新".into(),
        Remedy::CompareCertificates { .. } => "无；更换证书或 CA 会影响所有访问该服务端的客户端".into(),
        Remedy::CompareRoutes { .. } => "无；路由变更对网格中的每个 Pod 生效".into(),
        Remedy::AllowInterface { .. } => "使用这些安全组的其他 Pod 也可连接到那里".into(),
        Remedy::ResolveInside { .. } => "该名称在集群内外的解析结果不同".into(),
        Remedy::NameKubeProxy => "这些节点上的 kube-proxy 要重启".into(),
        Remedy::RestoreWeight { .. } => "无；节点上需要有 ipvsadm".into(),
        Remedy::ReplacePods => "要滚动更新；到旧 Pod 的连接随之中断".into(),
        Remedy::AroundLoopback { by } => loopback_cost(*by).into(),
        Remedy::MoveHostPort { .. } => "它自己的客户端要改端口或地址".into(),
        Remedy::ReachableRedirect { .. } => "集群外客户端得到的也是这个重定向：新的重定向对它们也必须有效".into(),
        Remedy::NameTargetPort { .. } => "无；若改 Pod 则要滚动更新".into(),
        Remedy::CiliumReplacesKubeProxy => "改变整个集群的数据面".into(),
        Remedy::UpgradeKubeRouter => "每个节点都要升级；负载均衡地址的规则不变".into(),
        Remedy::TakeOffLocalAnnotation { .. } => "集群外客户端丢失源地址，且多一跳".into(),
        Remedy::DualStackCluster => {
            "双栈要改节点、Pod、ClusterIP 网段和 kube-proxy 的 clusterCIDR；去掉该地址，则该地址族的客户端没有地址可用".into()
        }
        Remedy::DualStack { .. } => "集群必须是双栈：节点、Pod、ClusterIP 网段和 kube-proxy 的 clusterCIDR".into(),
        Remedy::OwnPatch { .. } => "未知：这是你自己的变更".into(),
        Remedy::OpenNodePorts => "规则放行的来源可访问所有 NodePort".into(),
        Remedy::WidenNodePortAddresses { .. } => "每个节点上的 kube-proxy 都要重启；之后 NodePort 会在更多地址上应答".into(),
        Remedy::ForwardToPods
        | Remedy::CheckDns
        | Remedy::NameToLoadBalancer { .. }
        | Remedy::CheckPods { .. }
        | Remedy::CompareEndpoints { .. }
        | Remedy::AskServers { .. }
        | Remedy::AskServersElsewhere { .. }
        | Remedy::LookAtWay { .. }
        | Remedy::ListenAt { .. }
        | Remedy::StartPods { .. }
        | Remedy::MatchPods { .. }
        | Remedy::SelectPods { .. }
        | Remedy::CheckLoadBalancer { .. }
        | Remedy::ReadKubeProxyLog => "无".into(),
    }
}

const fn look_at_way(from: &FailingFrom, answers_outside: Option<bool>) -> &'static str {
    match (from, answers_outside) {
        (FailingFrom::Everywhere, Some(false)) => "检查服务端本身：谁都得不到应答",
        (FailingFrom::Everywhere, _) => "检查沿途：路由、NAT 网关或代理，以及两端的防火墙",
        (FailingFrom::Pods | FailingFrom::PodsOf(_), _) => {
            "检查只限制 Pod 的因素：egress 策略，以及 Pod 地址是否做了 masquerade，或有没有回程路由"
        }
        (FailingFrom::Hosts, _) => "检查只限制主机的因素：主机防火墙，以及主机所用的路由和源地址",
        (FailingFrom::Nodes(_), _) => "把这些节点与其他节点对比：子网、路由、安全组、公网地址",
        (FailingFrom::Some, _) => "加 --samples 5 重跑，对比失败的与不失败的",
    }
}

fn pass_sidecar(addresses: &[IpAddr]) -> String {
    let ranges: Vec<_> = addresses.iter().map(|address| format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 })).collect();
    if ranges.is_empty() {
        return "让 sidecar 放行该目标：在 Istio 中为该 host 配置 ServiceEntry，或使用 outboundTrafficPolicy ALLOW_ANY".into();
    }
    format!(
        "让 sidecar 放行该目标：在 Istio 中为该 host 配置 ServiceEntry，或在 Pod 模板上加注解 \
         traffic.sidecar.istio.io/excludeOutboundIPRanges: {}",
        ranges.join(",")
    )
}

const fn cluster_cost(price: ClusterPrice) -> &'static str {
    match price {
        ClusterPrice::SourceAddress => "集群外客户端丢失源地址，且多一跳",
        ClusterPrice::HopAlone => "多一跳；无论哪种策略，这个负载均衡都会隐藏集群外客户端的地址",
        ClusterPrice::HopWithHeader => "多一跳；无论哪种策略，PROXY 头都会带上集群外客户端的地址",
        ClusterPrice::Nothing => "无：负载均衡直接访问 Pod，策略对集群外客户端没有影响",
        ClusterPrice::NothingByDefault => "如果负载均衡直接访问 Pod（在这种网络上默认如此），则无；否则集群外客户端丢失源地址",
    }
}

fn hostname_cost(cloud: Provider) -> String {
    let loopback = match cloud.loopback() {
        Some(Loopback::HttpListener) => "；后端仍无法通过 TCP 和 UDP 监听访问自己",
        Some(_) => "；后端可能无法通过它访问自己",
        None => "",
    };
    format!("集群内的连接会走到真实的负载均衡；status 中不再有 IP，且该名称必须能解析{loopback}")
}

const fn loopback_cost(by: Loopback) -> &'static str {
    match by {
        Loopback::NoClientIpPreservation => "集群外客户端丢失源地址，除非由 PROXY protocol 携带",
        Loopback::ClientsElsewhere | Loopback::ClientsElsewhereAsBackendAnswersItself => "客户端或网关要用单独的节点",
        Loopback::PreventLoopback => "无；健康检查会改从另一地址发起（100.64.0.0/10）",
        Loopback::HttpListener => "TLS 在负载均衡上终止，客户端地址写入 X-Forwarded-For",
    }
}

/// All of them in one clause each; nothing where there is none.
pub(crate) fn caveats(caveats: &[Caveat]) -> Option<String> {
    (!caveats.is_empty()).then(|| caveats.iter().map(caveat).collect::<Vec<_>>().join("；"))
}

fn caveat(caveat: &Caveat) -> String {
    match caveat {
        Caveat::InternalPolicyBreaksName => {
            "internalTrafficPolicy Local 会让该名称在没有 Endpoint 的节点上不可用；先把它设为 Cluster".into()
        }
        Caveat::EniNeedsPolicyCluster => "ENI 后端配合策略 Local，在集群内没有帮助".into(),
        Caveat::HelpsHosts => "对主机有效；对 Pod 仅当 kube-proxy 的 clusterCIDR 包含其地址时有效".into(),
        Caveat::HelpsPodsOnly => "对 Pod 有效，对主机无效：主机会从被拒绝变成超时".into(),
        Caveat::SharersTogether { services } => format!(
            "还有其他 Service 使用该地址（{}）：策略不一致时，MetalLB 会从其中一个收回该地址。请一起改",
            short_list(services, SHARERS)
        ),
        Caveat::OwnerReverts { owner } => format!("Service 归 {owner} 所有，其控制器可能把变更还原：请在那里改"),
    }
}

pub(crate) const fn prerequisite(prerequisite: Prerequisite) -> &'static str {
    match prerequisite {
        Prerequisite::TerwayEni => "使用 ENI 地址的 Terway",
        Prerequisite::AlibabaControllerEni => "CCM 1.9.3.164 或更高版本",
        Prerequisite::AlibabaControllerHostname => "CCM 2.3.0 或更高版本",
        Prerequisite::KubeProxyIpMode => "每个节点上的 kube-proxy 为 1.30 或更高版本",
        Prerequisite::ControllerSetsIpMode => "会设置 ipMode 的云控制器",
    }
}

pub(crate) const fn requirement(requirement: Requirement) -> &'static str {
    match requirement {
        Requirement::Met => "满足",
        Requirement::NotMet => "不满足",
        Requirement::Unknown => "未知",
    }
}

/// "Pod shop/web-0 未就绪：容器 web 等待中（CrashLoopBackOff），已重启 4 次".
fn unready(UnreadyPod { namespace, name, why }: &UnreadyPod) -> String {
    let restarted = |restarts: u32| match restarts {
        0 => String::new(),
        restarts => format!("，已重启 {restarts} 次"),
    };
    let why = match why {
        NotReady::NotScheduled { message } => format!("：未被调度：{message}"),
        NotReady::Waits { container, reason, restarts } => format!("：容器 {container} 等待中（{reason}）{}", restarted(*restarts)),
        NotReady::ProbeFails { container, restarts } => {
            format!("：容器 {container} 在运行，但就绪检查 (readiness probe) 没有成功{}", restarted(*restarts))
        }
        NotReady::GateNotMet { gate, message } => {
            let says = message.as_ref().map(|message| format!("（{message}）")).unwrap_or_default();
            format!("：其容器都已就绪，但 readiness gate {gate} 未满足{says}")
        }
        NotReady::Unknown => String::new(),
    };
    format!("Pod {namespace}/{name} 未就绪{why}")
}
