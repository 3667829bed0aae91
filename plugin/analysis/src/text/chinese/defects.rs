//! The words for defects of other programs.

use super::names;
use crate::defects::{Defect, KnownDefect};

/// What is wrong, and for whom.
#[expect(clippy::too_many_lines, reason = "one sentence for each: a table")]
pub(crate) fn what(known: &KnownDefect) -> String {
    let nodes = names(&known.nodes);
    let release = known.release.map(|release| format!(" {release}")).unwrap_or_default();
    let on = |program: &str| format!("{nodes} 上的 {program}{release}");
    match known.defect {
        Defect::IpvsRefusesHealthChecks => format!(
            "{} 在 ipvs 模式下拒绝发到负载均衡自身地址的健康检查：云认为每个节点都不健康，也会把连接发到没有 Endpoint 的节点\
             （kubernetes issue 117621）",
            on("kube-proxy")
        ),
        Defect::IpvsRefusesExternalIps => format!(
            "{} 在 ipvs 模式、externalTrafficPolicy Local 下拒绝集群外客户端访问 externalIPs，即使节点上有 Endpoint（kubernetes issue 121909）",
            on("kube-proxy")
        ),
        Defect::IptablesLosesChanges => format!(
            "{} 在 iptables 模式下可能漏掉 Endpoint 的一次变更：在 kube-proxy 再次写入全部规则之前，节点上可能没有新 Endpoint 的规则\
             （kubernetes PR 122204）",
            on("kube-proxy")
        ),
        Defect::NftablesInterfaceNames => format!(
            "{} 在 nftables 模式且 detectLocalMode 为 InterfaceNamePrefix 时不写规则：那里的每个 Service 都会失败，或者用的是旧规则\
             （kubernetes PR 134024）",
            on("kube-proxy")
        ),
        Defect::MetalLbNeedsEndpoint => format!(
            "0.11 之前的 MetalLB 在二层模式下只从有 Endpoint 的节点宣告地址，而 {nodes} 上没有 speaker：没有人应答它的 ARP（metallb issue 302）"
        ),
        Defect::MetalLbSharesAddress => {
            "0.11 之前的 MetalLB 为每个 Service 而不是为每个地址选举节点：两个节点可能同时宣告这些 Service 共用的地址，连接时断时续\
             （metallb issue 558）"
                .into()
        }
        Defect::MetalLbLeavesOutCordoned => {
            format!("MetalLB 0.14.9 不从 cordoned 的节点宣告，而 {nodes} 已被 cordon：没有人宣告该地址（metallb PR 2715）")
        }
        Defect::ServiceLbDropsLocal => format!(
            "klipper-lb{release} 在 externalTrafficPolicy Local 下会丢弃它转发的流量。客户端访问 {nodes} 的、不在 Service status 中的地址得不到应答，\
             主机访问 127.0.0.1 也一样（k3s issue 7561）"
        ),
        Defect::KubeVipFilters => {
            let holder = if known.nodes.is_empty() { "持有该地址的节点".into() } else { format!("持有该地址的 {nodes} ") };
            format!(
                "{holder}上的 Pod 和主机能否访问该地址：kube-vip 启用了 enable_service_security，它的规则会丢弃应答（kube-vip issue 1086）"
            )
        }
        Defect::KubeVipSharesAddress => {
            "kube-vip 为每个 Service 选举节点（svc_election），而这些 Service 共用一个地址：两个节点可能同时宣告它，连接时断时续\
             （kube-vip issue 879）"
                .into()
        }
        Defect::CiliumBgpLacksGateways => format!(
            "1.19 之前的 Cilium 在 externalTrafficPolicy Local 下不通过 BGP 宣告其 Gateway 和 Ingress 的 Service：这里是{release}\
             （cilium issue 41680）"
        ),
        Defect::CiliumBgpIgnoresPolicy => format!(
            "1.14 之前的 Cilium 通过 BGP 从每个节点宣告该地址，包括没有 Endpoint 的 {nodes}：在 externalTrafficPolicy Local 下到那里的连接会被丢弃\
             （cilium issue 23035）"
        ),
        Defect::CiliumHostNetwork => format!(
            "Cilium{release} 在 externalTrafficPolicy Local 下不转换主机网络上 Endpoint 的应答：集群外的客户端得不到 {nodes} 的应答\
             （cilium issue 10402）"
        ),
        Defect::CiliumDropsOtherPorts => format!(
            "负载均衡地址是 {nodes} 的地址：从 1.19 起，Cilium 可能丢弃发到那里、没有 Service 声明的端口的流量，例如 SSH（cilium issue 43206）"
        ),
        Defect::CiliumLacksHealthChecks => format!(
            "Google Cloud 的健康检查发到负载均衡自身的地址，而 Cilium{release} 不在那里应答：每个节点都被视为不健康，没有 Endpoint 的节点也会收到连接\
             （cilium issue 26727）"
        ),
        Defect::CalicoAnnouncesEverywhere => format!(
            "3.25 之前的 Calico 对 serviceLoadBalancerIPs 中单独成段的地址从每个节点宣告，包括没有 Endpoint 的 {nodes}：\
             在 externalTrafficPolicy Local 下到那里的连接会被丢弃（calico issue 6074）"
        ),
        Defect::CalicoAnnouncesNowhere => format!(
            "Calico{release} 在 externalTrafficPolicy Cluster 下不宣告 serviceLoadBalancerIPs 中单独成段的地址，除非 spec.loadBalancerIP 指定了它：\
             集群外的客户端可能没有路由（calico PR 11917）"
        ),
        Defect::CalicoReflectorsKeepRoute => format!(
            "路由反射器 {nodes} 上的 Calico{release} 只有在自身有 Endpoint 时才会传递 serviceLoadBalancerIPs 中单独成段的地址：\
             在 externalTrafficPolicy Local 下，从它们学习路由的集群外客户端没有路由（calico issue 8162）"
        ),
        Defect::CalicoBlackhole => format!(
            "{nodes} 的主机能否访问该地址：从 3.25 起，Calico 可能为 serviceLoadBalancerIPs 中单独成段的地址设置黑洞路由，而主机自己的连接会走这条路由\
             （calico issue 9152）"
        ),
        Defect::AntreaLacksHealthChecks => {
            format!("代替 kube-proxy 的 Antrea{release} 没有 healthCheckNodePort 的服务：负载均衡认为每个节点都不健康（antrea PR 4120）")
        }
        Defect::AmazonVpcBesideNftables => format!(
            "{nodes} 上的 Pod 能否访问 Service：1.23 之前的 VPC CNI 看不到 kube-proxy 的 nftables 规则，使用辅助网卡的 Pod 的包可能从错误的网卡发出\
             （amazon-vpc-cni-k8s issue 3563）"
        ),
        Defect::AmazonVpcPodTargets => {
            "负载均衡直接访问 Pod，而 1.8 之前的 VPC CNI 会丢弃使用辅助网卡的 Pod 发往 VPC 外客户端的应答（amazon-vpc-cni-k8s issue 1392）"
                .into()
        }
        Defect::AwsInternalByDefault => {
            "除非另行指定，AWS Load Balancer Controller（从 2.2 起）创建的是内网负载均衡：互联网上的客户端访问不到它".into()
        }
        Defect::GceRegionAlone => "Google Cloud 的内网负载均衡只应答本地域的客户端：同一网络其他地域的客户端得不到应答".into(),
        Defect::AzurePrivateLinkHeader => {
            "设置 azure-pls-proxy-protocol 后，Azure 在健康检查中也写入 PROXY 头，而 kube-proxy 在那里不读它：每个节点都被视为不健康\
             （cloud-provider-azure issue 3931）"
                .into()
        }
        Defect::VultrHealthCheckPort => {
            "设置 vultr-loadbalancer-healthcheck-port 后，Vultr 的控制器检查的是节点上的该端口，而不是其 NodePort：\
             除非主机在那里监听，否则每个节点都被视为不健康"
                .into()
        }
    }
}

