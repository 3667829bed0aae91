//! `fix`: show what can be done, or do it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use lbprobe_analysis::remedies::Strategy;

use super::checks::CheckArguments;
use super::kubernetes::KubernetesArguments;
use super::output::Output;
use super::probes::ProbeArguments;
use super::service_name::ServiceName;
use super::validate;

/// What `fix` takes.
#[expect(clippy::struct_excessive_bools, reason = "one a flag of the command line; what they mean is asked of methods")]
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("chosen").args(["strategy", "patch", "resume", "undo"]))]
pub(crate) struct FixArguments {
    /// The Service of type LoadBalancer: NAME, svc/NAME, or istiogateway/NAME for
    /// the one that it owns
    #[arg(value_parser = validate::service)]
    pub(crate) service: ServiceName,
    /// Which fix: dns-name, cluster, eni, two-load-balancers, hostname,
    /// internal-cluster or source-ranges; without it all are shown, and the best one
    /// is applied that is a change in the cluster
    #[arg(long, value_parser = validate::strategy)]
    pub(crate) strategy: Option<Strategy>,
    /// A merge patch of your own for the Service or what owns it, in a fix's place
    #[arg(long, value_name = "JSON", value_parser = validate::patch, conflicts_with = "strategy")]
    pub(crate) patch: Option<serde_json::Value>,
    /// The name that strategy hostname puts into the status; it has to resolve to
    /// the load balancer's address
    #[arg(long, value_name = "NAME", value_parser = validate::host)]
    pub(crate) hostname: Option<String>,
    /// Make the change
    #[arg(long)]
    pub(crate) apply: bool,
    /// Do not ask; needs --strategy, --patch, --resume or --undo, so that nothing is guessed
    #[arg(short, long, requires = "chosen")]
    pub(crate) yes: bool,
    /// Whether the server is asked what it would make of the change
    #[arg(long, value_enum, default_value_t = DryRun::None, conflicts_with = "apply")]
    pub(crate) dry_run: DryRun,
    /// Keep a change that does not help
    #[arg(long)]
    pub(crate) no_rollback: bool,
    /// How long the change may take to show
    #[arg(long, value_name = "DURATION", default_value = "40s", value_parser = validate::duration)]
    pub(crate) wait: Duration,
    /// This machine is outside the cluster: dial the load balancer from here too,
    /// before and after
    #[arg(long)]
    outside: bool,
    /// Folder for the reports from before and after, and for the file that says what puts the change back; --resume and
    /// --undo look for it there
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(crate) save: PathBuf,
    /// Verify a change whose verification never ended
    #[arg(long, conflicts_with_all = ["undo", "apply", "strategy", "patch"])]
    resume: bool,
    /// Take back a change whose verification never ended
    #[arg(long, conflicts_with_all = ["apply", "strategy", "patch"])]
    undo: bool,
    /// With strategy dns-name: namespace in which to look for who uses the address
    /// still, in env, arguments, ConfigMaps and ServiceEntries; may be given several
    /// times
    #[arg(long, value_name = "NAMESPACE", value_parser = validate::namespace)]
    pub(crate) search_namespace: Vec<String>,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    #[command(flatten)]
    pub(crate) checks: CheckArguments,
    #[command(flatten)]
    pub(crate) probes: ProbeArguments,
    /// Form of what is shown on standard output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// What is to become of a change that is not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pending {
    /// It is verified now.
    Resume,
    /// It is taken back.
    Undo,
}

impl FixArguments {
    /// Whether this machine is outside.
    pub(crate) fn outside(&self) -> Outside {
        if self.outside { Outside::Asked } else { Outside::NotAsked }
    }

    /// The user's wish for a change that is not verified.
    pub(crate) fn pending(&self) -> Option<Pending> {
        match (self.resume, self.undo) {
            (true, _) => Some(Pending::Resume),
            (false, true) => Some(Pending::Undo),
            (false, false) => None,
        }
    }
}

/// Whether a change is tried at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DryRun {
    /// No: what would change is told by the patch alone
    None,
    /// Yes: admission and rights are checked, and what the server fills in is shown
    Server,
}

/// Whether this machine counts as outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outside {
    /// Nobody says so.
    NotAsked,
    /// It does.
    Asked,
}
