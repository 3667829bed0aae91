//! The load balancer seen from where this program runs, for those who know that this is outside.

use lbprobe_analysis::documents::Report;
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::Plan;
use lbprobe_probe::ClientIdentity;
use lbprobe_protocol::{Observation, Outcome, Record};

use super::other_cluster::OtherCluster;
use crate::client_certificate;
use crate::error::Error;
use crate::kubernetes::Cluster;
use crate::settings::{Connection, Outside, Pods};
use crate::signals::Attention;
use crate::ssh;

/// From where to look, and with what.
#[derive(Clone, Copy)]
pub(super) struct Lookout<'a> {
    pub(super) outside: &'a Outside,
    pub(super) cluster: &'a Cluster,
    /// The way to this cluster; another one is in the same kubeconfig.
    pub(super) connection: &'a Connection,
    pub(super) pods: &'a Pods,
}

/// What was seen outside, and on which other machine.
#[derive(Debug)]
pub(super) struct Sight {
    pub(super) record: Record,
    pub(super) from: Option<String>,
}

impl Lookout<'_> {
    /// What is seen outside of the load balancer and of node ports; nothing where nobody asked, or there is nothing to dial.
    pub(super) async fn see(self, plan: &Plan, facts: &Facts) -> Result<Option<Sight>, Error> {
        let record = self.observe(&plan.for_outside_with_node_ports(&facts.service), facts).await?;
        Ok(record.map(|record| Sight { record, from: self.outside.named() }))
    }

    /// Whether every address of the load balancer answers there on every port; nothing where nobody asked, or
    /// there is no address.
    pub(super) async fn answers(self, report: &Report) -> Result<Option<bool>, Error> {
        let Some(record) = self.observe(&report.plan.for_outside(&report.facts.service), &report.facts).await? else { return Ok(None) };
        let samples = || {
            let of_check = |seen: &Observation| {
                let followed = seen.follow_ups.iter().map(|followed| followed.sample);
                seen.samples.iter().copied().chain(followed).collect::<Vec<_>>()
            };
            record.observations.iter().flat_map(of_check)
        };
        Ok(Some(samples().next().is_some() && samples().all(|sample| sample.outcome == Outcome::Answered)))
    }

    /// It shows the same client certificate as probes in pods. A signal ends it, and nothing stays behind.
    async fn observe(self, plan: &lbprobe_protocol::Plan, facts: &Facts) -> Result<Option<Record>, Error> {
        if plan.checks.is_empty() {
            return Ok(None);
        }
        let mut attention = Attention::begin();
        match self.outside {
            Outside::NotAsked => Ok(None),
            Outside::Here => {
                let identity = client_certificate::read(self.pods.client_certificate.as_ref())?.map(|certificate| certificate.identity);
                Box::pin(attention.or(here(plan, identity))).await.map(Some)
            }
            Outside::Ssh(host) => {
                let certificate = client_certificate::read(self.pods.client_certificate.as_ref())?;
                let identity = certificate.map(|certificate| certificate.variable).unwrap_or_default();
                let failed = |cause| Error::OutsideHost { host: host.as_str().to_owned(), cause };
                attention.or(async { ssh::observe(host, plan, &identity).await.map_err(failed) }).await.map(Some)
            }
            Outside::Context(context) => {
                let there = OtherCluster { context, own: self.cluster, connection: self.connection, pods: self.pods };
                Box::pin(there.observe(plan, facts, &mut attention)).await.map(Some)
            }
        }
    }
}

/// What this program sees itself. A signal that ends the look ends the command too.
async fn here(plan: &lbprobe_protocol::Plan, identity: Option<ClientIdentity>) -> Result<Record, Error> {
    let record = Box::pin(lbprobe_probe::observe(plan, identity)).await;
    if record.interrupted { std::future::pending().await } else { Ok(record) }
}
