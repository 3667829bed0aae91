//! What a load balancer forwards to: whether clients outside have anybody to answer, and which nodes' own connections it
//! may not bring back.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{ExcludeLabel, Provider, announcing_cilium, is_excluded, metallb, node_selector};
use crate::facts::{CILIUM_ANNOUNCES_BY_ENDPOINT, Endpoint, Facts, Node, TrafficPolicy, Version};

/// Before, Cilium counted its Envoy as no endpoint where health checks ask (cilium PR 33600 of July 2024; the release is
/// assumed, and what is said of it is a risk).
const CILIUM_COUNTS_ENVOY: Version = Version::new(17, 0);

/// From then on the role of a node says nothing to service controllers.
const ROLES_DO_NOT_COUNT: Version = Version::new(21, 0);

/// What load balancers dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BackendKind {
    /// Nodes.
    Nodes,
    /// Pods, past kube-proxy: externalTrafficPolicy plays no part outside.
    Pods,
    /// Pods, by the provider's default for this pod network: no annotation says so.
    PodsByDefault,
}

/// The backends of a Service's load balancer.
#[derive(Debug)]
enum Backends<'a> {
    /// The ready pods.
    Pods,
    /// These nodes.
    Nodes(BTreeSet<&'a str>),
}

/// Why nobody answers clients outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum NoBackend {
    /// MetalLB announces the address from no node: no advertisement covers its pool.
    NotAdvertised {
        /// The pool.
        pool: String,
    },
    /// MetalLB leaves out every node with the exclude label, and all have it.
    EveryNodeExcludedFromMetalLb {
        /// How many there are.
        nodes: usize,
    },
    /// Policy Local, and every node with an endpoint has the label.
    EndpointsExcludedFromMetalLb {
        /// Those nodes.
        nodes: Vec<String>,
    },
    /// The cloud's controller leaves out every node with the exclude label, and all have it.
    EveryNodeExcludedFromCloud {
        /// The cloud.
        cloud: Provider,
        /// How many there are.
        nodes: usize,
    },
    /// Policy Local, and every node with an endpoint has the label.
    EndpointsExcludedFromCloud {
        /// The cloud.
        cloud: Provider,
        /// Those nodes.
        nodes: Vec<String>,
    },
    /// The cloud's controller leaves out nodes of the control plane by their role, and all are such nodes.
    EveryNodeOfControlPlane {
        /// The cloud.
        cloud: Provider,
        /// The label by which it knows them.
        label: String,
    },
    /// The cloud's controller finds the machine of a node by its providerID, and these have none of its: all nodes, or under
    /// policy Local all with an endpoint.
    NodesOfNoMachine {
        /// The cloud.
        cloud: Provider,
        /// Those nodes.
        nodes: Vec<String>,
    },
    /// Load balancers leave every node out.
    EveryNodeLeftOut {
        /// How many there are.
        nodes: usize,
    },
    /// Policy Local, and they leave out every node with an endpoint.
    EndpointsOnNodesLeftOut {
        /// Those nodes.
        nodes: Vec<String>,
    },
    /// An annotation chooses nodes by their labels: none has them, or under policy Local none with an endpoint.
    NoSelectedNode {
        /// The labels.
        selector: String,
    },
    /// Policy Local, and MetalLB may announce the address from none of the nodes with an endpoint: its speakers do not run there, or no
    /// advertisement chooses them.
    AnnouncedElsewhere {
        /// The nodes that it may be announced from.
        from: Vec<String>,
        /// Those with an endpoint.
        nodes: Vec<String>,
    },
    /// MetalLB may announce it from no node at all: none has a speaker, is chosen by an advertisement, and is not left out by its label.
    AnnouncedFromNoNode,
    /// No policy and no advertisement of Cilium's has it announce the address from any node.
    CiliumSelectsNothing,
    /// Policy Local, and Cilium's policies and advertisements choose none of the nodes with an endpoint.
    CiliumAnnouncesElsewhere {
        /// The nodes that they choose.
        from: Vec<String>,
        /// Those with an endpoint.
        nodes: Vec<String>,
    },
    /// Policy Local, and every endpoint terminates: kube-proxy tells health checks of none.
    EndpointsTerminating,
    /// Policy Local, and no node has the names that the endpoints say.
    EndpointsOnUnknownNodes {
        /// Those names.
        nodes: Vec<String>,
    },
    /// Policy Local, and kube-proxy runs under a name that no node with an endpoint has: it counts none as local.
    KubeProxyMisnamed,
    /// Policy Local, and the endpoint is Cilium's placeholder, which is on no node: its layer 2 announcements go by endpoints on
    /// nodes (from 1.20.2, cilium issue 48799).
    CiliumAnnouncesNowhere,
    /// The same, and Cilium's answer to health checks counts no endpoint on any node (cilium issue 33038).
    CiliumHealthCheckFails,
    /// Policy Local, and the endpoints belong to no node.
    EndpointsWithoutNode {
        /// How many there are.
        endpoints: usize,
    },
}

