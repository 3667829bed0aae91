//! Reads what lies around the Service. Nothing of it is needed to probe: what may not be read is
//! unknown, with the reason.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams};
use lbprobe_analysis::facts::{Challenge, Known, PodPolicy};

use crate::error::{Access, Request};
use crate::facts::convert::surroundings::{self, ServiceAddresses};
use crate::facts::known;
use crate::kubernetes::{Cluster, list, or_nothing};

/// All Services with a load balancer's address.
pub(super) async fn service_addresses(cluster: &Cluster) -> Known<Vec<ServiceAddresses>> {
    let api: Api<Service> = Api::all(cluster.client.clone());
    let keep = |service| surroundings::service_addresses(&service).into_iter().collect();
    known(list(cluster, api, ListParams::default(), "services", keep).await)
}

/// The policies of a namespace that select the probe's pods.
pub(super) async fn pod_policies(cluster: &Cluster, namespace: &str, labels: &BTreeMap<String, String>) -> Known<Vec<PodPolicy>> {
    let api: Api<NetworkPolicy> = Api::namespaced(cluster.client.clone(), namespace);
    let keep = |policy| surroundings::pod_policy(policy, labels).into_iter().collect();
    known(list(cluster, api, ListParams::default(), "networkpolicies", keep).await)
}

/// Open challenges of cert-manager; none where it is not installed.
pub(super) async fn challenges(cluster: &Cluster) -> Known<Vec<Challenge>> {
    let resource = ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk("acme.cert-manager.io", "v1", "Challenge"), "challenges");
    let api: Api<DynamicObject> = Api::all_with(cluster.client.clone(), &resource);
    let access = Access { verb: "list", resource: "challenges.acme.cert-manager.io" };
    let request = async { or_nothing(api.list(&ListParams::default()).await.map(|found| found.items)) };
    let objects = cluster.request(Request::List("challenges"), access, request).await;
    known(objects.map(|objects| {
        let objects = objects.into_iter().filter_map(|object| serde_json::to_value(object).ok());
        objects.filter_map(|object| surroundings::challenge(&object)).collect()
    }))
}
