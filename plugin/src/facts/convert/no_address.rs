//! Why a load balancer has no address yet, or was not brought up to date, from Events and from ServiceLB's pods.

use std::collections::HashMap;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{ContainerPort, Event, Pod};
use lbprobe_analysis::facts::{FailedSync, NoAddressReason};
use lbprobe_analysis::words::printable;

use super::pod_network::containers;

/// Characters of a message that are kept: its beginning says what was tried, and its end what was wrong with it.
const MESSAGE_CHARS: usize = 300;
const END_CHARS: usize = 200;

/// By which ServiceLB names the Service that a pod of its is for.
pub(crate) const SERVICE_LB_LABEL: &str = "svccontroller.k3s.cattle.io/svcname";

/// How the names of its DaemonSets begin.
const SERVICE_LB_PREFIX: &str = "svclb-";

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
    let seen = seen(event);
    let [reason, message] = reason_and_message(event);
    is_warning.then_some(Warning { service, seen, reason: NoAddressReason::Event { reason, message } })
}

/// Part of the reasons of Events by which controllers of clouds say that a load balancer could not be made or changed.
const OF_LOAD_BALANCERS: &str = "LoadBalancer";

/// How those of the AWS Load Balancer Controller begin.
const OF_MODELS: [&str; 3] = ["FailedBuildModel", "FailedDeployModel", "FailedReconcile"];

/// How reasons begin that stand for success: "EnsuredLoadBalancer". "EnsuringLoadBalancer" is an attempt.
const SUCCESSES: [&str; 5] = ["Ensured", "Updated", "Created", "Successfully", "Synced"];

/// What Events say of the last time that controllers brought load balancers up to date.
#[derive(Clone, Debug, Default)]
pub(crate) struct Syncs(HashMap<(String, String), LastSync>);

#[derive(Clone, Debug, Default)]
struct LastSync {
    succeeded: Option<Timestamp>,
    failed: Option<(Option<Timestamp>, FailedSync)>,
}

impl Syncs {
    /// Takes an Event of a Service; any other is passed over.
    pub(crate) fn add(&mut self, event: &Event) {
        let object = &event.involved_object;
        let (Some(namespace), Some(name)) = (object.namespace.clone(), object.name.clone()) else { return };
        let reason = event.reason.as_deref().unwrap_or_default();
        let is_of_controller = reason.contains(OF_LOAD_BALANCERS) || OF_MODELS.contains(&reason) || reason == "SuccessfullyReconciled";
        if object.kind.as_deref() != Some("Service") || !is_of_controller {
            return;
        }
        let seen = seen(event);
        let sync = self.0.entry((namespace, name)).or_default();
        if event.type_.as_deref() == Some("Warning") {
            let [reason, message] = reason_and_message(event);
            if sync.failed.as_ref().is_none_or(|(known, _)| seen >= *known) {
                sync.failed = Some((seen, FailedSync { reason, message }));
            }
        } else if SUCCESSES.iter().any(|success| reason.starts_with(success)) {
            sync.succeeded = sync.succeeded.max(seen);
        }
    }

    /// The last failure of a Service's controller, where no success is known to be later.
    pub(crate) fn last_failure(&self, service: &(String, String)) -> Option<FailedSync> {
        let LastSync { succeeded, failed } = self.0.get(service)?;
        let (seen, failure) = failed.as_ref()?;
        succeeded.is_none_or(|succeeded| seen.is_some_and(|seen| seen > succeeded)).then(|| failure.clone())
    }
}

fn reason_and_message(event: &Event) -> [String; 2] {
    [&event.reason, &event.message].map(|text| both_ends(text.as_deref().unwrap_or_default()))
}

/// When it was seen last. One that comes again and again counts in a series.
fn seen(event: &Event) -> Option<Timestamp> {
    let in_series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref()).map(|time| time.0);
    let once = || event.event_time.as_ref().map(|time| time.0);
    in_series.or(event.last_timestamp.as_ref().map(|time| time.0)).or_else(once)
}

