//! The words for what was not looked at.

use std::net::IpAddr;

use super::reports::checks::port;
use super::{defects, list, names, ports, short_list};
use crate::codes::Code as _;
use crate::coverage::{AddressOrigin, Bypassed, NoAddress, OutsideGap, StaleOnNode, Uncovered};
use crate::facts::{
    EndpointOrigin, HeaderReading, HostPort, LabelDifference, NearWorkload, NoAddressReason, NotShared, PolicyConcern, ReadyPods,
    ServicePolicy, TakenNodeAddress, TransportPort, UnreadKind, Version,
};
use crate::kube_proxy::compared::NEWEST;
use crate::plan::Network;
use crate::{shell, words};

/// Characters of what objects say of themselves.
const MESSAGE: usize = 200;

/// Pods that a line names.
const PODS: usize = 3;

pub(crate) fn coded(what: &Uncovered) -> String {
    format!("{} [{}]", uncovered(what), what.code())
}

#[expect(clippy::too_many_lines, reason = "one sentence for each: a table")]
pub(crate) fn uncovered(what: &Uncovered) -> String {
    match what {
        Uncovered::Pending { namespace, name, why } => {
            format!("负载均衡地址：Service 还没有地址；{}", no_address(why, name, namespace))
        }
        Uncovered::Cluster { origin, nodes, any_kube_proxy } => {
            let kube_proxy = if *any_kube_proxy { "，以及任意模式和版本的 kube-proxy（用 --if 指定）" } else { "" };
            format!("{}{kube_proxy}", cluster(origin, nodes))
        }
        Uncovered::NearSelector { near } => near_selector(near),
        Uncovered::KnownDefect(known) => format!("{}。处理：{}", defects::what(known), defects::advice(known.defect)),
        Uncovered::NameElsewhere { name, addresses } => name_elsewhere(name, addresses),
        Uncovered::PoliciesNotEnforced { policies, wait_ms } => policies_not_enforced(policies, *wait_ms),
        Uncovered::OtherOs { os, nodes } if os == "windows" => format!(
            "{} 运行 Windows：那里的 kube-proxy 遵循另一套规则，探针也不运行；在 externalTrafficPolicy Local 下，没有 Endpoint 的节点常常访问不了\
             负载均衡地址",
            names(nodes)
        ),
        Uncovered::OtherOs { os, nodes } => format!("{} 运行 {os}，对它既没有预测也没有测量", names(nodes)),
        Uncovered::SameAddress { address, by, nodes } => same_address(*address, *by, nodes),
        Uncovered::Virtual { nodes } => {
            format!("{} 是虚拟节点（virtual kubelet 或 Fargate）：不知道那里由谁应答 Pod", names(nodes))
        }
        Uncovered::KubeProxyNotReady { nodes } => {
            format!("{} 上的 kube-proxy Pod 未就绪：那里的规则可能陈旧或缺失（kubectl get pods -n kube-system -o wide）", names(nodes))
        }
        Uncovered::KubeProxyTooFew(pods) => too_few_kube_proxies(*pods),
        Uncovered::NoKubeProxy { nodes } => no_kube_proxy(nodes),
        Uncovered::UnknownNodes { nodes } => format!("{} 上的 Endpoint 是否应答：集群中没有这个名称的节点", names(nodes)),
        Uncovered::NotReady { nodes } => format!("{} 未就绪：不知道那里的 kube-proxy 写了什么", names(nodes)),
        Uncovered::NotMeasured { network, nodes } => {
            format!("{} 的{}没有测量，而按预测可能失败", names(nodes), network_of(*network))
        }
        Uncovered::Ports { ports } => {
            let ports: Vec<_> = ports.iter().map(|number| port(*number)).collect();
            format!("端口 {}，按预测可能失败（explain 显示在哪里）", list(&ports))
        }
        Uncovered::ProxyHeader { is_never_written: true, servers, .. } => header_that_nobody_writes(servers),
        Uncovered::ProxyHeader { at, is_written, servers, .. } => proxy_header(*at, *is_written, servers),
        Uncovered::PassedOn { port, node_port_of, nodes_alone } => passed_on(*port, *node_port_of, *nodes_alone),
        Uncovered::PortsUndeclared { ports: numbers } => {
            format!("Pod 是否监听端口 {}：它们的容器都没有声明该端口", ports(numbers))
        }
        Uncovered::PortsWithoutGateway { ports } => ports_without_gateway(ports),
        Uncovered::PortsOfUnprivileged { ports: numbers } => format!(
            "Envoy 是否在其 Pod 的端口 {} 监听：它们设置了 ISTIO_META_UNPRIVILEGED_POD，istiod 因此不创建 1024 以下的监听。请把 targetPort 指向\
             更大的端口",
            ports(numbers)
        ),
        Uncovered::AddressOfNodeByKubeVip { address, node, host } => format!(
            "kube-vip 在 {host} 上绑定了 {node} 的地址 {address}：发往 {node} 的流量都可能落到那里。另一个控制器把节点的地址写进了 Service 的 status\
             （ServiceLB 会这样做）：请只让两者之一服务它"
        ),
        Uncovered::Unread { what } => unread(what),
        Uncovered::NetworkPolicies { policies, are_enforced: false } => network_policies(policies),
        Uncovered::NetworkPolicies { policies, are_enforced: true } => {
            format!("{}。这里的 Pod 网络会执行策略；没有读取的、它自有类型的策略可能放行更多客户端", network_policies(policies))
        }
        Uncovered::LoopbackAddress { address } => loopback_address(address),
        Uncovered::Announcement { reason } => format!("该地址是否被宣告：{reason}"),
        Uncovered::TlsEnds { ports: numbers } => format!(
            "端口 {} 的 TLS：它在负载均衡处终止，而来自集群内的连接绕过负载均衡；服务器可能讲明文 HTTP（run 可查明）",
            ports(numbers)
        ),
        Uncovered::HostPorts { taken } => host_ports(taken),
        Uncovered::LeftOverSlices { slices } => {
            format!("EndpointSlice {} 的 Endpoint 是否应答：没有人维护它，而 kube-proxy 在使用它", names(slices))
        }
        Uncovered::AddressOfNode { address, node } => address_of_node(*address, node),
        Uncovered::SidecarsNotUp { pods } => {
            format!("{} 启动之后会看到什么：它正在初始化，sidecar 可能还不接受连接", short_list(pods, PODS))
        }
        Uncovered::NodeAddressTaken { taken } => node_address_taken(taken),
        Uncovered::AddressOfApiServer { address } => {
            format!("ipvs 模式的 kube-proxy 在每个节点上绑定 {address}，而它正是 API server 的地址（见 kubeconfig）：节点失去 API server")
        }
        Uncovered::OwnAddress { address, node, release } => own_address(*address, node, *release),
        Uncovered::SharedPort { port, services } => shared_port(*port, services),
        Uncovered::NamedPods { pods } => {
            format!("{} 没有测全：见“指定的 Pod”和“未包括”", short_list(pods, PODS))
        }
        Uncovered::AddressOfNodeIfIpvs { address, node } => {
            format!("kube-proxy 的模式：如果是 ipvs 模式，它会在其他节点上绑定 {node} 的地址 {address}，其他节点发往那里的流量留在本机")
        }
        Uncovered::Outside { why } => outside(*why).into(),
        Uncovered::StatusNotAsked { ports: numbers } => {
            format!("端口 {} 的 HTTP 应答：那里不讲 HTTP，因此只看连接。用 --scheme 指定协议，或用 --port 选择端口", ports(numbers))
        }
        Uncovered::SourceNotTold { ports: numbers } => format!(
            "服务器在端口 {} 看到的源地址：在 --source-from 所看之处，应答中没有它；用 --path 指定一个会给出它的页面",
            ports(numbers)
        ),
        Uncovered::StaleEntries { entries } => stale_entries(entries),
        Uncovered::OtherListeners { ports } => other_listeners(ports),
        Uncovered::NodePortsOutside { nodes } => {
            format!("从集群外访问 {} 的 NodePort：没有应答，那里可能没有到节点 InternalIP 的路由", names(nodes))
        }
        Uncovered::KubeProxyName { name } => format!(
            "是否每个 kube-proxy 都像其配置所说以 {name} 运行：没有读取的 DaemonSet 参数可能不同。节点名错误时，没有 Endpoint 会被算作本地"
        ),
        Uncovered::ReleaseNotCompared { release, oldest, nodes } => not_compared(*release, *oldest, nodes),
        Uncovered::Hostname { nodes, hostname } => other_hostname(nodes, hostname),
        Uncovered::HostnameNotShown { nodes } => format!(
            "{} 上的 kube-proxy 是否以节点名运行：它没有 --hostname-override，而 AWS 上机器名可能不同。节点名错误时，没有 Endpoint 会被算作本地，\
             负载均衡的健康检查也会失败",
            names(nodes)
        ),
        Uncovered::MasqueradedTwice { release, nodes } => format!(
            "{} 上的 kube-proxy {release} 对经过 VXLAN 隧道的流量做两次 masquerade。在某些内核上，它做 masquerade 后发往其他节点 Pod 的连接\
             （例如主机的连接）会卡住 63 s（kubernetes issue 88986）",
            names(nodes)
        ),
        Uncovered::OtherServiceProxy { name } => {
            format!("标签 service.kubernetes.io/service-proxy-name 把该 Service 交给 {name}，它的规则未知")
        }
    }
}

