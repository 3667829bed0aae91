//! The endpoints that kube-proxy may use, by node.
//!
//! Local: those ready on the node, else those on it that still serve while they terminate.
//! Cluster: those ready anywhere, else those that still serve anywhere (KEP-1669). Topology hints
//! choose among the cluster's, and never leave a node without any.

use std::collections::HashSet;

use super::gates;
use super::situation::Supply;
use crate::facts::{Endpoint, Version};

/// Both families' supplies.
#[derive(Debug)]
pub(super) struct Supplies<'a> {
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
}

/// Whether a node has an endpoint of a family, and one that still serves while it terminates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Standing {
    v6: bool,
    ready: bool,
    serving: bool,
}

impl<'a> Supplies<'a> {
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

    /// What of a family's endpoints is on a node.
    pub(super) fn standing(&self, node: Option<&str>, v6: bool) -> Standing {
        let nodes = self.of_family(v6);
        let is_in = |set: &HashSet<&str>| node.is_some_and(|node| set.contains(node));
        Standing { v6, ready: is_in(&nodes.ready), serving: is_in(&nodes.serving) }
    }

    /// What a node of that standing may use under a release of kube-proxy.
    pub(super) fn supply(&self, standing: Standing, release: Version) -> Supply {
        let nodes = self.of_family(standing.v6);
        let uses_terminating = release >= gates::TERMINATING_ENDPOINTS;
        if standing.ready || (uses_terminating && standing.serving) {
            Supply::Here
        } else if nodes.any_ready || (uses_terminating && nodes.any_serving) {
            Supply::Elsewhere
        } else {
            Supply::Nowhere
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
