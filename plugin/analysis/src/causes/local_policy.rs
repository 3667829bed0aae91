//! Policy Local: kube-proxy takes the load balancer's address for its own matter inside the
//! cluster, and a node without a local endpoint has nowhere to send it.
//!
//! The pattern: the failing nodes are those without an endpoint, and from the same vantages the
//! ClusterIP answers. Whether pods or hosts fail, by refusal or silence, depends on kube-proxy's
//! mode and release and on whether it takes a pod's address for a local one.

use std::collections::BTreeSet;

use lbprobe_protocol::outcome::ECONNREFUSED;
use lbprobe_protocol::{ConnectFailure, NodeEvidence, Outcome, VirtualServer};

use super::evidence::{Behaviour, EndpointState, Evidence, KnownModes, ModeSource};
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence, drained_servers};
use crate::facts::{Facts, NetworkPlugin, ProxyMode, TrafficPolicy, Version};
use crate::kube_proxy::{Rule, ServiceProxy, gates};
use crate::plan::Network;
use crate::remedies;
use crate::results;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let facts = symptoms.facts;
    if facts.service.external_traffic_policy != TrafficPolicy::Local || facts.serving_nodes().is_empty() {
        return None;
    }
    let with_endpoint = symptoms.nodes_with_endpoint();
    let failing = symptoms.failing_networks();
    let shares: Vec<_> = failing.iter().map(|network| Share::new(symptoms, *network)).collect();
    if !explains(symptoms, &shares) {
        return None;
    }
    // A pattern without a rule that makes it is no proof.
    let rules = symptoms.rules_seen(&failing);
    let is_confirmed = !rules.is_empty() && shares.iter().all(|share| is_complete(symptoms, share, &with_endpoint));
    Some(Cause {
        finding: Finding::LocalPolicyWithoutLocalEndpoint { except: unexplained(&shares), by: service_proxy(symptoms, &failing, &rules) },
        confidence: if is_confirmed { Confidence::Confirmed } else { Confidence::Likely },
        evidence: evidence(symptoms, &shares, &rules),
        fixes: remedies::for_local_policy(facts, symptoms.matrix.plan, symptoms.prediction),
    })
}

/// What fails at the load balancer from a network, and whether the policy can be why.
struct Share<'a> {
    network: Network,
    /// Nodes that fail at ports without a local endpoint, and reach the ClusterIP.
    explained: BTreeSet<&'a str>,
    /// All others.
    rest: BTreeSet<&'a str>,
}

impl<'a> Share<'a> {
    fn new(symptoms: &Symptoms<'a>, network: Network) -> Self {
        let beside = symptoms.failing_beside_endpoint(network);
        // Where the ClusterIP has the same rule, it fails on the same nodes.
        let same_rule = symptoms.facts.service.internal_traffic_policy == TrafficPolicy::Local;
        let reached = symptoms.cluster_ip_reached_nodes(network);
        let failing = symptoms.failing_nodes(network).into_iter();
        let (explained, rest) = failing.partition(|node| !beside.contains(node) && (same_rule || reached.contains(node)));
        Self { network, explained, rest }
    }
}

/// Whether the policy explains what fails; or a part of it, where that is beyond doubt: a connection that is
/// lost elsewhere, in a busy minute say, does not hide it.
fn explains(symptoms: &Symptoms<'_>, shares: &[Share<'_>]) -> bool {
    let explains_all = shares.iter().all(|share| share.rest.is_empty());
    let fails_so = |share: &Share<'_>| symptoms.fail_as_predicted(share.network, &share.explained);
    shares.iter().any(|share| !share.explained.is_empty()) && (explains_all || shares.iter().all(fails_so))
}