fn cluster(origin: &EndpointOrigin, nodes: &[String]) -> String {
    let assumed = match origin {
        EndpointOrigin::Workloads(workloads) => {
            format!("{} 的 Pod 在 {} 上", words::printable(&list(workloads), MESSAGE), names(nodes))
        }
        EndpointOrigin::File => "文件中的 Endpoint".into(),
        EndpointOrigin::Unknown => format!("文件没有描述的一个 Pod 在 {} 上", names(nodes)),
    };
    format!("集群：文件中没有节点。假定：三个节点、地址、{assumed}")
}

fn near_selector(near: &NearWorkload) -> String {
    let NearWorkload { workload, namespace, labels } = near;
    let workload = words::printable(workload, MESSAGE);
    let of_label = |difference: &LabelDifference| match &difference.own {
        Some(own) => format!("的标签是 {own}，不是 {}", difference.wanted),
        None => format!("缺少标签 {}", difference.wanted),
    };
    let by_labels = || words::printable(&list(&labels.iter().map(of_label).collect::<Vec<_>>()), MESSAGE);
    let by_namespace = |namespace: &String| format!("有这些标签，但在命名空间 {}", words::printable(namespace, MESSAGE));
    let differs = namespace.as_ref().map_or_else(by_labels, by_namespace);
    format!("selector 是否匹配任何 Pod：文件中没有对象会创建带这些标签的 Pod。{workload} {differs}")
}

