//! `run`: probe and say what is wrong.

use clap::Args;

use super::checks::CheckArguments;
use super::elsewhere::ElsewhereArguments;
use super::kernel::KernelArguments;
use super::kubernetes::KubernetesArguments;
use super::named_pods::NamedPodArguments;
use super::output::ReportOutputArguments;
use super::outside::OutsideArguments;
use super::probes::ProbeArguments;
use super::redaction::RedactionArguments;
use crate::settings::{Run, Scope, ServiceReference, syntax};

/// What `run` takes.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The Service, or what clients dial: NAME, svc/NAME, istiogateway/NAME;
    /// https://shop.example.com/pay, 198.51.100.1:443; ingress/NAME, gateway/NAME,
    /// httproute/NAME, virtualservice/NAME
    #[arg(value_parser = syntax::service_reference)]
    pub(crate) service: ServiceReference,
    #[command(flatten)]
    elsewhere: ElsewhereArguments,
    #[command(flatten)]
    output: ReportOutputArguments,
    #[command(flatten)]
    redaction: RedactionArguments,
    #[command(flatten)]
    outside: OutsideArguments,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    #[command(flatten)]
    pub(crate) checks: CheckArguments,
    #[command(flatten)]
    pub(crate) named_pods: NamedPodArguments,
    #[command(flatten)]
    kernel: KernelArguments,
    #[command(flatten)]
    pub(crate) probes: ProbeArguments,
}

impl RunArguments {
    pub(super) fn settings(self) -> Run {
        let (namespace, connection) = self.kubernetes.settings();
        let (plan, selector) = self.checks.settings();
        let scope = Scope { service: self.service, namespace, selector };
        let named_pods = self.named_pods.settings();
        Run {
            kernel: self.kernel.settings(named_pods.confirmation),
            connection,
            scope,
            elsewhere: self.elsewhere.settings(),
            plan,
            named_pods,
            probing: self.probes.settings(),
            outside: self.outside.settings(),
            outputs: self.output.settings(None, self.redaction.settings()),
        }
    }
}