impl NoBackend {
    /// Whether objects alone decide it: no cloud that they do not show can help.
    pub(crate) const fn is_certain(&self) -> bool {
        matches!(
            self,
            Self::NotAdvertised { .. }
                | Self::AnnouncedElsewhere { .. }
                | Self::AnnouncedFromNoNode
                | Self::KubeProxyMisnamed
                | Self::EveryNodeExcludedFromMetalLb { .. }
                | Self::EndpointsExcludedFromMetalLb { .. }
                | Self::EveryNodeExcludedFromCloud { .. }
                | Self::EndpointsExcludedFromCloud { .. }
                // Its controller has no setting for it (cloud-provider-alibaba-cloud, `needExcludeFromLB`; its issue 222).
                | Self::EveryNodeOfControlPlane { cloud: Provider::Alibaba, .. }
        )
    }
}

/// The nodes that the provider does not leave out.
fn eligible_nodes(facts: &Facts) -> impl Iterator<Item = &str> {
    let provider = Provider::of(facts);
    let is_selected = |node: &&Node| facts.selected_backends.as_ref().is_none_or(|selected| selected.contains(&node.name));
    let announcing = announcing_nodes(facts);
    let may_announce = move |node: &&Node| announcing.is_none_or(|announcing| announcing.contains(&node.name));
    // Cilium announces from whichever node its own objects choose.
    let is_left_out = move |node: &&Node| announcing_cilium(facts).is_none() && is_left_out(facts, provider, node);
    let eligible = facts.nodes.iter().filter(move |node| !is_left_out(node)).filter(is_selected).filter(may_announce);
    eligible.map(|node| node.name.as_str())
}

/// Those that MetalLB or Cilium may announce the address from, where they make the load balancer.
fn announcing_nodes(facts: &Facts) -> Option<&BTreeSet<String>> {
    facts.announcing_nodes.as_ref().filter(|_| metallb::is_of_metallb(facts) || announcing_cilium(facts).is_some())
}

/// Why the address is announced from no node that could answer; nothing where it may be.
fn announced_elsewhere(facts: &Facts, serving: &BTreeSet<&str>) -> Option<NoBackend> {
    let announcing = announcing_nodes(facts)?;
    let is_elsewhere = !serving.is_empty() && serving.iter().all(|node| !announcing.contains(*node));
    let is_local = facts.service.external_traffic_policy == TrafficPolicy::Local;
    let nodes = || serving.iter().map(|node| (*node).to_owned()).collect();
    let from = || announcing.iter().cloned().collect();
    if announcing_cilium(facts).is_some() {
        let elsewhere = || (is_local && is_elsewhere).then(|| NoBackend::CiliumAnnouncesElsewhere { from: from(), nodes: nodes() });
        return if announcing.is_empty() { Some(NoBackend::CiliumSelectsNothing) } else { elsewhere() };
    }
    if announcing.is_empty() || !is_local {
        return Some(NoBackend::AnnouncedFromNoNode);
    }
    is_elsewhere.then(|| NoBackend::AnnouncedElsewhere { from: from(), nodes: nodes() })
}

/// The nodes that have the load balancer's address themselves, healthy or not.
pub(crate) fn nodes_with_address(facts: &Facts) -> BTreeSet<&str> {
    let hold = Provider::of(facts).is_some_and(|provider| provider.traits().backends_hold_address);
    if hold { eligible_nodes(facts).collect() } else { BTreeSet::new() }
}

/// The nodes with an endpoint that their kube-proxy counts as local: none under a name that is not the node's. Endpoints
/// that terminate do not count (kubernetes PR 116470), though connections still reach them.
pub(crate) fn answering_nodes(facts: &Facts) -> BTreeSet<&str> {
    let runs_as = facts.kube_proxy.config.value().map(|config| &config.runs_as);
    let ready = facts.endpoints.iter().filter(|endpoint| endpoint.ready).filter_map(|endpoint| endpoint.node.as_deref());
    ready.filter(|node| runs_as.and_then(|runs_as| runs_as.other_name_on(Some(node))).is_none()).collect()
}

