//! Which nodes Cilium announces a load balancer's address from, by its own objects (cilium.io): what no policy and no
//! advertisement selects is announced from nowhere (cilium issue 33076).
//!
//! Layer 2: CiliumL2AnnouncementPolicy, which announces load balancers' addresses with `loadBalancerIPs: true` alone. BGP:
//! CiliumBGPClusterConfig has peers, whose CiliumBGPPeerConfig chooses CiliumBGPAdvertisements by their labels, which choose
//! Services by theirs; before 1.16 CiliumBGPPeeringPolicy was all of that ("L2 Announcements", "BGP Control Plane Resources",
//! its documentation). Without a selector a policy of layer 2 means every Service, an advertisement none.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use lbprobe_analysis::facts::{CiliumConfig, Known};
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
    /// "ipv4" or "ipv6".
    afi: Option<String>,
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
    #[serde(rename = "aggregationLengthIPv4")]
    aggregation_length_ipv4: Option<u8>,
    #[serde(rename = "aggregationLengthIPv6")]
    aggregation_length_ipv6: Option<u8>,
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

    /// Takes a list of one of the kinds: it is read, however few objects it has.
    pub(crate) fn add_list(&mut self, kind: &str) {
        match kind {
            kind if kind == LAYER_2.name => drop(self.layer_2.get_or_insert_default()),
            kind if kind == CLUSTER_CONFIG.name => drop(self.cluster_configs.get_or_insert_default()),
            kind if kind == PEER_CONFIG.name => drop(self.peer_configs.get_or_insert_default()),
            kind if kind == ADVERTISEMENT.name => drop(self.advertisements.get_or_insert_default()),
            kind if kind == PEERING_POLICY.name => drop(self.peering_policies.get_or_insert_default()),
            _ => {}
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

    /// The nodes that some of them has announce the address of Services that share it. Unknown where one could not be read, or a
    /// file has none of the kinds that decide.
    pub(crate) fn announcing_nodes(&self, config: CiliumConfig, services: &[SharedBy], nodes: &NodeLabels) -> Known<BTreeSet<String>> {
        let unknown = || known(Err(UnknownFact::CiliumAnnouncements));
        if self.has_unreadable || config.announces_by_bgp && !config.bgp_control_plane {
            return unknown();
        }
        let ways: Vec<_> = services.iter().flat_map(|service| self.ways(config, service)).collect();
        let mut announcing = BTreeSet::new();
        for (node, labels) in nodes {
            match ways.iter().map(|way| way.includes(labels)).fold(Some(false), either) {
                Some(true) => drop(announcing.insert(node.clone())),
                Some(false) => {}
                None => return unknown(),
            }
        }
        Known::Value(announcing)
    }

    /// How a Service's address may be announced, by each way that is on.
    fn ways(&self, config: CiliumConfig, service: &SharedBy) -> Vec<Way<'_>> {
        let labels = with_own_labels(service);
        let is_of = |class: &str| service.class.as_deref().is_none_or(|own| own == class);
        let by_layer_2 = (config.announces_by_layer_2 && is_of(LAYER_2_CLASS)).then(|| self.by_layer_2(&labels));
        let by_bgp = (config.bgp_control_plane && is_of(BGP_CLASS)).then(|| self.by_bgp(service, &labels));
        by_layer_2.into_iter().chain(by_bgp).collect()
    }

    fn by_layer_2(&self, labels: &Labels) -> Way<'_> {
        let Some(policies) = &self.layer_2 else { return Way::Unknown };
        let selects = |policy: &&Layer2Policy| policy.load_balancer_ips && chooses(policy.service_selector.as_ref(), labels);
        Way::Layer2(policies.iter().filter(selects).map(|policy| policy.node_selector.as_ref()).collect())
    }

    fn by_bgp(&self, service: &SharedBy, labels: &Labels) -> Way<'_> {
        if self.advertisements.is_none() && self.peering_policies.is_none() {
            return Way::Unknown;
        }
        let policies = self.peering_policies.iter().flatten();
        let policies = policies.map(|policy| (policy.node_selector.as_ref(), policy.advertises(labels))).collect();
        let advertisements = || self.advertisements.iter().flatten();
        let advertised: Vec<_> = advertisements().filter(|(_, spec)| spec.advertise(labels)).map(|(labels, _)| labels).collect();
        let gets = |peer: &Peer, peers: &BTreeMap<String, PeerConfig>| {
            let config = peer.peer_config_ref.as_ref().and_then(|by_name| peers.get(&by_name.name));
            let families = config.into_iter().flat_map(|config| &config.families).filter(|family| service.has_family(family));
            let mut selectors = families.filter_map(|family| family.advertisements.as_ref());
            selectors.any(|selector| advertised.iter().any(|labels| is_selected(labels, selector)))
        };
        let clusters = match (&self.cluster_configs, &self.peer_configs) {
            (Some(clusters), Some(peers)) => {
                let told =
                    |cluster: &ClusterConfig| cluster.instances.iter().flat_map(|instance| &instance.peers).any(|peer| gets(peer, peers));
                clusters.iter().map(|cluster| (cluster.node_selector.as_ref(), told(cluster))).collect()
            }
            // What a file does not say, peers do.
            _ => vec![(None, !advertised.is_empty())],
        };
        // One that is aggregated may have the address in it.
        Way::Bgp { policies, clusters, may_be_within: advertisements().any(|(_, spec)| spec.aggregate()) }
    }
}