fn other_hostname(nodes: &[String], hostname: &str) -> String {
    let whose = if nodes.len() == 1 { "它的机器" } else { "第一个节点的机器" };
    format!(
        "{} 上的 kube-proxy 是否以节点名运行：{whose}自称 {hostname}（标签 kubernetes.io/hostname），也没有看到 --hostname-override。\
         节点名错误时，没有 Endpoint 会被算作本地，负载均衡的健康检查也会失败",
        names(nodes)
    )
}

fn node_address_taken(TakenNodeAddress { address, node, service }: &TakenNodeAddress) -> String {
    format!(
        "Service {service} 使用 {node} 的地址 {address}。ipvs 模式的 kube-proxy 在其他节点上绑定它，因此其他节点与 {node} 之间的连接会丢失：\
         到它的 NodePort，可能还有到它的 Pod"
    )
}

fn host_ports(taken: &[HostPort]) -> String {
    let of = |taken: &HostPort| format!("{}（{}/{}）", taken.port, taken.namespace, taken.name);
    let taken = list(&taken.iter().map(of).collect::<Vec<_>>());
    format!(
        "谁在端口 {taken} 应答：有 DaemonSet 在其节点上占用它（hostPort）。portmap 早于 0.7.5 时，该 DaemonSet 的 Pod 也会在负载均衡地址应答"
    )
}

