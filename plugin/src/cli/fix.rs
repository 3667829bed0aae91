//! `fix`: show what can be done, or do it.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use lbprobe_analysis::remedies::Strategy;

use super::checks::CheckArguments;
use super::kubernetes::KubernetesArguments;
use super::output::ReportOutputArguments;
use super::outside::OutsideArguments;
use super::probes::ProbeArguments;
use super::validate;
use crate::settings::{Confirmation, DryRun, Fix, FixAction, FixChoice, Rollback, Scope, ServiceReference, syntax};

/// What `fix` takes.
#[expect(clippy::struct_excessive_bools, reason = "one for each flag of the command line; settings() turns them into what they mean")]
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("chosen").args(["strategy", "patch", "resume", "undo"]))]
pub(crate) struct FixArguments {
    /// The Service, or what clients dial: NAME, svc/NAME, istiogateway/NAME;
    /// https://shop.example.com/pay, 198.51.100.1:443; ingress/NAME, gateway/NAME,
    /// httproute/NAME, virtualservice/NAME
    #[arg(value_parser = syntax::service_reference)]
    pub(crate) service: ServiceReference,
    /// Which fix; without it all are shown, and --apply takes the best one that changes
    /// the cluster
    #[arg(long, value_parser = validate::strategy())]
    pub(crate) strategy: Option<Strategy>,
    /// Your own merge patch for the Service or its owner, instead of a fix
    #[arg(long, value_name = "JSON", value_parser = validate::patch, conflicts_with = "strategy")]
    pub(crate) patch: Option<serde_json::Value>,
    /// Name that strategy hostname puts into the status; it must resolve to the load
    /// balancer's address
    #[arg(long, value_name = "NAME", value_parser = syntax::host)]
    pub(crate) hostname: Option<String>,
    /// Apply the fix
    #[arg(long)]
    pub(crate) apply: bool,
    /// Do not ask for confirmation; needs --strategy, --patch, --resume or --undo
    #[arg(short, long, requires = "chosen")]
    pub(crate) yes: bool,
    /// Whether to ask the server what the change would do
    #[arg(long, value_enum, default_value_t = DryRun::None, conflicts_with = "apply")]
    pub(crate) dry_run: DryRun,
    /// Keep a change that does not help
    #[arg(long)]
    pub(crate) no_rollback: bool,
    /// How long the change may take to take effect
    #[arg(long, value_name = "DURATION", default_value = "40s", value_parser = validate::duration)]
    pub(crate) wait: Duration,
    #[command(flatten)]
    outside: OutsideArguments,
    /// Folder for the reports from before and after and for the file that undoes the change; --resume and --undo look
    /// there
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(crate) save: PathBuf,
    /// Verify a change whose verification was never finished
    #[arg(long, conflicts_with_all = ["undo", "apply", "strategy", "patch"])]
    resume: bool,
    /// Roll back a change whose verification was never finished
    #[arg(long, conflicts_with_all = ["apply", "strategy", "patch"])]
    undo: bool,
    /// With strategy dns-name: namespace to search for what still uses the address, in
    /// env, arguments, ConfigMaps and ServiceEntries; may be given several times
    #[arg(long, value_name = "NAMESPACE", value_parser = syntax::namespace)]
    pub(crate) search_namespace: Vec<String>,
    #[command(flatten)]
    output: ReportOutputArguments,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    #[command(flatten)]
    pub(crate) checks: CheckArguments,
    #[command(flatten)]
    pub(crate) probes: ProbeArguments,
}

impl FixArguments {
    pub(super) fn settings(self) -> Fix {
        let action = match (self.apply, self.resume, self.undo) {
            (true, ..) => FixAction::Apply,
            (false, true, _) => FixAction::Resume,
            (false, false, true) => FixAction::Undo,
            (false, false, false) => FixAction::Show(self.dry_run),
        };
        let choice = match (self.patch, self.strategy) {
            (Some(patch), _) => FixChoice::Patch(patch),
            (None, Some(strategy)) => FixChoice::Strategy(strategy),
            (None, None) => FixChoice::Any,
        };
        let (namespace, connection) = self.kubernetes.settings();
        let (plan, selector) = self.checks.settings();
        Fix {
            connection,
            scope: Scope { service: self.service, namespace, selector },
            plan,
            probing: self.probes.settings(),
            choice,
            hostname: self.hostname,
            action,
            confirmation: if self.yes { Confirmation::Given } else { Confirmation::Asked },
            rollback: if self.no_rollback { Rollback::Never } else { Rollback::WhenUnhelpful },
            wait: self.wait,
            outside: self.outside.settings(),
            folder: self.save,
            search_namespaces: self.search_namespace,
            outputs: self.output.settings(None, None),
        }
    }
}

impl ValueEnum for DryRun {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::None, Self::Server]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::None => PossibleValue::new("none").help("No: what is shown comes from the patch alone"),
            Self::Server => {
                PossibleValue::new("server").help("Yes: admission and rights are checked, and what the server fills in is shown")
            }
        })
    }
}
