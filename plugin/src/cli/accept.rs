//! `accept`: expectations before a rollout.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use lbprobe_analysis::plan::Redirects;

use super::kubernetes::KubernetesArguments;
use super::named_pods::NamedPodArguments;
use super::output::writable;
use super::probes::ProbeArguments;
use super::redaction::RedactionArguments;
use super::validate;
use crate::settings::{Accept, AcceptOutput, AcceptTask, Events, Output, ServiceName, syntax};

/// What `accept` takes.
#[derive(Debug, Args)]
pub(crate) struct AcceptArguments {
    /// File of expectations, YAML or JSON; - is standard input
    #[arg(short, long, value_name = "FILE", required_unless_present = "init")]
    pub(crate) filename: Option<PathBuf>,
    /// Write a file for this Service from today's state, with comments
    #[arg(long, value_name = "SERVICE", value_parser = syntax::service, conflicts_with_all = ["filename", "from"])]
    pub(crate) init: Option<ServiceName>,
    /// Samples of each check, each from a new source port
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(crate) samples: u8,
    /// Deadline of each sample
    #[arg(long, value_name = "DURATION", default_value = "3500ms", value_parser = validate::check_timeout)]
    pub(crate) timeout: Duration,
    /// Follow redirects as curl --location does: `status` is then that of the final answer. In the file:
    /// `follow: true` beside `path`, for one Service
    #[arg(long)]
    follow: bool,
    /// Label selector of the nodes to probe from
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub(crate) selector: Option<String>,
    /// Write the result as an Event on each Service too
    #[arg(long, conflicts_with = "init")]
    events: bool,
    /// Also write the result to NAME.prom, for the textfile collector of Prometheus' node exporter
    #[arg(long, value_name = "FILE", value_parser = metrics_file, conflicts_with = "init")]
    metrics_file: Option<PathBuf>,
    /// Form of the result on standard output
    #[arg(short, long, value_enum, default_value_t = AcceptOutput::Document(Output::Table))]
    pub(crate) output: AcceptOutput,
    #[command(flatten)]
    redaction: RedactionArguments,
    #[command(flatten)]
    named_pods: NamedPodArguments,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    #[command(flatten)]
    pub(crate) probes: ProbeArguments,
}

impl AcceptArguments {
    pub(super) fn settings(self) -> Accept {
        let events = if self.events { Events::Written } else { Events::Omitted };
        let task = match (self.init, self.filename) {
            (Some(service), _) => AcceptTask::Init(service),
            // Clap asks for one of the two.
            (None, file) => AcceptTask::Check { file: file.unwrap_or_else(|| PathBuf::from("-")), events },
        };
        let (namespace, connection) = self.kubernetes.settings();
        Accept {
            task,
            connection,
            namespace,
            selector: self.selector,
            named_pods: self.named_pods.settings(),
            samples: self.samples,
            timeout: self.timeout,
            redirects: if self.follow { Redirects::Followed } else { Redirects::NotFollowed },
            probing: self.probes.settings(),
            output: self.output,
            redaction: self.redaction.settings(),
            metrics_file: self.metrics_file,
        }
    }
}

/// A file that can be written.
fn metrics_file(word: &str) -> Result<PathBuf, String> {
    let file = PathBuf::from(word);
    // The collector reads no others.
    if file.extension().is_none_or(|extension| extension != "prom") {
        return Err("a file for the node exporter is named NAME.prom".into());
    }
    writable(&file).map(|()| file)
}
