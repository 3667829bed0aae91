//! Which remedies a cluster has, in the order in which they are recommended, with what each needs.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use super::expected::{by_name, leave_out_worse, predict};
use super::{Caveat, Fix, Need, Prerequisite, Remedy, Requirement, Upgrade};
use crate::coverage::Uncovered;
use crate::facts::{
    DetectLocal, Endpoint, Facts, HeaderReading, Ingress, IpFamilyPolicy, IpMode, MissingPort, NetworkPlugin, Node, PolicyConcern,
    ProxyMode, Service, ServicePolicy, ServiceType, TrafficPolicy, Version,
};
use crate::kube_proxy::{Rule, annotated_policies, gates};
use crate::patch::ObjectReference;
use crate::plan::{Plan, Target};
use crate::prediction::{Outlook, Prediction};
use crate::providers::{self, ClusterPrice, Provider, alibaba};
use crate::results;

/// The remedies of policy Local, best first; those that do not help here come last.
pub(crate) fn for_local_policy(facts: &Facts, plan: &Plan, before: &Prediction) -> Vec<Fix> {
    let is_alibaba = alibaba::is_here(facts);
    let price = providers::cluster_price(facts);
    let mut fixes = vec![dial_dns_name(facts, plan, before), external_policy_cluster(facts).into()];
    // What costs nothing comes before what clients have to be changed for.
    if matches!(price, ClusterPrice::Nothing | ClusterPrice::NothingByDefault) {
        fixes.reverse();
    }
    fixes.extend((is_alibaba && price != ClusterPrice::Nothing).then(|| eni_backends(facts)));
    fixes.push(Remedy::SecondLoadBalancer.into());
    fixes.extend(hostname_in_status(facts));
    fixes.extend(ip_mode_proxy(facts));
    fixes.extend(endpoint_on_every_node(facts).map(Fix::from));
    fixes.extend(cluster_cidr(facts).map(Fix::from));
    fixes.extend(newer_iptables(facts));
    fixes.extend(newer_ipvs(facts));
    fixes.extend(newer_nftables(facts));
    fixes.extend(runs_in(facts, ProxyMode::Ipvs).then(|| Remedy::LeaveIpvs.into()));
    fixes.extend(is_alibaba.then(|| Remedy::NetworkLoadBalancer.into()));
    predict(&mut fixes, facts, plan, before);
    leave_out_worse(&mut fixes, facts, plan, before);
    fixes.sort_by_key(Fix::is_out_of_reach);
    fixes
}