fn unadvertised_pool(facts: &Facts) -> Option<&str> {
    facts.unadvertised_pool.value()?.as_deref()
}

/// The backends, under policy Local those alone that have an endpoint: the others fail the load balancer's health check.
fn backends(facts: &Facts) -> Backends<'_> {
    if unadvertised_pool(facts).is_some() {
        return Backends::Nodes(BTreeSet::new());
    }
    let provider = Provider::of(facts);
    if provider.is_some_and(|provider| (provider.traits().backends)(facts) != BackendKind::Nodes) {
        return Backends::Pods;
    }
    let healthy = answering_nodes(facts);
    let is_local = facts.service.external_traffic_policy == TrafficPolicy::Local && !is_served_by_cilium(facts);
    Backends::Nodes(eligible_nodes(facts).filter(|node| !is_local || healthy.contains(node)).collect())
}

fn is_left_out(facts: &Facts, provider: Option<Provider>, node: &Node) -> bool {
    // Until 1.20 service controllers left out nodes with the role of a master (gate LegacyNodeRoleBehavior; hcloud issue 53).
    let is_old_master = node.master && node.kubelet_version.is_some_and(|release| release < ROLES_DO_NOT_COUNT);
    if is_old_master && provider.is_some_and(|provider| provider.traits().exclude_label == ExcludeLabel::LeavesOut) {
        return true;
    }
    // On machines of one's own kubeadm labels every control plane, and nobody may look at it.
    let is_of_kubeadm = node.provider.is_none() && (node.control_plane || node.master);
    let by_label = || is_excluded(node) && !is_of_kubeadm;
    provider.map_or_else(by_label, |provider| (provider.traits().leaves_out)(node) || provider.lacks_machine_of(facts, node))
}

/// Whether the load balancer sends connections to a node, or to pods on it.
pub(crate) fn takes_connections(facts: &Facts) -> impl Fn(&str) -> bool {
    let backends = backends(facts);
    move |node| match &backends {
        Backends::Pods => true,
        Backends::Nodes(nodes) => nodes.contains(node),
    }
}

/// Whether Cilium's Envoy answers on every node. Who else announces an address goes by the nodes of endpoints all the same.
fn is_served_by_cilium(facts: &Facts) -> bool {
    facts.has_cilium_placeholder() && facts.known_announcers().next().is_none()
}

/// Envoy takes connections on every node, whatever the placeholder says; the load balancer may not find out.
fn no_backend_of_cilium(facts: &Facts) -> Option<NoBackend> {
    if announcing_nodes(facts).is_some_and(BTreeSet::is_empty) {
        return Some(NoBackend::CiliumSelectsNothing);
    }
    let network = facts.pod_network.value()?;
    let is_local = facts.service.external_traffic_policy == TrafficPolicy::Local;
    let announces = network.cilium.is_some_and(|cilium| cilium.announces_by_layer_2);
    let since = |release: Version| network.release.is_some_and(|known| known >= release);
    let checks_nodes = Provider::of(facts).is_some() && matches!(backends(facts), Backends::Nodes(_));
    if is_local && announces && since(CILIUM_ANNOUNCES_BY_ENDPOINT) {
        Some(NoBackend::CiliumAnnouncesNowhere)
    } else if is_local && !announces && checks_nodes && network.release.is_some() && !since(CILIUM_COUNTS_ENVOY) {
        Some(NoBackend::CiliumHealthCheckFails)
    } else {
        None
    }
}