/// The nodes where something fails that the policy does not explain.
fn unexplained(shares: &[Share<'_>]) -> Vec<String> {
    let nodes: BTreeSet<_> = shares.iter().flat_map(|share| share.rest.iter().copied()).collect();
    names(&nodes)
}

/// All nodes without an endpoint fail, and one with an endpoint was seen to work; or else those fail
/// that the model names, and no others.
fn is_complete(symptoms: &Symptoms<'_>, share: &Share<'_>, with_endpoint: &BTreeSet<&str>) -> bool {
    let measured = symptoms.measured_nodes(share.network);
    let without: BTreeSet<_> = &measured - with_endpoint;
    let all_fail = share.explained == without && !measured.is_disjoint(with_endpoint);
    share.rest.is_empty() && (all_fail || symptoms.is_as_predicted(share.network))
}

/// Who decides there: whose rule was seen, or else who answers those that fail.
fn service_proxy(symptoms: &Symptoms<'_>, failing: &[Network], rules: &[(Rule, BTreeSet<&str>)]) -> ServiceProxy {
    let by_rule = rules.first().map(|(rule, _)| rule.service_proxy());
    let answers_pods = match symptoms.facts.network_plugin(None) {
        Some(NetworkPlugin::Antrea) => ServiceProxy::AntreaProxy,
        Some(NetworkPlugin::CiliumKubeProxyReplacement | NetworkPlugin::GkeDataplaneV2) => ServiceProxy::Cilium,
        Some(NetworkPlugin::KubeRouterServiceProxy) => ServiceProxy::KubeRouter,
        _ => ServiceProxy::KubeProxy,
    };
    by_rule.unwrap_or(if failing == [Network::Pod] { answers_pods } else { ServiceProxy::KubeProxy })
}

fn evidence(symptoms: &Symptoms<'_>, shares: &[Share<'_>], rules: &[(Rule, BTreeSet<&str>)]) -> Vec<Evidence> {
    let is_ready = symptoms.facts.ready_endpoints() > 0;
    let state = if is_ready { EndpointState::Ready } else { EndpointState::TerminatingAndServing };
    let local = symptoms.local_nodes();
    let differ = local.len() > 1;
    let only_on = |(ports, nodes): (Vec<_>, BTreeSet<&str>)| Evidence::EndpointsOnlyOn {
        state,
        nodes: names(&nodes),
        ports: if differ { ports } else { Vec::new() },
    };
    let mut evidence: Vec<_> = local.into_iter().map(only_on).collect();
    evidence.extend(shares.iter().flat_map(|share| of_share(symptoms, share)));
    evidence.extend(from_node_address(symptoms));
    evidence.extend(empty_virtual_servers(symptoms));
    let failing: Vec<_> = shares.iter().map(|share| share.network).collect();
    let modes = |rule: &Rule| modes(symptoms).filter(|_| rule.service_proxy() == ServiceProxy::KubeProxy);
    match rules {
        [] => evidence.extend(behaviour(symptoms, &failing).map(|behaviour| Evidence::LooksLike { behaviour })),
        [(rule, _)] => evidence.push(Evidence::AsPredicted { rule: *rule, modes: modes(rule), nodes: Vec::new() }),
        several => {
            let of_rule = |(rule, nodes): &(_, _)| Evidence::AsPredicted { rule: *rule, modes: modes(rule), nodes: names(nodes) };
            evidence.extend(several.iter().map(of_rule));
        }
    }
    evidence
}

/// What fails from a network, what works there, and what the policy does not explain.
fn of_share(symptoms: &Symptoms<'_>, share: &Share<'_>) -> Vec<Evidence> {
    let Share { network, explained, rest } = share;
    let network = *network;
    let mut evidence: Vec<_> = symptoms.failures_of(network, explained).into_iter().map(Evidence::Fails).collect();
    let working = symptoms.working_nodes(network);
    if !working.is_empty() {
        evidence.push(Evidence::Reaches { network, nodes: names(&working) });
    }
    if !explained.is_empty() && explained.is_subset(&symptoms.cluster_ip_reached_nodes(network)) {
        evidence.push(Evidence::SameReachClusterIp { network });
    }
    evidence.extend(symptoms.failures_of(network, rest).into_iter().map(Evidence::FailsBesidePolicy));
    evidence
}

