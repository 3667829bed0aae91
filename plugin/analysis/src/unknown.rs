//! What could not be read, why, and what it would have told.

use crate::facts::{Facts, Known, KubeProxyProcess};

/// A line for each fact that is not known.
#[must_use]
pub fn list(facts: &Facts) -> Vec<String> {
    // The running processes tell the same, where all of them were asked.
    let asked =
        |tells: fn(&KubeProxyProcess) -> bool| facts.nodes.iter().all(|node| facts.kube_proxy.processes.get(&node.name).is_some_and(tells));
    let config = reason(&facts.kube_proxy.config, "kube-proxy's configuration", "").filter(|_| !asked(|process| process.mode.is_some()));
    let network = reason(&facts.pod_network, "how pods are connected", "");
    let releases = reason(&facts.kube_proxy.releases, "kube-proxy's release", "; kubelet's release is used instead")
        .filter(|_| !asked(|process| process.release.is_some()));
    let neighbours = reason(&facts.neighbours, "whether other Services use the same address", "; undeclared ports may be theirs");
    let policies = reason(&facts.pod_policies, "which NetworkPolicies select the probe's pods", "; one may block them");
    let challenges = reason(&facts.challenges, "whether cert-manager is waiting for certificates", "");
    [config, network, releases, neighbours, policies, challenges].into_iter().flatten().collect()
}

fn reason<T>(fact: &Known<T>, what: &str, consequence: &str) -> Option<String> {
    fact.reason().map(|reason| format!("{what}: {reason}{consequence}"))
}
