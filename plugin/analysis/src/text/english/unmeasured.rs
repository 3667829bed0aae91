//! The words for why nothing was measured, and for what helps.

use super::ports;
use crate::diagnosis::UnmeasuredChecks;
use crate::observations::Unmeasured;
use crate::observations::{NODE_PLACE, with_word};
use crate::{shell, words};

pub(crate) fn reason(why: &Unmeasured) -> String {
    match why {
        Unmeasured::OutOfMemory => "the probe ran out of memory and was killed (OOMKilled)".into(),
        Unmeasured::NotStarted { message } => format!("the probe could not be started: {message}"),
        Unmeasured::Terminated => "the probe was ended by SIGTERM before it answered (exit code 143)".into(),
        Unmeasured::Killed => "the probe was killed before it answered (exit code 137)".into(),
        Unmeasured::Exited { code, word, message } if message.is_empty() => {
            format!("the probe ended with exit code {code} ({word})")
        }
        Unmeasured::Exited { code, word, message } => {
            format!("the probe ended with exit code {code} ({word}); it said: {message}")
        }
        Unmeasured::PodFailed { word, message } => format!("the pod failed ({word}): {message}"),
        Unmeasured::ImageNotPulled { message } => format!("the probe's image cannot be pulled: {message}"),
        Unmeasured::ImageAbsent { message } => format!("the node lists this image but cannot use it: {message}"),
        Unmeasured::NeverChanged { message } => {
            format!("a policy of the cluster changed imagePullPolicy Never, and the node's own image cannot be pulled: {message}")
        }
        Unmeasured::ContainerNotStarted { message } => format!("the probe's container cannot be started: {message}"),
        Unmeasured::ShellNotStarted { image, message } => format!("the image {image} has no usable shell: {message}"),
        Unmeasured::NoAnswer => "the probe's answer never arrived, neither in its log nor in its termination message".into(),
        Unmeasured::OtherRelease { message } => format!("the probe is of another release than this plugin: {message}"),
        Unmeasured::BadAnswer { message } => format!("the probe gave no usable answer: {message}"),
        Unmeasured::NotAProbe { message, line } => format!("the probe gave no usable answer: {message}; it said: {line}"),
        Unmeasured::ServerSilent { message } => format!("the API server reported nothing about the pod: {message}"),
        Unmeasured::NotStarting { message, .. } => format!("the pod does not start: {message}"),
        Unmeasured::KubeletSilent { seconds } => {
            format!("kubelet has not picked up the pod; its last sign of life was {seconds} s before the run")
        }
        Unmeasured::StartOverdue { milliseconds } => format!("kubelet did not start the pod within {} s", in_seconds(*milliseconds)),
        Unmeasured::AnswerOverdue { milliseconds } => {
            format!("the probe runs, but gave no answer within {} s", in_seconds(*milliseconds))
        }
        Unmeasured::RunEnded => "the run ended before the probe answered".into(),
        Unmeasured::PodRemoved => "the pod was removed by somebody else before it answered".into(),
        Unmeasured::NotCreated { message, .. } => format!("the pod was not created: {message}"),
        Unmeasured::ChecksMissing { missing, of } => {
            format!("{missing} of {} had no observation in the probe's answer", words::count(*of, "check"))
        }
        Unmeasured::NobodySpoke { ports: numbers } => {
            format!("port {}: connections succeed, but nobody answered on them, and the protocol there was only guessed", ports(numbers))
        }
        Unmeasured::NobodyAnsweredDatagrams { ports: numbers } => {
            format!(
                "UDP port {}: no answer from any vantage: datagrams are dropped, or the servers do not reply to what was sent",
                ports(numbers)
            )
        }
        Unmeasured::Other { message, .. } => message.clone(),
    }
}

/// What the user can do about it.
pub(crate) fn hint(why: &Unmeasured) -> Option<String> {
    let hint = match why {
        Unmeasured::OutOfMemory => "fewer ports or --samples at a time; a LimitRange may have lowered the pod's limit",
        Unmeasured::NotStarted { .. } => "--image names the probe's image",
        Unmeasured::Exited { .. } => "--image names the probe's image of this release",
        Unmeasured::ImageNotPulled { .. } => {
            "--delivery configmap needs no registry; --image and --image-pull-secret name an image that the nodes can pull"
        }
        Unmeasured::ImageAbsent { .. } => "--image and --image-pull-secret name an image that the nodes can pull",
        Unmeasured::NeverChanged { .. } => {
            "the admission plugin AlwaysPullImages and some policies do that: --image and --image-pull-secret name an image that can be pulled"
        }
        Unmeasured::ContainerNotStarted { .. } => "--image names another image; kubectl get events shows kubelet's own words",
        Unmeasured::ShellNotStarted { .. } => "--debug-image names an image with a shell, busybox for instance; --image one of the probe",
        Unmeasured::OtherRelease { .. } => {
            "kubectl lbprobe image shows this release's image; --delivery configmap sends the probe of this release along"
        }
        Unmeasured::NotAProbe { .. } => "--image names the probe's image; another program's output is no answer",
        Unmeasured::ServerSilent { .. } => "kubectl cluster-info; a longer --request-timeout where the server is slow",
        Unmeasured::NobodySpoke { .. } => {
            "--scheme http, https or tls if that is spoken there: then silence is a fault; --scheme tcp if a connection is enough"
        }
        Unmeasured::NobodyAnsweredDatagrams { .. } => "send what these servers answer: --udp-payload HEX, or --dns-name NAME",
        Unmeasured::NotStarting { namespace, .. } => {
            return Some(format!("kubectl get events -n {} --field-selector type=Warning", shell::quoted(namespace)));
        }
        Unmeasured::KubeletSilent { .. } => return Some(format!("kubectl describe node {NODE_PLACE}")),
        Unmeasured::StartOverdue { .. } => {
            return Some(format!("kubectl describe node {NODE_PLACE}; a longer --start-timeout where nodes are slow"));
        }
        Unmeasured::NotCreated { hint, .. } | Unmeasured::Other { hint, .. } => return hint.clone(),
        Unmeasured::Terminated
        | Unmeasured::Killed
        | Unmeasured::PodFailed { .. }
        | Unmeasured::NoAnswer
        | Unmeasured::BadAnswer { .. }
        | Unmeasured::AnswerOverdue { .. }
        | Unmeasured::RunEnded
        | Unmeasured::PodRemoved
        | Unmeasured::ChecksMissing { .. } => return None,
    };
    Some(hint.to_owned())
}

#[expect(clippy::cast_precision_loss, reason = "times of a run are far below 2^52 milliseconds")]
fn in_seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// The reason of a group, with the node's name where there is only one.
pub(crate) fn reason_of(group: &UnmeasuredChecks) -> String {
    let reason = reason(&group.why);
    group.only_node().map_or_else(|| reason.clone(), |node| with_word(&reason, NODE_PLACE, node))
}

/// What helps a group: for its node, or for one of them.
pub(crate) fn hint_of(group: &UnmeasuredChecks) -> Option<String> {
    let hint = hint(&group.why)?;
    let first = group.vantages.first()?;
    let of_first = with_word(&hint, NODE_PLACE, &first.node);
    if group.only_node().is_some() || of_first == hint {
        return Some(of_first);
    }
    Some(if hint.ends_with(NODE_PLACE) {
        format!("{hint}, for instance {}", first.node)
    } else {
        format!("{hint} ({NODE_PLACE}: {}, for instance)", first.node)
    })
}
