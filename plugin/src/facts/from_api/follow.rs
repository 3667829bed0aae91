//! Hears of changes of a Service and of its endpoints.

use std::collections::{BTreeMap, HashMap};

use futures::StreamExt as _;
use futures::stream::{BoxStream, select};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::{WatchEvent, WatchParams};
use kube::{Api, ResourceExt as _};
use lbprobe_analysis::facts::{self, EndpointName, EndpointTurn, ServiceChange, service_differences};

use crate::facts::convert;
use crate::kubernetes::Cluster;
use crate::kubernetes::watch_latest;

/// What is heard of a Service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// Something changed.
    Changed(ServiceChange),
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
    service: Option<facts::Service>,
    /// By slice: what each endpoint is.
    slices: HashMap<String, BTreeMap<EndpointName, EndpointTurn>>,
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
                let now = convert::any_service(*service);
                let before = self.service.replace(now.clone());
                before.map(|before| service_differences(&before, &now)).unwrap_or_default()
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

fn endpoints(slice: EndpointSlice) -> BTreeMap<EndpointName, EndpointTurn> {
    convert::endpoints(slice).iter().map(|endpoint| (EndpointName::of(endpoint), EndpointTurn::of(endpoint))).collect()
}

fn turns(before: &BTreeMap<EndpointName, EndpointTurn>, now: &BTreeMap<EndpointName, EndpointTurn>) -> Vec<ServiceChange> {
    let turned = now.iter().filter(|(endpoint, state)| before.get(*endpoint) != Some(state));
    let turned = turned.map(|(endpoint, state)| ServiceChange::Endpoint { endpoint: endpoint.clone(), state: *state });
    let gone = before.keys().filter(|endpoint| !now.contains_key(*endpoint));
    turned.chain(gone.map(|endpoint| ServiceChange::EndpointGone { endpoint: endpoint.clone() })).collect()
}

#[cfg(test)]
mod tests {
    use lbprobe_analysis::facts::TrafficPolicy;
    use serde_json::json;

    use super::*;

    fn slice(endpoints: &serde_json::Value) -> Event {
        let slice = json!({ "metadata": { "name": "gateway-1" }, "addressType": "IPv4", "endpoints": endpoints, "ports": [] });
        Event::Slice(Box::new(serde_json::from_value(slice).unwrap()))
    }

    fn changed(changes: &[ServiceChange]) -> Vec<Followed> {
        changes.iter().cloned().map(Followed::Changed).collect()
    }

    fn endpoint_name(last: u8) -> EndpointName {
        EndpointName { address: Some([10, 244, 1, last].into()), node: Some("node1".into()) }
    }

    #[test]
    fn what_is_there_at_first_is_no_change_and_what_comes_after_is() {
        let mut known = Known::default();
        let endpoint = |address: &str, ready: bool, terminating: bool| json!({ "addresses": [address], "nodeName": "node1", "conditions": { "ready": ready, "terminating": terminating } });
        assert!(known.take(slice(&json!([endpoint("10.244.1.2", true, false)]))).is_empty());
        let now = json!([endpoint("10.244.1.2", false, true), endpoint("10.244.1.3", true, false)]);
        let turned = [(2, EndpointTurn::Terminating), (3, EndpointTurn::Ready)]
            .map(|(last, state)| ServiceChange::Endpoint { endpoint: endpoint_name(last), state });
        assert_eq!(known.take(slice(&now)), changed(&turned));
        let gone = known.take(slice(&json!([endpoint("10.244.1.3", true, false)])));
        assert_eq!(gone, changed(&[ServiceChange::EndpointGone { endpoint: endpoint_name(2) }]));
        let service = |policy: &str| {
            Event::Service(Box::new(
                serde_json::from_value(json!({ "metadata": {}, "spec": { "type": "LoadBalancer", "clusterIPs": ["10.96.0.7"], "externalTrafficPolicy": policy } })).unwrap(),
            ))
        };
        assert!(known.take(service("Local")).is_empty());
        assert_eq!(
            known.take(service("Cluster")),
            changed(&[ServiceChange::ExternalTrafficPolicy { from: TrafficPolicy::Local, to: TrafficPolicy::Cluster }])
        );
    }
}
