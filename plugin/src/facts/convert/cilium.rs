//! Which nodes Cilium announces a load balancer's address from, by its own objects (cilium.io): what no policy and no
//! advertisement selects is announced from nowhere (cilium issue 33076).
//!
//! Layer 2: CiliumL2AnnouncementPolicy, which announces load balancers' addresses with `loadBalancerIPs: true` alone. BGP:
//! CiliumBGPClusterConfig has peers, whose CiliumBGPPeerConfig chooses CiliumBGPAdvertisements by their labels, which choose
//! Services by theirs; before 1.16 CiliumBGPPeeringPolicy was all of that ("L2 Announcements", "BGP Control Plane Resources",
//! its documentation). Without a selector a policy of layer 2 means every Service, an advertisement none.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use lbprobe_analysis::facts::{CiliumConfig, Known, Service};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::NodeLabels;
use super::surroundings::is_selected;
use crate::error::UnknownFact;
use crate::facts::known;

/// A kind that is read, with the versions that releases serve it in, the newest first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) plural: &'static str,
    /// Its full name in rights: "ciliumbgpadvertisements.cilium.io".
    pub(crate) resource: &'static str,
    pub(crate) versions: &'static [&'static str],
}

const LAYER_2: Kind = Kind {
    name: "CiliumL2AnnouncementPolicy",
    plural: "ciliuml2announcementpolicies",
    resource: "ciliuml2announcementpolicies.cilium.io",
    versions: &["v2alpha1"],
};
const CLUSTER_CONFIG: Kind = Kind {
    name: "CiliumBGPClusterConfig",
    plural: "ciliumbgpclusterconfigs",
    resource: "ciliumbgpclusterconfigs.cilium.io",
    versions: &["v2", "v2alpha1"],
};
const PEER_CONFIG: Kind = Kind {
    name: "CiliumBGPPeerConfig",
    plural: "ciliumbgppeerconfigs",
    resource: "ciliumbgppeerconfigs.cilium.io",
    versions: &["v2", "v2alpha1"],
};
const ADVERTISEMENT: Kind = Kind {
    name: "CiliumBGPAdvertisement",
    plural: "ciliumbgpadvertisements",
    resource: "ciliumbgpadvertisements.cilium.io",
    versions: &["v2", "v2alpha1"],
};
const PEERING_POLICY: Kind = Kind {
    name: "CiliumBGPPeeringPolicy",
    plural: "ciliumbgppeeringpolicies",
    resource: "ciliumbgppeeringpolicies.cilium.io",
    versions: &["v2alpha1"],
};

/// All of them.
pub(crate) const KINDS: [Kind; 5] = [LAYER_2, CLUSTER_CONFIG, PEER_CONFIG, ADVERTISEMENT, PEERING_POLICY];

/// Where they are.
pub(crate) const GROUP: &str = "cilium.io";

/// Labels that Cilium gives every Service, beside its own.
const NAMESPACE_LABEL: &str = "io.kubernetes.service.namespace";
const NAME_LABEL: &str = "io.kubernetes.service.name";

/// The classes that a Service may have to be announced each way.
const LAYER_2_CLASS: &str = "io.cilium/l2-announcer";
const BGP_CLASS: &str = "io.cilium/bgp-control-plane";

/// What was read of them. A kind of which nobody asked is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct CiliumAnnouncements {
    layer_2: Option<Vec<Layer2Policy>>,
    cluster_configs: Option<Vec<ClusterConfig>>,
    /// By their names.
    peer_configs: Option<BTreeMap<String, PeerConfig>>,
    /// With their labels.
    advertisements: Option<Vec<(Labels, Advertisements)>>,
    peering_policies: Option<Vec<PeeringPolicy>>,
    /// One that could not be read may announce anything.
    has_unreadable: bool,
}

