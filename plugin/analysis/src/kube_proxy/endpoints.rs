//! The endpoints that kube-proxy may use, by port and by node.
//!
//! Each port has those whose EndpointSlice has a port of the same name and protocol: mostly all ports have the same.
//! Local: those ready on the node, else those on it that still serve while they terminate.
//! Cluster: those ready anywhere, else those that still serve anywhere (KEP-1669). Topology hints
//! choose among the cluster's, and never leave a node without any.

use std::collections::{HashMap, HashSet};

use super::connection::EndpointLocality;
use super::gates;
use crate::facts::{Endpoint, Node, Service, TransportPort, Version};

/// The endpoints of each port. Ports that have the same share a set.
#[derive(Debug)]
pub(super) struct EndpointSets<'a> {
    sets: Vec<Families<'a>>,
    by_port: HashMap<TransportPort, EndpointSet>,
}

/// One of the sets, by its place. The first one has the endpoints of all ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EndpointSet(usize);

/// Both families' endpoints.
#[derive(Debug)]
struct Families<'a> {
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

impl EndpointSet {
    /// What of it is on a node.
    pub(super) fn of(self, on_node: &[NodeEndpoints]) -> NodeEndpoints {
        on_node[self.0]
    }
}

impl<'a> EndpointSets<'a> {
    pub(super) fn new(service: &Service, endpoints: &'a [Endpoint]) -> Self {
        let mut sets = vec![Families::of(&endpoints.iter().collect::<Vec<_>>())];
        let mut known: HashMap<Vec<bool>, EndpointSet> = HashMap::from([(vec![true; endpoints.len()], EndpointSet(0))]);
        let mut by_port = HashMap::new();
        for declared in &service.ports {
            let serving: Vec<_> = endpoints.iter().map(|endpoint| endpoint.serves(declared)).collect();
            let next = EndpointSet(sets.len());
            let set = *known.entry(serving.clone()).or_insert(next);
            if set == next {
                let served = endpoints.iter().zip(&serving).filter(|(_, serves)| **serves);
                sets.push(Families::of(&served.map(|(endpoint, _)| endpoint).collect::<Vec<_>>()));
            }
            by_port.insert(declared.transport(), set);
        }
        Self { sets, by_port }
    }

    /// The endpoints of a port; of one that the Service does not declare all of them.
    pub(super) fn of_port(&self, port: TransportPort) -> EndpointSet {
        self.by_port.get(&port).copied().unwrap_or(EndpointSet(0))
    }

    /// Whether a set has no endpoint, and the Service has some.
    pub(super) fn are_of_other_ports(&self, set: EndpointSet) -> bool {
        self.sets[set.0].is_empty() && !self.sets[0].is_empty()
    }

    /// Of each set what is on a node by its kube-proxy's view, of a family of addresses. One that runs under another name
    /// counts that node's endpoints, and finds no Node whose zone hints could mean.
    pub(super) fn on_node(&self, node: Option<&Node>, other_name: Option<&str>, v6: bool) -> Vec<NodeEndpoints> {
        self.sets.iter().map(|set| set.on_node(node, other_name, v6)).collect()
    }

    /// Whether other nodes than one with these endpoints have a ready one.
    pub(super) fn has_others(&self, on_node: &[NodeEndpoints], set: EndpointSet) -> bool {
        self.sets[set.0].has_others(set.of(on_node))
    }

    /// What a node with these endpoints may use under a release of kube-proxy.
    pub(super) fn locality(&self, on_node: &[NodeEndpoints], set: EndpointSet, release: Version) -> EndpointLocality {
        self.sets[set.0].locality(set.of(on_node), release)
    }
}

impl<'a> Families<'a> {
    fn of(endpoints: &[&'a Endpoint]) -> Self {
        let of_family = |v6: bool| {
            let mut nodes = Nodes::default();
            for endpoint in endpoints.iter().filter(|endpoint| endpoint.addresses.iter().any(|address| address.is_ipv6() == v6)) {
                nodes.add(endpoint);
            }
            nodes
        };
        Self { v4: of_family(false), v6: of_family(true) }
    }

    fn is_empty(&self) -> bool {
        [&self.v4, &self.v6].iter().all(|nodes| !nodes.any_ready && !nodes.any_serving)
    }

    fn on_node(&self, node: Option<&Node>, other_name: Option<&str>, v6: bool) -> NodeEndpoints {
        let nodes = self.of_family(v6);
        let name = other_name.or(node.map(|node| node.name.as_str()));
        let is_in = |set: &HashSet<&str>| name.is_some_and(|name| set.contains(name));
        NodeEndpoints {
            v6,
            nearest: match (is_in(&nodes.ready), is_in(&nodes.serving)) {
                (true, _) => Nearest::Ready,
                (false, true) => Nearest::Serving,
                (false, false) => Nearest::None,
            },
            hinted: other_name.is_none() && node.is_some_and(|node| nodes.hints.choose_for(node)),
        }
    }

    fn has_others(&self, on_node: NodeEndpoints) -> bool {
        self.of_family(on_node.v6).ready.len() > usize::from(on_node.nearest == Nearest::Ready)
    }

    fn locality(&self, on_node: NodeEndpoints, release: Version) -> EndpointLocality {
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
