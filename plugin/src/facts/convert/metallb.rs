//! MetalLB's pools and what advertises them: an address of a pool that no advertisement covers is announced from no node
//! (metallb.io/v1beta1, `internal/config`). Advertisements count for pools of their own namespace, which is all that
//! MetalLB reads.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use lbprobe_analysis::facts::{Announcer, Known, Version};
use serde::Deserialize;
use serde_json::Value;

use super::NodeLabels;
use super::surroundings::is_selected;
use crate::error::UnknownFact;
use crate::facts::known;

/// The kinds that say who answers for an address.
pub(crate) const POOL: &str = "IPAddressPool";
pub(crate) const ADVERTISEMENTS: [&str; 2] = ["L2Advertisement", "BGPAdvertisement"];

/// Whether MetalLB is one of the programs that make load balancers.
pub(crate) fn is_among(announcers: &Known<BTreeSet<Announcer>>) -> bool {
    announcers.value().is_some_and(|announcers| announcers.iter().any(|announcer| announcer.is_metallb()))
}

/// What was read of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct MetalLb {
    pools: Vec<Pool>,
    /// Pools of releases before 0.13, which had a ConfigMap for all of them.
    written_pools: Vec<Pool>,
    advertisements: Vec<Advertisement>,
    /// One that could not be read may cover any pool.
    has_unreadable: bool,
    /// A pool that could not be read may have free addresses.
    has_unreadable_pool: bool,
}

#[derive(Clone, Debug)]
struct Pool {
    namespace: String,
    name: String,
    labels: BTreeMap<String, String>,
    addresses: Vec<Range>,
    /// Whether any Service may get its addresses, and all of them are known.
    is_for_all: bool,
    /// Whether some Service may get one without asking for it.
    is_automatic: bool,
    avoids_ends: bool,
}

/// Both ends count.
#[derive(Clone, Copy, Debug)]
struct Range(IpAddr, IpAddr);

#[derive(Clone, Debug)]
struct Advertisement {
    namespace: String,
    is_of_layer_2: bool,
    spec: AdvertisementSpec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AdvertisementSpec {
    ip_address_pools: Option<Vec<String>>,
    ip_address_pool_selectors: Option<Vec<LabelSelector>>,
    /// Which nodes announce: all where there is none.
    node_selectors: Option<Vec<LabelSelector>>,
    /// Which Services it is for, from [`CHOOSES_SERVICES`] on: all where there is none.
    service_selectors: Option<Vec<LabelSelector>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PoolSpec {
    addresses: Vec<String>,
    #[serde(alias = "auto-assign")]
    auto_assign: Option<bool>,
    /// Those that end in 0 and 255.
    #[serde(rename = "avoidBuggyIPs", alias = "avoid-buggy-ips", default)]
    avoids_ends: bool,
    /// Which Services may have them.
    service_allocation: Option<Value>,
}

/// The release from which advertisements choose Services (metallb PR 2917); before, they have no such field.
const CHOOSES_SERVICES: Version = Version { major: 0, minor: 16, patch: 0 };

/// A Service as MetalLB looks at it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Announced<'a> {
    /// Its load balancer's addresses.
    pub(crate) addresses: &'a [IpAddr],
    /// Its labels, where they are known.
    pub(crate) labels: Option<&'a BTreeMap<String, String>>,
    /// MetalLB's release, where it is known.
    pub(crate) release: Option<Version>,
}

/// The ConfigMap of releases before 0.13.
const CONFIG_MAP: (&str, &str) = ("metallb-system", "config");

#[derive(Deserialize)]
struct WrittenPools {
    #[serde(rename = "address-pools", default)]
    pools: Vec<WrittenPool>,
}

#[derive(Deserialize)]
struct WrittenPool {
    name: String,
    #[serde(flatten)]
    spec: PoolSpec,
}

/// Addresses that are counted: pools of more are not full.
const MOST_ADDRESSES: usize = 4096;

impl Pool {
    fn new(namespace: String, name: String, labels: BTreeMap<String, String>, spec: &PoolSpec) -> Self {
        let addresses: Vec<_> = spec.addresses.iter().filter_map(|range| range_of(range)).collect();
        let are_known = addresses.len() == spec.addresses.len();
        Self {
            namespace,
            name,
            labels,
            addresses,
            is_for_all: are_known && spec.auto_assign.unwrap_or(true) && spec.service_allocation.is_none(),
            is_automatic: spec.auto_assign.unwrap_or(true) && spec.service_allocation.as_ref().is_none_or(selects_some),
            avoids_ends: spec.avoids_ends,
        }
    }

