//! Why a load balancer has no address yet. Who may not read Events or pods loses this reason, and nothing else.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::Api;
use kube::api::ListParams;
use lbprobe_analysis::facts::{NoAddressReason, Service};

use crate::facts::convert::SYSTEM_NAMESPACE;
use crate::facts::convert::no_address::{self, Syncs};
use crate::kubernetes::{Cluster, list};

/// What Events say of the load balancer of a Service. A server keeps them for an hour; who may not read them loses them.
pub(super) async fn syncs(cluster: &Cluster, (namespace, name): &(String, String)) -> Syncs {
    let about = format!("involvedObject.kind=Service,involvedObject.name={name}");
    let events: Api<Event> = Api::namespaced(cluster.client.clone(), namespace);
    let listed = list(cluster, events, ListParams::default().fields(&about), "events", |event: Event| vec![event]).await;
    let mut syncs = Syncs::default();
    listed.unwrap_or_default().iter().for_each(|event| syncs.add(event));
    syncs
}

/// What the Service's last warning says, or else the scheduler of ServiceLB's pod.
pub(super) async fn reasons(cluster: &Cluster, service: &Service) -> Vec<NoAddressReason> {
    let about = format!("type=Warning,involvedObject.kind=Service,involvedObject.name={}", service.name);
    let events: Api<Event> = Api::namespaced(cluster.client.clone(), &service.namespace);
    let warning = |event: Event| no_address::warning(&event).into_iter().collect();
    let warnings = list(cluster, events, ListParams::default().fields(&about), "events", warning).await.unwrap_or_default();
    if let Some(last) = warnings.into_iter().max_by_key(|warning| warning.seen) {
        return vec![last.reason];
    }
    let of_service = ListParams::default().labels(&format!("{}={}", no_address::SERVICE_LB_LABEL, service.name));
    let sets: Api<DaemonSet> = Api::namespaced(cluster.client.clone(), SYSTEM_NAMESPACE);
    let sets = list(cluster, sets, of_service.clone(), "daemonsets", |set: DaemonSet| vec![set]).await.unwrap_or_default();
    if let Some(nowhere) = no_address::no_node_chosen(&sets, &service.namespace, &service.name) {
        return vec![nowhere];
    }
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), SYSTEM_NAMESPACE);
    let refused = |pod: Pod| no_address::pod_not_scheduled(&pod, &service.namespace, &service.name).into_iter().collect();
    list(cluster, pods, of_service, "pods", refused).await.unwrap_or_default().into_iter().take(1).collect()
}