/// Why the load balancer has no backend; nothing where it has one, or where no endpoint is there to be reached.
pub(crate) fn no_backend(facts: &Facts) -> Option<NoBackend> {
    if is_served_by_cilium(facts) {
        return no_backend_of_cilium(facts);
    }
    let Backends::Nodes(nodes) = backends(facts) else { return None };
    let serves = facts.endpoints.iter().any(Endpoint::is_used);
    if !nodes.is_empty() || !serves || facts.nodes.is_empty() {
        return None;
    }
    let with_endpoint = facts.serving_nodes();
    let serving = || with_endpoint.iter().map(|name| (*name).to_owned()).collect();
    Some(if let Some(pool) = unadvertised_pool(facts) {
        NoBackend::NotAdvertised { pool: pool.to_owned() }
    } else if let Some(why) = every_node_left_out(facts).or_else(|| announced_elsewhere(facts, &with_endpoint)) {
        why
    } else if facts.selected_backends.is_some() && !with_endpoint.is_empty() {
        NoBackend::NoSelectedNode { selector: node_selector(&facts.service).unwrap_or_default().to_owned() }
    } else if !with_endpoint.is_empty() && facts.endpoints.iter().all(|endpoint| !endpoint.ready) {
        NoBackend::EndpointsTerminating
    } else if !with_endpoint.is_empty() && answering_nodes(facts).is_empty() {
        NoBackend::KubeProxyMisnamed
    } else if !with_endpoint.is_empty() && with_endpoint.iter().all(|name| facts.nodes.iter().all(|node| node.name != *name)) {
        NoBackend::EndpointsOnUnknownNodes { nodes: serving() }
    } else if with_endpoint.is_empty() {
        NoBackend::EndpointsWithoutNode { endpoints: facts.ready_endpoints() }
    } else {
        endpoints_on_nodes_left_out(facts, serving())
    })
}

/// Why no node is a backend, whatever the policy.
fn every_node_left_out(facts: &Facts) -> Option<NoBackend> {
    let provider = Provider::of(facts);
    let number = facts.nodes.len();
    let is_of_no_machine = |node: &Node| provider.is_some_and(|provider| provider.lacks_machine_of(facts, node));
    if !facts.nodes.iter().all(|node| is_left_out(facts, provider, node)) {
        return None;
    }
    Some(match provider {
        _ if metallb::goes_by_label(facts) => NoBackend::EveryNodeExcludedFromMetalLb { nodes: number },
        Some(cloud) if facts.nodes.iter().all(|node| is_excluded_from(cloud, node)) => {
            NoBackend::EveryNodeExcludedFromCloud { cloud, nodes: number }
        }
        Some(cloud) if let Some(label) = role_of_all(cloud, facts) => NoBackend::EveryNodeOfControlPlane { cloud, label: label.to_owned() },
        Some(cloud) if facts.nodes.iter().all(is_of_no_machine) => {
            NoBackend::NodesOfNoMachine { cloud, nodes: facts.nodes.iter().map(|node| node.name.clone()).collect() }
        }
        _ => NoBackend::EveryNodeLeftOut { nodes: number },
    })
}

/// The label of a role by which a cloud leaves every node out.
fn role_of_all(cloud: Provider, facts: &Facts) -> Option<&'static str> {
    let leaves_out = |role: Node| (cloud.traits().leaves_out)(&role);
    let all = |has: fn(&Node) -> bool| facts.nodes.iter().all(has);
    if all(|node| node.control_plane) && leaves_out(Node { control_plane: true, ..Node::named("") }) {
        Some("node-role.kubernetes.io/control-plane")
    } else if all(|node| node.master) && leaves_out(Node { master: true, ..Node::named("") }) {
        Some("node-role.kubernetes.io/master")
    } else {
        None
    }
}

/// Why none of the nodes with an endpoint is a backend, under policy Local.
fn endpoints_on_nodes_left_out(facts: &Facts, nodes: Vec<String>) -> NoBackend {
    let provider = Provider::of(facts);
    let all =
        |is_meant: &dyn Fn(&Node) -> bool| nodes.iter().all(|name| facts.nodes.iter().any(|node| node.name == *name && is_meant(node)));
    match provider {
        _ if metallb::goes_by_label(facts) => NoBackend::EndpointsExcludedFromMetalLb { nodes },
        Some(cloud) if all(&|node| is_excluded_from(cloud, node)) => NoBackend::EndpointsExcludedFromCloud { cloud, nodes },
        Some(cloud) if all(&|node| cloud.lacks_machine_of(facts, node)) => NoBackend::NodesOfNoMachine { cloud, nodes },
        _ => NoBackend::EndpointsOnNodesLeftOut { nodes },
    }
}

/// Whether a cloud is known to leave a node out by its label.
fn is_excluded_from(cloud: Provider, node: &Node) -> bool {
    cloud.traits().exclude_label == ExcludeLabel::LeavesOut && is_excluded(node)
}

/// The nodes whose own connections the load balancer may send back to them, and lose.
pub(crate) fn looping_nodes(facts: &Facts) -> BTreeSet<&str> {
    let loops = Provider::of(facts).is_some_and(|provider| (provider.traits().loops)(facts));
    match backends(facts) {
        Backends::Nodes(nodes) if loops => nodes,
        Backends::Pods if loops => facts.serving_nodes(),
        _ => BTreeSet::new(),
    }
}
