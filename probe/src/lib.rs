//! The half of kubectl-lbprobe that dials: from its plan to one record of what it saw.
//!
//! The program of the same name runs it in a pod; the plugin runs it where it stands itself, outside.

mod answer;
mod connect_failure;
mod dial;
mod dialling;
mod end;
mod fetch;
pub mod heartbeat;
mod kube_proxy;
mod kube_proxy_presence;
#[cfg(test)]
mod loopback;
mod node;
mod questions;
mod queue;
mod redirects;
mod refusals;
mod report;
mod resolve;
mod retries;
mod run;
mod tls;
mod watch;

pub use end::End;
pub use run::{observe, run};
