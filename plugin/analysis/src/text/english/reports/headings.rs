//! What a report is about, and the words above its columns.

use crate::facts::{ConfigOrigin, Facts, Ingress, KubeProxyConfig, NetworkPlugin, PodNetwork, ProxyMode, ServiceType};
use crate::plan::Sampled;
use crate::prediction::{Agreement, Outlook};
use crate::words;

/// Addresses and nodes that a heading names.
const ADDRESSES: usize = 4;
const NODES: usize = 3;

/// The columns of checks by node.
pub(crate) const NODES_BY_TARGET: [&str; 3] = ["NODE", "ENDPOINT", "FROM"];

/// The cell of a node of which nothing is known.
pub(crate) const NOT_KNOWN: &str = "not known";

/// Where a pod that the user named has its own row.
pub(crate) const NAMED_POD: &str = "self";

/// The columns of a comparison.
pub(crate) const COMPARISON: [&str; 5] = ["NODE", "FROM", "BEFORE", "NOW", "RESULT"];

/// The columns of an acceptance.
pub(crate) const ACCEPTANCE: [&str; 3] = ["EXPECTATION", "FROM", "RESULT"];

/// The columns of an overview.
pub(crate) const OVERVIEW: [&str; 7] = ["NAMESPACE", "NAME", "POLICY", "READY", "PODS", "HOSTS", "OUTLOOK"];

/// What two of the columns of an overview count.
pub(crate) const OVERVIEW_LEGEND: &str = "PODS, HOSTS: the nodes, of all, on which pods and hosts fail; ?: not known";

/// What is left out of the names of nodes.
pub(crate) fn shared_part_of_names(part: &str) -> String {
    format!("NODE: without {part}")
}

/// An overview without a Service.
pub(crate) const NO_SERVICE: &str =
    "nothing to explain: no Service has an external address, and none of type ClusterIP has internalTrafficPolicy Local";

/// What to do about a Service of an overview, behind the command.
pub(crate) fn explain_hint(command: &str) -> String {
    format!("{command} says why")
}

/// The same of another.
pub(crate) fn run_hint(command: &str) -> String {
    format!("{command} measures it from every node")
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
        return format!("{}, which no Service of this cluster has: kube-proxy takes no part", service.name);
    }
    let nodes: Vec<_> = facts.endpoint_nodes().into_iter().collect();
    let endpoints = match (facts.ready_endpoints(), nodes.is_empty()) {
        (0, _) if facts.endpoints.is_empty() && facts.slices.value().is_some() => "no endpoint, ready or not".to_owned(),
        (0, _) => "no ready endpoint".to_owned(),
        (number, true) => words::count(number, "ready endpoint"),
        (number, false) => format!("{} on {}", words::count(number, "ready endpoint"), words::short_list(&nodes, NODES)),
    };
    let external: Vec<_> = service.external_ips.iter().map(ToString::to_string).collect();
    let external = || format!("externalIPs {}", words::short_list(&external, ADDRESSES));
    let at = match service.service_type {
        ServiceType::LoadBalancer if service.is_pending() => "load balancer without an address".to_owned(),
        ServiceType::LoadBalancer => format!("load balancer {}", words::short_list(&addresses, ADDRESSES)),
        ServiceType::NodePort if service.external_ips.is_empty() => "type NodePort".to_owned(),
        ServiceType::NodePort => format!("type NodePort, {}", external()),
        ServiceType::ClusterIp if service.external_ips.is_empty() => {
            let policy = service.internal_traffic_policy;
            return format!("Service {}/{}, type ClusterIP, internalTrafficPolicy {policy}, {endpoints}", service.namespace, service.name);
        }
        ServiceType::ClusterIp | ServiceType::Elsewhere => external(),
    };
    format!("Service {}/{}, {at}, externalTrafficPolicy {}, {endpoints}", service.namespace, service.name, service.external_traffic_policy)
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
        (true, true) => "clusterCIDR not known".to_owned(),
        (true, false) => "no clusterCIDR".to_owned(),
        (false, _) => format!("clusterCIDR {}", cidrs.join(",")),
    };
    let assumed = if is_assumed { "assumed: " } else { "" };
    format!("kube-proxy in {mode} mode, {cidrs} ({assumed}{})", config.source)
}

/// What answers for Services in kube-proxy's place.
pub(crate) fn service_proxy(network: &PodNetwork) -> String {
    let name = data_path(network.plugin);
    let release = network.release.map(|release| format!(", release {release}")).unwrap_or_default();
    format!("{name} answers for Services in kube-proxy's place ({}{release})", network.source)
}

const fn data_path(plugin: NetworkPlugin) -> &'static str {
    match plugin {
        NetworkPlugin::CalicoEbpf => "Calico's eBPF data path",
        NetworkPlugin::CiliumKubeProxyReplacement => "Cilium",
        NetworkPlugin::GkeDataplaneV2 => "GKE Dataplane V2",
        NetworkPlugin::KubeRouterServiceProxy => "kube-router",
        NetworkPlugin::OvnKubernetes => "OVN-Kubernetes",
        _ => "the pod network",
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
        _ => format!("kube-proxy in {} mode", words::list(&modes)),
    };
    let open = if *open == 0 { String::new() } else { format!("; {open} could not be predicted") };
    (predicted > 0).then(|| format!("{agreeing} of {} match the prediction for {by}{open}", words::count(predicted, "check")))
}

/// The outlook of a Service in a cell.
pub(crate) const fn outlook(outlook: Outlook) -> &'static str {
    match outlook {
        Outlook::Fine => "fine",
        Outlook::Fails => "will fail",
        Outlook::Depends => "depends",
    }
}

/// The same where clients outside may fail.
pub(crate) const FINE_INSIDE: &str = "fine inside";

/// The outlook of a Service whose load balancer has no address yet.
pub(crate) const NO_ADDRESS: &str = "no address";

/// The same where they will.
pub(crate) const FAILS_OUTSIDE: &str = "fails outside";

/// What that means, under an overview.
pub(crate) const FINE_INSIDE_LEGEND: &str = "fine inside: clients outside may fail";

/// The same of those that will fail.
pub(crate) const FAILS_OUTSIDE_LEGEND: &str = "fails outside: clients outside will fail, whatever answers inside";

/// The nodes that a sample passes over.
pub(crate) fn sampled(sampled: &Sampled) -> String {
    let nodes = sampled.nodes();
    format!(
        "{} of {} nodes: --sample {per_class} takes up to {per_class} of each class, and more where they differ (classes: {})",
        words::thousands(nodes.saturating_sub(sampled.probed())),
        words::thousands(nodes),
        sampled.classes.len(),
        per_class = sampled.per_class,
    )
}

/// What a proof of a name is about.
pub(crate) fn dns_name_check(dial: &[String]) -> String {
    format!("Dial {} inside the cluster, in place of the load balancer's address.", words::list(dial))
}

/// Where the user of an address is looked for.
pub(crate) const SEARCH_HINT: &str = "hint: --search-namespace NAMESPACE finds who still uses the address";

/// Where the rights of each command are written down.
pub(crate) const RIGHTS_HINT: &str = "manifests/rbac.yaml has the rights of each command, ready to be given";

/// Before what is so, and what is not.
pub(crate) const YES_AND_NO: (&str, &str) = ("yes", "no");

/// A namespace in which nobody is found to use it.
pub(crate) const NO_USER: &str = "nothing that could be read names the address";
