//! Where pods are: their addresses, by node.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use k8s_openapi::api::core::v1::Pod;
use lbprobe_analysis::facts::Node;

use super::parsed;

/// The node of a pod with an address of its own, and its addresses; nothing of one on the host network.
pub(crate) fn pod_addresses(pod: &Pod) -> Option<(String, Vec<IpAddr>)> {
    let (spec, status) = (pod.spec.as_ref()?, pod.status.as_ref()?);
    if spec.host_network == Some(true) || status.phase.as_deref() != Some("Running") {
        return None;
    }
    let all =
        status.pod_ips.as_ref().map(|ips| ips.iter().map(|ip| ip.ip.clone()).collect()).or_else(|| Some(vec![status.pod_ip.clone()?]));
    let addresses: Vec<_> = parsed(all);
    Some((spec.node_name.clone()?, addresses)).filter(|(_, addresses)| !addresses.is_empty())
}

/// Notes on each node which pods were seen on it; nothing where all of them are in the ranges of their nodes, which then
/// say as much.
pub(crate) fn note_pod_addresses(nodes: &mut [Node], pods: impl IntoIterator<Item = (String, Vec<IpAddr>)>) {
    let mut by_node: HashMap<String, BTreeSet<IpAddr>> = HashMap::new();
    for (node, addresses) in pods {
        by_node.entry(node).or_default().extend(addresses);
    }
    let is_in_range = |node: &Node| {
        let mut seen = by_node.get(&node.name).into_iter().flatten();
        seen.all(|address| node.pod_cidrs_contain(*address))
    };
    if nodes.iter().all(is_in_range) {
        return;
    }
    for node in nodes {
        let known = std::mem::take(&mut node.pod_addresses).into_iter();
        node.pod_addresses = known.chain(by_node.remove(&node.name).into_iter().flatten()).collect::<BTreeSet<_>>().into_iter().collect();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pods_of_the_host_network_have_no_address_of_their_own() {
        let pod = |host_network: bool, phase: &str| {
            let status = json!({ "phase": phase, "podIP": "10.0.3.7", "podIPs": [{ "ip": "10.0.3.7" }, { "ip": "fd00::7" }] });
            let pod = json!({ "spec": { "nodeName": "n1", "hostNetwork": host_network, "containers": [] }, "status": status });
            pod_addresses(&serde_json::from_value(pod).unwrap())
        };
        assert_eq!(pod(false, "Running"), Some(("n1".into(), vec![[10, 0, 3, 7].into(), "fd00::7".parse().unwrap()])));
        assert_eq!((pod(true, "Running"), pod(false, "Succeeded")), (None, None));
        let mut nodes = [Node::named("n1"), Node::named("n2")];
        for _ in 0..2 {
            note_pod_addresses(&mut nodes, pod(false, "Running"));
        }
        assert_eq!((nodes[0].pod_addresses.len(), nodes[1].pod_addresses.len()), (2, 0));
        let mut nodes = [Node { pod_cidrs: vec!["10.0.3.0/24".parse().unwrap(), "fd00::/64".parse().unwrap()], ..Node::named("n1") }];
        note_pod_addresses(&mut nodes, pod(false, "Running"));
        assert!(nodes[0].pod_addresses.is_empty(), "the range says as much");
    }
}
