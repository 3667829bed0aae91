//! `rehearse`: a change to kube-proxy, before it is made.

use std::collections::HashSet;
use std::mem::{Discriminant, discriminant};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use lbprobe_analysis::change::Change;
use lbprobe_analysis::plan::{Network, PlanOptions};

use super::kubernetes::KubernetesArguments;
use super::probes::ProbeArguments;
use super::redaction::RedactionArguments;
use super::{explain, validate};
use crate::settings::{Command, Output, Prove, RehearsalForm, Rehearse, RehearsedIn, Scope, ServiceReference, syntax};

/// What `rehearse` takes.
#[derive(Debug, Args)]
pub(crate) struct RehearseArguments {
    /// The change: mode=nftables, kube-proxy=1.40, clusterCIDR=10.244.0.0/16, cni=cilium@1.18; several are made together
    #[arg(long = "to", value_name = "KEY=VALUE", required = true, value_parser = of_kube_proxy)]
    pub(crate) changes: Vec<Change>,
    /// File to read instead of the cluster, as for explain; - is standard input
    #[arg(short, long, value_name = "FILE")]
    filename: Option<PathBuf>,
    /// Nodes to ask about, comma-separated; all by default
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    node: Vec<String>,
    /// Label selector of the nodes to ask about; not with a file
    #[arg(short = 'l', long, value_name = "SELECTOR", conflicts_with = "filename")]
    selector: Option<String>,
    /// Networks to start from, comma-separated
    #[arg(long, value_delimiter = ',', default_value = "pod,host", value_parser = validate::network())]
    vantage: Vec<Network>,
    /// Service to prove the rehearsal with: probe it now, watch it while you change the nodes, probe
    /// each node again once its kube-proxy is back, and compare. NAME, svc/NAME, or what clients dial
    #[arg(long, value_name = "SERVICE", value_parser = syntax::service_reference, conflicts_with = "filename")]
    pub(crate) prove: Option<ServiceReference>,
    /// With --prove, how long to wait until every node has changed; Ctrl-C ends it early
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = validate::watch_duration, requires = "prove")]
    r#for: Duration,
    /// Form of the rehearsal on standard output
    #[arg(short, long, value_enum, default_value_t = RehearsalForm::Document(Output::Table))]
    output: RehearsalForm,
    #[command(flatten)]
    redaction: RedactionArguments,
    #[command(flatten)]
    kubernetes: KubernetesArguments,
    #[command(flatten)]
    probes: ProbeArguments,
}

/// Time between two samples while nodes change.
const INTERVAL: Duration = Duration::from_secs(1);

/// Samples of each check, before and after.
const SAMPLES: u8 = 2;

impl RehearseArguments {
    pub(super) fn command(self) -> Command {
        let kinds: HashSet<_> = self.changes.iter().map(kind).collect();
        if kinds.len() < self.changes.len() {
            conflict("--to: one kind of change is there twice")
        }
        match self.prove.clone() {
            Some(service) => Command::Prove(Box::new(self.proof_of(service))),
            None => Command::Rehearse(Box::new(self.settings())),
        }
    }

    fn proof_of(self, service: ServiceReference) -> Prove {
        if self.changes.iter().any(|change| matches!(change, Change::PodNetwork(_))) {
            conflict("--prove cannot see another pod network arrive. Use: kubectl lbprobe run before it, kubectl lbprobe verify after it")
        }
        let RehearsalForm::Document(output) = self.output else { conflict("--prove writes a table, JSON or YAML") };
        if !self.vantage.contains(&Network::Host) {
            conflict("--prove needs --vantage host: probes on hosts see kube-proxy change")
        }
        let (namespace, connection) = self.kubernetes.settings();
        Prove {
            connection,
            scope: Scope { service, namespace, selector: self.selector },
            changes: self.changes,
            plan: PlanOptions {
                nodes: self.node.into_iter().collect(),
                networks: self.vantage.into_iter().collect(),
                samples: SAMPLES,
                ..PlanOptions::default()
            },
            probing: self.probes.settings(),
            duration: self.r#for,
            interval: INTERVAL,
            output,
            redaction: self.redaction.settings(),
        }
    }

    fn settings(self) -> Rehearse {
        let (namespace, connection) = self.kubernetes.settings();
        let subject = self.filename.map_or(RehearsedIn::Cluster { selector: self.selector }, RehearsedIn::File);
        let plan =
            PlanOptions { nodes: self.node.into_iter().collect(), networks: self.vantage.into_iter().collect(), ..explain::everything() };
        Rehearse { subject, namespace, connection, changes: self.changes, plan, output: self.output, redaction: self.redaction.settings() }
    }
}

fn conflict(what: &str) -> ! {
    clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, format!("{what}\n")).exit()
}

/// A change of kube-proxy's: those of a single Service are `explain --if`'s.
fn of_kube_proxy(word: &str) -> Result<Change, String> {
    let change: Change = word.parse().map_err(|cause: lbprobe_analysis::error::NotAChange| cause.to_string())?;
    match change {
        Change::Mode(_) | Change::KubeProxy(_) | Change::ClusterCidr(_) | Change::PodNetwork(_) => Ok(change),
        _ => Err("this changes one Service; for that: kubectl lbprobe explain SERVICE --if".to_owned()),
    }
}

/// What two changes must not have in common: a clusterCIDR has one range of each family.
fn kind(change: &Change) -> (Discriminant<Change>, Option<bool>) {
    let is_ipv6 = match change {
        Change::ClusterCidr(range) => Some(range.addr().is_ipv6()),
        _ => None,
    };
    (discriminant(change), is_ipv6)
}