/// A text on one line, without its middle where it is long: clouds put whole documents into such messages.
fn both_ends(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let count = text.chars().count();
    if count <= MESSAGE_CHARS + END_CHARS {
        return printable(&text, count);
    }
    let end: String = text.chars().skip(count - END_CHARS).collect();
    format!("{} {}", printable(&text, MESSAGE_CHARS), printable(&end, END_CHARS))
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

/// The labels by which ServiceLB's DaemonSet for a Service chooses nodes, where it finds none.
pub(crate) fn no_node_chosen(sets: &[DaemonSet], namespace: &str, service: &str) -> Option<NoAddressReason> {
    let own = service_lb_set(sets, namespace, service)?;
    let is_nowhere = own.status.as_ref().is_some_and(|status| status.desired_number_scheduled == 0);
    let wanted = own.spec.as_ref()?.template.spec.as_ref()?.node_selector.clone().unwrap_or_default();
    let labels: Vec<_> = wanted.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let daemon_set = format!("{}/{}", own.metadata.namespace.as_deref()?, own.metadata.name.as_deref()?);
    (is_nowhere && !labels.is_empty()).then_some(NoAddressReason::NoNodeChosen { daemon_set, labels })
}

/// ServiceLB's DaemonSet for a Service. One with its labels comes before one of its name: an older release may have left that, and it
/// keeps the ports (k3os issue 208; k3s, `newDaemonSet`).
fn service_lb_set<'a>(sets: &'a [DaemonSet], namespace: &str, service: &str) -> Option<&'a DaemonSet> {
    let label = |set: &DaemonSet, key: &str| set.metadata.labels.as_ref()?.get(key).cloned();
    // Older releases keep the DaemonSet in the Service's namespace.
    let own_namespace = |set: &DaemonSet| label(set, SERVICE_LB_NAMESPACE_LABEL).or_else(|| set.metadata.namespace.clone());
    let here: Vec<_> = sets.iter().filter(|set| own_namespace(set).as_deref() == Some(namespace)).collect();
    let of = |set: &DaemonSet| label(set, SERVICE_LB_LABEL);
    let is_named = |set: &DaemonSet| set.metadata.name.as_deref().and_then(|name| name.strip_prefix(SERVICE_LB_PREFIX)) == Some(service);
    let labelled = here.iter().find(|set| of(set).as_deref() == Some(service));
    labelled.or_else(|| here.iter().find(|set| of(set).is_none() && is_named(set))).copied()
}

/// Who has a port that ServiceLB's pods for a Service need, where none of them is Ready.
pub(crate) fn port_taken(sets: &[DaemonSet], namespace: &str, service: &str) -> Option<NoAddressReason> {
    let own = service_lb_set(sets, namespace, service)?;
    let ready = |set: &DaemonSet| set.status.as_ref().map(|status| status.number_ready);
    if ready(own) != Some(0) {
        return None;
    }
    let wanted = host_ports(own);
    let is_another = |set: &&DaemonSet| (&set.metadata.namespace, &set.metadata.name) != (&own.metadata.namespace, &own.metadata.name);
    let others = sets.iter().filter(is_another).filter(|set| ready(set).is_some_and(|ready| ready > 0));
    let mut taken = others.filter_map(|set| {
        let (port, _) = host_ports(set).into_iter().find(|port| wanted.contains(port))?;
        Some((port, format!("{}/{}", set.metadata.namespace.as_deref()?, set.metadata.name.as_deref()?)))
    });
    taken.next().map(|(port, by)| NoAddressReason::PortTaken { port, by })
}

/// With their protocols.
fn host_ports(set: &DaemonSet) -> Vec<(u16, String)> {
    let ports = containers(set).iter().flat_map(|container| container.ports.iter().flatten());
    let with_protocol = |port: &ContainerPort| {
        let protocol = port.protocol.clone().unwrap_or_else(|| "TCP".into());
        Some((u16::try_from(port.host_port?).ok()?, protocol))
    };
    ports.filter_map(with_protocol).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_long_message_ends_with_is_kept() {
        assert_eq!(both_ends("  one\n\ttwo "), "one two");
        let long = format!("failed to ensure load balancer: {{ {} }}: no node port", "\"field\": 1,  ".repeat(80));
        let kept = both_ends(&long);
        assert!(kept.starts_with("failed to ensure") && kept.contains('…') && kept.ends_with(": no node port"), "{kept}");
        assert!(kept.chars().count() <= MESSAGE_CHARS + END_CHARS + 2);
    }
}
