//! The words for risks.

use std::borrow::Cow;
use std::net::IpAddr;

use super::{defects, list, names, short_list};
use crate::codes::Code as _;
use crate::facts::{AnnouncedApart, FailedSync, ServerSetting, Slice, TakenPath, TransportPort, TrustedFrom};
use crate::providers::{NoBackend, NotForwarded, Provider};
use crate::risks::{EndpointCount, HairpinOff, Risk, ratio, skew};
use crate::{shell, words};

/// Characters of what an Event or an annotation says.
const MESSAGE: usize = 300;

/// Shares that a sentence names.
const SHARES: usize = 3;

const ANNOUNCED_BY_NOBODY: &str = "地址由 Cilium 分配，但 Cilium 既不以二层也不以 BGP 宣告它：若没有另外的路由，集群外客户端得不到应答";

const SERVICE_LB_BESIDE_METALLB: &str = "ServiceLB 和 MetalLB 都处理没有 loadBalancerClass 的 Service：地址可能从一方的变成另一方的，\
                                         仍访问旧地址的客户端就会失败";

const KUBE_VIP_BESIDE_METALLB: &str = "kube-vip 和 MetalLB 都宣告该地址（Service 上有 kube-vip 的注解 kube-vip.io/vipHost）：\
                                       集群外客户端可能被送到其中任一节点，一旦变化，连接就会中断";

const ANSWERED_BY_EVERY_NODE: &str = "ipvs 模式的 kube-proxy 在每个节点上绑定该地址，没有 strictARP 时每个节点都可能应答它的 ARP。\
                                      若以二层宣告该地址，集群外客户端可能被送到任一节点";

const REPLIES_PAST_NODE: &str = "在 externalTrafficPolicy Local 下，自带弹性网卡 ENI 的 Pod 的应答绕过节点。\
                                 除非负载均衡直接访问 Pod，否则集群外客户端得不到应答";

pub(crate) fn coded(of: &Risk) -> String {
    format!("{} [{}]", risk(of), of.code())
}

