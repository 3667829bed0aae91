//! The load balancer seen from where this program runs, for those who know that this is outside.

use lbprobe_analysis::documents::Report;
use lbprobe_analysis::facts::Service;
use lbprobe_analysis::plan::Plan;
use lbprobe_protocol::{Observation, Outcome, Record};

use crate::client_certificate;
use crate::error::Error;
use crate::settings::{Outside, Pods};
use crate::ssh;

/// What was seen outside, and on which other machine.
#[derive(Debug)]
pub(super) struct Sight {
    pub(super) record: Record,
    pub(super) from: Option<String>,
}

/// What a machine outside sees of the load balancer and of node ports; nothing where nobody asked, or there is nothing to dial.
pub(super) async fn see(outside: &Outside, pods: &Pods, plan: &Plan, service: &Service) -> Result<Option<Sight>, Error> {
    let record = observe(outside, pods, &plan.for_outside_with_node_ports(service)).await?;
    let from = match outside {
        Outside::Ssh(host) => Some(host.as_str().to_owned()),
        Outside::NotAsked | Outside::Here => None,
    };
    Ok(record.map(|record| Sight { record, from }))
}

/// It shows the same client certificate as probes in pods.
async fn observe(outside: &Outside, pods: &Pods, plan: &lbprobe_protocol::Plan) -> Result<Option<Record>, Error> {
    let certificate = client_certificate::read(pods.client_certificate.as_ref())?;
    match outside {
        Outside::Here if !plan.checks.is_empty() => {
            let identity = certificate.map(|certificate| certificate.identity);
            Ok(Some(Box::pin(lbprobe_probe::observe(plan, identity)).await))
        }
        Outside::Ssh(host) if !plan.checks.is_empty() => {
            let identity = certificate.map(|certificate| certificate.variable).unwrap_or_default();
            let seen = ssh::observe(host, plan, &identity).await;
            seen.map(Some).map_err(|cause| Error::OutsideHost { host: host.as_str().to_owned(), cause })
        }
        Outside::NotAsked | Outside::Here | Outside::Ssh(_) => Ok(None),
    }
}

/// Whether every address of the load balancer answers there on every port; nothing where nobody asked, or
/// there is no address.
pub(super) async fn answers(outside: &Outside, pods: &Pods, report: &Report) -> Result<Option<bool>, Error> {
    let Some(record) = observe(outside, pods, &report.plan.for_outside(&report.facts.service)).await? else { return Ok(None) };
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
