//! The words for expectations that are not met, or cannot be judged.

use super::changes::change;
use super::evidence::failed_check;
use super::expectations;
use super::reports::checks::vantages;
use crate::acceptance::{Shortfall, ShortfallReason};
use crate::words;

/// Names in a list before it says "and 41 more".
const NAMED: usize = 3;

/// The name of the case that so many nodes are measured.
pub(crate) fn minimum_nodes(minimum: usize) -> String {
    format!("at least {} measured", words::count(minimum, "node"))
}

/// "node2 and node3 (pod): timed out".
pub(crate) fn shortfall(shortfall: &Shortfall) -> String {
    let reason = reason(&shortfall.reason);
    if shortfall.vantages.is_empty() {
        return reason;
    }
    format!("{}: {reason}", vantages(&shortfall.vantages))
}

fn reason(reason: &ShortfallReason) -> String {
    match reason {
        ShortfallReason::Fails { failed } => failed_check(*failed),
        ShortfallReason::NobodyAnswered => "connected, but nobody answered".into(),
        ShortfallReason::Reached => "reached, and must not be".into(),
        ShortfallReason::NoStatus { wanted } => format!("no HTTP status; expected {wanted}"),
        ShortfallReason::OtherStatus { seen, wanted } => {
            let seen: Vec<_> = seen.iter().map(ToString::to_string).collect();
            format!("status {}, not {wanted}", words::list(&seen))
        }
        ShortfallReason::NoCertificate { wanted } => format!("no certificate; expected one for {wanted}"),
        ShortfallReason::OtherCertificate { seen, wanted } => {
            format!("a certificate for {}, not for {wanted}", words::short_list(seen, NAMED))
        }
        ShortfallReason::RedirectFails { to: Some(to), outcome } => format!("redirected to {to}, and there: {outcome}"),
        ShortfallReason::RedirectFails { to: None, outcome } => format!("repeated as curl makes it: {outcome}"),
        ShortfallReason::TooSlow { milliseconds, bound } => format!("{milliseconds} ms, not within {bound} ms"),
        ShortfallReason::SourceIsNodes => "the endpoint sees a node's address (by kube-proxy's rules)".into(),
        ShortfallReason::SourceIsClients => "the endpoint sees the client's address (by kube-proxy's rules)".into(),
        ShortfallReason::NotMeasured => "not measured".into(),
        ShortfallReason::NobodyAnsweredGuess => "connected, but nobody answered; the protocol there was only guessed".into(),
        ShortfallReason::SourceNotKnown => "it is not known which source address the endpoint sees".into(),
        ShortfallReason::TooFewNodes { measured, minimum } => {
            format!("{} measured, at least {minimum} required", words::count(*measured, "node"))
        }
        ShortfallReason::SelectsNothing => "it selects no vantage".into(),
        ShortfallReason::NoSuchTarget { to, port } => format!("the Service has no {} with port {port}", expectations::target(*to)),
        ShortfallReason::Changed { what } => {
            let what: Vec<_> = what.iter().map(change).collect();
            format!("changed during the run: {}", words::short_list(&what, NAMED))
        }
        ShortfallReason::NoReport { why } => why.clone(),
    }
}