#[expect(clippy::too_many_lines, reason = "one sentence for each: a table")]
pub(crate) fn risk(risk: &Risk) -> String {
    match risk {
        Risk::UnevenLoad { nodes } => uneven_load(nodes),
        Risk::LastEndpointOfNode { nodes } => format!(
            "{}{}只有一个 Endpoint：滚动更新或驱逐替换它期间，负载均衡仍发往那里的连接会被丢弃",
            these(nodes),
            if nodes.len() == 1 { "上" } else { "上各" }
        ),
        Risk::NoBackendOutside { why } => no_backend_outside(why),
        Risk::EndpointsWithoutNode { endpoints } => format!(
            "{endpoints} 个 Endpoint 没有 nodeName，不属于任何节点：从 Endpoint 所在节点宣告地址的负载均衡就没有可用的节点，\
             尽管该地址在集群内有应答"
        ),
        Risk::LeftOverSlices { slices, selector } => left_over(slices, *selector),
        Risk::HealthCheckAtRoot { ports } => health_check_at("/", ports, ""),
        Risk::HealthCheckAtPath { path, ports, setting, taken } => {
            health_check_at(path, ports, &in_the_way(setting.as_ref(), taken.as_ref()))
        }
        Risk::HealthCheckOfKubeProxy => HEALTH_CHECK_OF_KUBE_PROXY.into(),
        Risk::HealthCheckAtFirstPort { port } => format!(
            "负载均衡用 Service 第一个端口 {port} 的 NodePort 对节点做健康检查，而那里可能无人监听：\
             集群外客户端在任何端口都可能得不到应答"
        ),
        Risk::PortsNotForwarded { ports, why } => not_forwarded(ports, *why),
        Risk::HealthCheckFromBoundAddress { address, .. } => format!(
            "健康检查来自 {address}，而 ipvs 模式的 kube-proxy 在每个节点上都绑定该地址：\
             节点把检查当作自己的报文并丢弃，集群外客户端可能得不到应答"
        ),
        Risk::TagsBesideRanges { tags } => format!(
            "azure-allowed-service-tags 让云防火墙按服务标记 {} 放行客户端，\
             但 kube-proxy 丢弃 loadBalancerSourceRanges 不包含的所有客户端：只靠服务标记放行的客户端得不到应答",
            words::printable(tags, MESSAGE)
        ),
        Risk::KnownDefect(known) => defects::what(known),
        Risk::WeaveMasquerades => "这个版本的 Weave 会对进入集群、发往 Pod 的流量做 masquerade，除非设置了 NO_MASQ_LOCAL：\
             在 externalTrafficPolicy Local 下，集群外客户端可能得不到应答（metallb issue 380）"
            .into(),
        Risk::AnnouncedApart(AnnouncedApart { service, nodes, own_nodes }) => format!(
            "有两个节点应答该地址：MetalLB 为本 Service 宣告它的节点是 {}，为 {service} 宣告它的节点是 {}。\
             集群外客户端会到达其中任一节点，一旦变化，连接就会中断",
            names(own_nodes),
            names(nodes)
        ),
        Risk::LocalByAnnotation { at_cluster_ip } => format!(
            "由于 Service 的注解 kube-router.io/service.local，无论其策略如何，kube-router 在每个节点上都只用该节点的 Endpoint{}",
            if *at_cluster_ip { "；这个版本在 ClusterIP 上也是如此" } else { "" }
        ),
        Risk::AddressIsClusterIp { address } => format!(
            "负载均衡地址 {address} 就是 Service 自己的 ClusterIP（minikube tunnel 会这样写）：\
             在集群外，只有具备到它的路由的机器才能得到应答"
        ),
        Risk::IgnoredAnnotations { annotations } => format!(
            "这个负载均衡由云厂商自己的控制器创建，它不读取 {}：{}用于 AWS Load Balancer Controller，或用于另一种负载均衡",
            list(annotations),
            if annotations.len() == 1 { "该注解" } else { "这些注解" }
        ),
        Risk::OtherListeners { load_balancer } => format!(
            "负载均衡 {load_balancer} 在 Service 之前就已存在：它若有其他监听，从集群内都访问不到，\
             因为 ipvs 模式的 kube-proxy 绑定了整个地址"
        ),
        Risk::SteadyUdpSenders { ports } => format!(
            "向 UDP 端口 {} 持续发送的客户端可能一直停留在已不存在的 Endpoint 上：1.32 之前，\
             kube-proxy 可能把它们的条目遗留在节点的 conntrack 中",
            super::ports(ports)
        ),
        Risk::NodePortsWithoutEndpoint { nodes } => node_ports_without_endpoint(nodes),
        Risk::HeldWithoutEndpoint { node } => held_without_endpoint(node),
        Risk::AnnouncedWithoutEndpoint { nodes } => format!(
            "kube-vip 可能从没有 Endpoint 的节点宣告该地址（{}）：在 externalTrafficPolicy Local 下，集群外客户端这时得不到应答",
            names(nodes)
        ),
        Risk::AnnouncedByCilium { nodes } => format!(
            "Cilium 的二层宣告可能来自没有 Endpoint 的节点（{}）：在 externalTrafficPolicy Local 下，集群外客户端这时得不到应答",
            names(nodes)
        ),
        Risk::NoHealthMonitor => "除非显式要求，Octavia 没有 health monitor：它也会发往没有 Endpoint 的节点，\
                                  而这些节点在 externalTrafficPolicy Local 下会丢弃连接"
            .into(),
        Risk::AnsweredByEveryNode => ANSWERED_BY_EVERY_NODE.into(),
        Risk::ServiceLbBesideMetalLb => SERVICE_LB_BESIDE_METALLB.into(),
        Risk::KubeVipBesideMetalLb => KUBE_VIP_BESIDE_METALLB.into(),
        Risk::FailedSync(failure) => failed_sync(failure),
        Risk::ExternalIpsOfNobody { addresses } => external_ips_of_nobody(addresses),
        Risk::HeaderNotRead { source } => header_not_read(source),
        Risk::HeaderNotTrusted { trusted, nodes } => header_not_trusted(trusted, nodes),
        Risk::HealthCheckOfKubeRouter => HEALTH_CHECK_OF_KUBE_ROUTER.into(),
        Risk::RepliesPastNode => REPLIES_PAST_NODE.into(),
        Risk::AnnouncedByNobody => ANNOUNCED_BY_NOBODY.into(),
        Risk::NotHeardByCloud => NOT_HEARD_BY_CLOUD.into(),
        Risk::OtherFamily { addresses } => other_family(addresses),
        Risk::LoopbackNodePorts => "nftables 模式下，NodePort 在 127.0.0.1 和 ::1 上不可用".into(),
        Risk::Hairpin { by: HairpinOff::KubeRouter } => {
            "Pod 访问该 Service 又被送回自己时得不到应答，除非开启了 kube-router 的 hairpin 模式".into()
        }
        Risk::Hairpin { by: HairpinOff::Cni(source) } => {
            format!("Pod 访问该 Service 又被送回自己时可能得不到应答：{source} 缺少 \"hairpinMode\": true")
        }
        Risk::EndsOnNode { nodes } => {
            format!("{}上仅有的 Endpoint 正在终止：它们终止之后，负载均衡发往那里的流量会丢失", these(nodes))
        }
        Risk::AddressOfNode { address, node } => address_of_node(*address, node),
        Risk::LoadBalancerByHand => "没有检查由人工放在这些 NodePort 前面的负载均衡。它可能无法把节点自己发起的连接送回该节点".into(),
        Risk::HealthCheckOfUdp => "所有端口都是 UDP，而负载均衡默认以 TCP 检查节点，所用的 NodePort 无人监听：可能所有节点都不健康".into(),
        Risk::IpvsEnds { nodes } => ipvs_ends(nodes),
        Risk::ExternalIpsEnd => "externalIPs 从 1.36 起已弃用，kube-proxy 计划在 1.40 停止支持 (KEP-5707)".into(),
        Risk::RangesForHosts { nodes } => ranges_for_hosts(nodes),
        Risk::DetectsStrangers { node } => format!(
            "kube-proxy 的 clusterCIDR 覆盖了节点自身的地址（{node}）：它把该网络中的机器算作 Pod，\
             把集群外客户端当作集群内客户端处理"
        ),
    }
}