/// What helps.
pub(crate) const fn advice(defect: Defect) -> &'static str {
    match defect {
        Defect::IpvsRefusesHealthChecks => "把 kube-proxy 升级到 1.26.5 或 1.27.2，或改用 iptables 模式",
        Defect::IpvsRefusesExternalIps => "把 kube-proxy 升级到 1.28.6 或 1.29.1，或把 externalTrafficPolicy 设为 Cluster",
        Defect::IptablesLosesChanges => "把 kube-proxy 升级到 1.27.11、1.28.7 或 1.29.2；在此之前，在这样的节点上重启它",
        Defect::NftablesInterfaceNames => "把 kube-proxy 升级到 1.33.6 或 1.34.2，或把 detectLocalMode 设为 ClusterCIDR 或 NodeCIDR",
        Defect::MetalLbNeedsEndpoint => "把 MetalLB 升级到 0.11，或在有 Endpoint 的节点上运行 speaker",
        Defect::MetalLbSharesAddress => "把 MetalLB 升级到 0.11",
        Defect::MetalLbLeavesOutCordoned => "对某个节点执行 kubectl uncordon，或把 MetalLB 升级到 0.15",
        Defect::ServiceLbDropsLocal => "升级 k3s（1.26.6 带有 klipper-lb 0.4.4），或让客户端访问 status 中的地址",
        Defect::KubeVipFilters => "把 enable_service_security 设为 false，或让它们访问 DNS 名称",
        Defect::KubeVipSharesAddress => "给每个 Service 单独的地址，或把 svc_election 设为 false",
        Defect::CiliumBgpLacksGateways => "把它们的 externalTrafficPolicy 设为 Cluster，或把 Cilium 升级到 1.19",
        Defect::CiliumBgpIgnoresPolicy | Defect::CiliumHostNetwork => "把 Cilium 升级到 1.14，或把 externalTrafficPolicy 设为 Cluster",
        Defect::CiliumDropsOtherPorts => "给 Service 一个不属于任何节点的地址，或用 bpf-lb-enable-wildcard-entries=false 启动 Cilium",
        Defect::CiliumLacksHealthChecks => "把 Cilium 升级到 1.15，并把 enable-health-check-loadbalancer-ip 设为 true",
        Defect::CalicoAnnouncesEverywhere => "把 Calico 升级到 3.25，或列出更大的网段",
        Defect::CalicoAnnouncesNowhere => "在 serviceLoadBalancerIPs 中列出更大的网段，或把 Calico 升级到 3.30.7 或 3.31.5",
        Defect::CalicoReflectorsKeepRoute => "把 Calico 升级到 3.27.3，或在 serviceLoadBalancerIPs 中列出更大的网段",
        Defect::CalicoBlackhole => "在 serviceLoadBalancerIPs 中列出更大的网段，或让主机访问 DNS 名称",
        Defect::AntreaLacksHealthChecks => "把 Antrea 升级到 1.9，或同时运行 kube-proxy",
        Defect::AmazonVpcBesideNftables => "把 VPC CNI 升级到 1.23，或让 kube-proxy 使用 iptables 模式",
        Defect::AmazonVpcPodTargets => "把 VPC CNI 升级到 1.8",
        Defect::AwsInternalByDefault => {
            "如果要面向互联网上的客户端：把 service.beta.kubernetes.io/aws-load-balancer-scheme 设为 internet-facing"
        }
        Defect::GceRegionAlone => "如果要面向其他地域的客户端：把 networking.gke.io/internal-load-balancer-allow-global-access 设为 true",
        Defect::AzurePrivateLinkHeader => {
            "把 Kubernetes 升级到 1.24.20、1.25.14、1.26.10 或 1.27.4，或把 externalTrafficPolicy 设为 Cluster"
        }
        Defect::VultrHealthCheckPort => "去掉该注解：控制器就会检查第一个 NodePort",
    }
}