/// The remedies for what is expected to fail, cause by cause, by the facts alone; first those for what connections may
/// lack where they are answered.
pub(crate) fn for_expectations(facts: &Facts, plan: &Plan, before: &Prediction, uncovered: &[Uncovered]) -> Vec<Fix> {
    let mut fixes = for_bypassed(uncovered, facts, plan, before);
    let allow_egress = Remedy::AllowEgress { service: facts.service.name.clone() };
    fixes.extend(uncovered.iter().any(keeps_clients_in).then(|| allow_egress.into()));
    let is_loopback = uncovered.iter().any(|what| matches!(what, Uncovered::LoopbackAddress { .. }));
    fixes.extend(is_loopback.then(|| dial_dns_name(facts, plan, before)));
    let has_address_of_node = uncovered
        .iter()
        .any(|what| matches!(what, Uncovered::AddressOfNode { .. } | Uncovered::AddressOfApiServer { .. } | Uncovered::OwnAddress { .. }));
    // ServiceLB gives no other addresses.
    let remedy = if Provider::of(facts) == Some(Provider::ServiceLb) { Remedy::LeaveIpvs } else { Remedy::AddressOfNoNode };
    fixes.extend(has_address_of_node.then(|| remedy.into()));
    let may_be_misnamed = uncovered.iter().any(|what| matches!(what, Uncovered::Hostname { .. }));
    fixes.extend(may_be_misnamed.then(|| Remedy::NameKubeProxy.into()));
    if before.outlook(plan) == Outlook::Fine {
        return fixes;
    }
    if !facts.endpoints.iter().any(Endpoint::is_used) && !facts.has_cilium_placeholder() {
        return vec![start_pods(facts).into()];
    }
    // Whatever else brings connections to the servers brings them past the load balancer, without the header.
    let lacks_header = uncovered.iter().any(lacks_header);
    let fails = |which: fn(&Target) -> bool| before.fails_for(plan, which);
    let fails_at_cluster_ip = || fails(|target| target.kind.is_cluster_ip());
    fixes.extend(name_target_port(facts).map(Fix::from));
    if fails(|target| target.kind.is_load_balancer()).any(|rule| rule == Rule::LoadBalancerLoopback) {
        fixes.extend(for_loopback(facts));
    }
    let at_load_balancer: BTreeSet<_> = fails(Target::is_external).collect();
    let is_misnamed = fails(|_| true).any(|rule| rule == Rule::KubeProxyMisnamed);
    fixes.extend(is_misnamed.then(|| Remedy::NameKubeProxy.into()));
    if at_load_balancer.contains(&Rule::IpvsRejectsExternalIps) {
        fixes.extend([Remedy::UpgradeKubeProxy { until: Upgrade::ExternalIps }, Remedy::LeaveExternalIps].map(Fix::from));
    }
    fixes.extend(at_load_balancer.contains(&Rule::OtherFamily).then(|| dual_stack(facts).into()));
    if is_local_by_annotation(facts) {
        fixes.push(external_policy_cluster(facts).into());
    } else if fails_at_cluster_ip().any(|rule| rule == Rule::KubeRouterLocalAtEveryAddress) {
        fixes.extend(for_policy_at_every_address(facts));
    } else if facts.service.external_traffic_policy == TrafficPolicy::Local
        && !lacks_header
        && at_load_balancer.iter().any(|rule| !has_fix_of_its_own(*rule))
    {
        fixes.extend(match facts.service.service_type {
            ServiceType::LoadBalancer if !plan.targets.iter().any(Target::is_node_port_of_clients) => for_local_policy(facts, plan, before),
            ServiceType::LoadBalancer | ServiceType::NodePort | ServiceType::ClusterIp => for_node_ports(facts, plan, before),
            ServiceType::Elsewhere => Vec::new(),
        });
    }
    if at_load_balancer.contains(&Rule::NodePortAddresses) {
        fixes.extend(for_node_port_addresses(facts));
    }
    let fails_by_internal = fails_at_cluster_ip().next().is_some() || at_load_balancer.contains(&Rule::CalicoInternalPolicyLocal);
    if facts.service.internal_traffic_policy == TrafficPolicy::Local && fails_by_internal && !lacks_header {
        fixes.push(internal_policy_cluster(facts, plan, before));
    }
    // Where a cluster is assumed, so are the addresses that would be let in.
    if at_load_balancer.contains(&Rule::OutsideSourceRanges) && facts.assumed_endpoints.is_none() {
        fixes.push(add_source_ranges(facts, plan, before));
    }
    // Whether what the checks count as answered is held back by policies is open, or refused for want of the header.
    if lacks_header || uncovered.iter().any(|what| holds_back_clients(what) || requires_in_vain(what).is_some()) {
        promise_nothing(&mut fixes);
    }
    if lacks_header {
        fixes.retain(|fix| !matches!(fix.remedy, Remedy::DialDnsName { .. }));
    }
    fixes.sort_by_key(Fix::is_out_of_reach);
    once(&mut fixes);
    name_others(&mut fixes, facts);
    fixes
}

/// Takes back what is expected to help: what the checks count as answered may fail all the same.
fn promise_nothing(fixes: &mut [Fix]) {
    for fix in fixes.iter_mut().filter(|fix| fix.after.as_ref().is_some_and(|after| after.failing < after.before)) {
        fix.after = None;
    }
}

/// Leaves each remedy where it stands first, with what is expected of it where that is known.
fn once(fixes: &mut Vec<Fix>) {
    let mut kept: Vec<Fix> = Vec::new();
    for fix in fixes.drain(..) {
        match kept.iter_mut().find(|known| known.remedy == fix.remedy) {
            Some(known) if known.after.is_none() => *known = fix,
            Some(_) => {}
            None => kept.push(fix),
        }
    }
    *fixes = kept;
}

