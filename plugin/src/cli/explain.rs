//! `explain`: predict.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use lbprobe_analysis::change::Change;
use lbprobe_analysis::ignoring::Ignored;
use lbprobe_analysis::plan::{Network, OtherProtocols, PlanOptions, Scheme};

use super::kubernetes::KubernetesArguments;
use super::redaction::RedactionArguments;
use super::validate;
use crate::settings::{Explain, ExplainForm, ExplainOutput, FailOn, Output, Scope, ServiceReference, Subject, syntax};

/// What `explain` takes.
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// The Service, or what clients dial: NAME, svc/NAME, istiogateway/NAME;
    /// https://shop.example.com/pay, 198.51.100.1:443; ingress/NAME, gateway/NAME,
    /// httproute/NAME, virtualservice/NAME
    #[arg(value_parser = syntax::service_reference, required_unless_present_any = ["filename", "all_namespaces"], conflicts_with = "all_namespaces")]
    pub(crate) service: Option<ServiceReference>,
    /// Every Service of the cluster that clients outside have an address for, most affected first
    #[arg(short = 'A', long, conflicts_with_all = ["namespace", "port"])]
    pub(crate) all_namespaces: bool,
    /// File to read instead of the cluster; - is standard input
    #[arg(short, long, value_name = "FILE")]
    pub(crate) filename: Option<PathBuf>,
    /// A change to predict before it is made; may be given several times:
    /// externalTrafficPolicy=Cluster, internalTrafficPolicy=Local, ipMode=Proxy,
    /// replicas-on=node1,node2, kube-proxy=1.24, mode=nftables,
    /// clusterCIDR=10.244.0.0/16, cni=cilium@1.18, hostname=lb.example.com, backend-type=eni,
    /// loadBalancerSourceRanges=10.244.0.0/16,198.18.0.0/24
    #[arg(long = "if", value_name = "KEY=VALUE")]
    pub(crate) changes: Vec<Change>,
    /// Ports to ask about, comma-separated; all ports of the Service by default
    #[arg(long, value_name = "PORT", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Vec<u16>,
    /// Nodes to ask about, comma-separated; all by default
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) node: Vec<String>,
    /// Label selector of the nodes to ask about; not with a file
    #[arg(short = 'l', long, value_name = "SELECTOR", conflicts_with = "filename")]
    pub(crate) selector: Option<String>,
    /// Networks to start from, comma-separated
    #[arg(long, value_delimiter = ',', default_value = "pod,host", value_parser = validate::network())]
    pub(crate) vantage: Vec<Network>,
    /// Code of a finding that does not count, LBP002 or LBP002=REASON; may be given several times.
    /// The Service's annotation lbprobe/ignore does the same
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = validate::code)]
    pub(crate) ignore: Vec<Ignored>,
    /// Exit with 3 for what fails for certain (fault), or also for what may fail (risk); otherwise with 0
    #[arg(long, value_enum, value_name = "FINDINGS")]
    pub(crate) fail_on: Option<FailOn>,
    /// Form of the explanation on standard output
    #[arg(short, long, value_enum, default_value_t = ExplainForm::Explanation(ExplainOutput::Document(Output::Table)))]
    pub(crate) output: ExplainForm,
    #[command(flatten)]
    redaction: RedactionArguments,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
}

impl ExplainArguments {
    pub(super) fn settings(self) -> Explain {
        let plan = PlanOptions {
            ports: self.port.into_iter().collect(),
            nodes: self.node.into_iter().collect(),
            networks: self.vantage.into_iter().collect(),
            ..everything()
        };
        let (namespace, connection) = self.kubernetes.settings();
        let subject = match (self.filename, self.service) {
            (Some(file), _) if self.all_namespaces => Subject::AllInFile { file },
            (Some(file), reference) => Subject::InFile { file, reference, namespace },
            (None, Some(service)) => Subject::Service(Scope { service, namespace, selector: self.selector }),
            // Clap asks for a Service where neither a file nor --all-namespaces is given.
            (None, None) => Subject::All { selector: self.selector },
        };
        let redaction = self.redaction.settings();
        if redaction.is_some() && matches!(self.output, ExplainForm::Lint(_)) {
            let what = "--redact: results at the lines of a file name what stands there\n";
            clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, what).exit()
        }
        let (changes, ignored, fail_on, output) = (self.changes, self.ignore, self.fail_on, self.output);
        Explain { subject, connection, changes, plan, ignored, fail_on, output, redaction }
    }
}

impl ValueEnum for FailOn {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Fault, Self::Risk]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Fault => "fault",
            Self::Risk => "risk",
        }))
    }
}

/// A prediction for every port, node and network.
pub(super) fn everything() -> PlanOptions {
    // What is said on a port plays no part in it.
    PlanOptions {
        scheme: Some(Scheme::Tcp),
        networks: BTreeSet::from([Network::Pod, Network::Host]),
        other_protocols: OtherProtocols::Predicted,
        ..PlanOptions::default()
    }
}
