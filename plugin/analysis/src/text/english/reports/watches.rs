//! What is said of a watch: what was lost, when, and what was not heard.

use super::{checks, targets};
use crate::text::english::{changes, unmeasured};
use crate::text::reports::{Losses, Now, Silence, WatchHeading};
use crate::vantage::Vantage;
use crate::watching::{Changed, Outage, Seconds, Turn, WatchGapReason, WatchUnknown};
use crate::words;

/// Vantages and changes that a line names.
const NAMED: usize = 3;

pub(crate) fn heading(watch: &WatchHeading<'_>) -> String {
    let WatchHeading { service, checks, vantages, interval_ms, length_ms } = *watch;
    format!(
        "Service {service}, {} from {}, every {} for {}, times in UTC",
        words::count(checks, "check"),
        words::count(vantages, "vantage"),
        Seconds(interval_ms.into()),
        Seconds(length_ms),
    )
}

pub(crate) fn losses(losses: &Losses<'_>) -> String {
    let Losses { vantages, target, port, samples, failed } = losses;
    let (vantages, target) = (words::short_list(vantages, NAMED), targets::in_cell(target));
    let port = checks::port(*port);
    format!("{vantages} to {target}, port {port}: {failed} of {samples} samples lost")
}

/// An outage; `from` and `until` are times of day.
pub(crate) fn outage(outage: &Outage, from: &str, until: Option<&str>) -> String {
    let length = match (until, outage.until_ms) {
        (Some(until), Some(until_ms)) => format!("to {until} ({})", Seconds(until_ms.saturating_sub(outage.from_ms))),
        _ => "to the end".to_owned(),
    };
    let when = format!("{from} {length}: {}", outage.outcome);
    let coincided: Vec<_> = outage.coincided.iter().map(changed).collect();
    if coincided.is_empty() { when } else { format!("{when}; just then {}", words::short_list(&coincided, NAMED)) }
}

pub(crate) fn silence(silence: &Silence<'_>) -> String {
    let Silence { vantages, from, until, reason } = silence;
    let when = if vantages.len() == 1 { format!("{from} to {until}") } else { format!("between {from} and {until}") };
    format!("{}, {when}: {}", words::short_list(vantages, NAMED), gap_reason(reason))
}

pub(crate) fn gap_reason(reason: &WatchGapReason) -> String {
    match reason {
        WatchGapReason::SamplesMissing => "samples are missing in the log".into(),
        WatchGapReason::NoSample => "no sample was made".into(),
        WatchGapReason::NothingHeard => "nothing was heard any more".into(),
        WatchGapReason::ProbeEnded => "the probe has ended".into(),
        WatchGapReason::Unmeasured(why) => unmeasured::reason(why),
        WatchGapReason::NotCreated { message } => message.clone(),
    }
}

pub(crate) fn changed(what: &Changed) -> String {
    match what {
        Changed::Service(change) => changes::change(change),
        Changed::KubeProxyEnded { node } => format!("kube-proxy on {node} ended"),
        Changed::KubeProxyAnswers { node } => format!("kube-proxy on {node} answers again"),
    }
}

pub(crate) fn unknown(what: &WatchUnknown) -> String {
    match what {
        WatchUnknown::Changes { reason } => format!("what changed: {reason}"),
        WatchUnknown::UnansweredPorts { ports } => format!(
            "whether UDP port {} was reached: no datagram was answered there from any node, and a server may answer none",
            crate::text::english::ports(ports)
        ),
        WatchUnknown::Clocks { ahead_ms } => {
            let direction = if *ahead_ms > 0 { "ahead of" } else { "behind" };
            let away = Seconds(ahead_ms.unsigned_abs());
            format!(
                "which clock is right: this machine's is {away} {direction} a node's; outages have the nodes' times, changes of the \
                 Service this machine's"
            )
        }
    }
}

/// How things stand while it goes on.
pub(crate) fn now(now: Now, elapsed: Seconds) -> String {
    let Now { answered, failing, unheard } = now;
    let unheard = if unheard == 0 { String::new() } else { format!(", {unheard} not heard") };
    format!("{answered} checks answer, {failing} do not{unheard}; Ctrl-C ends it ({elapsed})")
}

/// A check that was lost, or is back.
pub(crate) fn turn(turn: &Turn) -> String {
    use crate::watching::Turned;
    let target = targets::in_cell(&turn.target);
    let (mark, how) = match &turn.what {
        Turned::Lost(outcome) => ("LOST", outcome.to_string()),
        Turned::Back(after) => ("back", format!("answered again after {}", Seconds(*after))),
    };
    format!("{mark}  {} to {target}, port {}: {how}", turn.vantage, checks::port(turn.port))
}

/// A vantage from which nothing is heard.
pub(crate) fn not_heard(vantage: &Vantage, why: &str) -> String {
    format!("gap   {vantage}: {why}")
}

/// A vantage that is heard again.
pub(crate) fn heard_again(vantage: &str) -> String {
    format!("{vantage}: heard again")
}

/// What a watch is called while it begins.
pub(crate) fn watching(service: &str) -> String {
    format!("watching {service}")
}