/// Where servers are told to require a PROXY header that nobody writes.
fn requires_in_vain(uncovered: &Uncovered) -> Option<&str> {
    match uncovered {
        Uncovered::ProxyHeader { is_never_written: true, servers: HeaderReading::Required(source), .. } => Some(source),
        _ => None,
    }
}

/// Whether servers are known to refuse what comes without the PROXY header, which the load balancer may write.
fn lacks_header(uncovered: &Uncovered) -> bool {
    match uncovered {
        Uncovered::ProxyHeader { is_never_written: true, .. } => false,
        Uncovered::ProxyHeader { servers: HeaderReading::Required(_), .. } => true,
        Uncovered::ProxyHeader { servers: HeaderReading::SeemsRequired(_), is_written, .. } => *is_written,
        _ => false,
    }
}

fn holds_back_clients(uncovered: &Uncovered) -> bool {
    let limits = |policy: &ServicePolicy| match policy.concern {
        PolicyConcern::LimitsIngress
        | PolicyConcern::LimitsSome
        | PolicyConcern::MaySelect
        | PolicyConcern::AdmitsPodsAlone
        | PolicyConcern::AdmitsNobodyInside(_)
        | PolicyConcern::AdmitsNobody => true,
        PolicyConcern::LimitsEgress | PolicyConcern::StopsEgress | PolicyConcern::NamesAddress(_) => false,
    };
    matches!(uncovered, Uncovered::NetworkPolicies { policies, .. } if policies.iter().any(limits))
}

/// Whether a policy does not let its own pods out to the Service's.
fn keeps_clients_in(uncovered: &Uncovered) -> bool {
    let keeps = |policy: &ServicePolicy| matches!(policy.concern, PolicyConcern::StopsEgress | PolicyConcern::NamesAddress(_));
    matches!(uncovered, Uncovered::NetworkPolicies { policies, .. } if policies.iter().any(keeps))
}

/// What brings back the load balancer's part, which connections from inside bypass: the PROXY header, or the end of TLS.
fn for_bypassed(missing: &[Uncovered], facts: &Facts, plan: &Plan, before: &Prediction) -> Vec<Fix> {
    if let Some(source) = missing.iter().find_map(requires_in_vain) {
        return vec![Remedy::RequireNoHeader { source: source.to_owned() }.into()];
    }
    let instead = missing.iter().filter_map(|missing| match missing {
        Uncovered::ProxyHeader { .. } => Some(Remedy::HairpinProxy),
        Uncovered::TlsEnds { .. } => Some(Remedy::DialPlainHttp),
        _ => None,
    });
    let instead: Vec<_> = instead.map(Fix::from).collect();
    if instead.is_empty() { Vec::new() } else { past_kube_proxy(facts, plan, before).into_iter().chain(instead).collect() }
}

/// The remedies of policy Local without a load balancer: what steers one is left out. Node ports are there for clients outside,
/// whom the DNS name does not help.
pub(crate) fn for_node_ports(facts: &Facts, plan: &Plan, before: &Prediction) -> Vec<Fix> {
    let mut fixes = vec![external_policy_cluster(facts).into()];
    fixes.extend(endpoint_on_every_node(facts).map(Fix::from));
    fixes.push(dial_dns_name(facts, plan, before));
    predict(&mut fixes, facts, plan, before);
    fixes
}

/// Those of node ports at addresses that kube-proxy leaves out.
pub(crate) fn for_node_port_addresses(facts: &Facts) -> Vec<Fix> {
    let source = facts.kube_proxy.config.value().map(|config| config.source.clone());
    source
        .map(|source| Remedy::WidenNodePortAddresses { source })
        .into_iter()
        .chain([service_name(&facts.service)])
        .map(Fix::from)
        .collect()
}

/// The remedies of a load balancer that does not loop back.
pub(crate) fn for_loopback(facts: &Facts) -> Vec<Fix> {
    let of_the_cloud = providers::loopback(facts).map(|by| Remedy::AroundLoopback { by });
    [service_name(&facts.service)].into_iter().chain(of_the_cloud).map(Fix::from).collect()
}