const NOT_HEARD_BY_CLOUD: &str = "MetalLB 以 ARP 或 BGP 宣告该地址，而这个云的网络不接受节点的这种宣告：集群外客户端可能得不到应答";

/// Nodes, before Chinese characters.
fn these(nodes: &[String]) -> String {
    match nodes {
        [only] => format!("节点 {only} "),
        _ => format!("这些节点（{}）", names(nodes)),
    }
}

fn ipvs_ends(nodes: &[String]) -> String {
    format!("{}上的 kube-proxy 运行在 ipvs 模式：1.35 起它会对此告警，并计划从 1.40 起拒绝启动 (KEP-5495)", these(nodes))
}

fn ranges_for_hosts(nodes: &[String]) -> String {
    format!("loadBalancerSourceRanges 不包含{}的地址：1.29 起，ipvs 模式的 kube-proxy 会丢弃这些主机自身的连接", these(nodes))
}

/// What can be done about it.
pub(crate) fn advice(risk: &Risk) -> Cow<'static, str> {
    Cow::Borrowed(match risk {
        Risk::HealthCheckAtRoot { ports } => return health_check_at_root_advice(ports).into(),
        Risk::HealthCheckAtPath { ports, taken: Some(taken), .. } => return taken_path_advice(taken, ports).into(),
        Risk::HealthCheckAtPath { path, ports, setting, taken: None } => {
            return health_check_at_path_advice(path, ports, setting.as_ref()).into();
        }
        Risk::HealthCheckOfKubeProxy => "把 Calico 升级到 3.31，并查看负载均衡所认为的各节点健康状态",
        Risk::HealthCheckAtFirstPort { .. } => "把一个总有应答的端口排在第一位，如 Istio 的 status-port",
        Risk::PortsNotForwarded { why: NotForwarded::OtherThanFirst(_), .. } => {
            "给每种协议单独一个 Service；两者可以申请同一个 loadBalancerIP"
        }
        Risk::PortsNotForwarded { why: NotForwarded::NoUdp(Provider::Aws), .. } => {
            "在新建的 Service 上把注解 service.beta.kubernetes.io/aws-load-balancer-type 设为 nlb"
        }
        Risk::PortsNotForwarded { why: NotForwarded::NoUdp(_), .. } => "让客户端以 UDP 访问 NodePort",
        Risk::UnevenLoad { .. } => {
            "让 Pod 均匀分布：用 kubernetes.io/hostname 的 podAntiAffinity 或 topologySpreadConstraints，或在负载均衡上按 Pod 数设置权重"
        }
        Risk::LastEndpointOfNode { .. } => "在每个这样的节点上运行两个 Pod，maxUnavailable 设为 0，并让 preStop 比负载均衡的健康检查更久",
        Risk::EndpointsWithoutNode { .. } => "从集群外访问该地址；如果无人应答，就给 Endpoint 加上 nodeName",
        Risk::NoBackendOutside { why } => no_backend_advice(why),
        Risk::LeftOverSlices { selector: true, .. } => "删除它们所镜像的 Endpoints 对象，以及这些 EndpointSlice",
        Risk::LeftOverSlices { selector: false, .. } => "删除这些 EndpointSlice，或给 Service 恢复 selector",
        Risk::HealthCheckFromBoundAddress { of_hetzner: true, .. } => {
            "把注解 load-balancer.hetzner.cloud/disable-private-ingress 设为 true"
        }
        Risk::HealthCheckFromBoundAddress { of_hetzner: false, .. } => {
            "让云控制器在 status 中设置 ipMode Proxy 或 hostname，或让 kube-proxy 运行在 iptables 或 nftables 模式"
        }
        Risk::TagsBesideRanges { .. } => {
            "把这些网段写入注解 service.beta.kubernetes.io/azure-allowed-ip-ranges 并清空该字段，或把服务标记的前缀加入该字段"
        }
        Risk::KnownDefect(known) => defects::advice(known.defect),
        Risk::AnnouncedApart(_) => "给每个 Service 单独的地址，或用不带 serviceSelectors 的 advertisement 宣告共用的地址",
        Risk::LocalByAnnotation { .. } => {
            "去掉该注解，改为设置 externalTrafficPolicy：kubectl annotate service NAME kube-router.io/service.local-"
        }
        Risk::WeaveMasquerades => "在 DaemonSet weave-net 的容器 weave 中把 NO_MASQ_LOCAL 设为 1，或把 Weave 升级到 2.7.0",
        Risk::AddressIsClusterIp { .. } => "在客户端所在之处保持 tunnel 运行，或改用会分配地址的程序",
        Risk::IgnoredAnnotations { .. } => {
            "如果那个控制器在这里运行，就重建 Service，并使用 aws-load-balancer-type external 和 aws-load-balancer-nlb-target-type；\
             或去掉这些注解"
        }
        Risk::OtherListeners { .. } => "在 Service 自己的端口之外，用 --port 也探测这样的端口",
        Risk::SteadyUdpSenders { .. } => "滚动更新之后，在节点上删除这类条目：conntrack -D -p udp --orig-dst ADDRESS",
        Risk::NodePortsWithoutEndpoint { .. } => "让客户端或前面的负载均衡只访问有 Endpoint 的节点",
        Risk::HeldWithoutEndpoint { .. } | Risk::AnnouncedWithoutEndpoint { .. } => {
            "设置 kube-vip 的 svc_election，使只有带 Endpoint 的节点才宣告该地址"
        }
        Risk::AnnouncedByCilium { .. } => {
            "把 externalTrafficPolicy 设为 Cluster，或让 CiliumL2AnnouncementPolicy 只选运行这些 Pod 的节点，或把 Cilium 升级到 1.20.2"
        }
        Risk::NoHealthMonitor => {
            "把注解 loadbalancer.openstack.org/enable-health-monitor 设为 true，除非 cloud.conf 中有 create-monitor = true"
        }
        Risk::AnsweredByEveryNode => "在 kube-proxy 配置的 ipvs 下设置 strictARP: true，并重启 kube-proxy",
        Risk::FailedSync(_) => "修复消息中指出的问题：kubectl describe service 会显示下一次同步是否成功",
        Risk::ExternalIpsOfNobody { .. } => {
            "把该地址作为负载均衡地址来申请（MetalLB：0.14.9 起用 metallb.io/loadBalancerIPs，\
             0.12 起用 metallb.universe.tf/loadBalancerIPs，更早用 spec.loadBalancerIP），或把它路由到某个节点"
        }
        Risk::KubeVipBesideMetalLb => "把 kube-vip 的 svc_enable 设为 false，或给 Service 设置其中一方的 spec.loadBalancerClass",
        Risk::ServiceLbBesideMetalLb => "启动 k3s 时加 --disable servicelb，或设置 spec.loadBalancerClass",
        Risk::HeaderNotRead { .. } => {
            "去掉 Service 上的注解，或把 use-proxy-protocol 设为 true；后者要求 status 中有 hostname，因为集群内客户端不发送该头"
        }
        Risk::HeaderNotTrusted { .. } => "把节点和负载均衡的地址加入每个 entry point 的 proxyProtocol.trustedIPs",
        Risk::HealthCheckOfKubeRouter => "把 kube-router 升级到 2.1，或把 externalTrafficPolicy 设为 Cluster",
        Risk::NotHeardByCloud => "使用云自己的负载均衡，或通过云的 API 把该地址路由到某个节点；从集群外访问该地址加以确认",
        Risk::AnnouncedByNobody => {
            "在 Cilium 中开启 enable-l2-announcements 或 enable-bgp-control-plane，并为该地址配置策略；从集群外访问该地址"
        }
        Risk::OtherFamily { .. } => "让它们访问另一个地址，或访问 DNS 名称",
        Risk::RepliesPastNode => "把注解 service.beta.kubernetes.io/backend-type 设为 eni，或把 externalTrafficPolicy 设为 Cluster",
        Risk::LoopbackNodePorts => "访问节点自身的地址",
        Risk::Hairpin { by: HairpinOff::KubeRouter } => {
            "设置 Service 的注解 kube-router.io/service.hairpin，或启动 kube-router 时加 --hairpin-mode"
        }
        Risk::Hairpin { by: HairpinOff::Cni(_) } => "在那里设置 \"hairpinMode\": true，并重启 Pod",
        Risk::EndsOnNode { .. } => "把 Pod 分散到多个节点，并让 preStop hook 比负载均衡的健康检查更久",
        Risk::AddressOfNode { .. } => "把节点地址从 MetalLB 的地址池中去掉",
        Risk::LoadBalancerByHand => "这样的负载均衡只应由集群外客户端使用；集群内客户端有 Service 的 DNS 名称",
        Risk::HealthCheckOfUdp => {
            "把注解 service.beta.kubernetes.io/aws-load-balancer-healthcheck-port 设为有应答的 TCP 端口，\
             或把 externalTrafficPolicy 设为 Local"
        }
        Risk::IpvsEnds { .. } => "在此之前改用 nftables 或 iptables 模式；explain --if mode=nftables 显示会有哪些变化",
        Risk::ExternalIpsEnd => "给 Service 一个负载均衡，并让客户端使用其地址",
        Risk::RangesForHosts { .. } => "升级之前把节点的地址加入这些网段",
        Risk::DetectsStrangers { .. } => "给 kube-proxy 设置只包含 Pod 地址的 clusterCIDR，或按网卡识别 Pod 的 detectLocalMode",
    })
}

