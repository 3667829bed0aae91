//! What the two probes of a node are told that look into its kernel.

use std::net::IpAddr;

use ipnet::IpNet;
use lbprobe_protocol::{AddressRange, Check, Exchange, Host, KernelPart, KernelRole, VERSION, When};

use super::for_probe::host;
use super::{Network, Plan, Target, unfit};
use crate::facts::{Facts, Service};

/// The most targets of clients, and the most node ports, that are dialled: each once from each network, one after the other. Together
/// no more than a record has room for.
const CLIENTS: usize = 10;
const NODE_PORTS: usize = 4;

/// Milliseconds after which a connection has failed: a retransmitted SYN comes after one second.
const MOST_TIMEOUT_MS: u32 = 1500;

/// The most endpoints that a plan names.
const MOST_ENDPOINTS: usize = 1000;

/// Milliseconds that it may take to ask the kernel of one connection, and of those of others.
const ASKING_MS: u32 = 700;
const OTHERS_MS: u32 = 15_000;

/// The same for what comes to the node's own node ports.
const ARRIVALS_MS: u32 = 9000;

impl Plan {
    /// The nodes whose kernels tell most: one with an endpoint and one without. Those that are probed at all, in their order.
    #[must_use]
    pub fn nodes_for_kernel(&self, facts: &Facts) -> Vec<(String, bool)> {
        let endpoints = facts.endpoint_nodes();
        let is_fit = |name: &str| facts.nodes.iter().any(|node| node.name == name && unfit(node).is_none());
        let probed: Vec<_> = self.vantages.iter().map(|vantage| vantage.node.as_str()).filter(|node| is_fit(node)).collect();
        let first = |with: bool| probed.iter().find(|node| endpoints.contains(**node) == with).map(|node| ((*node).to_owned(), with));
        [first(true), first(false)].into_iter().flatten().collect()
    }

    /// What the probe of a network is told. `run` is the name by which the two find each other, and `start_ms` what the other one may
    /// take to start, in milliseconds.
    #[must_use]
    pub fn for_kernel(&self, facts: &Facts, run: &str, start_ms: u32, network: Network) -> lbprobe_protocol::Plan {
        let role = if network == Network::Host { KernelRole::Look } else { KernelRole::Lend };
        let checks = self.kernel_checks(&facts.service);
        let dialling = checks.iter().map(|check| check.timeout_ms.saturating_add(ASKING_MS).saturating_mul(2)).fold(0, u32::saturating_add);
        let longest = [start_ms, self.wait_ms, dialling, ARRIVALS_MS, OTHERS_MS].into_iter().fold(0, u32::saturating_add);
        let part = KernelPart {
            run: run.to_owned(),
            role,
            endpoints: endpoints(facts),
            start_ms,
            settle_ms: self.wait_ms,
            peers: self.kernel_peers(facts),
        };
        lbprobe_protocol::Plan {
            version: VERSION,
            wait_ms: longest,
            linger_ms: 0,
            checks: if role == KernelRole::Look { checks } else { Vec::new() },
            questions: Vec::new(),
            watch: None,
            kernel: Some(part),
        }
    }

    /// Where the probes of the looks are, which dial each other's nodes; nothing where there is one look alone.
    fn kernel_peers(&self, facts: &Facts) -> Vec<AddressRange> {
        let looked: Vec<_> = self.nodes_for_kernel(facts).into_iter().map(|(name, _)| name).collect();
        let nodes = facts.nodes.iter().filter(|node| looked.len() > 1 && looked.contains(&node.name));
        let ranges = nodes.flat_map(|node| {
            let own = node.internal_ips.iter().map(|address| IpNet::from(*address));
            own.chain(node.pod_cidrs.iter().copied())
        });
        ranges.map(|range| AddressRange { address: range.network(), length: range.prefix_len() }).collect()
    }

    /// Whether a look would dial anything: names are not resolved in it.
    #[must_use]
    pub fn has_checks_for_kernel(&self, service: &Service) -> bool {
        !self.kernel_checks(service).is_empty()
    }

    fn kernel_checks(&self, service: &Service) -> Vec<Check> {
        let is_fit = |target: &&Target| !target.other_listener && is_address(&host(&target.kind, service));
        let (node_ports, mut clients): (Vec<_>, Vec<_>) = self.targets.iter().filter(is_fit).partition(|target| target.kind.is_node_port());
        clients.retain(|target| !target.is_evidence());
        // The load balancer's before the ClusterIP's.
        clients.sort_by_key(|target| !target.kind.is_external());
        let targets = clients.into_iter().take(CLIENTS).chain(node_ports.into_iter().take(NODE_PORTS));
        let check = |target: &Target| Check {
            // By TCP the connection alone is made; by UDP nothing would be seen without a datagram.
            exchange: if matches!(target.exchange, Exchange::Udp(_)) { target.exchange.clone() } else { Exchange::Connect },
            samples: 1,
            timeout_ms: self.timeout_ms.min(MOST_TIMEOUT_MS),
            when: When::AtOnce,
            follow_ups: Vec::new(),
            ..self.check(target, service, Network::Host)
        };
        targets.map(check).collect()
    }
}

/// Those that get connections, or had them a moment ago. Nothing where they are not known, or a plan has no room for all of them.
fn endpoints(facts: &Facts) -> Option<Vec<IpAddr>> {
    if facts.service.is_elsewhere() {
        return None;
    }
    let addresses: Vec<_> = facts.endpoints.iter().flat_map(|endpoint| endpoint.addresses.iter().copied()).collect();
    (addresses.len() <= MOST_ENDPOINTS).then_some(addresses)
}

/// What a name stands for may be another address on each node.
fn is_address(host: &Host) -> bool {
    matches!(host, Host::Address(_) | Host::Node)
}