fn own_address(address: IpAddr, node: &str, release: Version) -> String {
    format!(
        "ipvs 模式的 kube-proxy {release} 在 {node} 自身的地址 {address} 上，除 Service 的端口外一律拒绝：那里的 SSH 和 kubelet 无法访问"
    )
}

fn shared_port(shared: TransportPort, services: &[String]) -> String {
    format!("谁在端口 {} 应答：{} 使用同样的地址和端口，任何一个都可能应答", port(shared), short_list(services, 3))
}

fn too_few_kube_proxies(pods: ReadyPods) -> String {
    format!(
        "{} 个节点中只有 {} 个有就绪的 kube-proxy Pod：其余节点的规则可能陈旧或缺失（kubectl get pods -n kube-system -o wide）",
        pods.nodes, pods.ready
    )
}

fn not_compared(release: Version, oldest: Version, nodes: &[String]) -> String {
    format!(
        "{} 上的 kube-proxy 1.{} 是否与预测一致：规则只核对过 1.{} 到 1.{}（run 可实测）",
        names(nodes),
        release.minor,
        oldest.minor,
        NEWEST.minor
    )
}

fn no_kube_proxy(nodes: &[String]) -> String {
    format!(
        "{} 上没有 kube-proxy 的 Pod：除非有其他程序在那里写规则，否则 Service 的任何地址在那里都不可用\
         （kubectl get pods -n kube-system -o wide）",
        names(nodes)
    )
}

fn address_of_node(address: IpAddr, node: &str) -> String {
    format!(
        "ipvs 模式的 kube-proxy 在其他节点上绑定 {node} 自身的地址 {address}。它们与 {node} 无法再互相访问：发往其 Pod 的流量也可能丢失"
    )
}

fn unread(what: &[UnreadKind]) -> String {
    let noun = |what: &UnreadKind| match what {
        UnreadKind::NetworkPolicies => "NetworkPolicy",
        UnreadKind::Pods => "Service 的 Pod",
        UnreadKind::NginxSettings => "ingress-nginx 的设置",
        UnreadKind::Ingresses => "Ingress",
        UnreadKind::IstioGateways => "Istio 的 Gateway",
        UnreadKind::CalicoSettings => "Calico 的设置（可能启用了 eBPF 数据面）",
    };
    let nouns: Vec<_> = what.iter().map(noun).collect();
    format!("kube-proxy 之后是否还有别的环节拦住客户端：读不到 {}", list(&nouns))
}

fn ports_without_gateway(numbers: &[u16]) -> String {
    format!("Envoy 是否监听端口 {}：这里选中这些 Pod 的 Istio Gateway 都没有该端口的 server", ports(numbers))
}

fn same_address(address: IpAddr, by: AddressOrigin, nodes: &[String]) -> String {
    let nodes = short_list(nodes, 3);
    let (noted, help) = match by {
        AddressOrigin::Flannel => ("Flannel 记录", "请告诉 Flannel 用哪块网卡互连（--iface；k3s：--flannel-iface）"),
        AddressOrigin::Calico => ("Calico 记录", "请告诉 Calico 用哪块网卡互连（IP_AUTODETECTION_METHOD）"),
        AddressOrigin::InternalIp => ("节点报告", "请为每个 kubelet 指定自己的 --node-ip"),
    };
    format!("{nodes} 的 Pod 之间的包能否互通：{noted}的地址都是同一个 {address}。{help}")
}

