//! The words on standard error while a command works.

use std::time::Duration;

use super::{changes, notes, reports};
use crate::text::messages::{Message, Place, Question};
use crate::words;

/// Changes and vantages that a line names.
const NAMED: usize = 3;

/// Pods that it names: whoever agrees to a change that stays is to see all of them.
const PODS: usize = 30;

pub(crate) fn message(message: Message<'_>) -> String {
    match message {
        Message::Warning { cause } => format!("warning: {cause}"),
        Message::Error { cause } => format!("error: {cause}"),
        Message::Hint { hint } => format!("hint: {hint}"),
        Message::MetricsServed { address } => format!("metrics at http://{address}/metrics"),
        Message::Requested { what, access, took, failed } => requested(what, access, took, failed),
        Message::ProvingBegins { agreeing, mismatches } => proving_begins(agreeing, mismatches),
        Message::NodeProven { node, kube_proxy, checks, changed, nodes } => {
            format!("{node}: kube-proxy {kube_proxy}; checks: {checks} ({changed} of {nodes} changed)")
        }
        Message::NodeNotMeasured { node, cause } => format!("warning: {node} could not be measured again: {cause}"),
        Message::WaitingForLogin { command } => format!("waiting for {command}, the login command of the kubeconfig"),
        Message::DeadlineFixed { cause, seconds } => {
            format!("warning: {cause}; the cluster removes the probe pods {seconds} s after the start, done or not")
        }
        Message::DeadlineHint => "hint: kubectl auth can-i patch jobs; or a longer --deadline".into(),
        Message::Carrying { cause, nodes, bytes } => {
            let (bytes, nodes) = (notes::megabytes(bytes), words::count(nodes, "node"));
            format!("sending the probe to {nodes} in ConfigMaps ({bytes}), as {cause}")
        }
        Message::ProbingMore => "nodes of the same class differ: probing more of them".into(),
        Message::ProbingMoreFailed { cause } => format!("warning: {cause}; this is what the first nodes of each class saw"),
        Message::ProbingAgain { service, changes } => {
            let what: Vec<_> = changes.iter().map(changes::change).collect();
            format!("service {service} changed during the run ({}): probing once more", words::short_list(&what, NAMED))
        }
        Message::EphemeralContainers { pods } => format!(
            "--from puts the probe into {} as an ephemeral container: it ends by itself, but the pod's spec keeps it until the pod is replaced",
            words::short_list(pods, PODS)
        ),
        Message::SentInto { images, may_be_pulled, bytes } => sent_into(images, may_be_pulled, bytes),
        Message::KernelLook { nodes } => format!(
            "--evidence kernel starts a privileged pod on {} for a few seconds. It opens connections of its own and reads the node's \
             conntrack and ipvs tables. It looks through the environments of the node's processes for the probe beside it. It \
             traces its own packets by a table of nftables, which the kernel removes when the pod ends",
            words::short_list(nodes, NAMED)
        ),
        Message::KernelLeftOut => {
            "warning: the Service or its endpoints changed during the run: what the kernels showed is left out; run it again".into()
        }
        Message::OutsideLeftOut => {
            "warning: the Service changed during the run: what was seen from outside is left out; run it again".into()
        }
        Message::Removing => "interrupted: removing the probe pods (again to leave them to the cluster)".into(),
        Message::Removed { namespace } => format!("removed: nothing of this run is left in namespace {namespace}"),
        Message::NotConfirmed { vantages, most_seconds } => {
            let who = reports::checks::vantages(vantages);
            format!("warning: kubelet has not confirmed that the probe has ended: {who}; it ends by itself within about {most_seconds} s")
        }
        Message::CleanUpFailed { cause, seconds } => {
            format!("warning: failed to clean up: {cause}; the cluster does it by itself within about {seconds} s")
        }
        Message::Progress { pods, created, running, answered } => {
            format!("pods: {created} of {pods} created, {running} running, {answered} answered")
        }
        Message::Probing { service } => format!("probing {service}"),
        Message::NothingChanged => "nothing was changed".into(),
        Message::Changed { object } => format!("changed {object} in namespace {}; probing until it shows", object.namespace),
        Message::MaybeChanged { object } => {
            format!("it is not known whether {object} was changed; kubectl lbprobe fix SERVICE tells, and --undo reverts it")
        }
        Message::KeptByOther { owner, object } => {
            format!("warning: {owner} keeps {object} as its own source says, and will revert the change: make it there too")
        }
        Message::OwnedByOther { owner } => {
            format!("warning: {owner} owns the Service, and its controller may put the change back: make it there")
        }
        Message::Reports { before, after } => format!("reports: {before} and {after}"),
        Message::ReportNotSaved { cause, before } => format!("warning: {cause}; the report from before is {before}"),
        Message::Gone { object } => format!("{object} is gone: nothing is left to verify, or to put back"),
        Message::NotVerified { object } => format!("the change of {object} stays, and is not verified"),
        Message::NotVerifiedHint => "hint: kubectl lbprobe fix SERVICE --resume, or --undo".into(),
        Message::Pending { object, record } => format!("{object} {record}"),
        Message::Verifying { object, record } => {
            format!("{object} {record}; verifying it now, and putting back what does not help")
        }
        Message::UndoRecorded => "what puts it back is in the file of that run:".into(),
        Message::UndoComputed => "no file of that run is here; what puts back what the strategy changes:".into(),
        Message::PutBack { object, before } => format!("{object} is as it was before {before}"),
        Message::CleanedUp { objects, namespace } => format!("{} removed in {}", words::count(objects, "object"), place(namespace)),
        Message::WouldCleanUp { objects, namespace } => {
            format!("{} would be removed in {}", words::count(objects, "object"), place(namespace))
        }
        Message::PendingIn { object, record } => format!("{object} in namespace {} {record}", object.namespace),
        Message::PendingHint { command } => format!("hint: {command} --resume, or --undo"),
        Message::Accepted { expectations } => format!("all {expectations} expectations hold"),
        Message::NotAccepted { expectations, failing } => {
            format!("{} of {expectations} expectations do not hold: {}", failing.len(), failing.join("; "))
        }
        Message::LeftOver { object, namespace } => format!("{object} in namespace {namespace}"),
        Message::NothingWouldChange => "nothing would change".into(),
        Message::NoRecordIn { object, cause } => {
            format!("{object} in namespace {} has an annotation lbprobe/fix that is not a record of a change: {cause}", object.namespace)
        }
        Message::NoRecordHint { command } => format!("hint: {command}, once you know who wrote it"),
        Message::CompletionInstalled { file } => {
            format!("installed {file}: kubectl now completes kubectl lbprobe in every shell that has kubectl's own completion")
        }
    }
}

