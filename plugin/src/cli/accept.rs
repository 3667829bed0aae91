//! `accept`: expectations before a rollout.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use lbprobe_analysis::plan::Redirects;

use super::kubernetes::KubernetesArguments;
use super::probes::ProbeArguments;
use super::service_name::ServiceName;
use super::validate;

/// What `accept` takes.
#[derive(Debug, Args)]
pub(crate) struct AcceptArguments {
    /// File of expectations, YAML or JSON; - is standard input
    #[arg(short, long, value_name = "FILE", required_unless_present = "init")]
    pub(crate) filename: Option<PathBuf>,
    /// Write a file for this Service from today's state, with comments
    #[arg(long, value_name = "SERVICE", value_parser = validate::service, conflicts_with = "filename")]
    pub(crate) init: Option<ServiceName>,
    /// Samples of each check, each from a new source port
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(crate) samples: u8,
    /// Deadline of each sample
    #[arg(long, value_name = "DURATION", default_value = "3500ms", value_parser = validate::check_timeout)]
    pub(crate) timeout: Duration,
    /// Follow redirects as curl --location does: `status` is then that of the answer to which they lead. In the file:
    /// `follow: true` beside `path`, for one Service
    #[arg(long)]
    follow: bool,
    /// Label selector of the nodes to probe from
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub(crate) selector: Option<String>,
    /// Write the result as an Event on each Service too
    #[arg(long, conflicts_with = "init")]
    events: bool,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    #[command(flatten)]
    pub(crate) probes: ProbeArguments,
    /// Form of the result on standard output
    #[arg(short, long, value_enum, default_value_t = AcceptOutput::Table)]
    pub(crate) output: AcceptOutput,
}

/// Whether Events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Events {
    /// They are.
    Written,
    /// They are not.
    Omitted,
}

impl AcceptArguments {
    /// Whether redirects are followed, by what the file says of a Service, or else by the flag.
    pub(crate) fn redirects(&self, of_service: Option<bool>) -> Redirects {
        if of_service.unwrap_or(self.follow) { Redirects::Followed } else { Redirects::NotFollowed }
    }

    /// Whether Events are written.
    pub(crate) fn events(&self) -> Events {
        if self.events { Events::Written } else { Events::Omitted }
    }
}

/// Form of an acceptance's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AcceptOutput {
    /// For a terminal
    Table,
    /// As JSON
    Json,
    /// As YAML
    Yaml,
    /// As JUnit XML: a case for each expectation and class of nodes
    Junit,
}
