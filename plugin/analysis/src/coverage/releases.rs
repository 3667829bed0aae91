//! Releases of kube-proxy whose rules are known from its source or from announcements alone.

use std::collections::{BTreeMap, HashMap};

use super::Uncovered;
use crate::facts::{Facts, NetworkPlugin, Version};
use crate::kube_proxy::{ServiceProxy, compared};
use crate::plan::Plan;
use crate::prediction::Prediction;

/// One [`Uncovered`] for each such release that some expectation rests on. Where the release is not known, the prediction
/// says already what depends on it.
pub(super) fn not_compared(facts: &Facts, plan: &Plan, prediction: &Prediction) -> Vec<Uncovered> {
    let mut releases: BTreeMap<(Version, Version), Vec<String>> = BTreeMap::new();
    let by_name: HashMap<_, _> = facts.nodes.iter().map(|node| (node.name.as_str(), node)).collect();
    let external = prediction.service_checks(plan).filter(|(_, target, _)| target.is_external());
    for (vantage, _, expectation) in external {
        let is_kube_proxys = expectation.answers().any(|answer| answer.rule.service_proxy() == ServiceProxy::KubeProxy);
        let node = by_name.get(vantage.node.as_str()).copied().filter(|_| is_kube_proxys);
        let node = node.filter(|node| !facts.network_plugin(Some(node)).is_some_and(NetworkPlugin::replaces_kube_proxy));
        let mode = facts.proxy_mode(node);
        let Some(release) = node.and_then(|node| facts.kube_proxy_release(node)).filter(|release| !compared::covers(mode, *release)) else {
            continue;
        };
        let nodes = releases.entry((Version::new(release.minor, 0), compared::oldest(mode))).or_default();
        // A node's checks stand one after the other.
        if nodes.last() != Some(&vantage.node) {
            nodes.push(vantage.node.clone());
        }
    }
    releases.into_iter().map(|((release, oldest), nodes)| Uncovered::ReleaseNotCompared { release, oldest, nodes }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Known, PodNetwork};
    use crate::fixture::{cluster_policy, facts};
    use crate::plan::PlanOptions;

    fn told(facts: &Facts) -> Vec<Uncovered> {
        let plan = Plan::new(facts, &PlanOptions::default());
        not_compared(facts, &plan, &Prediction::new(facts, &plan))
    }

    #[test]
    fn older_and_newer_releases_are_told_with_their_nodes() {
        let mut facts = facts();
        assert_eq!(told(&facts), []);
        for (node, (minor, patch)) in facts.nodes.iter_mut().zip([(22, 17), (22, 3), (38, 0)]) {
            node.kube_proxy_version = Some(Version::new(minor, patch));
        }
        let of = |minor, nodes: &[&str]| Uncovered::ReleaseNotCompared {
            release: Version::new(minor, 0),
            oldest: Version::new(23, 0),
            nodes: nodes.iter().map(|node| (*node).to_owned()).collect(),
        };
        assert_eq!(told(&facts), [of(22, &["node1", "node2"]), of(38, &["node3"])]);
    }

    #[test]
    fn nothing_is_told_where_another_program_answers() {
        let mut facts = cluster_policy();
        facts.nodes.iter_mut().for_each(|node| node.kube_proxy_version = Some(Version::new(21, 4)));
        assert_eq!(told(&facts).len(), 1);
        facts.pod_network = Known::Value(PodNetwork::named(NetworkPlugin::CiliumKubeProxyReplacement, "a test"));
        assert_eq!(told(&facts), []);
    }
}
