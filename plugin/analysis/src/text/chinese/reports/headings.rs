//! What a report is about, and the words above its columns.

use crate::facts::{ConfigOrigin, Facts, Ingress, KubeProxyConfig, NetworkPlugin, PodNetwork, ProxyMode, ServiceType};
use crate::plan::Sampled;
use crate::prediction::{Agreement, Outlook};
use crate::text::chinese::{list, short_list};
use crate::words;

/// Addresses and nodes that a heading names.
const ADDRESSES: usize = 4;
const NODES: usize = 3;

/// The columns of checks by node.
pub(crate) const NODES_BY_TARGET: [&str; 3] = ["节点", "ENDPOINT", "来自"];

/// The cell of a node of which nothing is known.
pub(crate) const NOT_KNOWN: &str = "未知";

/// Where a pod that the user named has its own row.
pub(crate) const NAMED_POD: &str = "自身";

/// The columns of a comparison.
pub(crate) const COMPARISON: [&str; 5] = ["节点", "来自", "之前", "现在", "结果"];

/// The columns of an acceptance.
pub(crate) const ACCEPTANCE: [&str; 3] = ["期望", "来自", "结果"];

/// The columns of an overview.
pub(crate) const OVERVIEW: [&str; 7] = ["命名空间", "名称", "策略", "就绪", "POD", "主机", "预测"];

/// What two of the columns of an overview count.
pub(crate) const OVERVIEW_LEGEND: &str = "POD、主机：全部节点中，Pod 和主机会失败的节点数；?：未知";

/// What is left out of the names of nodes.
pub(crate) fn shared_part_of_names(part: &str) -> String {
    format!("节点：省略了 {part}")
}

/// An overview without a Service.
pub(crate) const NO_SERVICE: &str =
    "没有可解释的内容：没有 Service 有外部地址，也没有 ClusterIP 类型的 Service 设置 internalTrafficPolicy Local";

/// What to do about a Service of an overview, behind the command.
pub(crate) fn explain_hint(command: &str) -> String {
    format!("{command} 说明原因")
}

/// The same of another.
pub(crate) fn run_hint(command: &str) -> String {
    format!("{command} 从每个节点实测")
}

/// The Service of a report.
pub(crate) fn service(facts: &Facts) -> String {
    let service = &facts.service;
    let addresses: Vec<_> = service
        .ingress
        .iter()
        .map(|ingress| match ingress {
            Ingress::Address { ip, .. } => ip.to_string(),
            Ingress::Hostname(name) => name.clone(),
        })
        .collect();
    if service.is_elsewhere() {
        return format!("{}，本集群没有任何 Service 拥有它：与 kube-proxy 无关", service.name);
    }
    let nodes: Vec<_> = facts.endpoint_nodes().into_iter().collect();
    let endpoints = match (facts.ready_endpoints(), nodes.is_empty()) {
        (0, _) if facts.endpoints.is_empty() && facts.slices.value().is_some() => "没有任何 Endpoint，无论就绪与否".to_owned(),
        (0, _) => "没有就绪的 Endpoint".to_owned(),
        (number, true) => format!("{number} 个就绪的 Endpoint"),
        (number, false) => format!("{number} 个就绪的 Endpoint，在 {} 上", short_list(&nodes, NODES)),
    };
    let external: Vec<_> = service.external_ips.iter().map(ToString::to_string).collect();
    let external = || format!("externalIPs {}", short_list(&external, ADDRESSES));
    let at = match service.service_type {
        ServiceType::LoadBalancer if service.is_pending() => "负载均衡还没有地址".to_owned(),
        ServiceType::LoadBalancer => format!("负载均衡 {}", short_list(&addresses, ADDRESSES)),
        ServiceType::NodePort if service.external_ips.is_empty() => "类型 NodePort".to_owned(),
        ServiceType::NodePort => format!("类型 NodePort，{}", external()),
        ServiceType::ClusterIp if service.external_ips.is_empty() => {
            let policy = service.internal_traffic_policy;
            return format!("Service {}/{}，类型 ClusterIP，internalTrafficPolicy {policy}，{endpoints}", service.namespace, service.name);
        }
        ServiceType::ClusterIp | ServiceType::Elsewhere => external(),
    };
    format!("Service {}/{}，{at}，externalTrafficPolicy {}，{endpoints}", service.namespace, service.name, service.external_traffic_policy)
}

/// The Service of an acceptance.
pub(crate) fn service_name(name: &str) -> String {
    format!("Service {name}")
}

