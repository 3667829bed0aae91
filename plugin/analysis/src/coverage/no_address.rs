//! Why a load balancer has no address yet.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::facts::{Announcer, Distribution, Facts, NetworkPlugin, NoAddressReason, Node, TrafficPolicy};
use crate::providers::{self, Provider};

/// Why a load balancer has no address yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum NoAddress {
    /// Nothing shows it.
    #[default]
    Unknown,
    /// Something says so.
    Told {
        /// What is said.
        reasons: Vec<NoAddressReason>,
    },
    /// Only a controller of its class gives it one.
    Class {
        /// Which.
        class: String,
    },
    /// Nothing in the cluster makes load balancers: neither its DaemonSets nor its nodes show anything that would.
    Nobody,
    /// Nothing but Calico, which does so only where its KubeControllersConfiguration says so.
    CalicoIpam,
    /// kube-vip chooses among nodes that have both kube-vip and an endpoint, and those with an endpoint are these.
    KubeVipElection {
        /// The nodes with an endpoint.
        nodes: Vec<String>,
        /// The nodes that its DaemonSet chooses, where it is known that none of them has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        runs_on: Option<Vec<String>>,
    },
    /// ServiceLB has a pod for it on each node whose ports are free.
    ServiceLb,
}

/// Nothing where some node with an endpoint is one that kube-vip's DaemonSet chooses: then it is not for want of one.
fn kube_vip_election(facts: &Facts) -> Option<NoAddress> {
    let serving = facts.serving_nodes();
    let runs_on = facts.kube_vip_nodes.as_ref();
    let may_announce = runs_on.is_some_and(|nodes| serving.iter().any(|node| nodes.contains(*node)));
    let runs_on = runs_on.filter(|nodes| !nodes.is_empty() && !serving.is_empty()).map(|nodes| nodes.iter().cloned().collect());
    (!may_announce).then(|| NoAddress::KubeVipElection { nodes: serving.into_iter().map(str::to_owned).collect(), runs_on })
}

/// Names in `spec.providerID` of controllers that come with a distribution and make no cloud's load balancers.
const OWN_CONTROLLERS: [&str; 2] = ["k3s", "rke2"];

pub(super) fn of(facts: &Facts) -> NoAddress {
    let has = |announcer| facts.known_announcers().any(|known| known == announcer);
    let is_local = facts.service.external_traffic_policy == TrafficPolicy::Local;
    let of_class = facts.service.load_balancer_class.is_some();
    let has_others = facts.known_announcers().any(|known| known != Announcer::ServiceLb);
    let is_bare = !of_class && facts.announcers.value().is_some_and(BTreeSet::is_empty) && !is_made_without_daemon_set(facts);
    let network_makes = facts.pod_network.value().is_none_or(|network| network.plugin.may_make_load_balancers(network.release));
    let is_calico = facts.network_plugin(None).is_some_and(|plugin| matches!(plugin, NetworkPlugin::Calico | NetworkPlugin::CalicoEbpf));
    let reasons: Vec<_> = providers::no_address_reason(facts).into_iter().chain(facts.no_address_reasons.clone()).collect();
    if !reasons.is_empty() {
        NoAddress::Told { reasons }
    } else if is_bare && !network_makes {
        NoAddress::Nobody
    } else if is_bare && is_calico {
        NoAddress::CalicoIpam
    } else if let Some(election) = kube_vip_election(facts).filter(|_| has(Announcer::KubeVipByService) && is_local) {
        election
    } else if !of_class
        && !has_others
        && (has(Announcer::ServiceLb) || facts.nodes.iter().any(|node| node.distribution == Some(Distribution::K3s)))
        // Who runs a cloud's controller has switched it off, by the controller's own documents.
        && Provider::of(facts).is_none_or(|provider| provider == Provider::ServiceLb)
        && !facts.nodes.iter().any(|node| node.runs_service_lb == Some(false))
    {
        NoAddress::ServiceLb
    } else {
        facts.service.load_balancer_class.clone().map_or(NoAddress::Unknown, |class| NoAddress::Class { class })
    }
}

/// Clouds and managed distributions make load balancers without a DaemonSet for it in the cluster, and k3s by ServiceLB, unless a server
/// switches that off.
fn is_made_without_daemon_set(facts: &Facts) -> bool {
    let is_of_cloud = |node: &Node| node.provider.as_ref().is_some_and(|provider| !OWN_CONTROLLERS.contains(&provider.as_str()));
    let is_switched_off = facts.nodes.iter().any(|node| node.runs_service_lb == Some(false));
    let by_distribution = |node: &Node| match node.distribution {
        Some(Distribution::K3s) => !is_switched_off,
        Some(Distribution::Rke2 | Distribution::MicroK8s) | None => false,
        Some(_) => true,
    };
    facts.nodes.iter().any(|node| is_of_cloud(node) || by_distribution(node))
}
