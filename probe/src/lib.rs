//! The half of kubectl-lbprobe that dials: what its plan names, all at once, to one record of what it saw.
//!
//! The program of the same name runs it in a pod; the plugin runs it where it stands itself, outside.

mod answer;
mod dial;
mod fetch;
mod kube_proxy;
mod kube_proxy_presence;
mod node;
mod questions;
mod refusals;
mod report;
mod resolve;
mod run;
mod tls;
mod watch;

pub use run::{observe, run};