    /// The addresses that Services may get; nothing where there are more than anybody counts.
    fn usable(&self) -> Option<Vec<IpAddr>> {
        let mut usable = Vec::new();
        for Range(first, last) in &self.addresses {
            let (IpAddr::V4(first), IpAddr::V4(last)) = (first, last) else { return None };
            let numbers = u32::from(*first)..=u32::from(*last);
            let is_usable = |address: &Ipv4Addr| !self.avoids_ends || !matches!(address.octets()[3], 0 | 255);
            usable.extend(numbers.map(Ipv4Addr::from).filter(is_usable).take(MOST_ADDRESSES).map(IpAddr::from));
            if usable.len() >= MOST_ADDRESSES {
                return None;
            }
        }
        Some(usable)
    }
}

impl MetalLb {
    /// Takes an object of one of the kinds; others of their names say nothing here.
    pub(crate) fn add(&mut self, kind: &str, object: &Value) {
        let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        // A typed list leaves the group out of its items.
        if !text("/apiVersion").is_empty() && !text("/apiVersion").starts_with("metallb.io/") {
            return;
        }
        let spec = object.get("spec").filter(|spec| !spec.is_null()).cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        let namespace = text("/metadata/namespace");
        if kind == POOL {
            let labels = object.pointer("/metadata/labels").cloned().unwrap_or_default();
            let labels = serde_json::from_value(labels).unwrap_or_default();
            match serde_json::from_value(spec) {
                Ok(spec) => self.pools.push(Pool::new(namespace, text("/metadata/name"), labels, &spec)),
                Err(_) => self.has_unreadable_pool = true,
            }
        } else {
            match serde_json::from_value(spec) {
                Ok(spec) => {
                    let is_of_layer_2 = kind == ADVERTISEMENTS[0];
                    self.advertisements.push(Advertisement { namespace, is_of_layer_2, spec });
                }
                Err(_) => self.has_unreadable = true,
            }
        }
    }

    /// Takes the ConfigMap of an older release; others say nothing here.
    pub(crate) fn add_config_map(&mut self, map: &ConfigMap) {
        let is_meant = (map.metadata.namespace.as_deref(), map.metadata.name.as_deref()) == (Some(CONFIG_MAP.0), Some(CONFIG_MAP.1));
        let text = map.data.as_ref().and_then(|data| data.get("config")).filter(|_| is_meant);
        let written = text.map(|text| serde_saphyr::from_str::<WrittenPools>(text));
        self.has_unreadable_pool |= written.as_ref().is_some_and(Result::is_err);
        let pools = written.into_iter().flatten().flat_map(|written| written.pools);
        self.written_pools.extend(pools.map(|pool| Pool::new(CONFIG_MAP.0.into(), pool.name, BTreeMap::new(), &pool.spec)));
    }

    /// How many addresses there are for a Service that waits for any, where all of them are taken.
    pub(crate) fn all_taken(&self, taken: &BTreeSet<IpAddr>) -> Option<usize> {
        let pools = || self.pools.iter().chain(&self.written_pools);
        let usable: Vec<IpAddr> = pools().filter(|pool| pool.is_for_all).map(Pool::usable).collect::<Option<Vec<_>>>()?.concat();
        // Of a pool for some Services it is not known whether this is one of them.
        let is_settled = !self.has_unreadable_pool && !usable.is_empty() && pools().all(|pool| pool.is_for_all);
        (is_settled && usable.iter().all(|address| taken.contains(address))).then_some(usable.len())
    }

    /// The pools, where none of them gives an address to a Service that asks for none (metallb issue 2003).
    pub(crate) fn none_is_automatic(&self) -> Option<Vec<String>> {
        let pools = || self.pools.iter().chain(&self.written_pools);
        let is_settled = !self.has_unreadable_pool && pools().next().is_some();
        (is_settled && pools().all(|pool| !pool.is_automatic)).then(|| pools().map(|pool| pool.name.clone()).collect())
    }

