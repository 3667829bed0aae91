//! Under which node's name kube-proxies run, where that was not seen: under another one no endpoint counts as local.

use super::Uncovered;
use crate::facts::{Distribution, Facts, Node, RunsAs, TrafficPolicy};

/// What is open of it. By the node's own count a run tells whether the name is right.
pub(super) fn open(facts: &Facts) -> Option<Uncovered> {
    let counts = facts.kube_proxy.processes.values().any(|process| process.local_endpoints.is_some());
    // Whatever configures kube-proxy, without a word of its own it takes the machine's name.
    let runs_as = facts.kube_proxy.config.value().map_or(&RunsAs::HostnameUnlessFlag, |config| &config.runs_as);
    match runs_as {
        _ if counts || super::is_replaced(facts) => None,
        RunsAs::SameUnlessFlag(name) => (facts.nodes.len() > 1).then(|| Uncovered::KubeProxyName { name: name.clone() }),
        RunsAs::Hostname => other_hostnames(facts, |_| true).or_else(|| named_by_cloud(facts)),
        RunsAs::HostnameUnlessFlag => other_hostnames(facts, |_| true),
        RunsAs::Each(names) => other_hostnames(facts, |node| !names.contains_key(node)),
        RunsAs::Unknown | RunsAs::ItsNode | RunsAs::Same(_) => None,
    }
}

/// Nodes that do not have their machine's name, where a policy asks for local endpoints.
fn other_hostnames(facts: &Facts, is_open: impl Fn(&str) -> bool) -> Option<Uncovered> {
    let differs = |node: &&Node| node.hostname.is_some() && is_open(&node.name);
    let (first, nodes) = (facts.nodes.iter().find(&differs)?, facts.nodes.iter().filter(&differs));
    let nodes = nodes.map(|node| node.name.clone()).collect();
    asks_for_local(facts).then(|| Uncovered::Hostname { nodes, hostname: first.hostname.clone().unwrap_or_default() })
}

fn asks_for_local(facts: &Facts) -> bool {
    [facts.service.external_traffic_policy, facts.service.internal_traffic_policy].contains(&TrafficPolicy::Local)
}

/// Nodes that AWS named: the label has the cloud's name too, whatever the machine's is. EKS' machines have it from the cloud.
fn named_by_cloud(facts: &Facts) -> Option<Uncovered> {
    let is_by_aws = |node: &&Node| node.provider.as_deref() == Some("aws") && node.distribution != Some(Distribution::Eks);
    let nodes: Vec<_> = facts.nodes.iter().filter(is_by_aws).map(|node| node.name.clone()).collect();
    (asks_for_local(facts) && !nodes.is_empty()).then_some(Uncovered::HostnameNotShown { nodes })
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
    fn on_aws_a_label_with_the_nodes_name_shows_nothing() {
        let on = |provider: &str, distribution: Option<Distribution>, runs_as: RunsAs| {
            let mut facts = facts();
            facts.nodes[0].provider = Some(provider.into());
            facts.nodes[0].distribution = distribution;
            told(facts, runs_as, None)
        };
        let open = Some(Uncovered::HostnameNotShown { nodes: vec!["node1".into()] });
        assert_eq!(on("aws", None, RunsAs::Hostname), open);
        assert_eq!(on("aws", None, RunsAs::HostnameUnlessFlag), None, "who configures kube-proxy by a file alone has a flag too");
        assert_eq!(on("aws", None, RunsAs::ItsNode), None);
        assert_eq!(on("aws", Some(Distribution::Eks), RunsAs::Hostname), None);
        assert_eq!(on("gce", None, RunsAs::Hostname), None);
    }

    #[test]
    fn what_the_process_counts_settles_it() {
        let mut facts = facts();
        let process = KubeProxyProcess { local_endpoints: Some(1), ..KubeProxyProcess::default() };
        facts.kube_proxy.processes.insert("node1".into(), process);
        assert_eq!(told(facts, RunsAs::Hostname, Some("machine2")), None);
    }
}
