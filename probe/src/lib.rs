//! The half of kubectl-lbprobe that dials: from its plan to one record of what it saw.
//!
//! The program of the same name runs it in a pod; the plugin runs it where it stands itself, outside, on any system.

mod answer;
mod connect_failure;
#[cfg(unix)]
mod container;
mod datagram;
mod dial;
mod dialling;
mod end;
mod errno;
mod fetch;
mod health;
#[cfg(unix)]
pub mod heartbeat;
mod hexadecimal;
mod identity;
#[cfg(target_os = "linux")]
mod kernel;
mod kube_proxy;
#[cfg(unix)]
mod kube_proxy_presence;
#[cfg(test)]
mod loopback;
mod node;
mod observe;
mod proxy;
mod questions;
mod queue;
mod read_plan;
mod redirects;
mod refusals;
mod report;
mod resolve;
mod retries;
mod source;
#[cfg(test)]
mod test_certificate;
mod tls;
#[cfg(unix)]
mod watch;

#[cfg(target_os = "linux")]
pub use container::look_into_kernel;
#[cfg(unix)]
pub use container::run;
#[cfg(unix)]
pub use end::End;
pub use identity::{ClientIdentity, IdentityError};
pub use observe::observe;
pub use read_plan::{NoPlan, read_plan};
