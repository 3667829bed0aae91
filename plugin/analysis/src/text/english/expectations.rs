//! The words for what an acceptance expects, and the comments in a file of it.

use crate::acceptance::{Expectation, Networks, NodeClass, TargetName};
use crate::facts::TransportPort;

/// "pods reach the load balancer, port 80"; its own name where it has one.
pub(crate) fn expectation(expectation: &Expectation) -> String {
    if let Some(name) = &expectation.name {
        return name.clone();
    }
    let who = match expectation.from.network {
        Networks::Any => "pods and hosts",
        Networks::Pod => "pods",
        Networks::Host => "hosts",
    };
    let verb = if expectation.reachable { "reach" } else { "do not reach" };
    let port = TransportPort { port: expectation.port, protocol: expectation.protocol.unwrap_or_default() };
    format!("{who} {verb} {}, port {}", target(expectation.to), super::reports::checks::port(port))
}

pub(crate) const fn node_class(class: NodeClass) -> &'static str {
    match class {
        NodeClass::WithEndpoint => "nodes with an endpoint",
        NodeClass::WithoutEndpoint => "nodes without an endpoint",
    }
}

pub(crate) const fn target(target: TargetName) -> &'static str {
    match target {
        TargetName::LoadBalancer => "the load balancer",
        TargetName::DnsName => "the DNS name",
        TargetName::ClusterIp => "the ClusterIP",
        TargetName::ExternalIp => "the external IP",
        TargetName::OwnNodePort => "their own node port",
        TargetName::NodePort => "the node ports of other nodes",
    }
}

/// Above a file of expectations.
pub(crate) const HEADING: &str = "What must hold for the load balancer. Check it with
  kubectl lbprobe accept -f FILE
Each expectation says from where (network: pod, host or any; nodes: all, withEndpoint, withoutEndpoint or
named: [node1, node2]), to what (loadBalancer, dnsName, clusterIp, externalIp, ownNodePort or nodePort),
and how it must end: reachable, status, certificate, withinMs (of every sample), sourceKept (by kube-proxy's
rules). With protocol: UDP it is about datagrams alone.";

/// Above the number of nodes.
pub(crate) const MINIMUM_NODES: &str = "With fewer measured nodes the result is inconclusive.";

/// Above what fails today, which ended so.
pub(crate) fn fails_today(state: &str) -> String {
    format!("{state} today; set this to true once it is fixed.")
}