/// How kube-proxy is configured.
pub(crate) fn kube_proxy(config: &KubeProxyConfig, mode: ProxyMode) -> String {
    let cidrs: Vec<_> = config.detection.cluster_cidrs.iter().map(ToString::to_string).collect();
    let is_assumed = config.origin == ConfigOrigin::Assumed;
    let cidrs = match (cidrs.is_empty(), is_assumed) {
        (true, true) => "clusterCIDR 未知".to_owned(),
        (true, false) => "没有 clusterCIDR".to_owned(),
        (false, _) => format!("clusterCIDR {}", cidrs.join(",")),
    };
    let assumed = if is_assumed { "假定：" } else { "" };
    format!("kube-proxy 为 {mode} 模式，{cidrs}（{assumed}{}）", config.source)
}

/// What answers for Services in kube-proxy's place.
pub(crate) fn service_proxy(network: &PodNetwork) -> String {
    let name = data_path(network.plugin);
    let release = network.release.map(|release| format!("，版本 {release}")).unwrap_or_default();
    format!("由 {name} 代替 kube-proxy 处理 Service（{}{release}）", network.source)
}

const fn data_path(plugin: NetworkPlugin) -> &'static str {
    match plugin {
        NetworkPlugin::CalicoEbpf => "Calico 的 eBPF 数据面",
        NetworkPlugin::CiliumKubeProxyReplacement => "Cilium",
        NetworkPlugin::GkeDataplaneV2 => "GKE Dataplane V2",
        NetworkPlugin::KubeRouterServiceProxy => "kube-router",
        NetworkPlugin::OvnKubernetes => "OVN-Kubernetes",
        _ => "Pod 网络",
    }
}

/// Whether the cluster does what it should; nothing where nothing is expected.
pub(crate) fn agreement(agreement: &Agreement, modes: &[ProxyMode], network: Option<&PodNetwork>) -> Option<String> {
    let Agreement { agreeing, open, contradictions, .. } = agreement;
    let predicted = agreeing + contradictions.len();
    let modes: Vec<_> = modes.iter().map(ToString::to_string).collect();
    let by = match network {
        Some(network) if network.plugin.replaces_kube_proxy() => data_path(network.plugin).to_owned(),
        _ if modes.is_empty() => "kube-proxy".to_owned(),
        _ => format!("{} 模式的 kube-proxy", list(&modes)),
    };
    let open = if *open == 0 { String::new() } else { format!("；另有 {open} 项无法预测") };
    (predicted > 0).then(|| format!("{predicted} 项检查中有 {agreeing} 项与对 {by} 的预测一致{open}"))
}

/// The outlook of a Service in a cell.
pub(crate) const fn outlook(outlook: Outlook) -> &'static str {
    match outlook {
        Outlook::Fine => "正常",
        Outlook::Fails => "会失败",
        Outlook::Depends => "不确定",
    }
}

/// The same where clients outside may fail.
pub(crate) const FINE_INSIDE: &str = "集群内正常";

/// The outlook of a Service whose load balancer has no address yet.
pub(crate) const NO_ADDRESS: &str = "没有地址";

/// The same where they will.
pub(crate) const FAILS_OUTSIDE: &str = "集群外会失败";

/// What that means, under an overview.
pub(crate) const FINE_INSIDE_LEGEND: &str = "集群内正常：集群外的客户端可能失败";

/// The same of those that will fail.
pub(crate) const FAILS_OUTSIDE_LEGEND: &str = "集群外会失败：无论集群内是否有应答，集群外的客户端都会失败";

/// The nodes that a sample passes over.
pub(crate) fn sampled(sampled: &Sampled) -> String {
    let nodes = sampled.nodes();
    format!(
        "{} 个节点中的 {} 个：--sample {per_class} 在每一类中最多取 {per_class} 个，类内结果不同时再多取（共 {} 类）",
        words::thousands(nodes),
        words::thousands(nodes.saturating_sub(sampled.probed())),
        sampled.classes.len(),
        per_class = sampled.per_class,
    )
}

/// What a proof of a name is about.
pub(crate) fn dns_name_check(dial: &[String]) -> String {
    format!("在集群内改为访问 {}，不再访问负载均衡地址。", list(dial))
}

/// Where the user of an address is looked for.
pub(crate) const SEARCH_HINT: &str = "提示：--search-namespace NAMESPACE 查找还有谁在使用该地址";

/// Where the rights of each command are written down.
pub(crate) const RIGHTS_HINT: &str = "manifests/rbac.yaml 列出每个命令所需的权限，可直接使用";

/// Before what is so, and what is not.
pub(crate) const YES_AND_NO: (&str, &str) = ("有", "无");

/// A namespace in which nobody is found to use it.
pub(crate) const NO_USER: &str = "在能读到的对象中没有发现该地址";