fn no_address(why: &NoAddress, name: &str, namespace: &str) -> String {
    match why {
        NoAddress::Unknown => events_may_say_why(name, namespace),
        NoAddress::Class { class } => format!(
            "只有其 loadBalancerClass {class} 的控制器会给它地址（class 不能修改，只能重建 Service）；{}",
            events_may_say_why(name, namespace)
        ),
        NoAddress::Told { reasons } => reasons.iter().map(no_address_reason).collect::<Vec<_>>().join("；"),
        NoAddress::Nobody => "集群中似乎没有谁分配地址。节点不是由云创建的，也没有发现 MetalLB、kube-vip 或 ServiceLB 的 DaemonSet。\
             在有之前，集群外只能通过 NodePort 访问它"
            .to_owned(),
        NoAddress::CalicoIpam => "集群中除 Calico 外似乎没有谁分配地址。从 3.30 起，如果其 KubeControllersConfiguration default 有 \
             spec.controllers.loadBalancer，它就会分配：kubectl get kubecontrollersconfiguration default -o yaml"
            .to_owned(),
        NoAddress::KubeVipElection { nodes, .. } if nodes.is_empty() => {
            "启用 svc_election 时，kube-vip 只从有 Endpoint 的节点宣告它，而没有任何节点有 Endpoint".to_owned()
        }
        NoAddress::KubeVipElection { nodes, runs_on: Some(runs_on) } => format!(
            "启用 svc_election 时，kube-vip 只从有 Endpoint 的节点宣告它。它的 DaemonSet 选择 {}，而 Endpoint 只在 {} 上：请让它在那里运行、迁移 Pod，\
             或把 externalTrafficPolicy 设为 Cluster",
            names(runs_on),
            names(nodes)
        ),
        NoAddress::KubeVipElection { nodes, runs_on: None } => {
            format!("启用 svc_election 时，kube-vip 只从运行 kube-vip 且有 Endpoint 的节点宣告它；Endpoint 在 {} 上", names(nodes))
        }
        NoAddress::ServiceLb => format!(
            "如果由 ServiceLB 给它地址，节点上的这些端口必须空闲：kubectl get pods -A -l svccontroller.k3s.cattle.io/svcname={name}"
        ),
    }
}

fn events_may_say_why(name: &str, namespace: &str) -> String {
    format!("它的事件可能说明原因（{}）", shell::command(&["kubectl", "describe", "service", name, "-n", namespace]))
}

