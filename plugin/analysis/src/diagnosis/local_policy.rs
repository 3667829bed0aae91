//! Policy Local: kube-proxy takes the load balancer's address for its own matter inside the
//! cluster, and a node without a local endpoint has nowhere to send it.
//!
//! The pattern: the failing nodes are those without an endpoint, and from the same vantages the
//! ClusterIP answers. Whether pods or hosts fail, by refusal or silence, depends on kube-proxy's
//! mode and release and on whether it takes a pod's address for a local one.

use std::collections::BTreeSet;

use lbprobe_protocol::outcome::ECONNREFUSED;
use lbprobe_protocol::{ConnectFailure, NodeEvidence, Outcome, VirtualServer};

use super::contrast::{Contrast, names, who};
use super::{Cause, CauseKind, Confidence, drained_servers, fixes};
use crate::evidence;
use crate::facts::TrafficPolicy;
use crate::plan::Network;
use crate::{text, words};

pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let facts = contrast.facts;
    let with_endpoint = facts.serving_nodes();
    if facts.service.external_traffic_policy != TrafficPolicy::Local || with_endpoint.is_empty() {
        return None;
    }
    let failing = contrast.failing_networks();
    let shares: Vec<_> = failing.iter().map(|network| Share::new(contrast, *network, &with_endpoint)).collect();
    if !explains(contrast, &shares) {
        return None;
    }
    Some(Cause {
        kind: CauseKind::LocalPolicyWithoutLocalEndpoint,
        confidence: if shares.iter().all(|share| is_complete(contrast, share, &with_endpoint)) {
            Confidence::Confirmed
        } else {
            Confidence::Likely
        },
        summary: summary(&shares),
        evidence: evidence(contrast, &shares, &with_endpoint),
        fixes: fixes::for_local_policy(facts, contrast.matrix.plan, contrast.prediction),
    })
}

/// What fails at the load balancer from a network, and whether the policy can be why.
struct Share<'a> {
    network: Network,
    /// Nodes without an endpoint that reach the ClusterIP.
    explained: BTreeSet<&'a str>,
    /// All others.
    rest: BTreeSet<&'a str>,
}

impl<'a> Share<'a> {
    fn new(contrast: &Contrast<'a>, network: Network, with_endpoint: &BTreeSet<&str>) -> Self {
        let failing = contrast.failing_nodes(network);
        // Where the ClusterIP has the same rule, it fails on the same nodes.
        let same_rule = contrast.facts.service.internal_traffic_policy == TrafficPolicy::Local;
        let reached = contrast.cluster_ip_reached_nodes(network);
        let (explained, rest) =
            failing.into_iter().partition(|node| !with_endpoint.contains(node) && (same_rule || reached.contains(node)));
        Self { network, explained, rest }
    }
}

/// Whether the policy explains what fails; or a part of it, where that is beyond doubt: a connection that is
/// lost elsewhere, in a busy minute say, does not hide it.
fn explains(contrast: &Contrast<'_>, shares: &[Share<'_>]) -> bool {
    let explains_all = shares.iter().all(|share| share.rest.is_empty());
    let fails_so = |share: &Share<'_>| contrast.fail_as_predicted(share.network, &share.explained);
    shares.iter().any(|share| !share.explained.is_empty()) && (explains_all || shares.iter().all(fails_so))
}

