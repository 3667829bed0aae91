//! `watch`: keep dialling.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;

use super::checks::TargetArguments;
use super::kubernetes::KubernetesArguments;
use super::probes::PodArguments;
use super::redaction::RedactionArguments;
use super::validate;
use crate::settings::{Output, Scope, ServiceReference, Watch, WatchOutput, syntax};

/// What `watch` takes.
#[derive(Debug, Args)]
pub(crate) struct WatchArguments {
    /// The Service, or what clients dial: NAME, svc/NAME, istiogateway/NAME;
    /// https://shop.example.com/pay, 198.51.100.1:443; ingress/NAME, gateway/NAME,
    /// httproute/NAME, virtualservice/NAME
    #[arg(value_parser = syntax::service_reference)]
    pub(crate) service: ServiceReference,
    /// How long; Ctrl-C ends it early
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = validate::watch_duration)]
    pub(crate) r#for: Duration,
    /// Time between two samples of a check, give or take a tenth; each must be answered
    /// within nine tenths of it
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = validate::interval)]
    pub(crate) interval: Duration,
    /// Serve the state of each check for Prometheus at http://ADDR/metrics: 127.0.0.1:9464, or
    /// :9464 for every address of this machine; port 0 takes any free port and says which
    #[arg(long, value_name = "ADDR", value_parser = syntax::listen_address)]
    pub(crate) metrics: Option<SocketAddr>,
    /// Form of the report on standard output
    #[arg(short, long, value_enum, default_value_t = WatchOutput::Document(Output::Table))]
    pub(crate) output: WatchOutput,
    #[command(flatten)]
    redaction: RedactionArguments,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    #[command(flatten)]
    pub(crate) targets: TargetArguments,
    #[command(flatten)]
    pub(crate) pods: PodArguments,
}

impl WatchArguments {
    pub(super) fn settings(self) -> Watch {
        let (namespace, connection) = self.kubernetes.settings();
        let (plan, selector) = self.targets.settings();
        let scope = Scope { service: self.service, namespace, selector };
        let (duration, interval, metrics, output) = (self.r#for, self.interval, self.metrics, self.output);
        Watch {
            connection,
            scope,
            plan,
            pods: self.pods.settings(),
            duration,
            interval,
            metrics,
            output,
            redaction: self.redaction.settings(),
        }
    }
}