fn health_check_at_root_advice(ports: &[u16]) -> String {
    format!(
        "让健康检查访问返回 200 的路径 (service.beta.kubernetes.io/azure-load-balancer-health-probe-request-path)，或走 TCP：{}",
        checked_by_tcp(ports)
    )
}

fn health_check_at_path_advice(path: &str, ports: &[u16], setting: Option<&ServerSetting>) -> String {
    let by_tcp = checked_by_tcp(ports);
    match setting {
        Some(setting) => {
            format!("确认 {} 放行来自 168.63.129.16 的健康检查；或让健康检查走 TCP：{by_tcp}", setting.name)
        }
        None => format!(
            "确认无论 Host 头是什么它都返回 200：运行时加 --path {} --expect-status 200；或让健康检查走 TCP：{by_tcp}",
            shell::quoted(path)
        ),
    }
}

/// The annotations of Azure's load balancer.
fn checked_by_tcp(ports: &[u16]) -> String {
    let annotation = |port: &u16| format!("service.beta.kubernetes.io/port_{port}_health-probe_protocol: tcp");
    ports.iter().map(annotation).collect::<Vec<_>>().join(", ")
}

const fn no_backend_advice(why: &NoBackend) -> &'static str {
    match why {
        NoBackend::NotAdvertised { .. } => {
            "列出它们：kubectl get l2advertisements,bgpadvertisements -A -o yaml；\
             既没有 ipAddressPools 也没有 ipAddressPoolSelectors 的覆盖所有地址池，带 serviceSelectors 的只覆盖有相应标签的 Service"
        }
        NoBackend::AnnouncedElsewhere { .. } => {
            "把 Pod 运行在 MetalLB 宣告的节点上，或把 speaker 运行在 Pod 所在的节点上（其 DaemonSet 的 nodeSelector 和 tolerations，\
             以及 advertisement 的 nodeSelectors）；externalTrafficPolicy 为 Cluster 时，任一 speaker 都可以"
        }
        NoBackend::AnnouncedFromNoNode => {
            "查看 speaker 运行在哪里 (kubectl get pods -A -o wide -l component=speaker)，以及 advertisement 的 nodeSelectors：\
             kubectl get l2advertisements,bgpadvertisements -A -o yaml"
        }
        NoBackend::CiliumSelectsNothing => {
            "把 Service 的标签与这些 selector 对比：kubectl get ciliuml2announcementpolicies,ciliumbgpadvertisements,\
             ciliumbgppeerconfigs,ciliumbgpclusterconfigs -o yaml；二层的策略需要 loadBalancerIPs: true，\
             advertisement 需要 selector，以及被某个 peer 的配置选中的标签"
        }
        NoBackend::CiliumAnnouncesElsewhere { .. } => {
            "把 Pod 运行在 Cilium 宣告的节点上，或让其 nodeSelector（CiliumL2AnnouncementPolicy、CiliumBGPClusterConfig）选中 Pod 的节点"
        }
        NoBackend::EveryNodeExcludedFromMetalLb { .. } | NoBackend::EndpointsExcludedFromMetalLb { .. } => {
            "从应当宣告该地址的节点上去掉这个标签，或让 MetalLB 忽略它：在其 chart 中把 speaker.ignoreExcludeLB 设为 true\
             （speaker 的参数 --ignore-exclude-lb，0.14.4 起）"
        }
        NoBackend::EveryNodeExcludedFromCloud { .. } => {
            "从应当接收流量的节点上去掉这个标签：kubectl label nodes NODE node.kubernetes.io/exclude-from-external-load-balancers-"
        }
        NoBackend::EndpointsExcludedFromCloud { .. } => {
            "把 Pod 运行在其他节点上，或去掉这个标签：kubectl label nodes NODE node.kubernetes.io/exclude-from-external-load-balancers-"
        }
        NoBackend::NodesOfNoMachine { .. } => {
            "启动 kubelet 时加 --cloud-provider=external，并让云控制器初始化该节点；查看 kubectl get nodes -o \
             custom-columns=NODE:.metadata.name,ID:.spec.providerID"
        }
        NoBackend::EveryNodeOfControlPlane { cloud: Provider::Alibaba, .. } => "增加没有该标签的节点，或从某个节点上去掉它",
        NoBackend::EveryNodeOfControlPlane { .. } => {
            "增加没有该角色的节点，或让云控制器把它计入（Azure：excludeMasterFromStandardLB false）；从集群外访问该地址加以确认"
        }
        NoBackend::EveryNodeLeftOut { .. } => "从应当接收流量的节点上去掉这个标签；从集群外访问该地址加以确认",
        NoBackend::EndpointsWithoutNode { .. } => {
            "给 Endpoint 加上 nodeName，或把 externalTrafficPolicy 设为 Cluster；从集群外访问该地址加以确认"
        }
        NoBackend::CiliumAnnouncesNowhere => {
            "在 Cilium 对其 Gateway 或 Ingress 的设置中（其 chart 的 gatewayAPI 或 ingressController）使用 externalTrafficPolicy Cluster"
        }
        NoBackend::CiliumHealthCheckFails => "升级 Cilium，或在它对其 Gateway 或 Ingress 的设置中使用 externalTrafficPolicy Cluster",
        NoBackend::NoSelectedNode { .. } => "给运行这些 Pod 的节点加上标签，或修改该注解；从集群外访问该地址加以确认",
        NoBackend::EndpointsTerminating => "查看为何没有 Endpoint 就绪：kubectl get pods",
        NoBackend::EndpointsOnUnknownNodes { .. } => {
            "查看这些 Endpoint 是什么：kubectl get endpointslices -o yaml；节点消失后，它们会残留一段时间"
        }
        NoBackend::KubeProxyMisnamed => "把节点名告诉 kube-proxy (--hostname-override)；从集群外访问该地址加以确认",
        NoBackend::EndpointsOnNodesLeftOut { .. } => {
            "从应当接收流量的节点上去掉这个标签，或把 Pod 运行在其他节点上；从集群外访问该地址加以确认"
        }
    }
}

