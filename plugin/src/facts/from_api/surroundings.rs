//! Reads what lies around the Service. Nothing of it is needed to probe: what may not be read is
//! unknown, with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::try_join_all;
use futures::try_join;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams};
use lbprobe_analysis::facts::{Announcer, Challenge, Known, NetworkPlugin, PodNetwork, PodPolicy};
use serde_json::Value;

use crate::error::{Access, Error, Request};
use crate::facts::convert::calico::{self, CalicoSettings};
use crate::facts::convert::cilium::{self, CiliumAnnouncements};
use crate::facts::convert::metallb::{self, MetalLb};
use crate::facts::convert::surroundings::{self, ServiceAddresses};
use crate::facts::known;
use crate::kubernetes::{Cluster, list, or_nothing};

/// All Services with a load balancer's address.
pub(super) async fn service_addresses(cluster: &Cluster) -> Known<Vec<ServiceAddresses>> {
    let api: Api<Service> = Api::all(cluster.client.clone());
    let keep = |service| surroundings::service_addresses(&service).into_iter().collect();
    known(list(cluster, api, ListParams::default(), "services", keep).await)
}

/// The policies of a namespace that select a pod with these labels.
pub(super) async fn pod_policies(cluster: &Cluster, namespace: &str, labels: &BTreeMap<String, String>) -> Known<Vec<PodPolicy>> {
    let api: Api<NetworkPolicy> = Api::namespaced(cluster.client.clone(), namespace);
    let keep = |policy| surroundings::pod_policy(policy, labels).into_iter().collect();
    known(list(cluster, api, ListParams::default(), "networkpolicies", keep).await)
}

/// The policies of all namespaces, and those of one that select the probe's pods: who may not read all may read these.
pub(super) async fn policies(
    cluster: &Cluster,
    namespace: &str,
    labels: &BTreeMap<String, String>,
) -> (Known<Arc<Vec<NetworkPolicy>>>, Known<Vec<PodPolicy>>) {
    let api: Api<NetworkPolicy> = Api::all(cluster.client.clone());
    match list(cluster, api, ListParams::default(), "networkpolicies", |policy| vec![policy]).await {
        Ok(all) => {
            let here = all.iter().filter(|policy: &&NetworkPolicy| policy.metadata.namespace.as_deref() == Some(namespace));
            let of_pods = here.filter_map(|policy| surroundings::pod_policy(policy.clone(), labels)).collect();
            (Known::Value(Arc::new(all)), Known::Value(of_pods))
        }
        Err(cause) => (Known::Unknown(cause.to_string()), pod_policies(cluster, namespace, labels).await),
    }
}

/// Open challenges of cert-manager; none where it is not installed.
pub(super) async fn challenges(cluster: &Cluster) -> Known<Vec<Challenge>> {
    let kind = GroupVersionKind::gvk("acme.cert-manager.io", "v1", "Challenge");
    let objects = custom_objects(cluster, &kind, "challenges", "challenges.acme.cert-manager.io").await;
    known(objects.map(|objects| objects.iter().filter_map(surroundings::challenge).collect()))
}

/// What MetalLB gives out and advertises. Not read where MetalLB is not seen.
pub(super) async fn metallb(cluster: &Cluster, announcers: &Known<BTreeSet<Announcer>>) -> Known<MetalLb> {
    if !metallb::is_among(announcers) {
        return Known::default();
    }
    let list = async |kind, plural, resource| {
        custom_objects(cluster, &GroupVersionKind::gvk("metallb.io", "v1beta1", kind), plural, resource).await
    };
    let [layer_2, bgp] = metallb::ADVERTISEMENTS;
    let read = try_join!(
        list(metallb::POOL, "ipaddresspools", "ipaddresspools.metallb.io"),
        list(layer_2, "l2advertisements", "l2advertisements.metallb.io"),
        list(bgp, "bgpadvertisements", "bgpadvertisements.metallb.io"),
    );
    known(read.map(|(of_pools, of_layer_2, of_bgp)| {
        let mut found = MetalLb::default();
        for (kind, objects) in [(metallb::POOL, of_pools), (layer_2, of_layer_2), (bgp, of_bgp)] {
            for object in &objects {
                found.add(kind, object);
            }
        }
        found
    }))
}

