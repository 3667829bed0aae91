//! The endpoints that kube-proxy may use, by node.
//!
//! Local: those ready on the node, else those on it that still serve while they terminate.
//! Cluster: those ready anywhere, else those that still serve anywhere (KEP-1669). Topology hints
//! choose among the cluster's, and never leave a node without any.

use std::collections::HashSet;

use super::connection::EndpointLocality;
use super::gates;
use crate::facts::{Endpoint, Node, Version};

/// Both families' endpoints.
#[derive(Debug)]
pub(super) struct EndpointIndex<'a> {
    v4: Nodes<'a>,
    v6: Nodes<'a>,
}

/// Where endpoints of one family are.
#[derive(Debug, Default)]
struct Nodes<'a> {
    any_ready: bool,
    any_serving: bool,
    ready: HashSet<&'a str>,
    serving: HashSet<&'a str>,
    hints: Hints<'a>,
}

/// The hints of ready endpoints. kube-proxy goes by them only where each endpoint has some.
#[derive(Debug)]
struct Hints<'a> {
    all_have_zones: bool,
    all_have_nodes: bool,
    zones: HashSet<&'a str>,
    nodes: HashSet<&'a str>,
}

impl Default for Hints<'_> {
    fn default() -> Self {
        Self { all_have_zones: true, all_have_nodes: true, zones: HashSet::new(), nodes: HashSet::new() }
    }
}

/// Whether a node has an endpoint of a family, and one that still serves while it terminates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NodeEndpoints {
    v6: bool,
    nearest: Nearest,
    hinted: bool,
}

/// The best endpoint on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Nearest {
    Ready,
    /// It terminates, and still serves.
    Serving,
    None,
}

impl NodeEndpoints {
    /// Whether hints give some of the cluster's endpoints to the node, and none of the others.
    pub(super) fn is_hinted(self) -> bool {
        self.hinted
    }
}

impl<'a> EndpointIndex<'a> {
    pub(super) fn new(endpoints: &'a [Endpoint]) -> Self {
        let of_family = |v6: bool| {
            let mut nodes = Nodes::default();
            for endpoint in endpoints.iter().filter(|endpoint| endpoint.addresses.iter().any(|address| address.is_ipv6() == v6)) {
                nodes.add(endpoint);
            }
            nodes
        };
        Self { v4: of_family(false), v6: of_family(true) }
    }

    /// What of a family's endpoints is on a node, and is hinted to it.
    pub(super) fn on_node(&self, node: Option<&Node>, v6: bool) -> NodeEndpoints {
        let nodes = self.of_family(v6);
        let is_in = |set: &HashSet<&str>| node.is_some_and(|node| set.contains(node.name.as_str()));
        NodeEndpoints {
            v6,
            nearest: match (is_in(&nodes.ready), is_in(&nodes.serving)) {
                (true, _) => Nearest::Ready,
                (false, true) => Nearest::Serving,
                (false, false) => Nearest::None,
            },
            hinted: node.is_some_and(|node| nodes.hints.choose_for(node)),
        }
    }

    /// Whether other nodes than one of that on_node have a ready endpoint.
    pub(super) fn has_others(&self, on_node: NodeEndpoints) -> bool {
        self.of_family(on_node.v6).ready.len() > usize::from(on_node.nearest == Nearest::Ready)
    }

    /// What a node of that on_node may use under a release of kube-proxy.
    pub(super) fn locality(&self, on_node: NodeEndpoints, release: Version) -> EndpointLocality {
        let nodes = self.of_family(on_node.v6);
        let uses_terminating = release >= gates::TERMINATING_ENDPOINTS;
        if on_node.nearest == Nearest::Ready || (uses_terminating && on_node.nearest == Nearest::Serving) {
            EndpointLocality::Local
        } else if nodes.any_ready || (uses_terminating && nodes.any_serving) {
            EndpointLocality::Remote
        } else {
            EndpointLocality::None
        }
    }

    fn of_family(&self, v6: bool) -> &Nodes<'a> {
        if v6 { &self.v6 } else { &self.v4 }
    }
}

impl<'a> Nodes<'a> {
    fn add(&mut self, endpoint: &'a Endpoint) {
        let is_serving = endpoint.serving && endpoint.terminating;
        self.any_ready |= endpoint.ready;
        if endpoint.ready {
            self.hints.add(endpoint);
        }
        self.any_serving |= is_serving;
        if let Some(node) = endpoint.node.as_deref() {
            if endpoint.ready {
                self.ready.insert(node);
            } else if is_serving {
                self.serving.insert(node);
            }
        }
    }
}

impl<'a> Hints<'a> {
    fn add(&mut self, endpoint: &'a Endpoint) {
        self.all_have_zones &= !endpoint.for_zones.is_empty();
        self.all_have_nodes &= !endpoint.for_nodes.is_empty();
        self.zones.extend(endpoint.for_zones.iter().map(String::as_str));
        self.nodes.extend(endpoint.for_nodes.iter().map(String::as_str));
    }

    fn choose_for(&self, node: &Node) -> bool {
        let by_zone = node.zone.as_deref().is_some_and(|zone| self.all_have_zones && self.zones.contains(zone));
        by_zone || (self.all_have_nodes && self.nodes.contains(node.name.as_str()))
    }
}