fn node_ports_without_endpoint(nodes: &[String]) -> String {
    format!("集群外客户端访问{}的 NodePort 得不到应答：在 externalTrafficPolicy Local 下，只有带 Endpoint 的节点在那里应答", these(nodes))
}

fn held_without_endpoint(node: &str) -> String {
    format!(
        "kube-vip 从节点 {node} 宣告该地址（注解 kube-vip.io/vipHost），而该节点没有 Endpoint：\
         在 externalTrafficPolicy Local 下，集群外客户端得不到应答"
    )
}

fn other_family(addresses: &[IpAddr]) -> String {
    let family = if addresses.iter().any(IpAddr::is_ipv6) { "IPv6" } else { "IPv4" };
    format!(
        "集群内没有 {family} 地址的客户端无法访问 {}：只有负载均衡提供{}",
        list(&addresses.iter().map(ToString::to_string).collect::<Vec<_>>()),
        if addresses.len() == 1 { "该地址" } else { "这些地址" }
    )
}

fn health_check_at(path: &str, ports: &[u16], in_the_way: &str) -> String {
    format!(
        "负载均衡以 HTTP 或 HTTPS 对端口 {} 的 {path} 做健康检查：除非它返回 200{in_the_way}，否则集群外客户端得不到应答",
        super::ports(ports)
    )
}