/// The remedies where endpoints reply past the node that forwards to them: the load balancer dials the pods, or kube-proxy
/// masquerades. Clients outside are not helped by a name.
pub(crate) fn for_replies_past_the_node(facts: &Facts) -> Vec<Fix> {
    let eni = alibaba::is_here(facts).then(|| eni_backends(facts));
    eni.into_iter().chain([external_policy_cluster(facts).into(), service_name(&facts.service).into()]).collect()
}

/// Those of a service proxy that applies policy Local at every address: the DNS name is none.
pub(crate) fn for_policy_at_every_address(facts: &Facts) -> Vec<Fix> {
    let is_kube_router = facts.network_plugin(None) == Some(NetworkPlugin::KubeRouterServiceProxy);
    let upgrade = is_kube_router.then_some(Remedy::UpgradeKubeRouter);
    [external_policy_cluster(facts)].into_iter().chain(endpoint_on_every_node(facts)).chain(upgrade).map(Fix::from).collect()
}

/// What takes the load balancer's address out of kube-proxy's hands.
pub(crate) fn past_kube_proxy(facts: &Facts, plan: &Plan, before: &Prediction) -> Vec<Fix> {
    // Where the status has no address kube-proxy has none to answer for.
    let has_address = facts.service.load_balancer_ips().next().is_some();
    let mut fixes: Vec<_> = hostname_in_status(facts).into_iter().chain(ip_mode_proxy(facts)).filter(|_| has_address).collect();
    predict(&mut fixes, facts, plan, before);
    fixes.sort_by_key(Fix::is_out_of_reach);
    fixes
}

/// Says of changes of a Service whom else they concern.
pub(crate) fn name_others(fixes: &mut [Fix], facts: &Facts) {
    name_owner(fixes, &facts.service);
    name_sharers(fixes, facts);
}

/// MetalLB lets Services share an address under policy Cluster, or under Local with the same selector: one alone that changes loses it
/// (metallb, `BackendKey`).
fn name_sharers(fixes: &mut [Fix], facts: &Facts) {
    let others = facts.nearby_services.value().into_iter().flatten();
    let services: Vec<_> = others.map(|other| format!("{}/{}", other.namespace, other.name)).collect();
    if services.is_empty() || !providers::is_of_metallb(facts) {
        return;
    }
    for fix in fixes.iter_mut().filter(|fix| matches!(fix.remedy, Remedy::ExternalPolicyCluster { .. })) {
        fix.caveats.push(Caveat::SharersTogether { services: services.clone() });
    }
}

/// Changes of a Service with an owner of an unknown kind will not last.
fn name_owner(fixes: &mut [Fix], service: &Service) {
    let Some(owner) = service.other_owner() else { return };
    let itself = ObjectReference::of_service(service);
    for fix in fixes.iter_mut().filter(|fix| fix.remedy.patch().is_some_and(|patch| patch.object == itself)) {
        fix.caveats.push(Caveat::OwnerReverts { owner: owner.to_string() });
    }
}

/// Leaving the load balancer's address alone.
pub(crate) fn service_name(service: &Service) -> Remedy {
    Remedy::DialDnsName { name: service.name.clone(), namespace: service.namespace.clone() }
}

/// Finding endpoints that no pod is behind.
pub(crate) fn compare_endpoints(service: &Service) -> Remedy {
    Remedy::CompareEndpoints { name: service.name.clone(), namespace: service.namespace.clone() }
}

/// Finding out why it brings nothing to a node.
pub(crate) fn check_load_balancer(service: &Service) -> Remedy {
    Remedy::CheckLoadBalancer { name: service.name.clone(), namespace: service.namespace.clone() }
}

/// Getting something that answers.
pub(crate) fn start_pods(facts: &Facts) -> Remedy {
    let (name, namespace) = (facts.service.name.clone(), facts.service.namespace.clone());
    // Slices list pods that are not ready too, as soon as they have an address.
    let lists_none = facts.endpoints.is_empty() && facts.slices.value().is_some();
    match facts.service.has_selector {
        Some(true) if lists_none => Remedy::MatchPods { name, namespace, nearest: facts.nearest_pod.clone() },
        Some(false) if lists_none => Remedy::SelectPods { name, namespace },
        _ => Remedy::StartPods { name, namespace, pod: facts.unready_pod.clone() },
    }
}

