//! The words for the rules by which the model answers.

use crate::kube_proxy::Rule;

/// A rule in half a sentence, as it stands behind a colon.
pub(crate) const fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::HostShortCircuit => "1.15 起，主机自身的连接发往任一 Endpoint",
        Rule::NftablesHostShortCircuit => "主机自身的连接发往任一 Endpoint",
        Rule::LocalPodShortCircuit => "kube-proxy 把该 Pod 算作本地 Pod，发往任一 Endpoint",
        Rule::ExternalPolicyCluster => "externalTrafficPolicy Cluster：发往任一 Endpoint，源地址为节点地址",
        Rule::LocalEndpoint => "externalTrafficPolicy Local：由该节点上的 Endpoint 接收",
        Rule::NonLocalPodWithoutEndpoint => "kube-proxy 不把该 Pod 算作本地 Pod（没有 clusterCIDR 包含其地址），且该节点没有 Endpoint",
        Rule::NoLocalEndpoint => "externalTrafficPolicy Local，且该节点没有 Endpoint",
        Rule::OutsideSourceRanges => "loadBalancerSourceRanges 不包含客户端地址",
        Rule::ForwardedPastDropMark => "1.25 之前，iptables 模式只给应丢弃的报文打标记，而转发报文上的标记没有规则去处理",
        Rule::ExternalIpsNotIntercepted => "1.21 之前，从集群内到 externalIPs 的连接不会被拦截",
        Rule::InternalLocalAtEveryAddress => "1.24 之前，internalTrafficPolicy Local 对每个地址都生效",
        Rule::NoEndpoint => "Service 没有 Endpoint：kube-proxy 拒绝该连接",
        Rule::NoEndpointHostNotRejected => "Service 没有 Endpoint，而拒绝规则匹配不到主机自身的连接",
        Rule::NoEndpointForwardedNotRejected => "Service 没有 Endpoint，而 1.20 之前拒绝规则匹配不到转发的报文",
        Rule::ClusterIpAnyEndpoint => "ClusterIP 通往任一 Endpoint",
        Rule::InternalLocalEndpoint => "internalTrafficPolicy Local：由该节点上的 Endpoint 接收",
        Rule::InternalNoLocalEndpoint => "internalTrafficPolicy Local，且该节点没有 Endpoint",
        Rule::InternalNoLocalEndpointRejected => "internalTrafficPolicy Local，该节点没有 Endpoint：1.24 之前会被拒绝",
        Rule::InternalForwardedPastDropMark => {
            "internalTrafficPolicy Local，该节点没有 Endpoint：1.25 之前 Pod 的报文只被打标记，仍会离开节点"
        }
        Rule::IptablesUndeclaredPort => "iptables 模式对 Service 未声明的端口没有规则",
        Rule::NftablesUndeclaredPort => "nftables 模式对 Service 未声明的负载均衡端口没有规则",
        Rule::NftablesUndeclaredClusterIpPort => "1.30 之前，nftables 模式对未声明的端口没有规则",
        Rule::NftablesRejectsUndeclaredPort => "1.30 起，nftables 模式拒绝 ClusterIP 上未声明的端口",
        Rule::NftablesDropsHost => "1.33.6 和 1.34 之前，在没有 Endpoint 的节点上，nftables 模式丢弃主机自身的连接",
        Rule::IpvsNoEndpoint => "Service 没有 Endpoint：其 virtual server 为空，会拒绝连接",
        Rule::IpvsUndeclaredPort => "kube-ipvs0 持有该地址：报文不会离开节点",
        Rule::IpvsRejectsUndeclaredPort => "kube-ipvs0 持有该地址，且 1.26 起未声明的端口会被拒绝",
        Rule::IpvsRejectsExternalIps => "1.26 起，1.28.6 和 1.29.1 之前，ipvs 模式在 externalTrafficPolicy Local 下拒绝 externalIPs",
        Rule::IpvsEmptyVirtualServer => "1.24 之前，在没有 Endpoint 的节点上，ipvs 模式的 virtual server 为空，会拒绝连接",
        Rule::IpvsInternalLocalEndpoint => "在 1.22 和 1.23 中，internalTrafficPolicy Local 对每个地址都生效：由该节点上的 Endpoint 接收",
        Rule::IpvsInternalEmptyVirtualServer => {
            "在 1.22 和 1.23 中，externalTrafficPolicy 为 Cluster 时 internalTrafficPolicy Local 对各地址都生效：virtual server 为空并拒绝"
        }
        Rule::IpvsFallsBack => "1.24 起，在没有 Endpoint 的节点上，ipvs 模式会退而使用任一 Endpoint",
        Rule::IpvsHostSource => "kube-ipvs0 持有该地址，主机因此以该地址为源地址发起连接，应答回不来",
        Rule::IpvsAnswerPastNode => "1.24 起，ipvs 模式转发到其他节点时不做 masquerade，应答因此绕过该节点",
        Rule::IpvsInternalRefused => "internalTrafficPolicy Local，该节点没有 Endpoint：1.24 之前 ipvs 模式会拒绝",
        Rule::IpvsInternalFallsBack => "1.24 起，对集群外开放的 Service，ipvs 模式会退而使用任一 Endpoint",
        Rule::TkeLeavesAddress => "TKE 的 kube-proxy 在 ipvs 模式下不持有负载均衡地址（未设置 prevent-loopback），报文因此离开节点",
        Rule::BackendHoldsAddress => "kube-proxy 不处理该报文，而 Google Cloud 上的后端自己持有负载均衡地址：报文不会离开节点",
        Rule::LoadBalancerWithoutBackend => "kube-proxy 把该地址留给负载均衡，而负载均衡没有后端（见“风险”）",
        Rule::EbpfNoEndpoint => "Service 没有 Endpoint：数据面拒绝该连接",
        Rule::CiliumAnyEndpoint => "Cilium 把来自集群内的连接发往任一 Endpoint",
        Rule::CiliumNoLocalEndpoint => "Cilium 1.19 有一个缺陷：在没有 Endpoint 的节点上，来自集群内的连接可能丢失",
        Rule::CalicoAnyEndpoint => "Calico 的 eBPF 数据面只对来自集群外的流量执行 externalTrafficPolicy",
        Rule::TerwayAnyEndpoint => "Terway 的 eBPF 程序自己直接连接 Endpoint",
        Rule::TerwayPassesOn => "该 Pod 的报文发往真实的负载均衡",
        Rule::CiliumReplyBypassesNode => "kube-proxy 可能选中客户端所在节点上的 Endpoint，而 Cilium 投递其应答时绕过该节点的 conntrack",
        Rule::AntreaAnyEndpoint => "AntreaProxy 把来自 Pod 的连接发往任一 Endpoint",
        Rule::AntreaNoLocalEndpoint => "这里应答 Pod 的是 AntreaProxy 而不是 kube-proxy，节点上没有 Endpoint 时它会拒绝",
        Rule::AntreaNoEndpoint => "Service 没有 Endpoint：AntreaProxy 拒绝该连接",
        Rule::KubeRouterLocalEndpoint => "在 externalTrafficPolicy Local 下，kube-router 使用该节点自己的 Endpoint",
        Rule::KubeRouterAnyEndpoint => "kube-router 把连接发往任一 Endpoint",
        Rule::KubeRouterNoEndpoint => "Service 没有 Endpoint：kube-router 没有它的 virtual server",
        Rule::KubeRouterNoLocalEndpoint => "策略为 Local，且该节点没有 Endpoint：kube-router 没有 virtual server",
        Rule::KubeRouterLeavesAddress => "externalTrafficPolicy Local，该节点没有 Endpoint：kube-router 不持有该地址，报文因此按路由走",
        Rule::KubeRouterLocalAtEveryAddress => {
            "0.4 之前以及 2.0 的 kube-router 在 ClusterIP 上也执行 externalTrafficPolicy Local，且该节点没有 Endpoint"
        }
        Rule::OvnAnyEndpoint => "OVN-Kubernetes 把来自集群内的连接发往任一 Endpoint",
        Rule::HeadlessNotServed => "Service 是 headless：无论 status 中写了什么，kube-proxy 都会跳过它",
        Rule::NoLocalEndpointInDataPath => "该节点没有 Endpoint，而取代 kube-proxy 的程序可能不使用其他节点的 Endpoint",
        Rule::LoadBalancerLoopback => "负载均衡保留客户端地址，因此无法把后端发起的连接送回该后端自己",
        Rule::AnswerPastOtherNode => "那个节点上的 kube-proxy 把该 Pod 算作本地 Pod，可能选中别处的 Endpoint，而后者的应答会绕过那个节点",
        Rule::CiliumMixesPolicies => "Cilium 并不处理所有 external IP，并可能在那里执行错误的流量策略（cilium issue 42245）",
        Rule::CiliumBesideKubeProxy => "1.19 起，Cilium 自己在该地址上应答 Pod，发往其他节点的连接可能丢失（cilium issue 48178）",
        Rule::CiliumPartly => "Cilium 只取代了 kube-proxy 的一部分，或其配置没有读到：它可能并非处处都处理该地址",
        Rule::CiliumAnswersDirectly => {
            "Cilium 让 Endpoint 直接应答 (DSR)，且不在 Pod 中做 socket 负载均衡：应答可能到不了 Pod（cilium issue 39198）"
        }
        Rule::SctpInDataPath => "取代 kube-proxy 的程序只在显式开启时才支持 SCTP，或根本不支持",
        Rule::CalicoInternalPolicyLocal => "Calico 的 eBPF 数据面在该地址上执行 internalTrafficPolicy Local，且该节点没有 Endpoint",
        Rule::CalicoNoLocalEndpoint => {
            "3.21 之前，在 externalTrafficPolicy Local 下，Calico 的 eBPF 数据面只用该节点自己的 Endpoint，而该节点没有"
        }
        Rule::CiliumIngress => "凡是 Cilium 处理该地址的地方，由 Cilium 的 Envoy 为其 Ingress 或 Gateway 应答：Endpoint 只是占位",
        Rule::CiliumMarksBesideIpvs => "Cilium 的报文标记可能与 ipvs 模式的标记冲突（cilium issue 18610）",
        Rule::DataPathNotRead => "取代 kube-proxy 的程序，其版本未经查证，而有些版本会丢失这类连接",
        Rule::KubeProxyMisnamed => "kube-proxy 使用了别的节点名 (hostnameOverride)，因此不把任何 Endpoint 算作本地",
        Rule::ExternalIpsOff => "kube-proxy 计划在 1.40 停止支持 externalIPs (KEP-5707)",
        Rule::IpvsDoesNotStart => "按计划，从 1.40 起 kube-proxy 在 ipvs 模式下不再启动 (KEP-5495)",
        Rule::IpModeProxy => "ipMode 为 Proxy：kube-proxy 不拦截该地址",
        Rule::PastNodeNetwork => "该 Pod 的报文绕过节点的网络栈，而 kube-proxy 的规则就在那里",
        Rule::NodePortAddresses => "nodePortAddresses 不包含该节点的地址：没有规则匹配该端口",
        Rule::EndpointDialled => "是 Endpoint 自身的地址：与 kube-proxy 无关",
        Rule::OtherServiceProxy => "标签 service.kubernetes.io/service-proxy-name 把该 Service 交给了另一个代理",
        Rule::OfNoService => "本集群没有 Service 使用该地址",
        Rule::ResolvedOnNode => "名称通往哪里，取决于它在节点上的解析结果",
        Rule::HostnameOnly => "status 中只有 hostname，kube-proxy 不拦截它",
        Rule::PortWithoutEndpoint => "没有 Endpoint 具有该名称的端口：连接无人接收",
        Rule::LoadBalancerHasFamily => "Service 没有该地址所属地址族的 ClusterIP：由负载均衡在那里应答，kube-proxy 不处理该地址",
        Rule::OtherFamily => "Service 没有该地址所属地址族的 ClusterIP：该地址无人处理",
        Rule::NotInStatus => "该地址不在 Service 的 status 中：kube-proxy 不知道它",
        Rule::OtherServicePort => "同一地址上的另一个 Service 声明了该端口",
        Rule::HeadlessService => "headless Service 的名称解析到它的 Endpoint",
    }
}