/// What may keep a health check from its answer.
fn in_the_way(setting: Option<&ServerSetting>, taken: Option<&TakenPath>) -> String {
    match (taken, setting) {
        (Some(TakenPath { path, ingress }), _) => format!("（{ingress} 中没有 host 的路径 {path} 可能截走它）"),
        (None, Some(ServerSetting { name, source })) => format!("（{source} 中的 {name} 可能拒绝它）"),
        (None, None) => String::new(),
    }
}

fn taken_path_advice(TakenPath { ingress, .. }: &TakenPath, ports: &[u16]) -> String {
    format!("给 {ingress} 中的该路径加上 host，使它不再截走健康检查；或让健康检查走 TCP：{}", checked_by_tcp(ports))
}

const HEALTH_CHECK_OF_KUBE_ROUTER: &str = "在 externalTrafficPolicy Local 下，负载均衡在 healthCheckNodePort 上对节点做健康检查，\
                                           而 kube-router 在 2.1 之前不提供该端口：集群外客户端可能得不到应答";

fn header_not_trusted(TrustedFrom { source, ranges }: &TrustedFrom, nodes: &[String]) -> String {
    if ranges.is_empty() {
        return format!("负载均衡会写入 PROXY 头，而 Traefik 不读取它（{source} 没有 proxyProtocol.trustedIPs）。集群外客户端会得到错误");
    }
    let ranges: Vec<_> = ranges.iter().map(ToString::to_string).collect();
    format!(
        "负载均衡会写入 PROXY 头，而 Traefik 只对以下来源读取它：{}（{source}）。在 externalTrafficPolicy Cluster 下，连接可能来自节点 {}，\
         而其地址不在其中：集群外客户端这时会得到错误",
        short_list(&ranges, SHARES),
        names(nodes)
    )
}

const HEALTH_CHECK_OF_KUBE_PROXY: &str = "负载均衡在每个节点的 10256 端口上对 kube-proxy 做健康检查，而 Calico 的 eBPF 数据面在 3.31 之前\
                                          不在那里应答（calico issue 10748）：集群外客户端可能得不到应答";

fn not_forwarded(ports: &[TransportPort], why: NotForwarded) -> String {
    let ports: Vec<_> = ports.iter().map(ToString::to_string).collect();
    let ports = list(&ports);
    match why {
        NotForwarded::OtherThanFirst(protocol) => format!(
            "Google Cloud 的负载均衡可能把 Service 第一个端口的协议 {protocol} 用于所有端口：集群外客户端这时访问端口 {ports} 得不到应答"
        ),
        NotForwarded::NoUdp(Provider::Aws) => {
            format!("AWS 的传统型负载均衡 (classic) 不转发 UDP：集群外客户端访问端口 {ports} 得不到应答")
        }
        NotForwarded::NoUdp(cloud) => format!("{}负载均衡不转发 UDP：集群外客户端访问端口 {ports} 得不到应答", owner(cloud)),
    }
}