/// Whether a rule at the load balancer's address has nothing to do with policy Local.
const fn has_fix_of_its_own(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::OutsideSourceRanges
            | Rule::OtherFamily
            | Rule::PortWithoutEndpoint
            | Rule::LoadBalancerLoopback
            | Rule::LoadBalancerWithoutBackend
            | Rule::NodePortAddresses
            | Rule::IpvsRejectsExternalIps
            | Rule::CalicoInternalPolicyLocal
    )
}

/// Getting endpoints for ports that have none; nothing where all have some.
pub(crate) fn name_target_port(facts: &Facts) -> Option<Remedy> {
    if facts.has_cilium_placeholder() {
        return None;
    }
    let ports: Vec<_> = facts.ports_without_endpoint().map(MissingPort::of).collect();
    let Service { name, namespace, .. } = &facts.service;
    (!ports.is_empty()).then(|| Remedy::NameTargetPort { ports, name: name.clone(), namespace: namespace.clone() })
}

/// A ClusterIP of the other family.
pub(crate) fn dual_stack(facts: &Facts) -> Remedy {
    if facts.service.ip_family_policy == Some(IpFamilyPolicy::PreferDualStack) {
        return Remedy::DualStackCluster;
    }
    Remedy::DualStack { object: ObjectReference::of_service(&facts.service) }
}

/// Letting the ClusterIP take any endpoint.
pub(crate) fn internal_policy_cluster(facts: &Facts, plan: &Plan, before: &Prediction) -> Fix {
    let serving = facts.serving_nodes().into_iter().map(str::to_owned).collect();
    predicted(Remedy::InternalPolicyCluster { object: ObjectReference::of_service(&facts.service), serving }, facts, plan, before)
}

/// Letting the clients inside through: the ranges of the pods and the addresses of the nodes, in as few ranges as hold them.
pub(crate) fn add_source_ranges(facts: &Facts, plan: &Plan, before: &Prediction) -> Fix {
    let outside = facts.pods_outside_node_ranges();
    let seen = [false, true].into_iter().filter_map(|v6| {
        let of_family: Vec<_> = outside.iter().filter(|address| address.is_ipv6() == v6).copied().map(IpNet::from).collect();
        covering(&of_family)
    });
    let pods =
        range_of_all_pods(facts, &facts.nodes.iter().flat_map(|node| node.pod_cidrs.iter().copied()).chain(seen).collect::<Vec<_>>());
    let nodes = facts.nodes.iter().flat_map(|node| node.internal_ips.iter().copied().map(IpNet::from));
    let present = &facts.service.load_balancer_source_ranges;
    let is_present = |range: &IpNet| present.iter().any(|known| known.contains(range));
    let remedy = Remedy::AddSourceRanges {
        object: ObjectReference::of_service(&facts.service),
        present: facts.service.load_balancer_source_ranges.clone(),
        added: IpNet::aggregate(&pods.into_iter().chain(nodes).filter(|range| !is_present(range)).collect()),
    };
    predicted(remedy, facts, plan, before)
}

/// kube-proxy's clusterCIDR in the place of the pods' ranges that it contains: nodes and pods that come later are in it too.
fn range_of_all_pods(facts: &Facts, ranges: &[IpNet]) -> Vec<IpNet> {
    let detection = facts.local_detection(None).filter(|detection| detection.mode == DetectLocal::ClusterCidr);
    let wide: Vec<IpNet> = detection.map(|detection| detection.cluster_cidrs.clone()).unwrap_or_default();
    let covers = |range: &IpNet| wide.iter().any(|wide| wide.contains(range));
    let used = wide.iter().copied().filter(|wide| ranges.iter().any(|range| wide.contains(range)));
    used.chain(ranges.iter().copied().filter(|range| !covers(range))).collect()
}

fn predicted(remedy: Remedy, facts: &Facts, plan: &Plan, before: &Prediction) -> Fix {
    let mut fixes = [Fix::from(remedy)];
    predict(&mut fixes, facts, plan, before);
    let [fix] = fixes;
    fix
}

