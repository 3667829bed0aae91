//! Hears of changes of a Service and of its endpoints, and says them as a person would.

use std::collections::{BTreeMap, HashMap};

use futures::StreamExt as _;
use futures::stream::{BoxStream, select};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::{WatchEvent, WatchParams};
use kube::{Api, ResourceExt as _};
use lbprobe_analysis::facts::Endpoint;

use super::convert;
use crate::cluster::Cluster;
use crate::pods::watch_latest;

/// What is heard of a Service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// Something changed, in a sentence.
    Changed(String),
    /// Of some changes nothing will be heard, for this reason.
    Refused(String),
}

enum Event {
    Service(Box<Service>),
    Slice(Box<EndpointSlice>),
    SliceGone(String),
    Refused(String),
}

/// What is known so far; nothing before the first word of it.
#[derive(Default)]
struct Known {
    service: Option<BTreeMap<&'static str, String>>,
    /// By slice: what each endpoint is.
    slices: HashMap<String, BTreeMap<String, &'static str>>,
}

/// Changes from now on.
pub(crate) fn follow(cluster: &Cluster, namespace: &str, name: &str) -> BoxStream<'static, Followed> {
    let services: Api<Service> = Api::namespaced(cluster.client.clone(), namespace);
    let slices: Api<EndpointSlice> = Api::namespaced(cluster.client.clone(), namespace);
    let services = watch_latest(services, WatchParams::default().fields(&format!("metadata.name={name}")));
    let slices = watch_latest(slices, WatchParams::default().labels(&format!("{}={name}", convert::SERVICE_NAME_LABEL)));
    let services = services.filter_map(|event| async { event.map_or_else(|cause| Some(refused(&cause)), service_event) });
    let slices = slices.filter_map(|event| async { event.map_or_else(|cause| Some(refused(&cause)), slice_event) });
    let mut known = Known::default();
    select(services.boxed(), slices.boxed()).flat_map(move |event| futures::stream::iter(known.take(event))).boxed()
}

fn refused(cause: &kube::Error) -> Event {
    Event::Refused(match cause {
        kube::Error::Api(status) => status.message.clone(),
        other => other.to_string(),
    })
}

fn service_event(event: WatchEvent<Service>) -> Option<Event> {
    match event {
        WatchEvent::Added(service) | WatchEvent::Modified(service) => Some(Event::Service(Box::new(service))),
        _ => None,
    }
}

fn slice_event(event: WatchEvent<EndpointSlice>) -> Option<Event> {
    match event {
        WatchEvent::Added(slice) | WatchEvent::Modified(slice) => Some(Event::Slice(Box::new(slice))),
        WatchEvent::Deleted(slice) => Some(Event::SliceGone(slice.name_any())),
        _ => None,
    }
}

impl Known {
    fn take(&mut self, event: Event) -> Vec<Followed> {
        let changes = match event {
            Event::Refused(reason) => return vec![Followed::Refused(reason)],
            Event::Service(service) => {
                let now = said_of(&service);
                let before = self.service.replace(now.clone());
                before.map(|before| differences(&before, &now)).unwrap_or_default()
            }
            Event::Slice(slice) => {
                let name = slice.name_any();
                let now = endpoints(*slice);
                let before = self.slices.insert(name, now.clone());
                before.map(|before| turns(&before, &now)).unwrap_or_default()
            }
            Event::SliceGone(name) => self.slices.remove(&name).map(|before| turns(&before, &BTreeMap::new())).unwrap_or_default(),
        };
        changes.into_iter().map(Followed::Changed).collect()
    }
}

/// What of a Service decides who reaches it.
fn said_of(service: &Service) -> BTreeMap<&'static str, String> {
    let spec = service.spec.clone().unwrap_or_default();
    let ingress = service.status.as_ref().and_then(|status| status.load_balancer.as_ref()?.ingress.clone()).unwrap_or_default();
    let addresses: Vec<_> = ingress.into_iter().filter_map(|ingress| ingress.ip.or(ingress.hostname)).collect();
    [
        ("externalTrafficPolicy", spec.external_traffic_policy.unwrap_or_default()),
        ("internalTrafficPolicy", spec.internal_traffic_policy.unwrap_or_default()),
        ("loadBalancerSourceRanges", spec.load_balancer_source_ranges.unwrap_or_default().join(",")),
        ("the load balancer's address", addresses.join(",")),
    ]
    .into()
}

fn differences(before: &BTreeMap<&'static str, String>, now: &BTreeMap<&'static str, String>) -> Vec<String> {
    let shown = |value: &str| if value.is_empty() { "nothing".to_owned() } else { value.to_owned() };
    let changed = now.iter().filter_map(|(key, value)| Some((key, before.get(key)?, value))).filter(|(_, before, now)| before != now);
    changed.map(|(key, before, now)| format!("{key} changed from {} to {}", shown(before), shown(now))).collect()
}

fn endpoints(slice: EndpointSlice) -> BTreeMap<String, &'static str> {
    let named = |endpoint: Endpoint| {
        let address = endpoint.addresses.first().map(ToString::to_string).unwrap_or_default();
        let state = match (endpoint.ready, endpoint.terminating) {
            (true, _) => "is ready",
            (false, true) => "terminates",
            (false, false) => "is not ready",
        };
        (format!("the endpoint {address} on {}", endpoint.node.as_deref().unwrap_or("an unknown node")), state)
    };
    convert::endpoints(slice).into_iter().map(named).collect()
}

fn turns(before: &BTreeMap<String, &'static str>, now: &BTreeMap<String, &'static str>) -> Vec<String> {
    let turned =
        now.iter().filter(|(endpoint, state)| before.get(*endpoint) != Some(state)).map(|(endpoint, state)| format!("{endpoint} {state}"));
    let gone = before.keys().filter(|endpoint| !now.contains_key(*endpoint)).map(|endpoint| format!("{endpoint} is gone"));
    turned.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn slice(endpoints: &serde_json::Value) -> Event {
        let slice = json!({ "metadata": { "name": "gateway-1" }, "addressType": "IPv4", "endpoints": endpoints, "ports": [] });
        Event::Slice(Box::new(serde_json::from_value(slice).unwrap()))
    }

    fn changed(changes: &[&str]) -> Vec<Followed> {
        changes.iter().map(|change| Followed::Changed((*change).to_owned())).collect()
    }

    #[test]
    fn what_is_there_at_first_is_no_change_and_what_comes_after_is() {
        let mut known = Known::default();
        let endpoint = |address: &str, ready: bool, terminating: bool| json!({ "addresses": [address], "nodeName": "node1", "conditions": { "ready": ready, "terminating": terminating } });
        assert!(known.take(slice(&json!([endpoint("10.244.1.2", true, false)]))).is_empty());
        let now = json!([endpoint("10.244.1.2", false, true), endpoint("10.244.1.3", true, false)]);
        let turned = ["the endpoint 10.244.1.2 on node1 terminates", "the endpoint 10.244.1.3 on node1 is ready"];
        assert_eq!(known.take(slice(&now)), changed(&turned));
        let gone = known.take(slice(&json!([endpoint("10.244.1.3", true, false)])));
        assert_eq!(gone, changed(&["the endpoint 10.244.1.2 on node1 is gone"]));
        let service = |policy: &str| {
            Event::Service(Box::new(
                serde_json::from_value(json!({ "metadata": {}, "spec": { "externalTrafficPolicy": policy } })).unwrap(),
            ))
        };
        assert!(known.take(service("Local")).is_empty());
        assert_eq!(known.take(service("Cluster")), changed(&["externalTrafficPolicy changed from Local to Cluster"]));
    }
}