fn sent_into(images: &[String], may_be_pulled: bool, bytes: usize) -> String {
    let (images, bytes) = (words::short_list(images, NAMED), notes::megabytes(bytes));
    if may_be_pulled {
        format!("if the probe's image cannot be pulled, a second container runs {images}, and the probe ({bytes}) is sent to its shell")
    } else {
        format!("the container runs {images}, and the probe ({bytes}) is sent to its shell through the API server")
    }
}

fn place(namespace: Option<&str>) -> String {
    namespace.map_or_else(|| "all namespaces".to_owned(), |name| format!("namespace {name}"))
}

pub(crate) fn question(question: Question<'_>) -> String {
    match question {
        Question::Change { object } => format!("Change {object} in namespace {}?", object.namespace),
        Question::PutBack { object } => format!("Put {object} in namespace {} back?", object.namespace),
        Question::LookIntoKernels { nodes } => format!("Start {}?", words::count(nodes, "privileged pod")),
        Question::AddContainers { pods } => format!("Add it to {}?", words::count(pods, "pod")),
        Question::GoOn => "Go on?".into(),
    }
}

pub(crate) fn place_of_address(place: Place<'_>) -> String {
    match place {
        Place::Arguments { container } => format!("arguments of container {container}"),
        Place::Variable { name, container } => format!("env {name} of container {container}"),
        Place::ConfigMap { name, key } => format!("configmap/{name}, key {key}"),
    }
}

fn proving_begins(agreeing: usize, mismatches: usize) -> String {
    let today = if mismatches == 0 {
        format!("{} as predicted", words::count(agreeing, "check"))
    } else {
        format!(
            "{} not as predicted, so the rehearsal starts from something that is not so (kubectl lbprobe run says more)",
            words::count(mismatches, "check")
        )
    };
    format!("before the change: {today}. Change the nodes now; Ctrl-C ends this and reports")
}

fn requested(what: &str, (verb, resource): (&str, &str), took: Duration, failed: bool) -> String {
    let ended = if failed { ", failed" } else { "" };
    format!("{} ms  {verb} {resource}: {what}{ended}", took.as_millis())
}
