//! What is said around fixes, and of what they have brought.

use super::checks::vantages;
use crate::fix_outcome::{FixOutcome, FromOutside};
use crate::kube_proxy::Outside;
use crate::remedies::{After, Fix, Need, Requirement};
use crate::text::english::remedies;
use crate::words;

/// A fix by its name for `fix --strategy`, where it has one.
pub(crate) fn by_strategy(fix: &Fix) -> String {
    let what = remedies::what(&fix.remedy);
    match fix.remedy.strategy() {
        Some(strategy) => format!("{what} (--strategy {strategy})"),
        None => what,
    }
}

/// A fix in one line: what is not met, and why it does not help.
pub(crate) fn in_short(fix: &Fix) -> String {
    let unmet = fix.needs.iter().filter(|need| need.standing == Requirement::NotMet);
    let unmet: Vec<_> = unmet.map(|need| remedies::prerequisite(need.prerequisite)).collect();
    let unmet = if unmet.is_empty() { String::new() } else { format!(" (not met: {})", words::list(&unmet)) };
    let caveat = remedies::caveats(&fix.caveats).map(|caveat| format!(" ({caveat})")).unwrap_or_default();
    format!("{}{unmet}{caveat}", remedies::what(&fix.remedy))
}

pub(crate) fn need(need: &Need) -> String {
    format!("{} ({})", remedies::prerequisite(need.prerequisite), remedies::requirement(need.standing))
}

/// What is expected after a fix.
pub(crate) fn after(after: &After) -> String {
    let inside = match (after.failing, after.before) {
        (0, _) => "every check inside is expected to answer".into(),
        (failing, before) if failing < before => {
            format!("{failing} checks are expected to fail, {before} now: from {}", vantages(&after.vantages))
        }
        (failing, _) => format!("no help here: {failing} checks are still expected to fail"),
    };
    let outside = match after.outside {
        Some(Outside::SourceKept) => "; clients outside keep their source address",
        Some(Outside::SourceLost) => "; clients outside show a node's address",
        Some(Outside::SourceHidden) => "; clients outside show the load balancer's address",
        Some(Outside::SourceInHeader) => "; the PROXY header names clients outside",
        Some(Outside::Unanswered) => "; clients outside are not answered",
        None => "",
    };
    format!("{inside}{outside}")
}

/// What a change has brought inside.
pub(crate) fn outcome(outcome: &FixOutcome) -> String {
    match outcome {
        FixOutcome::Fixed => "it helped: everything is answered".into(),
        FixOutcome::ServiceChanged => "the Service changed while it was measured".into(),
        FixOutcome::PartlyMeasured { missing } => {
            format!("it helped as far as it could be measured; not measured: {}", vantages(missing))
        }
        FixOutcome::Better { failing } if failing.is_empty() => "it helped, but another fault remains".into(),
        FixOutcome::Better { failing } => format!("it helped in part: {} still fail", vantages(failing)),
        FixOutcome::NoBetter => "it did not help: what failed still fails".into(),
        FixOutcome::Broke { vantages: broken } => format!("it broke what worked: {}", vantages(broken)),
        FixOutcome::BrokeOutside => "it broke what worked: the load balancer no longer answers outside".into(),
        FixOutcome::NotMeasured => "no improvement was seen, and not everything could be measured".into(),
    }
}

/// What it has brought outside.
pub(crate) const fn from_outside(outside: FromOutside) -> &'static str {
    match (outside.before, outside.after) {
        (true, true) => "seen from outside: answered before and after",
        (true, false) => "seen from outside: answered before, but no longer",
        (false, true) => "seen from outside: answered now, but not before",
        (false, false) => "seen from outside: answered neither before nor after",
    }
}