/// What chooses nodes: all of them where it is missing.
type Chooser<'a> = Option<&'a LabelSelector>;

/// One of the ways in which nodes announce an address.
enum Way<'a> {
    /// By any of these policies.
    Layer2(Vec<Chooser<'a>>),
    /// With each kind's choice of nodes stands whether the peers there get the address.
    Bgp { policies: Vec<(Chooser<'a>, bool)>, clusters: Vec<(Chooser<'a>, bool)>, may_be_within: bool },
    /// That was not read.
    Unknown,
}

impl Way<'_> {
    /// Whether a node with these labels announces the address so; nothing where that is not known.
    fn includes(&self, node: &Labels) -> Option<bool> {
        match self {
            Self::Layer2(policies) => Some(policies.iter().any(|chooser| chooses(*chooser, node))),
            Self::Bgp { policies, clusters, may_be_within } => {
                let own = |all: &[(Chooser<'_>, bool)]| -> Vec<bool> {
                    all.iter().filter(|(chooser, _)| chooses(*chooser, node)).map(|(_, gets)| *gets).collect()
                };
                // A node with the older kind has none of the newer ones (`bgp-control-plane-v2.rst`), and with two of it nothing at
                // all (`pkg/bgpv1/agent/controller.go`). Of two newer ones it has any (`operator/pkg/bgpv2/cluster.go`).
                let gets = match own(policies)[..] {
                    [gets] => return Some(gets),
                    [_, _, ..] => return Some(false),
                    [] => own(clusters),
                };
                let announced = gets.iter().all(|other| Some(other) == gets.first()).then(|| gets.first().copied().unwrap_or(false));
                announced.filter(|announced| *announced || !may_be_within)
            }
            Self::Unknown => None,
        }
    }
}

/// A Service at an address, as Cilium looks at it.
#[derive(Clone, Debug)]
pub(crate) struct SharedBy {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) labels: Labels,
    /// Its `loadBalancerClass`.
    pub(crate) class: Option<String>,
    /// The load balancer's addresses.
    pub(crate) addresses: Vec<IpAddr>,
}

impl SharedBy {
    /// A family's peers get addresses of that family alone.
    fn has_family(&self, family: &Family) -> bool {
        let is_meant = |address: &IpAddr| match family.afi.as_deref() {
            Some("ipv4") => address.is_ipv4(),
            Some("ipv6") => address.is_ipv6(),
            _ => true,
        };
        self.addresses.is_empty() || self.addresses.iter().any(is_meant)
    }
}

/// A missing selector chooses all.
fn chooses(selector: Option<&LabelSelector>, labels: &Labels) -> bool {
    selector.is_none_or(|selector| is_selected(labels, selector))
}

/// What is known to be so is, whatever is not known besides.
fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

impl Advertisements {
    /// Whether it announces ranges in place of addresses.
    fn aggregate(&self) -> bool {
        let has_length = |service: &AdvertisedAddresses| service.aggregation_length_ipv4.or(service.aggregation_length_ipv6).is_some();
        self.advertisements.iter().filter_map(|one| one.service.as_ref()).any(has_length)
    }

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

fn with_own_labels(service: &SharedBy) -> Labels {
    let own = [(NAMESPACE_LABEL, &service.namespace), (NAME_LABEL, &service.name)];
    service.labels.clone().into_iter().chain(own.map(|(key, value)| (key.to_owned(), value.clone()))).collect()
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