fn no_address_reason(reason: &NoAddressReason) -> String {
    match reason {
        NoAddressReason::Event { reason, message } => format!("关于它的最近一条警告是 {reason}：{message}"),
        NoAddressReason::NoNodePorts => {
            "它没有 NodePort（allocateLoadBalancerNodePorts: false），而这个云的负载均衡需要 NodePort".to_owned()
        }
        NoAddressReason::NoInternalIp => {
            "没有节点有 InternalIP，而 Linode 的控制器从中取后端的地址，除非每个节点都有注解 node.k8s.linode.com/private-ip：请给机器配置私有地址"
                .to_owned()
        }
        NoAddressReason::HetznerLocation => "Hetzner 的控制器需要注解 load-balancer.hetzner.cloud/location 或 \
             load-balancer.hetzner.cloud/network-zone，除非启动它时给了默认值"
            .to_owned(),
        NoAddressReason::AwsTargetType => "aws-load-balancer-type 为 external，而没有注解 \
             service.beta.kubernetes.io/aws-load-balancer-nlb-target-type（ip 或 instance）时没有控制器会处理它"
            .to_owned(),
        NoAddressReason::PoolsFull { addresses } => format!("MetalLB 的地址池有 {addresses} 个地址，都已被 Service 占用"),
        NoAddressReason::PoolsNotAutomatic { pools } => format!(
            "MetalLB 只把 {} 的地址给主动要求的 Service，或不给任何 Service（autoAssign、serviceAllocation）。注解 metallb.io/address-pool \
             可要求某个地址池",
            short_list(pools, PODS)
        ),
        NoAddressReason::NotShared { address, by, why } => {
            let because = match why {
                NotShared::Key => "两者的注解 metallb.io/allow-shared-ip 必须相同",
                NotShared::Ports => "它们有共同的端口",
                NotShared::Pods => "两者必须都是 externalTrafficPolicy Cluster，或都是 Local 且 selector 相同",
            };
            format!("{by} 使用地址 {address}，而 MetalLB 不让它们共用：{because}")
        }
        NoAddressReason::PortTaken { port, by } => {
            format!("ServiceLB 为它创建的 Pod 未就绪，而 DaemonSet {by} 在其节点上占用端口 {port}")
        }
        NoAddressReason::NoNodeChosen { daemon_set, labels } => {
            format!("ServiceLB 的 DaemonSet {daemon_set} 没有在任何节点上运行：它的 nodeSelector 要求 {}", list(labels))
        }
        NoAddressReason::PodNotScheduled { pod, message } => format!("Pod {pod} 没有调度到任何节点：{message}"),
    }
}

/// Nothing is known of the servers then.
const UNWRITTEN_HEADER: &str = "PROXY 头：这个负载均衡不写入它";

fn header_that_nobody_writes(servers: &HeaderReading) -> String {
    match servers {
        HeaderReading::SeemsRequired(source) => format!(
            "PROXY 头：服务器似乎要求它（{source}：use-proxy-protocol），而这个负载均衡不写入它。如果确实要求，请求会失败，从集群外也一样"
        ),
        HeaderReading::Required(source) => {
            format!("服务器要求 PROXY 头（{source}：use-proxy-protocol），而这个负载均衡不写入它：请求失败，从集群外也一样")
        }
        HeaderReading::Unknown | HeaderReading::Optional | HeaderReading::TrustedFrom(_) | HeaderReading::NotRead(_) => {
            UNWRITTEN_HEADER.to_owned()
        }
    }
}

fn passed_on(port: u16, node_port_of: Option<u16>, nodes_alone: bool) -> String {
    let whose =
        node_port_of.map(|declared| format!("。它是端口 {declared} 的 NodePort：请访问负载均衡的端口 {declared}，或节点自身地址的 {port}"));
    let answers = if nodes_alone {
        "没有人应答：MetalLB 把该地址引到节点，而节点上没有规则处理这个端口"
    } else {
        "节点会放行，只有负载均衡自己的监听可能应答"
    };
    format!("负载均衡上 Service 没有声明的端口 {port}：{answers}{}", whose.unwrap_or_default())
}

fn proxy_header(at: Bypassed, is_written: bool, servers: &HeaderReading) -> String {
    let bypassed = match at {
        Bypassed::Everywhere => "来自集群内的连接绕过负载均衡",
        Bypassed::ClusterIp => "访问 DNS 名称和 ClusterIP 的连接绕过负载均衡",
    };
    match servers {
        HeaderReading::Required(source) | HeaderReading::SeemsRequired(source) if is_written => format!(
            "服务器要求 PROXY 头（{source}：use-proxy-protocol），而{bypassed}，写入它的正是负载均衡：请求失败，访问 DNS 名称也一样"
        ),
        HeaderReading::Required(source) => {
            format!("服务器要求 PROXY 头（{source}：use-proxy-protocol），而{bypassed}：它们没有这个头，因此失败")
        }
        HeaderReading::SeemsRequired(source) => {
            format!("PROXY 头：服务器似乎要求它（{source}：use-proxy-protocol），而{bypassed}，负载均衡可能写入它（run 可查明是否失败）")
        }
        HeaderReading::Unknown | HeaderReading::Optional | HeaderReading::TrustedFrom(_) | HeaderReading::NotRead(_) => {
            format!("PROXY 头：负载均衡写入它，而{bypassed}；要求它的服务器会拒绝这些连接（kubectl lbprobe run 可查明是否如此）")
        }
    }
}

