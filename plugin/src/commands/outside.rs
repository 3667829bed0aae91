//! The load balancer seen from where this program runs, for those who know that this is outside.

use lbprobe_analysis::documents::Report;
use lbprobe_protocol::{Observation, Outcome};

use crate::settings::Outside;

/// Whether every address of the load balancer answers here on every port; nothing where nobody asked, or
/// there is no address.
pub(super) async fn answers(outside: Outside, report: &Report) -> Option<bool> {
    if outside == Outside::NotAsked {
        return None;
    }
    let plan = report.plan.for_outside(&report.facts.service);
    if plan.checks.is_empty() {
        return None;
    }
    let record = lbprobe_probe::observe(&plan).await;
    if record.interrupted {
        // The signal that ended it ends the command too: whoever listens to signals does that.
        return std::future::pending().await;
    }
    let samples = || {
        let of_check = |seen: &Observation| {
            let followed = seen.follow_ups.iter().map(|followed| followed.sample);
            seen.samples.iter().copied().chain(followed).collect::<Vec<_>>()
        };
        record.observations.iter().flat_map(of_check)
    };
    Some(samples().next().is_some() && samples().all(|sample| sample.outcome == Outcome::Answered))
}
