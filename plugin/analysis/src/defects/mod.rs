//! Defects that programs beside the Service's own are known to have, by their releases: those of kube-proxy past the rules that
//! `kube_proxy/` models, of programs that announce addresses, of pod networks, and of clouds' controllers.
//!
//! A release that is not known is held against nobody: each of these says that something fails, and most releases do not have it.

mod announcers;
mod clouds;
mod kube_proxy;
mod pod_networks;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::facts::{Facts, TrafficPolicy, Version};

/// A defect that is there, or a default with the same effect. Each names where it is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Defect {
    /// ipvs mode refuses health checks that come to the load balancer's own address (kubernetes issue 117621, PRs 117723, 117759).
    IpvsRefusesHealthChecks,
    /// ipvs mode refuses clients outside at external IPs under policy Local (kubernetes issue 121909, PR 121919).
    IpvsRefusesExternalIps,
    /// iptables mode may lose a change (kubernetes PR 122204).
    IptablesLosesChanges,
    /// nftables mode writes no rules where pods are told by their interfaces' names (kubernetes PR 134024).
    NftablesInterfaceNames,
    /// MetalLB announces by layer 2 from nodes with an endpoint alone, under policy Cluster too (metallb issues 302 and 322, PR 976).
    MetalLbNeedsEndpoint,
    /// MetalLB may announce an address that Services share from two nodes (metallb issues 558 and 968).
    MetalLbSharesAddress,
    /// MetalLB does not announce from cordoned nodes (metallb PR 2470, taken back by PR 2715).
    MetalLbLeavesOutCordoned,
    /// ServiceLB drops what its pods forward under policy Local (k3s issue 7561, klipper-lb PR 54).
    ServiceLbDropsLocal,
    /// kube-vip admits nothing but the Service's ports at its address, and drops replies to its own node with the rest (kube-vip issues 1086
    /// and 1285).
    KubeVipFilters,
    /// kube-vip elects a node for each of the Services that share an address (kube-vip issues 577 and 879).
    KubeVipSharesAddress,
    /// Cilium does not announce its Gateways' and Ingresses' Services by BGP under policy Local (cilium issues 36816 and 41680, PR 42386).
    CiliumBgpLacksGateways,
    /// Cilium announces by BGP from every node, whatever the policy (cilium issue 23035, PR 25477).
    CiliumBgpIgnoresPolicy,
    /// Cilium does not translate the replies of endpoints on the host network under policy Local (cilium issue 10402, PR 22756).
    CiliumHostNetwork,
    /// Cilium drops what comes to the load balancer's address at another port, and that is a node's own (cilium issue 43206, PR 46647).
    CiliumDropsOtherPorts,
    /// Cilium does not answer health checks at the load balancer's address (cilium issue 26727).
    CiliumLacksHealthChecks,
    /// Calico announces a range of one address from every node, whatever the policy (calico issue 6074, PR 6282).
    CalicoAnnouncesEverywhere,
    /// Calico announces a range of one address from no node under policy Cluster, where the Service does not ask for it (calico PRs 11917 and
    /// 11925 to 11928).
    CalicoAnnouncesNowhere,
    /// Calico's route reflectors do not pass on a range of one address that is not theirs (calico issue 8162, PRs 8358 and 8593).
    CalicoReflectorsKeepRoute,
    /// Calico's route for a range of one address may keep hosts that announce it from it (calico issue 9152).
    CalicoBlackhole,
    /// Antrea in kube-proxy's place has no server for `healthCheckNodePort` (antrea PR 4120).
    AntreaLacksHealthChecks,
    /// Amazon's network hides rules of its own from kube-proxy's nftables mode (amazon-vpc-cni-k8s issue 3563, PR 3588).
    AmazonVpcBesideNftables,
    /// Amazon's network drops replies of pods that a load balancer outside the VPC dials directly (amazon-vpc-cni-k8s issue 1392, PR 1475).
    AmazonVpcPodTargets,
    /// The AWS Load Balancer Controller makes internal load balancers by default (aws-load-balancer-controller issue 1964).
    AwsInternalByDefault,
    /// Google Cloud's internal load balancers answer clients of their own region alone by default (cilium issue 13740; GKE, "Internal
    /// LoadBalancer Services").
    GceRegionAlone,
    /// Azure's private link writes the PROXY header into health checks, too (cloud-provider-azure issues 3931 and 5180).
    AzurePrivateLinkHeader,
    /// Vultr's controller checks nodes at the number that its annotation says, not at its node port
    /// (vultr-cloud-controller-manager, `buildHealthChecks`).
    VultrHealthCheckPort,
}