    /// What a file tells: a list does not show whether there is none of a kind, or nobody asked for it. Before 0.13 a
    /// ConfigMap has all pools, and each is announced.
    pub(crate) fn of_file(self) -> Known<Self> {
        match (self.pools.is_empty(), self.advertisements.is_empty()) {
            (true, _) if !self.written_pools.is_empty() => Known::default(),
            (true, _) => known(Err(UnknownFact::NoMetalLbPools)),
            (false, true) => known(Err(UnknownFact::NoMetalLbAdvertisements)),
            (false, false) => Known::Value(self),
        }
    }

    /// The nodes that the advertisements of the Service's pools choose; nothing where they choose none, or one of them could not be read.
    pub(crate) fn advertised_from(&self, service: Announced<'_>, nodes: &NodeLabels) -> Option<BTreeSet<String>> {
        chosen_by(&self.advertisements_of(service)?, nodes)
    }

    /// The same where all of them are of layer 2: one of these nodes answers for the address. All nodes where none is chosen.
    pub(crate) fn answered_from(&self, service: Announced<'_>, nodes: &NodeLabels) -> Option<BTreeSet<String>> {
        let advertisements = self.advertisements_of(service).filter(|of| of.iter().all(|advertisement| advertisement.is_of_layer_2))?;
        Some(chosen_by(&advertisements, nodes).unwrap_or_else(|| nodes.keys().cloned().collect()))
    }

    /// Those that announce a Service's address; nothing where there are none, or they are not known.
    fn advertisements_of(&self, service: Announced<'_>) -> Option<Vec<&Advertisement>> {
        let pools = self.pools_of(service.addresses);
        let covers = |advertisement: &&Advertisement| pools.iter().any(|pool| advertisement.covers(pool));
        let for_it: Option<Vec<_>> = self.advertisements.iter().filter(covers).map(|one| Some((one, one.is_for(service)?))).collect();
        let advertisements: Vec<_> = for_it?.into_iter().filter_map(|(one, is_for_it)| is_for_it.then_some(one)).collect();
        (!advertisements.is_empty() && !self.has_unreadable).then_some(advertisements)
    }

    fn pools_of(&self, addresses: &[IpAddr]) -> Vec<&Pool> {
        let has = |pool: &&Pool, address| pool.addresses.iter().any(|range| range.0 <= address && address <= range.1);
        addresses.iter().flat_map(|address| self.pools.iter().filter(move |pool| has(pool, *address))).collect()
    }

    /// Whether it is not known that any advertisement announces the Service's address: those that may choose by its labels.
    pub(crate) fn may_leave_out(&self, service: Announced<'_>) -> bool {
        let pools = self.pools_of(service.addresses);
        let covering: Vec<_> = self.advertisements.iter().filter(|one| pools.iter().any(|pool| one.covers(pool))).collect();
        !covering.is_empty()
            && covering.iter().all(|one| one.is_for(service) != Some(true))
            && covering.iter().any(|one| one.is_for(service).is_none())
    }

    /// The pool of the Service's address, where no advertisement covers it for the Service.
    pub(crate) fn unadvertised_pool(&self, service: Announced<'_>) -> Option<String> {
        let pools = self.pools_of(service.addresses);
        // One of which it is not known whether it is for the Service may be.
        let is_covered = |pool: &Pool| self.advertisements.iter().any(|one| one.covers(pool) && one.is_for(service) != Some(false));
        let first = pools.first()?;
        (!self.has_unreadable && !pools.iter().any(|pool| is_covered(pool))).then(|| first.name.clone())
    }
}

/// The nodes that advertisements choose; nothing where one of them chooses none, which means all.
fn chosen_by(advertisements: &[&Advertisement], nodes: &NodeLabels) -> Option<BTreeSet<String>> {
    let selectors = |advertisement: &&Advertisement| advertisement.spec.node_selectors.clone().filter(|selectors| !selectors.is_empty());
    let selectors = advertisements.iter().map(selectors).collect::<Option<Vec<_>>>()?.concat();
    let is_chosen = |labels: &BTreeMap<String, String>| selectors.iter().any(|selector| is_selected(labels, selector));
    Some(nodes.iter().filter(|(_, labels)| is_chosen(labels)).map(|(node, _)| node.clone()).collect())
}

impl Advertisement {
    /// Whether it is for a Service, by the labels of that; nothing where those or MetalLB's release are not known.
    fn is_for(&self, service: Announced<'_>) -> Option<bool> {
        let selectors = self.spec.service_selectors.as_deref().unwrap_or_default();
        if selectors.is_empty() || service.release.is_some_and(|release| release < CHOOSES_SERVICES) {
            return Some(true);
        }
        let labels = service.labels.filter(|_| service.release.is_some())?;
        Some(selectors.iter().any(|selector| is_selected(labels, selector)))
    }