/// What Cilium is told to announce. Not read where it announces nothing.
pub(super) async fn cilium(cluster: &Cluster, network: &Known<PodNetwork>) -> Known<CiliumAnnouncements> {
    let config = network.value().and_then(|network| network.cilium);
    if !config.is_some_and(|config| config.announces_by_layer_2 || config.bgp_control_plane) {
        return Known::default();
    }
    let reads = cilium::KINDS.map(async |kind| {
        let of_kind = of_some_version(cluster, (cilium::GROUP, kind.name, kind.versions), kind.plural, kind.resource).await;
        of_kind.map(|objects| (kind.name, objects))
    });
    known(try_join_all(reads).await.map(|kinds| {
        let mut found = CiliumAnnouncements::of_all_kinds();
        for (kind, objects) in kinds {
            for object in &objects {
                found.add(kind, object);
            }
        }
        found
    }))
}

/// What Calico is told by its own objects. Not read where it does not connect the pods.
pub(super) async fn calico(cluster: &Cluster, network: &Known<PodNetwork>) -> Result<CalicoSettings, Error> {
    let plugin = network.value().map(|network| network.plugin);
    if !matches!(plugin, Some(NetworkPlugin::Calico | NetworkPlugin::CalicoEbpf)) {
        return Ok(CalicoSettings::default());
    }
    let list =
        async |group, kind, plural, resource| custom_objects(cluster, &GroupVersionKind::gvk(group, "v1", kind), plural, resource).await;
    let [felix, bgp, installation] = calico::KINDS;
    let (of_felix, of_bgp, of_operator) = try_join!(
        list("crd.projectcalico.org", felix, "felixconfigurations", "felixconfigurations.crd.projectcalico.org"),
        list("crd.projectcalico.org", bgp, "bgpconfigurations", "bgpconfigurations.crd.projectcalico.org"),
        list("operator.tigera.io", installation, "installations", "installations.operator.tigera.io"),
    )?;
    let mut settings = CalicoSettings::default();
    for (kind, objects) in [(felix, of_felix), (bgp, of_bgp), (installation, of_operator)] {
        for object in &objects {
            settings.add(kind, object);
        }
    }
    Ok(settings)
}

/// All objects of a kind by the first of its versions that the server has some of: older releases of its project serve others
/// alone. `resource` is named in errors.
pub(super) async fn of_some_version(
    cluster: &Cluster,
    (group, name, versions): (&str, &str, &[&str]),
    plural: &'static str,
    resource: &'static str,
) -> Result<Vec<Value>, Error> {
    for version in versions {
        let objects = custom_objects(cluster, &GroupVersionKind::gvk(group, version, name), plural, resource).await?;
        if !objects.is_empty() {
            return Ok(objects);
        }
    }
    Ok(Vec::new())
}

/// All objects of a kind that is not Kubernetes' own; none where the cluster does not know it.
async fn custom_objects(
    cluster: &Cluster,
    kind: &GroupVersionKind,
    plural: &'static str,
    resource: &'static str,
) -> Result<Vec<Value>, Error> {
    let api: Api<DynamicObject> = Api::all_with(cluster.client.clone(), &ApiResource::from_gvk_with_plural(kind, plural));
    let request = async { or_nothing(api.list(&ListParams::default()).await.map(|found| found.items)) };
    let objects = cluster.request(Request::List(plural), Access { verb: "list", resource }, request).await?;
    Ok(objects.into_iter().filter_map(|object| serde_json::to_value(object).ok()).collect())
}
