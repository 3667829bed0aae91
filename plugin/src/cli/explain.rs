//! `explain`: predict.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lbprobe_analysis::change::Change;
use lbprobe_analysis::plan::{Network, PlanOptions, Scheme};

use super::kubernetes::KubernetesArguments;
use super::service_name::ServiceName;
use super::validate;

/// What `explain` takes.
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// The Service of type LoadBalancer: NAME, svc/NAME, or istiogateway/NAME for
    /// the one that it owns
    #[arg(value_parser = validate::service, required_unless_present_any = ["filename", "all_namespaces"], conflicts_with = "all_namespaces")]
    pub(crate) service: Option<ServiceName>,
    /// Every Service of type LoadBalancer of the cluster, most affected first
    #[arg(short = 'A', long, conflicts_with_all = ["namespace", "port"])]
    pub(crate) all_namespaces: bool,
    /// File to read instead of the cluster; - is standard input
    #[arg(short, long, value_name = "FILE")]
    pub(crate) filename: Option<PathBuf>,
    /// A change to think through before it is made; may be given several times:
    /// externalTrafficPolicy=Cluster, internalTrafficPolicy=Local, ipMode=Proxy,
    /// replicas-on=node1,node2, kube-proxy=1.24, mode=nftables,
    /// clusterCIDR=10.244.0.0/16, hostname=lb.example.com, backend-type=eni,
    /// loadBalancerSourceRanges=10.244.0.0/16,198.18.0.0/24
    #[arg(long = "if", value_name = "KEY=VALUE")]
    pub(crate) changes: Vec<Change>,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    /// Ports to ask about, with commas between them; all TCP ports of the Service by default
    #[arg(long, value_name = "PORT", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Vec<u16>,
    /// Nodes to ask about, with commas between them; all by default
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) node: Vec<String>,
    /// Label selector of the nodes to ask about; not with a file
    #[arg(short = 'l', long, value_name = "SELECTOR", conflicts_with = "filename")]
    pub(crate) selector: Option<String>,
    /// Networks to start from: pod, host or both with a comma
    #[arg(long, value_delimiter = ',', default_value = "pod,host", value_parser = validate::network)]
    pub(crate) vantage: Vec<Network>,
    /// Form of the explanation on standard output
    #[arg(short, long, value_enum, default_value_t = ExplainOutput::Table)]
    pub(crate) output: ExplainOutput,
}

/// Form of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainOutput {
    /// For a terminal
    Table,
    /// The same with node ports and endpoints
    Wide,
    /// Facts, plan and expectations as JSON
    Json,
    /// The same as YAML
    Yaml,
    /// The facts alone as YAML, to be explained again with -f
    Facts,
}

impl ExplainArguments {
    /// As the plan takes it. What is said on a port plays no part in a prediction.
    pub(crate) fn plan_options(&self) -> PlanOptions {
        PlanOptions {
            ports: self.port.iter().copied().collect(),
            scheme: Some(Scheme::Tcp),
            nodes: self.node.iter().cloned().collect(),
            networks: self.vantage.iter().copied().collect::<BTreeSet<_>>(),
            ..PlanOptions::default()
        }
    }
}
