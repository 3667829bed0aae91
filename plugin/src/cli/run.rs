//! `run`: probe and say what is wrong.

use clap::Args;

use super::checks::CheckArguments;
use super::kubernetes::KubernetesArguments;
use super::output::Output;
use super::probes::ProbeArguments;
use super::service_name::ServiceName;
use super::validate;

/// What `run` takes.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The Service of type LoadBalancer: NAME, svc/NAME, or istiogateway/NAME for
    /// the one that it owns
    #[arg(value_parser = validate::service)]
    pub(crate) service: ServiceName,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    #[command(flatten)]
    pub(crate) checks: CheckArguments,
    #[command(flatten)]
    pub(crate) probes: ProbeArguments,
    /// Form of the report on standard output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}