fn dial_dns_name(facts: &Facts, plan: &Plan, before: &Prediction) -> Fix {
    let fails = by_name(facts, plan, before).failing > 0;
    let is_broken = facts.service.internal_traffic_policy == TrafficPolicy::Local && fails;
    let caveats = is_broken.then_some(Caveat::InternalPolicyBreaksName).into_iter().collect();
    Fix { caveats, ..service_name(&facts.service).into() }
}

/// Whether kube-router serves the Service as under policy Local, though its policy is Cluster.
fn is_local_by_annotation(facts: &Facts) -> bool {
    facts.service.external_traffic_policy == TrafficPolicy::Cluster && annotated_policies(facts).is_some()
}

/// An operator puts back what is changed in the Service that it owns: the change belongs there.
fn external_policy_cluster(facts: &Facts) -> Remedy {
    let price = providers::cluster_price(facts);
    if is_local_by_annotation(facts) {
        return Remedy::TakeOffLocalAnnotation { object: ObjectReference::of_service(&facts.service) };
    }
    Remedy::ExternalPolicyCluster { object: ObjectReference::governing(&facts.service), price }
}

fn eni_backends(facts: &Facts) -> Fix {
    let terway = Need { prerequisite: Prerequisite::TerwayEni, standing: alibaba::terway(facts) };
    Fix {
        caveats: vec![Caveat::EniNeedsPolicyCluster],
        needs: vec![terway, unknown(Prerequisite::AlibabaControllerEni)],
        ..Remedy::EniBackends { object: ObjectReference::governing(&facts.service) }.into()
    }
}

/// Of the first cloud that shows and has such an annotation. A load balancer without a backend would answer nobody inside
/// either.
fn hostname_in_status(facts: &Facts) -> Option<Fix> {
    if providers::no_backend(facts).is_some() {
        return None;
    }
    let mut providers = Provider::ALL.into_iter().filter(|provider| provider.is_here(facts)).chain(Provider::of(facts));
    let (cloud, annotation) = providers.find_map(|provider| Some((provider, provider.traits().hostname.as_ref()?)))?;
    let object = ObjectReference::governing(&facts.service);
    let needs = annotation.needs.map(unknown).into_iter().collect();
    Some(Fix { needs, ..Remedy::HostnameInStatus { object, cloud, hostname: annotation.value.map(str::to_owned) }.into() })
}

fn unknown(prerequisite: Prerequisite) -> Need {
    Need { prerequisite, standing: Requirement::Unknown }
}

/// Whether what stands in kube-proxy's place goes by it differs from release to release. Where nobody but kube-proxy answers
/// for the address it would take the address away from everybody.
fn ip_mode_proxy(facts: &Facts) -> Option<Fix> {
    let is_set = |ingress: &Ingress| matches!(ingress, Ingress::Address { ip_mode: Some(IpMode::Proxy), .. });
    let has_address = facts.service.load_balancer_ips().next().is_some();
    if !has_address
        || providers::no_backend(facts).is_some()
        || providers::leaves_answering_to_kube_proxy(facts)
        || facts.network_plugin(None).is_some_and(NetworkPlugin::replaces_kube_proxy)
        || facts.service.ingress.iter().any(is_set)
    {
        return None;
    }
    let known: Vec<_> = releases(facts).collect();
    let standing = match known.iter().min() {
        Some(oldest) if *oldest < gates::IP_MODE => Requirement::NotMet,
        Some(_) if known.len() == facts.nodes.len() => Requirement::Met,
        _ => Requirement::Unknown,
    };
    let controller = if alibaba::is_here(facts) { alibaba::SETS_IP_MODE } else { Requirement::Unknown };
    let needs = vec![
        Need { prerequisite: Prerequisite::KubeProxyIpMode, standing },
        Need { prerequisite: Prerequisite::ControllerSetsIpMode, standing: controller },
    ];
    Some(Fix { needs, ..Remedy::IpModeProxy.into() })
}

