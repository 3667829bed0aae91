//! The load balancer seen from where this program runs, for those who know that this is outside.

use lbprobe_analysis::documents::Report;
use lbprobe_analysis::facts::Service;
use lbprobe_analysis::plan::Plan;
use lbprobe_protocol::{Observation, Outcome, Record};

use crate::settings::Outside;

/// What this machine sees of the load balancer and of node ports; nothing where nobody asked, or there is nothing to dial.
pub(super) async fn record(outside: Outside, plan: &Plan, service: &Service) -> Option<Record> {
    let plan = plan.for_outside_with_node_ports(service);
    if outside == Outside::NotAsked || plan.checks.is_empty() {
        return None;
    }
    Some(lbprobe_probe::observe(&plan).await)
}

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