fn address_of_node(address: IpAddr, node: &str) -> String {
    format!("{address} 是节点 {node} 的地址：MetalLB 可能从另一个节点宣告它，使 {node} 失联")
}

/// What answers inside proves nothing there: kube-proxy, or what stands in its place, answers instead of the load balancer.
fn no_backend_outside(why: &NoBackend) -> String {
    let get = if why.is_certain() { "得不到应答" } else { "可能得不到应答" };
    format!("{}：无论集群内由谁应答，集群外客户端都{get}", no_backend(why))
}

/// All nodes, before what they all are or have.
fn all_nodes(number: usize) -> String {
    match number {
        1 => "唯一的节点".to_owned(),
        2 => "两个节点都".to_owned(),
        number => format!("全部 {number} 个节点都"),
    }
}

fn header_not_read(source: &str) -> String {
    format!("负载均衡会写入 PROXY 头，而服务端不读取它（{source} 缺少 use-proxy-protocol: \"true\"）。集群外客户端会得到错误")
}

/// The Event by which service controllers say that a load balancer has no backend at all.
const NO_NODES: &str = "UnAvailableLoadBalancer";

fn failed_sync(FailedSync { reason, message }: &FailedSync) -> String {
    if reason == NO_NODES {
        return format!(
            "云控制器找不到可供负载均衡使用的节点（{reason}：{}）：它没有后端，集群外客户端得不到应答",
            words::printable(message, MESSAGE)
        );
    }
    format!("负载均衡最近一次同步失败，因此可能仍在使用过时的节点和端口；其控制器报告 {reason}：{message}")
}

fn external_ips_of_nobody(addresses: &[IpAddr]) -> String {
    let listed = list(&addresses.iter().map(ToString::to_string).collect::<Vec<_>>());
    let them = if addresses.len() == 1 { "它" } else { "它们" };
    format!("没有节点持有 external IP {listed}，MetalLB、kube-vip 和 ServiceLB 也不宣告{them}；若没有另外的路由，集群外客户端得不到应答")
}

/// A provider, as the owner of its controller.
const fn owner(provider: Provider) -> &'static str {
    match provider {
        Provider::Alibaba => "阿里云的",
        Provider::Aws => "AWS 的",
        Provider::Azure => "Azure 的",
        Provider::DigitalOcean => "DigitalOcean 的",
        Provider::Gce => "Google Cloud 的",
        Provider::Hetzner => "Hetzner 的",
        Provider::Linode => "Linode 的",
        Provider::OpenStack => "OpenStack 的",
        Provider::Scaleway => "Scaleway 的",
        Provider::Tencent => "腾讯云的",
        Provider::Vultr => "Vultr 的",
        Provider::Oracle => "Oracle 的",
        Provider::MetalLb | Provider::MetalLbOnAnyNode => "MetalLB 的",
        Provider::KubeVip => "kube-vip 的",
        Provider::ServiceLb => "ServiceLB 的",
    }
}

