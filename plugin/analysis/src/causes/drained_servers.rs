//! ipvs holds ready endpoints with weight 0: they get no new connection, and where a virtual server has no other
//! one the kernel refuses.
//!
//! kube-proxy sets the weight of a server that it removes to 0, and takes it away when its connections have ended.
//! One that is restarted meanwhile does not know that it had begun, and before 1.26 takes what is there for what
//! it wants (kubernetes#108319; mended by kubernetes#111635): the endpoint is back and stays without weight.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;

use lbprobe_protocol::VirtualServer;

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::facts::{Facts, Version};
use crate::plan::{Target, TargetKind};
use crate::remedies::{Fix, IdleServer, Remedy, Upgrade};

/// The first release that sets weights right when it starts.
const MENDED: u16 = 26;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let left = left(symptoms);
    let first = left.first()?;
    let nodes = left.iter().map(|left| left.node).collect();
    let servers: BTreeSet<_> = left.iter().map(Left::idle_server).collect();
    let mut evidence = vec![
        Evidence::EndpointsWithoutWeight { servers: servers.into_iter().collect() },
        Evidence::VirtualServersRefuse { nodes: names(&nodes) },
    ];
    evidence.extend(older_release(symptoms.facts, &nodes));
    Some(Cause {
        finding: Finding::DrainedServers { nodes: names(&nodes) },
        confidence: Confidence::Confirmed,
        evidence,
        fixes: fixes(first),
    })
}

/// The nodes where ipvs keeps ready endpoints without weight, and something is refused for that.
pub(crate) fn nodes<'a>(symptoms: &Symptoms<'a>) -> BTreeSet<&'a str> {
    left(symptoms).into_iter().map(|left| left.node).collect()
}

/// A ready endpoint that has no weight, where a connection is refused that kube-proxy would have answered.
struct Left<'a> {
    node: &'a str,
    server: &'a VirtualServer,
    endpoint: SocketAddr,
}

impl Left<'_> {
    fn idle_server(&self) -> IdleServer {
        IdleServer { endpoint: self.endpoint, virtual_server: self.virtual_server(), node: self.node.to_owned() }
    }

    fn virtual_server(&self) -> SocketAddr {
        SocketAddr::new(self.server.address, self.server.port)
    }
}

fn left<'a>(symptoms: &Symptoms<'a>) -> Vec<Left<'a>> {
    let ready: BTreeSet<_> = ready_endpoints(symptoms.facts).collect();
    let servers = symptoms.nodes.iter().flat_map(|(node, evidence)| evidence.virtual_servers.iter().map(move |server| (*node, server)));
    let idle = servers.filter(|(_, server)| server.servers == 0);
    let without_weight = idle.flat_map(|(node, server)| {
        let drained = server.drained.iter().filter(|address| ready.contains(*address));
        drained.map(move |endpoint| Left { node, server, endpoint: *endpoint })
    });
    let refused = refused(symptoms);
    let is_refused =
        |left: &Left<'_>| refused.get(left.node).is_some_and(|targets| targets.iter().any(|target| is_at(target, left.server)));
    without_weight.filter(is_refused).collect()
}

fn ready_endpoints(facts: &Facts) -> impl Iterator<Item = SocketAddr> {
    let ready = facts.endpoints.iter().filter(|endpoint| endpoint.ready);
    ready.flat_map(|endpoint| {
        let ports = endpoint.ports.iter().flatten().map(|port| port.port);
        ports.flat_map(|port| endpoint.addresses.iter().map(move |address| SocketAddr::new(*address, port)))
    })
}

/// What is refused on each node, and not because kube-proxy would have it so.
fn refused<'a>(symptoms: &Symptoms<'a>) -> HashMap<&'a str, Vec<&'a Target>> {
    let mut refused: HashMap<&str, Vec<&Target>> = HashMap::new();
    for (vantage, target, _, _) in symptoms.contradictions().filter(|(_, _, _, seen)| seen.is_refused()) {
        refused.entry(&vantage.node).or_default().push(target);
    }
    refused
}

fn is_at(target: &Target, server: &VirtualServer) -> bool {
    let address = match target.kind {
        TargetKind::ClusterIp(ip) => Some(ip),
        _ => target.kind.external_address(),
    };
    address == Some(server.address) && target.port == server.port
}

/// What is known of the releases there, where one of them does it.
fn older_release(facts: &Facts, nodes: &BTreeSet<&str>) -> Option<Evidence> {
    let release = |node: &str| facts.kube_proxy.processes.get(node)?.release;
    let older: BTreeSet<_> =
        nodes.iter().copied().filter(|node| release(node).is_some_and(|release| release < Version::new(MENDED, 0))).collect();
    (!older.is_empty()).then(|| Evidence::KubeProxyOlderThan { minor: MENDED, nodes: names(&older) })
}

/// The first gives an endpoint its weight back by hand; the others let kube-proxy do it.
fn fixes(first: &Left<'_>) -> Vec<Fix> {
    let upgrade = Remedy::UpgradeKubeProxy { until: Upgrade::IpvsWeights };
    [Remedy::RestoreWeight { server: first.idle_server() }, upgrade, Remedy::ReplacePods].map(Fix::from).into()
}