    /// One that names and selects no pool covers all.
    fn covers(&self, pool: &Pool) -> bool {
        let (named, selectors) = (self.spec.ip_address_pools.iter().flatten(), self.spec.ip_address_pool_selectors.iter().flatten());
        let covers_all = named.clone().next().is_none() && selectors.clone().next().is_none();
        let is_chosen =
            covers_all || named.clone().any(|name| *name == pool.name) || selectors.clone().any(|it| is_selected(&pool.labels, it));
        self.namespace == pool.namespace && is_chosen
    }
}

/// What chooses the Services that a pool is for: without any of these it is for none.
const SELECTORS: [&str; 3] = ["namespaces", "namespaceSelectors", "serviceSelectors"];

fn selects_some(allocation: &Value) -> bool {
    SELECTORS.iter().any(|key| allocation.get(key).and_then(Value::as_array).is_some_and(|chosen| !chosen.is_empty()))
}

/// `192.0.2.0/28` or `192.0.2.1-192.0.2.9`.
fn range_of(text: &str) -> Option<Range> {
    match text.split_once('-') {
        Some((first, last)) => Some(Range(first.trim().parse().ok()?, last.trim().parse().ok()?)),
        None => text.trim().parse::<IpNet>().ok().map(|net| Range(net.network(), net.broadcast())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pool(name: &str, addresses: &str) -> Value {
        let metadata = json!({ "namespace": "metallb-system", "name": name, "labels": { "zone": name } });
        json!({ "apiVersion": "metallb.io/v1beta1", "kind": POOL, "metadata": metadata, "spec": { "addresses": [addresses] } })
    }

    fn advertisement(spec: &Value) -> Value {
        json!({ "apiVersion": "metallb.io/v1beta1", "kind": ADVERTISEMENTS[0], "metadata": { "namespace": "metallb-system", "name": "a" }, "spec": spec })
    }

    const ADDRESSES: [IpAddr; 1] = [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 5))];

    const GATEWAY: Announced<'static> = Announced { addresses: &ADDRESSES, labels: None, release: None };

    fn read(objects: &[Value]) -> MetalLb {
        let mut metallb = MetalLb::default();
        for object in objects {
            metallb.add(object["kind"].as_str().unwrap(), object);
        }
        metallb
    }

    fn unadvertised(objects: &[Value]) -> Option<String> {
        read(objects).unadvertised_pool(GATEWAY)
    }

    /// metallb issue 3025.
    #[test]
    fn from_0_16_on_advertisements_choose_services() {
        let chooses = |app: &str, nodes: &str| {
            advertisement(&json!({
                "serviceSelectors": [{ "matchLabels": { "app": app } }],
                "nodeSelectors": [{ "matchLabels": { "pool": nodes } }],
            }))
        };
        let metallb = read(&[pool("a", "192.0.2.0/28"), chooses("web", "edge"), chooses("mail", "work")]);
        let nodes: NodeLabels = ["edge", "work"].map(|pool| (format!("{pool}1"), [("pool".to_owned(), pool.to_owned())].into())).into();
        let labels = |app: &str| BTreeMap::from([("app".to_owned(), app.to_owned())]);
        let from = |app: &str, release: Option<&str>| {
            let labels = labels(app);
            let of = Announced { labels: Some(&labels), release: release.map(|release| release.parse().unwrap()), ..GATEWAY };
            let names = |nodes: BTreeSet<String>| nodes.into_iter().collect::<Vec<_>>().join(",");
            (metallb.unadvertised_pool(of), metallb.advertised_from(of, &nodes).map(names), metallb.answered_from(of, &nodes).map(names))
        };
        let only = |node: &str| (None, Some(node.to_owned()), Some(node.to_owned()));
        assert_eq!(from("web", Some("0.16.1")), only("edge1"));
        assert_eq!(from("mail", Some("0.16.0")), only("work1"));
        assert_eq!(from("other", Some("0.16.0")), (Some("a".to_owned()), None, None), "no advertisement is for it");
        assert_eq!(from("other", Some("0.15.3")), only("edge1,work1"), "they have no such field");
        assert_eq!(from("other", None), (None, None, None), "of a release that is not known nothing is said");
    }

    #[test]
    fn advertisements_choose_the_nodes_that_announce() {
        let labels = ["edge", "work"].map(|pool| (format!("{pool}1"), [("pool".to_owned(), pool.to_owned())].into()));
        let from = |advertisements: &[Value]| {
            let metallb = read(&[&[pool("a", "192.0.2.1-192.0.2.9")], advertisements].concat());
            metallb.advertised_from(GATEWAY, &labels.clone().into()).map(|nodes| nodes.into_iter().collect::<Vec<_>>().join(","))
        };
        let of = |pool: &str, nodes: &str| {
            advertisement(&json!({ "ipAddressPools": [pool], "nodeSelectors": [{ "matchLabels": { "pool": nodes } }] }))
        };
        assert_eq!(from(&[of("a", "edge")]).as_deref(), Some("edge1"));
        assert_eq!(from(&[of("a", "edge"), of("a", "work")]).as_deref(), Some("edge1,work1"));
        assert_eq!(from(&[of("a", "none")]).as_deref(), Some(""));
        assert_eq!(from(&[of("b", "edge")]), None, "of another pool");
        assert_eq!(from(&[of("a", "edge"), advertisement(&json!({}))]), None, "that one announces from all");
        assert_eq!(from(&[of("a", "edge"), advertisement(&json!({ "nodeSelectors": "nobody can read this" }))]), None);
    }

    #[test]
    fn a_pool_needs_an_advertisement_that_takes_it() {
        let [inside, outside] = [pool("a", "192.0.2.1-192.0.2.9"), pool("b", "198.51.100.0/24")];
        assert_eq!(unadvertised(&[inside.clone(), outside.clone()]).as_deref(), Some("a"));
        assert_eq!(unadvertised(std::slice::from_ref(&outside)), None, "an address of no pool is somebody else's");
        let all = advertisement(&json!({}));
        let mut without_spec = all.clone();
        without_spec.as_object_mut().unwrap().remove("spec");
        let mut with_empty_spec = all.clone();
        with_empty_spec["spec"] = Value::Null;
        for taken in [
            all.clone(),
            without_spec,
            with_empty_spec,
            advertisement(&json!({ "ipAddressPools": null })),
            advertisement(&json!({ "ipAddressPools": "nobody can read this" })),
            advertisement(&json!({ "ipAddressPools": ["a"] })),
            advertisement(&json!({ "ipAddressPoolSelectors": [{ "matchLabels": { "zone": "a" } }] })),
        ] {
            assert_eq!(unadvertised(&[inside.clone(), taken.clone()]), None, "{taken}");
        }
        let other = advertisement(&json!({ "ipAddressPools": ["b"] }));
        assert_eq!(unadvertised(&[inside.clone(), outside, other.clone()]).as_deref(), Some("a"));
        let mut elsewhere = all;
        elsewhere["metadata"]["namespace"] = json!("default");
        assert_eq!(unadvertised(&[inside.clone(), elsewhere]).as_deref(), Some("a"), "MetalLB does not read that namespace");
        let mut stranger = other;
        stranger["apiVersion"] = json!("example.com/v1");
        stranger["spec"] = json!({});
        assert_eq!(unadvertised(&[inside, stranger]).as_deref(), Some("a"), "a kind of another group");
    }
}
