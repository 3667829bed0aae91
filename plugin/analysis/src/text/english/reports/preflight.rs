//! The words of what a run would meet.

use crate::preflight::{Admission, DeliveryPlan, Purpose, Readiness, Right, Rights, Trial, TriedObject};
use crate::text::english::notes;
use crate::words;

/// What it comes to: a word that stands out, and a sentence.
pub(crate) fn readiness(readiness: Readiness, nodes: usize, namespace: &str) -> (&'static str, String) {
    let run = format!("probe {} with pods in namespace {namespace}", words::count(nodes, "node"));
    match readiness {
        Readiness::Ready => ("READY", format!("a run can {run}")),
        Readiness::Partly => ("PARTLY READY", format!("a run can {run}, but not everything will be measured or known")),
        Readiness::NotReady => ("NOT READY", "a run cannot measure anything here".to_owned()),
    }
}

pub(crate) fn rights(rights: &Rights) -> String {
    let what = match rights.purpose {
        Purpose::Read => "read Services, endpoints and nodes",
        Purpose::Probe => "start probe pods, hear of them, and remove them",
        Purpose::Carry => "send the probe in ConfigMaps",
        Purpose::ReadMore => "read what makes answers surer: kube-proxy's configuration, the pod network, policies, events",
        Purpose::Fix => "change a Service (fix --apply)",
    };
    if rights.missing.is_empty() {
        return what.to_owned();
    }
    let places: Vec<_> = rights.missing.chunk_by(|one, other| one.namespace == other.namespace).map(in_one_place).collect();
    format!("{what}: not allowed to {}", places.join("; "))
}

fn in_one_place(rights: &[Right]) -> String {
    let what: Vec<_> = rights.iter().map(|right| format!("{} {}", right.verb, right.resource)).collect();
    let namespace = rights.first().and_then(|right| right.namespace.as_ref());
    let place = namespace.map(|namespace| format!(" in namespace {namespace}")).unwrap_or_default();
    format!("{}{place}", words::list(&what))
}

/// Nodes that are named; the others are counted.
const NODES: usize = 3;

pub(crate) fn trial(trial: &Trial) -> String {
    let what = match trial.object {
        TriedObject::Job => "the run's Job",
        TriedObject::Pod => "a probe pod",
        TriedObject::HostPod => "a probe pod on the host network",
        TriedObject::Secret => "a Secret for the client certificate",
        TriedObject::ConfigMap => "a ConfigMap that carries the probe",
    };
    let place = trial.nodes.as_ref().map(|nodes| format!(" on {}", words::short_list(nodes, NODES))).unwrap_or_default();
    match &trial.admission {
        Admission::Admitted => format!("{what}{place}"),
        Admission::Refused(message) => format!("{what}{place}: {message}"),
        Admission::NotAsked(webhook) => format!("{what}{place}: webhook {webhook} may have side effects, so only a real run shows it"),
    }
}

pub(crate) fn not_tried(nodes: usize) -> String {
    format!("the pods of {}: not tried, because there are too many kinds of pods", words::count(nodes, "node"))
}

pub(crate) fn delivery(plan: &DeliveryPlan) -> String {
    match plan {
        DeliveryPlan::Image { image, without: 0 } => format!("in image {image}, which every node lists"),
        DeliveryPlan::Image { image, without } => {
            let nodes = words::count(*without, "node");
            format!("in image {image}; {nodes} may have to pull it, and whether that works is not known")
        }
        DeliveryPlan::ConfigMaps(carried) => {
            let (bytes, nodes) = (notes::megabytes(carried.bytes), words::count(carried.nodes, "node"));
            format!("in ConfigMaps, without a registry: {bytes} to {nodes}")
        }
    }
}