type Labels = BTreeMap<String, String>;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layer2Policy {
    service_selector: Option<LabelSelector>,
    node_selector: Option<LabelSelector>,
    #[serde(rename = "loadBalancerIPs", default)]
    load_balancer_ips: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClusterConfig {
    node_selector: Option<LabelSelector>,
    #[serde(rename = "bgpInstances", default)]
    instances: Vec<Instance>,
}

#[derive(Clone, Debug, Deserialize)]
struct Instance {
    #[serde(default)]
    peers: Vec<Peer>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Peer {
    peer_config_ref: Option<PeerConfigRef>,
}

#[derive(Clone, Debug, Deserialize)]
struct PeerConfigRef {
    name: String,
}

#[derive(Clone, Debug, Deserialize)]
struct PeerConfig {
    #[serde(default)]
    families: Vec<Family>,
}

#[derive(Clone, Debug, Deserialize)]
struct Family {
    /// Without one nothing is advertised.
    advertisements: Option<LabelSelector>,
}

#[derive(Clone, Debug, Deserialize)]
struct Advertisements {
    #[serde(default)]
    advertisements: Vec<Advertisement>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Advertisement {
    #[serde(rename = "advertisementType")]
    of: String,
    service: Option<AdvertisedAddresses>,
    selector: Option<LabelSelector>,
}

#[derive(Clone, Debug, Deserialize)]
struct AdvertisedAddresses {
    #[serde(default)]
    addresses: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PeeringPolicy {
    node_selector: Option<LabelSelector>,
    #[serde(default)]
    virtual_routers: Vec<VirtualRouter>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VirtualRouter {
    service_selector: Option<LabelSelector>,
    /// Load balancers' addresses alone where there are none.
    service_advertisements: Option<Vec<String>>,
}

impl CiliumAnnouncements {
    /// Where all kinds were asked for, and those that are there follow by `add`.
    pub(crate) fn of_all_kinds() -> Self {
        Self {
            layer_2: Some(Vec::new()),
            cluster_configs: Some(Vec::new()),
            peer_configs: Some(BTreeMap::new()),
            advertisements: Some(Vec::new()),
            peering_policies: Some(Vec::new()),
            has_unreadable: false,
        }
    }

    /// Takes an object of one of the kinds.
    pub(crate) fn add(&mut self, kind: &str, object: &Value) {
        let taken = match kind {
            kind if kind == LAYER_2.name => spec(object).map(|policy| self.layer_2.get_or_insert_default().push(policy)),
            kind if kind == CLUSTER_CONFIG.name => spec(object).map(|config| self.cluster_configs.get_or_insert_default().push(config)),
            kind if kind == PEER_CONFIG.name => {
                spec(object).map(|config| drop(self.peer_configs.get_or_insert_default().insert(name(object), config)))
            }
            kind if kind == ADVERTISEMENT.name => {
                spec(object).map(|spec| self.advertisements.get_or_insert_default().push((labels(object), spec)))
            }
            kind if kind == PEERING_POLICY.name => spec(object).map(|policy| self.peering_policies.get_or_insert_default().push(policy)),
            _ => return,
        };
        self.has_unreadable |= taken.is_err();
    }

    /// The nodes that some of them has announce the address of a Service with these labels. Unknown where one could not be
    /// read, or a file has none of the kinds that decide.
    pub(crate) fn announcing_nodes(
        &self,
        config: CiliumConfig,
        service: &Service,
        labels: &Labels,
        nodes: &NodeLabels,
    ) -> Known<BTreeSet<String>> {
        if self.has_unreadable || config.announces_by_bgp && !config.bgp_control_plane {
            return known(Err(UnknownFact::CiliumAnnouncements));
        }
        let labels = with_own_labels(labels, service);
        let is_of = |class: &str| service.load_balancer_class.as_deref().is_none_or(|own| own == class);
        let by_layer_2 = config.announces_by_layer_2.then(|| self.by_layer_2(&labels).filter(|_| is_of(LAYER_2_CLASS)));
        let by_bgp = config.bgp_control_plane.then(|| self.by_bgp(&labels).filter(|_| is_of(BGP_CLASS)));
        let chosen: Option<Vec<_>> = by_layer_2.into_iter().chain(by_bgp).map(Selection::into_selectors).collect();
        let Some(chosen) = chosen else { return known(Err(UnknownFact::CiliumAnnouncements)) };
        let is_chosen = |of: &Labels| chosen.iter().flatten().any(|selector| selector.as_ref().is_none_or(|it| is_selected(of, it)));
        Known::Value(nodes.iter().filter(|(_, of)| is_chosen(of)).map(|(name, _)| name.clone()).collect())
    }

    fn by_layer_2(&self, labels: &Labels) -> Selection {
        let Some(policies) = &self.layer_2 else { return Selection::Unknown };
        let selects = |policy: &&Layer2Policy| {
            policy.load_balancer_ips && policy.service_selector.as_ref().is_none_or(|selector| is_selected(labels, selector))
        };
        Selection::Nodes(policies.iter().filter(selects).map(|policy| policy.node_selector.clone()).collect())
    }

    fn by_bgp(&self, labels: &Labels) -> Selection {
        if self.advertisements.is_none() && self.peering_policies.is_none() {
            return Selection::Unknown;
        }
        let advertised = self.advertisements.iter().flatten().filter(|(_, spec)| spec.advertise(labels));
        let advertised: Vec<_> = advertised.map(|(labels, _)| labels).collect();
        let by_policies = self.peering_policies.iter().flatten().filter(|policy| policy.advertises(labels));
        let by_policies = by_policies.map(|policy| policy.node_selector.clone());
        Selection::Nodes(self.advertising_nodes(&advertised).into_iter().chain(by_policies).collect())
    }

    /// What chooses the nodes whose peers get advertisements with one of these labels: any node where a file does not say it.
    fn advertising_nodes(&self, advertised: &[&Labels]) -> Vec<Option<LabelSelector>> {
        let (Some(clusters), Some(peers)) = (&self.cluster_configs, &self.peer_configs) else {
            return advertised.iter().map(|_| None).collect();
        };
        let gets = |peer: &Peer| {
            let config = peer.peer_config_ref.as_ref().and_then(|by_name| peers.get(&by_name.name));
            let selectors =
                config.into_iter().flat_map(|config| config.families.iter().filter_map(|family| family.advertisements.as_ref()));
            selectors.into_iter().any(|selector| advertised.iter().any(|labels| is_selected(labels, selector)))
        };
        let peers_get = |cluster: &&ClusterConfig| cluster.instances.iter().flat_map(|instance| &instance.peers).any(gets);
        clusters.iter().filter(peers_get).map(|cluster| cluster.node_selector.clone()).collect()
    }
}

/// What chooses the nodes that announce: all of them where there is no selector.
enum Selection {
    Nodes(Vec<Option<LabelSelector>>),
    Unknown,
}

impl Selection {
    /// Nothing is chosen where the condition does not hold.
    fn filter(self, holds: impl FnOnce(&Self) -> bool) -> Self {
        if holds(&self) { self } else { Self::Nodes(Vec::new()) }
    }

    fn into_selectors(self) -> Option<Vec<Option<LabelSelector>>> {
        match self {
            Self::Nodes(selectors) => Some(selectors),
            Self::Unknown => None,
        }
    }
}

impl Advertisements {
    fn advertise(&self, labels: &Labels) -> bool {
        self.advertisements.iter().any(|one| {
            let of_load_balancer =
                one.service.as_ref().is_some_and(|service| service.addresses.iter().any(|kind| kind == "LoadBalancerIP"));
            let selects = one.selector.as_ref().is_some_and(|selector| is_selected(labels, selector));
            one.of == "Service" && of_load_balancer && selects
        })
    }
}

impl PeeringPolicy {
    fn advertises(&self, labels: &Labels) -> bool {
        self.virtual_routers.iter().any(|router| {
            let kinds = router.service_advertisements.as_ref();
            let of_load_balancer = kinds.is_none_or(|kinds| kinds.iter().any(|kind| kind == "LoadBalancerIP"));
            of_load_balancer && router.service_selector.as_ref().is_some_and(|selector| is_selected(labels, selector))
        })
    }
}

fn with_own_labels(labels: &Labels, service: &Service) -> Labels {
    let own = [(NAMESPACE_LABEL, &service.namespace), (NAME_LABEL, &service.name)];
    labels.clone().into_iter().chain(own.map(|(key, value)| (key.to_owned(), value.clone()))).collect()
}

/// An object without a spec is one with an empty one.
fn spec<T: DeserializeOwned>(object: &Value) -> Result<T, serde_json::Error> {
    let spec = object.get("spec").filter(|spec| !spec.is_null()).cloned();
    serde_json::from_value(spec.unwrap_or_else(|| Value::Object(serde_json::Map::new())))
}

fn name(object: &Value) -> String {
    object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn labels(object: &Value) -> Labels {
    object.pointer("/metadata/labels").cloned().and_then(|labels| serde_json::from_value(labels).ok()).unwrap_or_default()
}
