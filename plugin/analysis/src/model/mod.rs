//! What kube-proxy on each node should make of each check: the truth table, one file a mode.
//!
//! A [`Situation`] holds everything that decides, all of it known; a mode's file answers it. What
//! the facts leave open is laid out in `worlds`, each of them is asked, and answers that differ
//! become an [`Expectation::Depends`] that names what decides between them.

mod expectation;
pub(crate) mod gates;
mod iptables;
mod ipvs;
mod nftables;
mod replacements;
mod situation;
mod sources;
mod supply;
#[cfg(test)]
mod tests;
mod worlds;

pub use expectation::{Answer, Case, Expectation, Expected, Reach, Source};
pub use situation::{Detection, Door, Origin, Situation, SourceRange, Supply};

#[cfg(test)]
pub(crate) use tests::facts as sample_facts;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::facts::{Facts, Ingress, IpMode, Node, PodPath, ProxyMode};
use crate::plan::{Network, TargetKind, Vantage};
use supply::{Standing, Supplies};
use worlds::{World, Worlds};

/// The rule by which clients outside of loadBalancerSourceRanges are dropped.
pub const OUT_OF_RANGE: &str = "loadBalancerSourceRanges does not have the client's address";

/// What a mode of kube-proxy makes of one connection.
#[must_use]
pub fn answer(situation: &Situation) -> Answer {
    match situation.mode {
        ProxyMode::Iptables => iptables::answer(situation),
        ProxyMode::Ipvs => ipvs::answer(situation),
        ProxyMode::Nftables => nftables::answer(situation),
    }
}

/// The model of one cluster and Service.
#[derive(Debug)]
pub struct Model<'a> {
    facts: &'a Facts,
    nodes: HashMap<&'a str, &'a Node>,
    routed: HashSet<&'a str>,
    supplies: Supplies<'a>,
}

/// An address of the Service as kube-proxy has it.
#[derive(Clone, Copy, Debug)]
struct Dialled {
    address: IpAddr,
    door: Door,
    ip_mode: Option<IpMode>,
}

/// Vantages of which the same is known: the same becomes of their connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Class {
    network: Network,
    v4: View,
    v6: View,
}

/// What is known of a vantage in one family of addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct View {
    worlds: Worlds,
    standing: Standing,
}

impl<'a> Model<'a> {
    /// Prepares what all checks share.
    #[must_use]
    pub fn new(facts: &'a Facts) -> Self {
        Self {
            facts,
            nodes: facts.nodes.iter().map(|node| (node.name.as_str(), node)).collect(),
            routed: worlds::routed_by_node(facts),
            supplies: Supplies::new(&facts.endpoints),
        }
    }

    /// What should become of a connection from a vantage to a port at a kind of address. A node
    /// that the facts do not have is one of which nothing is known.
    #[must_use]
    pub fn predict(&self, vantage: &Vantage, kind: &TargetKind, port: u16) -> Expectation {
        self.predict_for(&self.class(vantage), &self.dialled(kind, port))
    }