fn name_elsewhere(name: &str, addresses: &[IpAddr]) -> String {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    format!("{name} 在集群内有应答，但地址是 Service 没有的 {}：不知道是否为同一个站点", short_list(&addresses, PODS))
}

/// Entries that are told of one by one.
const STALE: usize = 3;

fn stale_entries(entries: &[StaleOnNode]) -> String {
    let of =
        |StaleOnNode { node, destination, to, count }: &StaleOnNode| format!("{node} 仍把发往 {destination} 的 {count} 条流转发到 {to}");
    let told: Vec<_> = entries.iter().map(of).collect();
    let delete = entries.first().map(|StaleOnNode { node, destination, to, .. }| {
        format!(
            "。在 {node} 上执行 conntrack -D -p udp --orig-dst {} --orig-port-dst {} --reply-src {}，之后的数据报会重新经过规则",
            destination.ip(),
            destination.port(),
            to.ip()
        )
    });
    format!(
        "源端口不变的 UDP 客户端：{}，它不是该 Service 的 Endpoint（conntrack）。这样的客户端可能得不到应答{}",
        short_list(&told, STALE),
        delete.unwrap_or_default()
    )
}

fn other_listeners(numbers: &[u16]) -> String {
    let joined: Vec<_> = numbers.iter().map(u16::to_string).collect();
    format!(
        "Service 没有声明的端口 {}：负载均衡在集群外那里有应答，而集群内的客户端到不了（见“说明”）。--port {} 说明原因",
        ports(numbers),
        joined.join(",")
    )
}

const fn outside(why: OutsideGap) -> &'static str {
    match why {
        OutsideGap::OfBaseline => "从集群外访问 Service 的地址，基线中有：请带 --outside 或 --outside-from 运行 verify",
        OutsideGap::Fails => "集群外的客户端，从对象看会失败（见“风险”）：请带 --outside 或 --outside-from 运行",
        OutsideGap::Unanswered => "集群外的客户端：它们在那里得不到应答",
        OutsideGap::Incomplete => "从集群外访问 Service 的地址：没有全部访问完，或期间 Service 发生变化；请再运行一次",
    }
}

/// Policies of one concern that are named; the others are counted.
const LISTED_POLICIES: usize = 3;

/// What is said of all policies of one concern together.
type SayOfAll = fn(&[String]) -> String;

/// One sentence for each, and one for all that limit ingress or egress: there may be one in each namespace.
fn network_policies(policies: &[ServicePolicy]) -> String {
    let of = |concern: &PolicyConcern| {
        let policies = policies.iter().filter(|policy| policy.concern == *concern);
        policies.map(|policy| format!("{}/{}", policy.namespace, policy.name)).collect::<Vec<_>>()
    };
    let counted: [(PolicyConcern, SayOfAll); 6] = [
        (PolicyConcern::AdmitsPodsAlone, pods_alone),
        (PolicyConcern::AdmitsNobody, nobody),
        (PolicyConcern::StopsEgress, stopped_egress),
        (PolicyConcern::MaySelect, perhaps_limited),
        (PolicyConcern::LimitsIngress, limited_ingress),
        (PolicyConcern::LimitsEgress, limited_egress),
    ];
    let is_counted = |policy: &&ServicePolicy| counted.iter().any(|(concern, _)| policy.concern == *concern);
    let others = policies.iter().filter(|policy| !is_counted(policy)).map(policy);
    let together = counted.iter().map(|(concern, say)| (of(concern), say)).filter(|(policies, _)| !policies.is_empty());
    others.chain(together.map(|(policies, say)| say(&policies))).collect::<Vec<_>>().join("；")
}

