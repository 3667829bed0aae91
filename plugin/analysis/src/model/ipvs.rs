//! kube-proxy in ipvs mode: every address of a Service sits on the node's own kube-ipvs0, so that
//! no packet to it leaves the node, whatever its port.

use super::OUT_OF_RANGE;
use super::expectation::{Answer, Expected, Reach, Source};
use super::gates;
use super::situation::{Door, Origin, Situation, SourceRange, Supply};
use super::sources::source_at_cluster_ip;
use crate::facts::TrafficPolicy;

pub(super) fn answer(situation: &Situation) -> Answer {
    match situation.door {
        Door::UndeclaredAtLoadBalancer | Door::UndeclaredAtClusterIp => undeclared(situation),
        _ if situation.supply == Supply::Nowhere => {
            Answer::new(Expected::Refused, "no endpoint anywhere: the virtual server is empty and refuses")
        }
        Door::ClusterIp => cluster_ip(situation),
        Door::LoadBalancerIp | Door::ExternalIp | Door::NodePort => external(situation),
    }
}

fn undeclared(situation: &Situation) -> Answer {
    if situation.release >= gates::IPVS_REJECTS_UNDECLARED {
        Answer::new(Expected::Refused, "the address is bound to kube-ipvs0, and from 1.26 undeclared ports are rejected")
    } else {
        Answer::new(Expected::LocalListener, "the address is bound to kube-ipvs0: the packet never leaves the node")
    }
}

fn external(situation: &Situation) -> Answer {
    let is_empty =
        situation.external == TrafficPolicy::Local && situation.supply != Supply::Here && situation.release < gates::IPVS_FALLS_BACK;
    // ipvs takes a host's own packet before the filter that would drop it, and an empty virtual server
    // refuses: seen with 1.23.17.
    if is_out_of_range(situation) && !(is_empty && situation.origin == Origin::Host) {
        return Answer::new(Expected::Dropped, OUT_OF_RANGE);
    }
    if is_rejected_external_ip(situation) {
        return Answer::new(
            Expected::Refused,
            "from 1.26 until 1.28.6 and 1.29.1 ipvs rejects externalIPs under externalTrafficPolicy Local",
        );
    }
    match (situation.external, situation.supply) {
        (TrafficPolicy::Cluster, supply) if situation.internal_counts_everywhere() => internal_at_external(supply),
        (TrafficPolicy::Cluster, _) => {
            Answer::reached(Reach::Any, Source::Node, "externalTrafficPolicy Cluster: any endpoint, masqueraded")
        }
        (TrafficPolicy::Local, Supply::Here) => {
            let source = match (situation.origin, situation.door) {
                (Origin::Host, Door::NodePort) => Source::Node,
                (Origin::Host, _) => Source::LoadBalancer,
                (Origin::Pod(_) | Origin::Elsewhere, _) => Source::Client,
            };
            Answer::reached(Reach::Local, source, "externalTrafficPolicy Local: an endpoint of the node takes it")
        }
        (TrafficPolicy::Local, _) if is_empty => {
            Answer::new(Expected::Refused, "before 1.24 ipvs has an empty virtual server on a node without endpoint, which refuses")
        }
        (TrafficPolicy::Local, _) => fallen_back(situation),
    }
}

/// As in iptables mode: seen with 1.23.17.
fn internal_at_external(supply: Supply) -> Answer {
    if supply == Supply::Here {
        let rule = "internalTrafficPolicy Local, which in 1.22 and 1.23 counts at every address: an endpoint of the node takes it";
        return Answer::reached(Reach::Local, Source::Node, rule);
    }
    let rule = "internalTrafficPolicy Local, which in 1.22 and 1.23 counts at every address beside externalTrafficPolicy Cluster: the \
                virtual server is empty and refuses";
    Answer::new(Expected::Refused, rule)
}

/// From 1.24 on the virtual server holds the cluster's endpoints, but nothing masquerades.
fn fallen_back(situation: &Situation) -> Answer {
    match (situation.origin, situation.door) {
        (Origin::Pod(_), _) => {
            Answer::reached(Reach::Any, Source::Client, "from 1.24 ipvs falls back to any endpoint on a node without one")
        }
        (Origin::Host, Door::NodePort) => {
            Answer::reached(Reach::Any, Source::Node, "from 1.24 ipvs falls back to any endpoint on a node without one")
        }
        (Origin::Host, _) => Answer::new(
            Expected::Dropped,
            "the load balancer's address is bound to kube-ipvs0, so that the host uses it as source: the answer never comes back",
        ),
        (Origin::Elsewhere, _) => {
            Answer::new(Expected::Dropped, "from 1.24 ipvs forwards to another node without masquerading: the answer goes past it")
        }
    }
}

fn is_rejected_external_ip(situation: &Situation) -> bool {
    situation.door == Door::ExternalIp && situation.external == TrafficPolicy::Local && gates::ipvs_rejects_external_ips(situation.release)
}

fn is_out_of_range(situation: &Situation) -> bool {
    let release = situation.release;
    let checked = situation.origin != Origin::Host || release < gates::IPVS_DROPS_ITSELF || release >= gates::IPVS_RANGES_FOR_HOSTS;
    situation.door == Door::LoadBalancerIp && situation.source == SourceRange::Excluded && checked
}

fn cluster_ip(situation: &Situation) -> Answer {
    let source = source_at_cluster_ip(situation.origin);
    match (situation.internal_is_local(), situation.supply) {
        (true, Supply::Here) => Answer::reached(Reach::Local, source, "internalTrafficPolicy Local: an endpoint of the node takes it"),
        (true, _) if situation.release < gates::IPVS_FALLS_BACK => {
            Answer::new(Expected::Refused, "internalTrafficPolicy Local, no endpoint on the node: ipvs refuses before 1.24")
        }
        (true, _) => Answer::reached(Reach::Any, source, "from 1.24 ipvs falls back to any endpoint for a Service that is open to outside"),
        (false, _) => Answer::reached(Reach::Any, source, "the ClusterIP takes any endpoint"),
    }
}