    /// The same for every vantage and target, a row per vantage. Vantages of a class share their
    /// answers, so that thousands of nodes cost little more than a few.
    #[must_use]
    pub fn predict_all(&self, vantages: &[Vantage], targets: &[(&TargetKind, u16)]) -> Vec<Vec<Expectation>> {
        let targets: Vec<_> = targets.iter().map(|(kind, port)| self.dialled(kind, *port)).collect();
        let mut rows: HashMap<Class, Vec<Expectation>> = HashMap::new();
        let mut row = |vantage: &Vantage| match rows.entry(self.class(vantage)) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => {
                let row = targets.iter().map(|dialled| self.predict_for(new.key(), dialled)).collect();
                new.insert(row).clone()
            }
        };
        vantages.iter().map(&mut row).collect()
    }

    fn class(&self, vantage: &Vantage) -> Class {
        let node = self.nodes.get(vantage.node.as_str()).copied();
        let view = |unspecified: IpAddr| View {
            worlds: Worlds::of(self.facts, &self.routed, node, vantage.network, unspecified),
            standing: self.supplies.standing(node.map(|node| node.name.as_str()), unspecified.is_ipv6()),
        };
        Class { network: vantage.network, v4: view(Ipv4Addr::UNSPECIFIED.into()), v6: view(Ipv6Addr::UNSPECIFIED.into()) }
    }

    fn predict_for(&self, class: &Class, dialled: &Result<Dialled, Answer>) -> Expectation {
        let dialled = match dialled {
            Ok(dialled) => *dialled,
            Err(answer) => return Expectation::Certain(answer.clone()),
        };
        let view = if dialled.address.is_ipv6() { &class.v6 } else { &class.v4 };
        let replaced = self.replaced(class.network, view, dialled);
        replaced.unwrap_or_else(|| view.worlds.ask(|world| self.answer_in(world, class.network, view.standing, dialled)))
    }

    fn replaced(&self, network: Network, view: &View, dialled: Dialled) -> Option<Expectation> {
        let plugin = self.facts.pod_network.value().filter(|_| dialled.door == Door::LoadBalancerIp)?.plugin;
        let supply = self.supplies.supply(view.standing, gates::TERMINATING_ENDPOINTS);
        replacements::expectation(plugin, network, self.facts.service.external_traffic_policy, supply)
    }

    fn answer_in(&self, world: &World, network: Network, standing: Standing, dialled: Dialled) -> Answer {
        if dialled.ip_mode == Some(IpMode::Proxy) && world.release >= gates::IP_MODE {
            return Answer::new(Expected::PassedOn, "ipMode is Proxy: kube-proxy leaves the address alone");
        }
        if network == Network::Pod && world.path == PodPath::PastHost {
            return Answer::new(Expected::PassedOn, "the pod's packets go past the node's own network stack, where kube-proxy's rules are");
        }
        answer(&Situation {
            mode: world.mode,
            release: world.release,
            origin: match network {
                Network::Pod => Origin::Pod(world.detection),
                Network::Host => Origin::Host,
            },
            door: dialled.door,
            external: self.facts.service.external_traffic_policy,
            internal: self.facts.service.internal_traffic_policy,
            supply: self.supplies.supply(standing, world.release),
            source: world.source,
        })
    }

    /// The address behind a kind of target, or the answer where kube-proxy plays no part.
    fn dialled(&self, kind: &TargetKind, port: u16) -> Result<Dialled, Answer> {
        let service = &self.facts.service;
        if service.proxy_name.is_some() {
            return Err(Answer::new(
                Expected::PassedOn,
                "the label service.kubernetes.io/service-proxy-name gives the Service to another proxy",
            ));
        }
        let is_declared = service.ports.iter().any(|declared| declared.port == port);
        let at_cluster_ip = if is_declared { Door::ClusterIp } else { Door::UndeclaredAtClusterIp };
        let at_load_balancer = if is_declared { Door::LoadBalancerIp } else { Door::UndeclaredAtLoadBalancer };
        match kind {
            TargetKind::LoadBalancerHostname(_) => {
                Err(Answer::new(Expected::PassedOn, "the status has a hostname only, of which kube-proxy knows nothing"))
            }
            TargetKind::LoadBalancerIp(ip) if service.cluster_ips.iter().all(|own| own.is_ipv6() != ip.is_ipv6()) => {
                Err(Answer::new(Expected::PassedOn, "the Service has no ClusterIP of the address's family: kube-proxy skips the address"))
            }
            TargetKind::LoadBalancerIp(ip) => Ok(Dialled { address: *ip, door: at_load_balancer, ip_mode: self.ip_mode(*ip) }),
            TargetKind::ClusterIp(ip) => Ok(Dialled { address: *ip, door: at_cluster_ip, ip_mode: None }),
            TargetKind::DnsName => match service.cluster_ips.first() {
                Some(ip) => Ok(Dialled { address: *ip, door: at_cluster_ip, ip_mode: None }),
                None => Err(Answer::reached(Reach::Any, Source::Client, "a headless Service's name leads to its endpoints")),
            },
        }
    }

    fn ip_mode(&self, address: IpAddr) -> Option<IpMode> {
        self.facts.service.ingress.iter().find_map(|ingress| match ingress {
            Ingress::Address { ip, ip_mode } if *ip == address => *ip_mode,
            _ => None,
        })
    }
}