fn summary(shares: &[Share<'_>]) -> String {
    let rest: BTreeSet<_> = shares.iter().flat_map(|share| share.rest.iter().copied()).collect();
    let which = if rest.is_empty() {
        "the failing nodes have no endpoint of their own".to_owned()
    } else {
        format!("the failing nodes except {} have no endpoint of their own and fail for that", names(&rest))
    };
    format!(
        "externalTrafficPolicy is Local, and {which}: inside the cluster kube-proxy answers for the load balancer's address, and there it \
         has nowhere to send it"
    )
}

/// All nodes without an endpoint fail, and one with an endpoint was seen to work; or else those fail
/// that the model names, and no others.
fn is_complete(contrast: &Contrast<'_>, share: &Share<'_>, with_endpoint: &BTreeSet<&str>) -> bool {
    let measured = contrast.measured_nodes(share.network);
    let without: BTreeSet<_> = &measured - with_endpoint;
    let all_fail = share.explained == without && !measured.is_disjoint(with_endpoint);
    share.rest.is_empty() && (all_fail || contrast.is_as_predicted(share.network))
}

fn evidence(contrast: &Contrast<'_>, shares: &[Share<'_>], with_endpoint: &BTreeSet<&str>) -> Vec<String> {
    let state = if contrast.facts.ready_endpoints() > 0 { "ready endpoints" } else { "endpoints that terminate and still serve" };
    let mut lines = vec![format!("{state} are on {} only", names(with_endpoint))];
    for Share { network, explained, rest } in shares {
        lines.extend(contrast.failures_of(*network, explained));
        let working = contrast.working_nodes(*network);
        if !working.is_empty() {
            lines.push(format!("{} on {} reach it", who(*network), names(&working)));
        }
        if !explained.is_empty() && explained.is_subset(&contrast.cluster_ip_reached_nodes(*network)) {
            let who = match network {
                Network::Pod => "pods",
                Network::Host => "hosts",
            };
            lines.push(format!("the same {who} reach the ClusterIP, so the endpoints and the network work"));
        }
        lines.extend(
            contrast.failures_of(*network, rest).into_iter().map(|line| format!("{line}: the policy does not explain this; run again")),
        );
    }
    lines.extend(second_shot(contrast));
    lines.extend(empty_virtual_servers(contrast));
    let failing: Vec<_> = shares.iter().map(|share| share.network).collect();
    let rules = contrast.rules_seen(&failing);
    let mode = mode(contrast);
    match &rules[..] {
        [] => lines.extend(mode_hint(contrast, &failing)),
        [(rule, _)] => lines.push(format!("exactly what kube-proxy{mode} does here: {}", text::rules::rule(*rule))),
        several => {
            lines.extend(
                several
                    .iter()
                    .map(|(rule, nodes)| format!("exactly what kube-proxy{mode} does on {}: {}", names(nodes), text::rules::rule(*rule))),
            );
        }
    }
    lines
}

/// ipvs before 1.24: the kernel's own table shows it. Where real servers were left without weight it is another
/// fault's.
fn empty_virtual_servers(contrast: &Contrast<'_>) -> Option<String> {
    // Probes name those at ClusterIPs too, where servers drain.
    let is_outside = |server: &VirtualServer| !contrast.facts.service.cluster_ips.contains(&server.address);
    let is_empty = |node: &NodeEvidence| node.virtual_servers.iter().any(|server| server.servers == 0 && is_outside(server));
    let nodes: BTreeSet<_> = contrast.nodes.iter().filter(|(_, node)| is_empty(node)).map(|(name, _)| *name).collect();
    let nodes = &nodes - &drained_servers::nodes(contrast);
    (!nodes.is_empty())
        .then(|| format!("/proc/net/ip_vs on {} has a virtual server for the address without any real server", names(&nodes)))
}

/// ipvs from 1.24 on: what a host dials from the load balancer's own address never comes back.
fn second_shot(contrast: &Contrast<'_>) -> Option<String> {
    let hosts = contrast.hosts_reaching_from_their_address();
    (!hosts.is_empty()).then(|| {
        format!(
            "the hosts on {} connect when they dial from the node's own address: by default the kernel picks the load balancer's address as source, which ipvs holds on the node",
            names(&hosts)
        )
    })
}

/// " in iptables mode (asked on the nodes)" where it is known.
fn mode(contrast: &Contrast<'_>) -> String {
    let kube_proxy = &contrast.facts.kube_proxy;
    let asked = kube_proxy.processes.values().any(|process| process.mode.is_some());
    let source = if asked { Some("asked on the nodes") } else { kube_proxy.config.value().map(|config| config.source.as_str()) };
    let modes: Vec<_> = evidence::modes(kube_proxy).iter().map(ToString::to_string).collect();
    source.map(|source| format!(" in {} mode ({source})", words::list(&modes))).unwrap_or_default()
}

/// What the combination of vantage and outcome says of kube-proxy.
fn mode_hint(contrast: &Contrast<'_>, failing: &[Network]) -> Option<String> {
    let hosts_were_tried = !contrast.measured_nodes(Network::Host).is_empty();
    let refused = |network| contrast.ways(network).contains(&Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED)));
    let silent = |network| contrast.ways(network).contains(&Outcome::Connect(ConnectFailure::TimedOut));
    let hint = match failing {
        [Network::Pod] if silent(Network::Pod) && hosts_were_tried => {
            "pods only, by silence: as kube-proxy in iptables or nftables mode does where its clusterCIDR does not cover the pods' addresses"
        }
        [Network::Host] if silent(Network::Host) => {
            "hosts only, by silence: as kube-proxy in ipvs mode from Kubernetes 1.24 does, and nftables mode before 1.34"
        }
        [first, ..] if refused(*first) => "by refusal: as kube-proxy in ipvs mode does before Kubernetes 1.24",
        _ => return None,
    };
    Some(hint.into())
}
