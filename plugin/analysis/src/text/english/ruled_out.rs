//! The words for causes that are ruled out.

use super::names;
use crate::diagnosis::Proof;
use crate::words;

pub(crate) fn proof(proof: &Proof) -> String {
    match proof {
        Proof::ReadyEndpoints { number } => {
            format!("missing endpoints: the EndpointSlices have {}", words::count(*number, "ready endpoint"))
        }
        Proof::OtherNodesReached { nodes } => {
            let reach = if nodes.len() == 1 { "reaches" } else { "reach" };
            format!("the network between nodes: {} {reach} endpoints on another node at their own addresses", names(nodes))
        }
        Proof::PodsReachClusterIp => "a NetworkPolicy: the same pods reach the endpoints by the ClusterIP".into(),
        Proof::NameAnswers => "the cluster's DNS: the Service's name resolves and answers".into(),
        Proof::PolicyIsCluster => "externalTrafficPolicy Local: the policy is Cluster".into(),
        Proof::FailsBesideEndpoints { nodes } => {
            format!("externalTrafficPolicy Local as the only cause: nodes with an endpoint fail too, {}", names(nodes))
        }
        Proof::FailsWithoutEndpoint { nodes } => {
            format!("a load balancer's loopback: it fails without an endpoint, on {}", names(nodes))
        }
        Proof::KubeProxyHealthy { nodes } => {
            format!("a kube-proxy that fails to write its rules: healthy on {}, and no change is pending", words::count(*nodes, "node"))
        }
        Proof::CountsMatch => "a kube-proxy under another node name: its own count of local endpoints matches the EndpointSlices".into(),
    }
}
