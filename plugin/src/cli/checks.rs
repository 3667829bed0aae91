//! What is dialled, from where, and how often.

use std::collections::BTreeSet;
use std::num::NonZeroU16;
use std::time::Duration;

use clap::Args;
use lbprobe_analysis::plan::{EvidenceChecks, Network, PlanOptions, Redirects, RequestOptions, Scheme};
use lbprobe_protocol::{Datagram, Header, SourceFrom, StatusRange};

use super::validate;
use crate::settings::{milliseconds, syntax};

/// What is dialled, from where, and how often.
#[derive(Debug, Args)]
#[command(next_help_heading = "Checks")]
pub(super) struct CheckArguments {
    #[command(flatten)]
    pub(super) targets: TargetArguments,
    /// Samples of each check, each from a new source port
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(super) samples: u8,
    /// Deadline of each sample. Linux repeats a lost SYN after 1 s and 3 s, so below 3.5s a single lost packet
    /// can look like a fault
    #[arg(long, value_name = "DURATION", default_value = "3500ms", value_parser = validate::check_timeout)]
    pub(super) timeout: Duration,
    /// Dial node ports and endpoints from every node, not only where something fails
    #[arg(long)]
    pub(super) dial_all: bool,
    /// Follow redirects as curl --location does, once a check was answered, with HTTP/2 where the server offers it. A hop
    /// to the same host stays at the address that is dialled
    #[arg(long)]
    pub(super) follow: bool,
    /// Where answers tell the address that the server saw: body, or header:NAME. A regular expression may follow after a colon: its
    /// first group is the address. Shows whether the source address is kept
    #[arg(long, value_name = "WHERE", value_parser = syntax::source_from)]
    pub(super) source_from: Option<SourceFrom>,
}

/// What is dialled, and from where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Checks")]
pub(super) struct TargetArguments {
    /// Ports to dial, comma-separated; all TCP ports of the Service by default, and those of UDP for DNS and QUIC. A port that the Service does not declare
    /// is dialled at the load balancer only
    #[arg(long, value_name = "PORT", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) port: Vec<u16>,
    /// Protocol to speak; guessed from port and name by default
    #[arg(long, value_parser = validate::scheme())]
    pub(super) scheme: Option<Scheme>,
    /// HTTP path; that of the URL by default, or /
    #[arg(long, value_parser = syntax::path)]
    pub(super) path: Option<String>,
    /// HTTP Host header and TLS server name; that of the URL by default
    #[arg(long, value_parser = syntax::host)]
    pub(super) host: Option<String>,
    /// Header of each HTTP request, as curl has it: 'Name: value'. It stands in the probe pods' spec and in saved reports
    #[arg(long, value_name = "HEADER", value_parser = syntax::header)]
    pub(super) header: Vec<Header>,
    /// HTTP statuses that count as an answer, comma-separated: 200, 2xx, 200-399. Any other fails; with --follow, that of the
    /// last answer counts
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = syntax::status)]
    pub(super) expect_status: Vec<StatusRange>,
    /// gRPC service whose health is asked for (grpc.health.v1), with --scheme grpc or grpcs; the whole server by default
    #[arg(long, value_name = "NAME", value_parser = syntax::grpc_service)]
    pub(super) grpc_service: Option<String>,
    /// Name that UDP ports are asked for as DNS servers. By default those of DNS are asked for the root's name servers, and
    /// those of QUIC for their versions; other UDP ports are left out
    #[arg(long, value_name = "NAME", value_parser = syntax::dns_query, conflicts_with = "udp_payload")]
    pub(super) dns_name: Option<Datagram>,
    /// What is sent to UDP ports, in hexadecimal digits: any datagram that comes back is an answer. It is sent again after
    /// one and three seconds
    #[arg(long, value_name = "HEX", value_parser = syntax::payload)]
    pub(super) udp_payload: Option<Datagram>,
    /// Nodes to probe from, comma-separated; all by default
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(super) node: Vec<String>,
    /// Label selector of the nodes to probe from
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub(super) selector: Option<String>,
    /// Probe from K nodes of each class only: with an endpoint or without, zone, node pool, kube-proxy, taints, and
    /// pod network. Where nodes of a class differ, more of it are probed. The report says how many were
    #[arg(long, value_name = "K", conflicts_with = "node")]
    pub(super) sample: Option<NonZeroU16>,
    /// Networks to start from, comma-separated
    #[arg(long, value_delimiter = ',', default_value = "pod,host", value_parser = validate::network())]
    pub(super) vantage: Vec<Network>,
}

impl CheckArguments {
    /// As the plan takes it, and the label selector of nodes.
    pub(super) fn settings(self) -> (PlanOptions, Option<String>) {
        let (plan, selector) = self.targets.settings();
        let plan = PlanOptions {
            samples: self.samples,
            timeout_ms: milliseconds(self.timeout),
            evidence: if self.dial_all { EvidenceChecks::Always } else { EvidenceChecks::OnSymptom },
            redirects: if self.follow { Redirects::Followed } else { Redirects::NotFollowed },
            request: RequestOptions { source_from: self.source_from, ..plan.request },
            ..plan
        };
        (plan, selector)
    }
}

impl TargetArguments {
    /// As the plan takes it, and the label selector of nodes.
    pub(super) fn settings(self) -> (PlanOptions, Option<String>) {
        let plan = PlanOptions {
            ports: self.port.into_iter().collect(),
            path: self.path,
            host: self.host,
            scheme: self.scheme,
            request: RequestOptions {
                headers: self.header,
                expected: self.expect_status,
                grpc_service: self.grpc_service,
                datagram: self.dns_name.or(self.udp_payload),
                source_from: None,
            },
            nodes: self.node.into_iter().collect(),
            networks: self.vantage.into_iter().collect::<BTreeSet<_>>(),
            sample: self.sample,
            ..PlanOptions::default()
        };
        (plan, self.selector)
    }
}
