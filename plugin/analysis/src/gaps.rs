//! What could not be read, why, and what it would have told.

use serde::{Deserialize, Serialize};

use crate::facts::{ConfigOrigin, Distribution, Endpoint, Facts, Known, KubeProxyProcess, NetworkPlugin, Node, UnreadKind};

/// A fact that is not known. In documents `kind` and `reason`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// Which one.
    pub kind: GapKind,
    /// Why it is not known.
    pub reason: String,
}

/// Facts that may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GapKind {
    /// kube-proxy's configuration.
    KubeProxyConfiguration,
    /// kube-proxy's configuration, which is assumed; whose default it is.
    KubeProxyAssumed,
    /// The pod network.
    PodNetwork,
    /// kube-proxy's release.
    KubeProxyRelease,
    /// Other Services at the same address.
    NearbyServices,
    /// NetworkPolicies that select the probe's pods.
    NetworkPolicies,
    /// Challenges of cert-manager.
    Challenges,
    /// Whether MetalLB or Cilium announces the address.
    Advertisements,
    /// Ports of nodes that DaemonSets take.
    HostPorts,
    /// NetworkPolicies that hold clients back from the Service's pods.
    ServicePolicies,
    /// The Service's pods.
    ServicePods,
    /// The settings of ingress-nginx.
    NginxSettings,
    /// Ingresses, which may take the path of health checks.
    Ingresses,
    /// Istio's Gateways.
    IstioGateways,
    /// Whether Calico's eBPF data path is on.
    CalicoSettings,
}

impl From<UnreadKind> for GapKind {
    fn from(what: UnreadKind) -> Self {
        match what {
            UnreadKind::NetworkPolicies => Self::ServicePolicies,
            UnreadKind::Pods => Self::ServicePods,
            UnreadKind::NginxSettings => Self::NginxSettings,
            UnreadKind::Ingresses => Self::Ingresses,
            UnreadKind::IstioGateways => Self::IstioGateways,
            UnreadKind::CalicoSettings => Self::CalicoSettings,
        }
    }
}

/// The facts that are not known, and that a prediction is made from. Whether certificates are waited for explains what was
/// seen, and no prediction; who announces the address is an open question of its own there.
#[must_use]
pub fn of_prediction(facts: &Facts) -> Vec<Gap> {
    let is_said = |kind| match kind {
        GapKind::Challenges | GapKind::Advertisements => false,
        // Where a cluster is assumed, that is said of it.
        GapKind::KubeProxyConfiguration | GapKind::KubeProxyRelease | GapKind::PodNetwork => facts.assumed_endpoints.is_none(),
        _ => true,
    };
    list(facts).into_iter().filter(|gap| is_said(gap.kind)).collect()
}

/// The facts that are not known.
#[must_use]
pub fn list(facts: &Facts) -> Vec<Gap> {
    if facts.service.is_elsewhere() {
        return gap(GapKind::NetworkPolicies, &facts.pod_policies).into_iter().collect();
    }
    // The running processes tell the same, where all of them were asked.
    let asked =
        |tells: fn(&KubeProxyProcess) -> bool| facts.nodes.iter().all(|node| facts.kube_proxy.processes.get(&node.name).is_some_and(tells));
    let config = gap(GapKind::KubeProxyConfiguration, &facts.kube_proxy.config).filter(|_| !asked(|process| process.mode.is_some()));
    let releases = gap(GapKind::KubeProxyRelease, &facts.kube_proxy.releases).filter(|_| !asked(|process| process.release.is_some()));
    // There kubelet and kube-proxy are one program, of one release.
    let is_one_program = |node: &Node| node.distribution == Some(Distribution::K3s) || node.distribution == Some(Distribution::MicroK8s);
    let releases = releases.filter(|_| facts.nodes.is_empty() || !facts.nodes.iter().all(is_one_program));
    let assumed = facts.kube_proxy.config.value().filter(|config| config.origin == ConfigOrigin::Assumed);
    let assumed = assumed.map(|config| Gap { kind: GapKind::KubeProxyAssumed, reason: config.source.clone() });
    let assumed = assumed.filter(|_| !asked(|process| process.mode.is_some()));
    let is_replaced = facts.network_plugin(None).is_some_and(NetworkPlugin::replaces_kube_proxy);
    let [config, assumed, releases] = [config, assumed, releases].map(|gap| gap.filter(|_| !is_replaced));
    let gaps = [
        config,
        assumed,
        gap(GapKind::PodNetwork, &facts.pod_network),
        releases,
        gap(GapKind::NearbyServices, &facts.nearby_services),
        gap(GapKind::NetworkPolicies, &facts.pod_policies),
        gap(GapKind::Challenges, &facts.challenges),
        // Who announces an address behind which nobody answers is no matter.
        gap(GapKind::Advertisements, &facts.unadvertised_pool)
            .filter(|_| !facts.unadvertised_pool.is_not_read() && facts.endpoints.iter().any(Endpoint::is_used)),
        // Both are read from the DaemonSets: one line is enough where those cannot be read.
        gap(GapKind::HostPorts, &facts.host_ports).filter(|_| facts.pod_network.value().is_some()),
    ];
    let unread = facts.unread.iter().map(|unread| Gap { kind: unread.what.into(), reason: unread.reason.clone() });
    gaps.into_iter().flatten().chain(unread).collect()
}

fn gap<T>(kind: GapKind, fact: &Known<T>) -> Option<Gap> {
    fact.reason().map(|reason| Gap { kind, reason: reason.to_owned() })
}
