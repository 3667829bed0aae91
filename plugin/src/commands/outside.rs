//! The load balancer seen from where this program runs, for those who know that this is outside.

use lbprobe_analysis::documents::Report;
use lbprobe_analysis::facts::Service;
use lbprobe_analysis::plan::Plan;
use lbprobe_protocol::{Observation, Outcome, Record};

use crate::error::Error;
use crate::settings::Outside;
use crate::ssh;

/// What was seen outside, and on which other machine.
#[derive(Debug)]
pub(super) struct Sight {
    pub(super) record: Record,
    pub(super) from: Option<String>,
}

/// What a machine outside sees of the load balancer and of node ports; nothing where nobody asked, or there is nothing to dial.
pub(super) async fn see(outside: &Outside, plan: &Plan, service: &Service) -> Result<Option<Sight>, Error> {
    let record = observe(outside, &plan.for_outside_with_node_ports(service)).await?;
    let from = match outside {
        Outside::Ssh(host) => Some(host.as_str().to_owned()),
        Outside::NotAsked | Outside::Here => None,
    };
    Ok(record.map(|record| Sight { record, from }))
}

async fn observe(outside: &Outside, plan: &lbprobe_protocol::Plan) -> Result<Option<Record>, Error> {
    match outside {
        Outside::Here if !plan.checks.is_empty() => Ok(Some(lbprobe_probe::observe(plan).await)),
        Outside::Ssh(host) if !plan.checks.is_empty() => {
            let seen = ssh::observe(host, plan).await;
            seen.map(Some).map_err(|cause| Error::OutsideHost { host: host.as_str().to_owned(), cause })
        }
        Outside::NotAsked | Outside::Here | Outside::Ssh(_) => Ok(None),
    }
}

/// Whether every address of the load balancer answers there on every port; nothing where nobody asked, or
/// there is no address.
pub(super) async fn answers(outside: &Outside, report: &Report) -> Result<Option<bool>, Error> {
    let Some(record) = observe(outside, &report.plan.for_outside(&report.facts.service)).await? else { return Ok(None) };
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
    Ok(Some(samples().next().is_some() && samples().all(|sample| sample.outcome == Outcome::Answered)))
}