/// Whom a defect strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strikes {
    /// Clients outside the cluster: a risk that its outlook counts.
    Outside,
    /// Clients inside: an open question.
    Inside,
    /// Somebody else, or nobody for now: a risk that counts for nothing.
    Nobody,
}

/// A defect that a cluster's releases and settings have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownDefect {
    /// Which.
    pub defect: Defect,
    /// The nodes that it is about; empty where it is about none in particular.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<String>,
    /// The program's release, where that tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Version>,
}

impl Defect {
    /// All of them.
    pub const ALL: [Self; 26] = [
        Self::IpvsRefusesHealthChecks,
        Self::IpvsRefusesExternalIps,
        Self::IptablesLosesChanges,
        Self::NftablesInterfaceNames,
        Self::MetalLbNeedsEndpoint,
        Self::MetalLbSharesAddress,
        Self::MetalLbLeavesOutCordoned,
        Self::ServiceLbDropsLocal,
        Self::KubeVipFilters,
        Self::KubeVipSharesAddress,
        Self::CiliumBgpLacksGateways,
        Self::CiliumBgpIgnoresPolicy,
        Self::CiliumHostNetwork,
        Self::CiliumDropsOtherPorts,
        Self::CiliumLacksHealthChecks,
        Self::CalicoAnnouncesEverywhere,
        Self::CalicoAnnouncesNowhere,
        Self::CalicoReflectorsKeepRoute,
        Self::CalicoBlackhole,
        Self::AntreaLacksHealthChecks,
        Self::AmazonVpcBesideNftables,
        Self::AmazonVpcPodTargets,
        Self::AwsInternalByDefault,
        Self::GceRegionAlone,
        Self::AzurePrivateLinkHeader,
        Self::VultrHealthCheckPort,
    ];

    /// Whom it strikes.
    #[must_use]
    pub const fn strikes(self) -> Strikes {
        match self {
            Self::NftablesInterfaceNames | Self::KubeVipFilters | Self::AmazonVpcBesideNftables | Self::CalicoBlackhole => Strikes::Inside,
            Self::IptablesLosesChanges | Self::CiliumDropsOtherPorts | Self::AwsInternalByDefault | Self::GceRegionAlone => Strikes::Nobody,
            _ => Strikes::Outside,
        }
    }

    fn at(self, nodes: Vec<String>, release: Option<Version>) -> KnownDefect {
        KnownDefect { defect: self, nodes, release }
    }
}

/// All that are there.
#[must_use]
pub(crate) fn known(facts: &Facts) -> Vec<KnownDefect> {
    if facts.service.is_elsewhere() || !facts.endpoints.iter().any(crate::facts::Endpoint::is_used) {
        return Vec::new();
    }
    [kube_proxy::known(facts), announcers::known(facts), pod_networks::known(facts), clouds::known(facts)].into_iter().flatten().collect()
}

/// Release 0.`minor`.`patch`.
const fn zero(minor: u16, patch: u16) -> Version {
    Version { major: 0, minor, patch }
}

fn is_in(release: Version, affected: &[Range<Version>]) -> bool {
    affected.iter().any(|range| range.contains(&release))
}

fn is_local(facts: &Facts) -> bool {
    facts.service.external_traffic_policy == TrafficPolicy::Local
}

/// Nodes whose own address is one of the load balancer's.
fn nodes_with_its_address(facts: &Facts) -> Vec<String> {
    let is_one = |node: &&crate::facts::Node| facts.service.load_balancer_ips().any(|ip| node.internal_ips.contains(&ip));
    facts.nodes.iter().filter(is_one).map(|node| node.name.clone()).collect()
}