/// Nothing where every node has one for each port already.
fn endpoint_on_every_node(facts: &Facts) -> Option<Remedy> {
    let served: Vec<_> = facts.service.ports.iter().map(|port| facts.serving_nodes_at(port)).collect();
    let lacks_one = |node: &Node| served.iter().any(|nodes| !nodes.contains(node.name.as_str()));
    facts
        .nodes
        .iter()
        .any(lacks_one)
        .then(|| Remedy::EndpointOnEveryNode { nodes: facts.nodes.iter().map(|node| node.name.clone()).collect() })
}

/// iptables and nftables mode give a pod that they know any endpoint.
fn cluster_cidr(facts: &Facts) -> Option<Remedy> {
    use NetworkPlugin::{Antrea, TerwayDataPathV2, TerwayExclusiveEni, TerwayIpvlan};
    // Somebody else answers pods there, or they bypass the node.
    let plugin = facts.network_plugin(None);
    if plugin.is_some_and(|plugin| matches!(plugin, Antrea | TerwayDataPathV2 | TerwayExclusiveEni | TerwayIpvlan)) {
        return None;
    }
    let config = facts.kube_proxy.config.value()?;
    if facts.configured_mode(None) == Some(ProxyMode::Ipvs) || config.detection.mode != DetectLocal::ClusterCidr {
        return None;
    }
    let configured = config.detection.cluster_cidrs.iter().find(|cidr| cidr.addr().is_ipv4());
    let outside: Vec<_> = facts.pods_outside_node_ranges().into_iter().filter(IpAddr::is_ipv4).collect();
    if !outside.is_empty() {
        let is_covered = |address: &IpAddr| configured.is_some_and(|cidr| cidr.contains(address));
        let addresses: Vec<_> = outside.into_iter().filter(|address| !is_covered(address)).collect();
        return (!addresses.is_empty()).then(|| Remedy::ClusterCidrOfPods { addresses, source: config.source.clone() });
    }
    let cidrs = facts.nodes.iter().flat_map(|node| &node.pod_cidrs).filter(|cidr| cidr.addr().is_ipv4());
    let range = covering(&cidrs.copied().collect::<Vec<_>>())?;
    let covered = configured.is_some_and(|cidr| cidr.contains(&range));
    (!covered).then(|| Remedy::ClusterCidr { range, source: config.source.clone() })
}

/// Whether kube-proxy runs in a mode on some node.
fn runs_in(facts: &Facts, mode: ProxyMode) -> bool {
    results::modes(facts).contains(&mode)
}

fn releases(facts: &Facts) -> impl Iterator<Item = Version> {
    facts.nodes.iter().filter_map(|node| facts.kube_proxy_release(node))
}

fn newer_iptables(facts: &Facts) -> Option<Fix> {
    let is_old = releases(facts).any(|release| release < gates::HOST_SHORT_CIRCUIT);
    (runs_in(facts, ProxyMode::Iptables) && is_old)
        .then(|| Fix { caveats: vec![Caveat::HelpsHosts], ..Remedy::UpgradeKubeProxy { until: Upgrade::IptablesHosts }.into() })
}

fn newer_nftables(facts: &Facts) -> Option<Fix> {
    let is_old = releases(facts).any(|release| !gates::nftables_host_reaches(release));
    (runs_in(facts, ProxyMode::Nftables) && is_old)
        .then(|| Fix { caveats: vec![Caveat::HelpsHosts], ..Remedy::UpgradeKubeProxy { until: Upgrade::NftablesHosts }.into() })
}

fn newer_ipvs(facts: &Facts) -> Option<Fix> {
    let is_old = releases(facts).any(|release| release < gates::IPVS_FALLS_BACK);
    (runs_in(facts, ProxyMode::Ipvs) && is_old)
        .then(|| Fix { caveats: vec![Caveat::HelpsPodsOnly], ..Remedy::UpgradeKubeProxy { until: Upgrade::IpvsFallback }.into() })
}

/// The smallest range that holds all of them.
pub(super) fn covering(cidrs: &[IpNet]) -> Option<IpNet> {
    let mut range = *cidrs.first()?;
    while !cidrs.iter().all(|cidr| range.contains(cidr)) {
        range = range.supernet()?;
    }
    Some(range)
}
