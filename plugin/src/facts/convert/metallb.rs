//! MetalLB's pools and what advertises them. An address of a pool that no advertisement takes is given out, and nobody
//! answers for it (metallb.io/v1beta1; the speaker's code, `internal/config`).

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use lbprobe_analysis::facts::Service;
use serde::Deserialize;
use serde_json::Value;

use super::surroundings::is_selected;

/// The kinds that say who answers for an address.
pub(crate) const POOL: &str = "IPAddressPool";
pub(crate) const ADVERTISEMENTS: [&str; 2] = ["L2Advertisement", "BGPAdvertisement"];

/// What was read of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct MetalLb {
    pools: Vec<Pool>,
    advertisements: Vec<AdvertisementSpec>,
}

#[derive(Clone, Debug)]
struct Pool {
    name: String,
    labels: BTreeMap<String, String>,
    addresses: Vec<Range>,
}

/// Both ends count.
#[derive(Clone, Copy, Debug)]
struct Range(IpAddr, IpAddr);

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AdvertisementSpec {
    ip_address_pools: Vec<String>,
    ip_address_pool_selectors: Vec<LabelSelector>,
}

#[derive(Deserialize)]
struct PoolSpec {
    addresses: Vec<String>,
}

impl MetalLb {
    /// Takes an object of one of the kinds; others of their names say nothing here.
    pub(crate) fn add(&mut self, object: &Value) {
        let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
        if !text("/apiVersion").starts_with("metallb.io/") {
            return;
        }
        let spec = object.get("spec").cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        if text("/kind") == POOL {
            let labels = object.pointer("/metadata/labels").cloned().unwrap_or_default();
            self.pools.extend(serde_json::from_value(spec).ok().map(|PoolSpec { addresses }| Pool {
                name: text("/metadata/name").to_owned(),
                labels: serde_json::from_value(labels).unwrap_or_default(),
                addresses: addresses.iter().filter_map(|range| range_of(range)).collect(),
            }));
        } else {
            self.advertisements.extend(serde_json::from_value::<AdvertisementSpec>(spec).ok());
        }
    }

    /// The pool of the Service's address, where no advertisement takes it.
    pub(crate) fn unadvertised_pool(&self, service: &Service) -> Option<String> {
        let pool_of = |address| self.pools.iter().find(|pool| pool.addresses.iter().any(|range| range.0 <= address && address <= range.1));
        let pool = service.load_balancer_ips().find_map(pool_of)?;
        let is_taken = self.advertisements.iter().any(|advertisement| advertisement.takes(pool));
        (!is_taken).then(|| pool.name.clone())
    }
}

impl AdvertisementSpec {
    /// One that names and selects no pool takes all.
    fn takes(&self, pool: &Pool) -> bool {
        let takes_all = self.ip_address_pools.is_empty() && self.ip_address_pool_selectors.is_empty();
        let is_chosen = || self.ip_address_pool_selectors.iter().any(|selector| is_selected(&pool.labels, selector));
        takes_all || self.ip_address_pools.contains(&pool.name) || is_chosen()
    }
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
    use lbprobe_analysis::facts::{Ingress, IpMode};
    use serde_json::json;

    use super::*;

    fn pool(name: &str, addresses: &str) -> Value {
        let metadata = json!({ "name": name, "labels": { "zone": name } });
        json!({ "apiVersion": "metallb.io/v1beta1", "kind": POOL, "metadata": metadata, "spec": { "addresses": [addresses] } })
    }

    fn advertisement(spec: &Value) -> Value {
        json!({ "apiVersion": "metallb.io/v1beta1", "kind": ADVERTISEMENTS[0], "metadata": { "name": "a" }, "spec": spec })
    }

    fn unadvertised(objects: &[Value]) -> Option<String> {
        let mut metallb = MetalLb::default();
        for object in objects {
            metallb.add(object);
        }
        let mut service = Service::named("shop", "gateway");
        service.ingress = vec![Ingress::Address { ip: "192.0.2.5".parse().unwrap(), ip_mode: Some(IpMode::Vip) }];
        metallb.unadvertised_pool(&service)
    }

    #[test]
    fn a_pool_needs_an_advertisement_that_takes_it() {
        let [inside, outside] = [pool("a", "192.0.2.1-192.0.2.9"), pool("b", "198.51.100.0/24")];
        assert_eq!(unadvertised(&[inside.clone(), outside.clone()]).as_deref(), Some("a"));
        assert_eq!(unadvertised(std::slice::from_ref(&outside)), None, "an address of no pool is somebody else's");
        let all = advertisement(&json!({}));
        let mut without_spec = all.clone();
        without_spec.as_object_mut().unwrap().remove("spec");
        for taken in [
            all,
            without_spec,
            advertisement(&json!({ "ipAddressPools": ["a"] })),
            advertisement(&json!({ "ipAddressPoolSelectors": [{ "matchLabels": { "zone": "a" } }] })),
        ] {
            assert_eq!(unadvertised(&[inside.clone(), taken.clone()]), None, "{taken}");
        }
        let other = advertisement(&json!({ "ipAddressPools": ["b"] }));
        assert_eq!(unadvertised(&[inside.clone(), outside, other.clone()]).as_deref(), Some("a"));
        let mut stranger = other;
        stranger["apiVersion"] = json!("example.com/v1");
        stranger["spec"] = json!({});
        assert_eq!(unadvertised(&[inside, stranger]).as_deref(), Some("a"), "a kind of another group");
    }
}