/// ipvs before 1.24: the kernel's own table shows it. Where real servers were left without weight it is another
/// fault's.
fn empty_virtual_servers(symptoms: &Symptoms<'_>) -> Option<Evidence> {
    // Probes name those at ClusterIPs too, where servers drain.
    let is_outside = |server: &VirtualServer| !symptoms.facts.service.cluster_ips.contains(&server.address);
    let is_empty = |node: &NodeEvidence| node.virtual_servers.iter().any(|server| server.servers == 0 && is_outside(server));
    let nodes: BTreeSet<_> = symptoms.nodes.iter().filter(|(_, node)| is_empty(node)).map(|(name, _)| *name).collect();
    let nodes = &nodes - &drained_servers::nodes(symptoms);
    (!nodes.is_empty()).then(|| Evidence::EmptyVirtualServer { nodes: names(&nodes) })
}

/// ipvs from 1.24 on: what a host dials from the load balancer's own address never comes back.
fn from_node_address(symptoms: &Symptoms<'_>) -> Option<Evidence> {
    let hosts = symptoms.hosts_reaching_from_their_address();
    (!hosts.is_empty()).then(|| Evidence::ReachesFromNodeAddress { nodes: names(&hosts) })
}

/// The modes of kube-proxy, where they are known.
fn modes(symptoms: &Symptoms<'_>) -> Option<KnownModes> {
    let kube_proxy = &symptoms.facts.kube_proxy;
    let asked = kube_proxy.processes.values().any(|process| process.mode.is_some());
    let configured = || kube_proxy.config.value().map(|config| ModeSource::Configuration(config.source.clone()));
    let source = if asked { Some(ModeSource::AskedOnNodes) } else { configured() };
    source.map(|source| KnownModes { modes: results::modes(symptoms.facts), source })
}

/// What the combination of vantage and outcome says of kube-proxy.
fn behaviour(symptoms: &Symptoms<'_>, failing: &[Network]) -> Option<Behaviour> {
    let hosts_were_tried = !symptoms.measured_nodes(Network::Host).is_empty();
    let refused = |network| symptoms.ways(network).contains(&Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED)));
    let silent = |network| {
        symptoms.ways(network).iter().any(|way| matches!(way, Outcome::Connect(ConnectFailure::TimedOut | ConnectFailure::NoAnswer)))
    };
    let behaviour = match failing {
        [Network::Pod] if silent(Network::Pod) && hosts_were_tried => Behaviour::PodsTimeOut,
        [Network::Host] if silent(Network::Host) => Behaviour::HostsTimeOut,
        [first, ..] if refused(*first) => Behaviour::Refused,
        _ => return None,
    };
    may_be(symptoms.facts, behaviour).then_some(behaviour)
}

/// Whether what the processes say of their modes and releases leaves room for it.
fn may_be(facts: &Facts, behaviour: Behaviour) -> bool {
    let processes = facts.kube_proxy.processes.values();
    let modes: Vec<_> = processes.clone().filter_map(|process| process.mode).collect();
    let releases: Vec<_> = processes.filter_map(|process| process.release).collect();
    let in_mode = |mode: ProxyMode| modes.is_empty() || modes.contains(&mode);
    let has_release = |is_one: fn(Version) -> bool| releases.is_empty() || releases.iter().any(|release| is_one(*release));
    match behaviour {
        Behaviour::PodsTimeOut => in_mode(ProxyMode::Iptables) || in_mode(ProxyMode::Nftables),
        Behaviour::HostsTimeOut => {
            in_mode(ProxyMode::Ipvs) && has_release(|release| release >= gates::IPVS_FALLS_BACK)
                || in_mode(ProxyMode::Nftables) && has_release(|release| !gates::nftables_host_reaches(release))
        }
        Behaviour::Refused => in_mode(ProxyMode::Ipvs) && has_release(|release| release < gates::IPVS_FALLS_BACK),
    }
}
