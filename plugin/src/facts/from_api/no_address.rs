//! Why a load balancer has no address yet. Who may not read Events or pods loses this reason, and nothing else.

use k8s_openapi::api::core::v1::{Event, Pod};
use kube::Api;
use kube::api::ListParams;
use lbprobe_analysis::facts::{NoAddressReason, Service};

use crate::facts::convert::{SYSTEM_NAMESPACE, no_address};
use crate::kubernetes::{Cluster, list};

/// What the Service's last warning says, or else the scheduler of ServiceLB's pod.
pub(super) async fn reasons(cluster: &Cluster, service: &Service) -> Vec<NoAddressReason> {
    let about = format!("type=Warning,involvedObject.kind=Service,involvedObject.name={}", service.name);
    let events: Api<Event> = Api::namespaced(cluster.client.clone(), &service.namespace);
    let warning = |event: Event| no_address::warning(&event).into_iter().collect();
    let warnings = list(cluster, events, ListParams::default().fields(&about), "events", warning).await.unwrap_or_default();
    if let Some(last) = warnings.into_iter().max_by_key(|warning| warning.seen) {
        return vec![last.reason];
    }
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), SYSTEM_NAMESPACE);
    let of_service = ListParams::default().labels(&format!("{}={}", no_address::SERVICE_LB_LABEL, service.name));
    let refused = |pod: Pod| no_address::pod_not_scheduled(&pod, &service.namespace, &service.name).into_iter().collect();
    list(cluster, pods, of_service, "pods", refused).await.unwrap_or_default().into_iter().take(1).collect()
}
