//! What is dialled, from where, and how often.

use std::collections::BTreeSet;
use std::num::NonZeroU16;
use std::time::Duration;

use clap::Args;
use lbprobe_analysis::plan::{EvidenceChecks, Network, PlanOptions, Redirects, Scheme};

use super::validate;

/// What is dialled, from where, and how often.
#[derive(Debug, Args)]
#[command(next_help_heading = "Checks")]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) targets: TargetArguments,
    /// Samples of each check, each from a new source port
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(crate) samples: u8,
    /// Deadline of each sample. Linux repeats a lost SYN after 1 s and 3 s, so below 3.5s a single lost packet
    /// can look like a fault
    #[arg(long, value_name = "DURATION", default_value = "3500ms", value_parser = validate::check_timeout)]
    pub(crate) timeout: Duration,
    /// Dial node ports and endpoints from every node, not only where something fails
    #[arg(long)]
    pub(crate) dial_all: bool,
    /// Follow redirects as curl --location does, once a check was answered, with HTTP/2 where the server offers it. A hop
    /// to the same host stays at the address that is dialled
    #[arg(long)]
    pub(crate) follow: bool,
}

/// What is dialled, and from where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Checks")]
pub(crate) struct TargetArguments {
    /// Ports to dial, with commas between them; all TCP ports of the Service by default. One that the Service does not
    /// declare is dialled at the load balancer only
    #[arg(long, value_name = "PORT", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Vec<u16>,
    /// What to speak: tcp, http, tls or https; guessed from port and name by default
    #[arg(long, value_parser = validate::scheme)]
    pub(crate) scheme: Option<Scheme>,
    /// HTTP path
    #[arg(long, default_value = "/", value_parser = validate::path)]
    pub(crate) path: String,
    /// HTTP Host header and TLS server name
    #[arg(long, value_parser = validate::host)]
    pub(crate) host: Option<String>,
    /// Nodes to probe from, with commas between them; all by default
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) node: Vec<String>,
    /// Label selector of the nodes to probe from
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub(crate) selector: Option<String>,
    /// Probe from K nodes of each class only: with an endpoint or without, zone, node pool, kube-proxy, taints, and
    /// pod network. Where nodes of a class differ, more of it are probed. The report says how many were
    #[arg(long, value_name = "K", conflicts_with = "node")]
    pub(crate) sample: Option<NonZeroU16>,
    /// Networks to start from: pod, host or both with a comma
    #[arg(long, value_delimiter = ',', default_value = "pod,host", value_parser = validate::network)]
    pub(crate) vantage: Vec<Network>,
}

impl CheckArguments {
    /// As the plan takes it.
    pub(crate) fn plan_options(&self) -> PlanOptions {
        PlanOptions {
            samples: self.samples,
            timeout_ms: milliseconds(self.timeout),
            evidence: if self.dial_all { EvidenceChecks::Always } else { EvidenceChecks::OnSymptom },
            redirects: if self.follow { Redirects::Followed } else { Redirects::NotFollowed },
            ..self.targets.plan_options()
        }
    }
}

impl TargetArguments {
    /// As the plan takes it.
    pub(crate) fn plan_options(&self) -> PlanOptions {
        PlanOptions {
            ports: self.port.iter().copied().collect(),
            path: self.path.clone(),
            host: self.host.clone(),
            scheme: self.scheme,
            nodes: self.node.iter().cloned().collect(),
            networks: self.vantage.iter().copied().collect::<BTreeSet<_>>(),
            sample: self.sample,
            ..PlanOptions::default()
        }
    }
}

/// As probes are told it; the longest that they can be told where it is longer.
pub(crate) fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