/// Why a load balancer has no backend.
pub(super) fn no_backend(why: &NoBackend) -> String {
    match why {
        NoBackend::NotAdvertised { pool } => format!(
            "该地址在 MetalLB 的地址池 {pool} 中，而没有 L2Advertisement 或 BGPAdvertisement 为本 Service 覆盖它，\
             MetalLB 因此不从任何节点宣告该地址"
        ),
        NoBackend::AnnouncedElsewhere { from, nodes } => format!(
            "MetalLB 不从任何节点宣告该地址：其 speaker 和 advertisement 把宣告限于节点 {}，\
             但在 externalTrafficPolicy Local 下，只有带 Endpoint 的节点（{}）可以宣告它",
            names(from),
            names(nodes)
        ),
        NoBackend::AnnouncedFromNoNode => "MetalLB 不从任何节点宣告该地址：地址池的 advertisement 所选的节点上都没有 speaker，\
             或只在因 exclude 标签而不宣告的节点上有"
            .into(),
        NoBackend::CiliumSelectsNothing => "Service 的地址由 Cilium 分配，但 Cilium 不从任何节点宣告它：\
             没有任何 CiliumL2AnnouncementPolicy 或 CiliumBGPAdvertisement 为某个节点选中它"
            .into(),
        NoBackend::CiliumAnnouncesElsewhere { from, nodes } => format!(
            "Cilium 可宣告该地址的节点只有 {}，但在 externalTrafficPolicy Local 下，只有带 Endpoint 的节点（{}）应答",
            names(from),
            names(nodes)
        ),
        NoBackend::EveryNodeExcludedFromMetalLb { nodes } => format!(
            "MetalLB 不从任何节点宣告该地址：它排除带有标签 node.kubernetes.io/exclude-from-external-load-balancers 的节点，\
             而{}有这个标签",
            all_nodes(*nodes)
        ),
        NoBackend::EndpointsExcludedFromMetalLb { nodes } => format!(
            "MetalLB 不从任何节点宣告该地址：在 externalTrafficPolicy Local 下可以宣告的只有 {}，\
             而其带有标签 node.kubernetes.io/exclude-from-external-load-balancers",
            names(nodes)
        ),
        NoBackend::EveryNodeExcludedFromCloud { cloud, nodes } => format!(
            "{}云控制器排除带有标签 node.kubernetes.io/exclude-from-external-load-balancers 的节点，无论其值是什么，而{}有这个标签",
            owner(*cloud),
            all_nodes(*nodes)
        ),
        NoBackend::EndpointsExcludedFromCloud { cloud, nodes } => format!(
            "{}云控制器排除带有标签 node.kubernetes.io/exclude-from-external-load-balancers 的节点：\
             在 externalTrafficPolicy Local 下能应答的只有 {}，而其带有这个标签",
            owner(*cloud),
            names(nodes)
        ),
        NoBackend::NodesOfNoMachine { cloud, nodes } => {
            format!("{}云控制器按 spec.providerID 查找节点的机器，而{}没有它认识的 providerID", owner(*cloud), these(nodes))
        }
        NoBackend::EveryNodeOfControlPlane { cloud, label } => {
            format!("{}云控制器排除带有标签 {label} 的节点，无论其值是什么，而每个节点都有这个标签", owner(*cloud))
        }
        NoBackend::EveryNodeLeftOut { nodes } => {
            format!("{}被负载均衡排除（标签 node.kubernetes.io/exclude-from-external-load-balancers，或节点角色）", all_nodes(*nodes))
        }
        NoBackend::EndpointsOnNodesLeftOut { nodes } => format!(
            "有 Endpoint 的节点只有 {}，而负载均衡排除这样的节点\
             （标签 node.kubernetes.io/exclude-from-external-load-balancers，或节点角色），且 externalTrafficPolicy 为 Local",
            names(nodes)
        ),
        NoBackend::NoSelectedNode { selector } => {
            format!("注解把后端限于带有标签 {selector} 的节点，而其中没有一个能应答")
        }
        NoBackend::EndpointsTerminating => "每个 Endpoint 都在终止，且 externalTrafficPolicy 为 Local，因此没有节点通过健康检查".into(),
        NoBackend::EndpointsOnUnknownNodes { nodes } => {
            format!("有 Endpoint 的节点只有 {}，而本集群没有这样的节点，且 externalTrafficPolicy 为 Local", names(nodes))
        }
        NoBackend::KubeProxyMisnamed => "externalTrafficPolicy 为 Local，而 kube-proxy 所用的名称 (hostnameOverride) \
             不属于任何有 Endpoint 的节点：没有节点通过健康检查"
            .into(),
        NoBackend::CiliumAnnouncesNowhere => "externalTrafficPolicy 为 Local，而 Cilium 从 1.20.2 起只从有 Endpoint 的节点宣告地址：\
             其 Gateway 或 Ingress 的占位 Endpoint 不在任何节点上（cilium issue 48799）"
            .into(),
        NoBackend::CiliumHealthCheckFails => "externalTrafficPolicy 为 Local，而这个版本的 Cilium 告诉健康检查，\
             没有节点有其 Gateway 或 Ingress 的 Endpoint（cilium issue 33038）"
            .into(),
        NoBackend::EndpointsWithoutNode { endpoints } => format!(
            "{endpoints} 个 Endpoint 没有 nodeName，不属于任何节点，且 externalTrafficPolicy 为 Local，\
             因此没有节点为负载均衡接收连接"
        ),
    }
}

fn left_over(slices: &[Slice], selector: bool) -> String {
    let each: Vec<_> = slices
        .iter()
        .map(|slice| {
            let addresses: Vec<_> = slice.addresses.iter().map(ToString::to_string).collect();
            format!("{} ({})", slice.name, short_list(&addresses, SHARES))
        })
        .collect();
    let each = short_list(&each, SHARES);
    if selector {
        format!("有 EndpointSlice 镜像了 Endpoints 对象，尽管 Service 有 selector：无人维护它，而 kube-proxy 使用其中的地址：{each}")
    } else {
        format!("有 EndpointSlice 是 Service 已没有的 selector 遗留下来的：无人维护它，而 kube-proxy 在使用它：{each}")
    }
}

fn uneven_load(nodes: &[EndpointCount]) -> String {
    let share = |EndpointCount { node, endpoints }: &EndpointCount| {
        format!("{node}（{endpoints} 个 Pod）每个 {} %", percent(nodes.len() * endpoints))
    };
    let shares: Vec<_> = nodes.iter().map(share).collect();
    format!(
        "按节点平均分配的负载均衡给各节点上的 Pod 的份额为 {}：一个 Pod 所得最多是另一个的 {:.1} 倍",
        short_list(&shares, SHARES),
        skew(nodes).unwrap_or(1.0)
    )
}

/// The share of one of so many equal parts.
fn percent(parts: usize) -> String {
    let share = ratio(100, parts);
    if share >= 10.0 { format!("{share:.0}") } else { format!("{share:.1}") }
}
