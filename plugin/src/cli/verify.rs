//! `verify`: compare with a report.

use std::path::PathBuf;

use clap::Args;

use super::elsewhere::ElsewhereArguments;
use super::kubernetes::KubernetesArguments;
use super::named_pods::NamedPodArguments;
use super::output::ReportOutputArguments;
use super::outside::OutsideArguments;
use super::probes::ProbeArguments;
use super::redaction::RedactionArguments;
use crate::settings::{Scope, ServiceReference, Verify, syntax};

/// What `verify` takes.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The Service, or what clients dial: NAME, svc/NAME, istiogateway/NAME;
    /// https://shop.example.com/pay, 198.51.100.1:443; ingress/NAME, gateway/NAME,
    /// httproute/NAME, virtualservice/NAME
    #[arg(value_parser = syntax::service_reference)]
    pub(crate) service: ServiceReference,
    #[command(flatten)]
    elsewhere: ElsewhereArguments,
    /// Report to compare with, as `run -o json` or `-o yaml` wrote it; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: PathBuf,
    #[command(flatten)]
    outside: OutsideArguments,
    /// Label selector of the nodes to probe from, if the baseline's run had one
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub(crate) selector: Option<String>,
    #[command(flatten)]
    output: ReportOutputArguments,
    #[command(flatten)]
    redaction: RedactionArguments,
    #[command(flatten)]
    pub(crate) named_pods: NamedPodArguments,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    #[command(flatten)]
    pub(crate) probes: ProbeArguments,
}

impl VerifyArguments {
    pub(super) fn settings(self) -> Verify {
        let (namespace, connection) = self.kubernetes.settings();
        let outputs = self.output.settings(Some(&self.baseline), self.redaction.settings());
        let scope = Scope { service: self.service, namespace, selector: self.selector };
        Verify {
            connection,
            scope,
            elsewhere: self.elsewhere.settings(),
            baseline: self.baseline,
            named_pods: self.named_pods.settings(),
            probing: self.probes.settings(),
            outside: self.outside.settings(),
            outputs,
        }
    }
}
