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

    pub(super) fn on(&self, node: Option<&str>, v6: bool, release: Version) -> Supply {
        let nodes = if v6 { &self.v6 } else { &self.v4 };
        let uses_terminating = release >= gates::TERMINATING_ENDPOINTS;
        let is_in = |set: &HashSet<&str>| node.is_some_and(|node| set.contains(node));
        if is_in(&nodes.ready) || (uses_terminating && is_in(&nodes.serving)) {
            Supply::Here
        } else if nodes.any_ready || (uses_terminating && nodes.any_serving) {
            Supply::Elsewhere
        } else {
            Supply::Nowhere
        }
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
