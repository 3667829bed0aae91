//! Why a load balancer has no address yet, from Events and from ServiceLB's pods.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, Pod};
use lbprobe_analysis::facts::NoAddressReason;
use lbprobe_analysis::words::printable;

/// Characters of a message that are kept.
const MESSAGE_CHARS: usize = 300;

/// By which ServiceLB names the Service that a pod of its is for.
pub(crate) const SERVICE_LB_LABEL: &str = "svccontroller.k3s.cattle.io/svcname";

/// The same for its namespace.
const SERVICE_LB_NAMESPACE_LABEL: &str = "svccontroller.k3s.cattle.io/svcnamespace";

/// What a controller warns of.
#[derive(Clone, Debug)]
pub(crate) struct Warning {
    /// The Service that it is about, by namespace and name.
    pub(crate) service: (String, String),
    /// When it was seen last.
    pub(crate) seen: Option<Timestamp>,
    pub(crate) reason: NoAddressReason,
}

/// An Event of type Warning on a Service; nothing of another Event.
pub(crate) fn warning(event: &Event) -> Option<Warning> {
    let object = &event.involved_object;
    let is_warning = event.type_.as_deref() == Some("Warning") && object.kind.as_deref() == Some("Service");
    let service = (object.namespace.clone()?, object.name.clone()?);
    let seen = event.last_timestamp.as_ref().map(|time| time.0).or_else(|| event.event_time.as_ref().map(|time| time.0));
    let [reason, message] = [&event.reason, &event.message].map(|text| printable(text.as_deref().unwrap_or_default(), MESSAGE_CHARS));
    is_warning.then_some(Warning { service, seen, reason: NoAddressReason::Event { reason, message } })
}

/// What the scheduler says of a pod of ServiceLB's for a Service, where it is on no node.
pub(crate) fn pod_not_scheduled(pod: &Pod, namespace: &str, service: &str) -> Option<NoAddressReason> {
    let labels = pod.metadata.labels.as_ref()?;
    // Older releases name the Service alone.
    let is_of_namespace = labels.get(SERVICE_LB_NAMESPACE_LABEL).is_none_or(|name| name == namespace);
    let is_meant = is_of_namespace && labels.get(SERVICE_LB_LABEL).is_some_and(|name| name == service);
    let conditions = pod.status.as_ref()?.conditions.iter().flatten();
    let refused = conditions.filter(|condition| condition.type_ == "PodScheduled" && condition.status == "False");
    let message = refused.filter(|_| is_meant).find_map(|condition| condition.message.as_deref())?;
    Some(NoAddressReason::PodNotScheduled {
        pod: pod.metadata.name.clone().unwrap_or_default(),
        message: printable(message, MESSAGE_CHARS),
    })
}
