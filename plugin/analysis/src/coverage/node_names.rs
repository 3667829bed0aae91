//! Under which node's name kube-proxies run, where that was not seen: under another one no endpoint counts as local.

use super::Uncovered;
use crate::facts::{Facts, NetworkPlugin, Node, RunsAs, TrafficPolicy};

/// What is open of it. By the node's own count a run tells whether the name is right.
pub(super) fn open(facts: &Facts) -> Option<Uncovered> {
    let counts = facts.kube_proxy.processes.values().any(|process| process.local_endpoints.is_some());
    // Whatever configures kube-proxy, without a word of its own it takes the machine's name.
    let runs_as = facts.kube_proxy.config.value().map_or(&RunsAs::HostnameUnlessFlag, |config| &config.runs_as);
    match runs_as {
        _ if counts || facts.network_plugin(None).is_some_and(NetworkPlugin::replaces_kube_proxy) => None,
        RunsAs::SameUnlessFlag(name) => (facts.nodes.len() > 1).then(|| Uncovered::KubeProxyName { name: name.clone() }),
        RunsAs::Hostname | RunsAs::HostnameUnlessFlag => other_hostnames(facts, |_| true),
        RunsAs::Each(names) => other_hostnames(facts, |node| !names.contains_key(node)),
        RunsAs::Unknown | RunsAs::ItsNode | RunsAs::Same(_) => None,
    }
}

/// Nodes that do not have their machine's name, where a policy asks for local endpoints.
fn other_hostnames(facts: &Facts, is_open: impl Fn(&str) -> bool) -> Option<Uncovered> {
    let policies = [facts.service.external_traffic_policy, facts.service.internal_traffic_policy];
    let differs = |node: &&Node| node.hostname.is_some() && is_open(&node.name);
    let (first, nodes) = (facts.nodes.iter().find(&differs)?, facts.nodes.iter().filter(&differs));
    let nodes = nodes.map(|node| node.name.clone()).collect();
    policies.contains(&TrafficPolicy::Local).then(|| Uncovered::Hostname { nodes, hostname: first.hostname.clone().unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Known, KubeProxyProcess};
    use crate::fixture::{cluster_policy, facts};

    fn told(mut facts: Facts, runs_as: RunsAs, hostname: Option<&str>) -> Option<Uncovered> {
        facts.nodes[1].hostname = hostname.map(str::to_owned);
        if let Known::Value(config) = &mut facts.kube_proxy.config {
            config.runs_as = runs_as;
        }
        open(&facts)
    }

    #[test]
    fn a_hostname_that_is_not_the_nodes_name_is_told_under_policy_local() {
        let named = Some(Uncovered::Hostname { nodes: vec!["node2".into()], hostname: "machine2".into() });
        assert_eq!(told(facts(), RunsAs::Hostname, Some("machine2")), named);
        assert_eq!(told(facts(), RunsAs::HostnameUnlessFlag, Some("machine2")), named);
        assert_eq!(told(facts(), RunsAs::ItsNode, Some("machine2")), None, "a flag gives it the name");
        assert_eq!(told(facts(), RunsAs::Hostname, None), None);
        let each = |node: &str| RunsAs::Each([(node.to_owned(), "other".to_owned())].into());
        assert_eq!(told(facts(), each("node3"), Some("machine2")), named, "that of node2 was not seen");
        assert_eq!(told(facts(), each("node2"), Some("machine2")), None);
        assert_eq!(told(cluster_policy(), RunsAs::Hostname, Some("machine2")), None, "any endpoint will do");
    }

    #[test]
    fn what_the_process_counts_settles_it() {
        let mut facts = facts();
        let process = KubeProxyProcess { local_endpoints: Some(1), ..KubeProxyProcess::default() };
        facts.kube_proxy.processes.insert("node1".into(), process);
        assert_eq!(told(facts, RunsAs::Hostname, Some("machine2")), None);
    }
}