fn loopback_address(address: &str) -> String {
    format!(
        "负载均衡地址是 {address}：每个访问它的 Pod 和节点都只会访问到自己。它只在一台机器上可用，即运行 minikube tunnel 或 Docker Desktop 的工作站"
    )
}

fn named(policies: &[String]) -> String {
    format!("NetworkPolicy {}", short_list(policies, LISTED_POLICIES))
}

fn stopped_egress(policies: &[String]) -> String {
    format!("在执行策略的集群中，{} 使其 Pod 访问不到该 Service 的 Pod：它没有允许 Endpoint 自身的任何地址和端口", named(policies))
}

fn nobody(policies: &[String]) -> String {
    format!("{} 不允许任何一方访问该 Service 的 Pod：如果 Pod 网络执行策略，只有来自 Pod 自己节点的连接能通过", named(policies))
}

fn pods_alone(policies: &[String]) -> String {
    format!("{} 只允许特定的 Pod 访问该 Service 的 Pod：在执行它的地方，其他 Pod、其他节点和集群外的客户端会超时", named(policies))
}

fn limited_ingress(policies: &[String]) -> String {
    format!("{} 是否允许这些客户端：它限制谁能访问该 Service 的 Pod", named(policies))
}

fn perhaps_limited(policies: &[String]) -> String {
    format!("{} 是否限制谁能访问该 Service 的 Pod：它选择的标签不在 Service 的 selector 中（文件中有 Pod 就能判断）", named(policies))
}

fn limited_egress(policies: &[String]) -> String {
    format!("egress 受限的 Pod 能否通过（{}）：可能有规则允许 Endpoint 自身的地址和端口，策略看到的就是它们", named(policies))
}

fn policies_not_enforced(policies: &[String], wait_ms: u32) -> String {
    format!("{} 是否被执行：它的规则应当拦住探针，而探针在 {:.1} s 后通过了", named(policies), f64::from(wait_ms) / 1000.0)
}

fn policy(policy: &ServicePolicy) -> String {
    let ServicePolicy { namespace, name, concern } = policy;
    match concern {
        PolicyConcern::AdmitsNobody => nobody(&[format!("{namespace}/{name}")]),
        PolicyConcern::StopsEgress => stopped_egress(&[format!("{namespace}/{name}")]),
        PolicyConcern::LimitsEgress => limited_egress(&[format!("{namespace}/{name}")]),
        PolicyConcern::LimitsIngress => limited_ingress(&[format!("{namespace}/{name}")]),
        PolicyConcern::MaySelect => perhaps_limited(&[format!("{namespace}/{name}")]),
        PolicyConcern::LimitsSome => {
            format!("NetworkPolicy {namespace}/{name} 限制谁能访问该 Service 的部分 Pod：kube-proxy 发到那里的连接可能超时")
        }
        PolicyConcern::AdmitsPodsAlone => pods_alone(&[format!("{namespace}/{name}")]),
        PolicyConcern::AdmitsNobodyInside(ranges) => format!(
            "NetworkPolicy {namespace}/{name} 只允许 {} 访问该 Service 的 Pod，而集群的节点和 Pod 都不在其中：如果 Pod 网络执行策略，\
             来自集群内的连接会被丢弃",
            list(&ranges.iter().map(ToString::to_string).collect::<Vec<_>>())
        ),
        PolicyConcern::NamesAddress(address) => {
            format!("NetworkPolicy {namespace}/{name} 是否让其 Pod 通过：它允许 {address}，而策略看到的是 Endpoint 自身的地址和端口")
        }
    }
}

const fn network_of(network: Network) -> &'static str {
    match network {
        Network::Pod => " Pod ",
        Network::Host => "主机",
    }
}
