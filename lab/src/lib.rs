//! The lab: a real Kubernetes cluster on one machine, for this project's tests and demonstrations.
//!
//! Everything of a lab lives in one set of namespaces (PID, mount, network, IPC, UTS). Two
//! processes stay outside:
//!
//! ```text
//! lab up ─┬─ starts ──> janitor ── parent of ──> init (PID 1 of the lab) ──> supervisor ──> components
//!         └─ lifeline (a pipe) ─────────────────────────────────────────────────┘
//! ```
//!
//! - [`outside`]: who starts, enters, lists and ends labs; the janitor, which removes the only thing
//!   that a kernel leaves behind when the namespaces end: cgroup folders;
//! - [`inside`]: what happens in the namespaces: network, certificates, components, readiness;
//! - [`supervisor`]: brings all of it up, in the order in which the parts need one another;
//! - [`guest`]: nodes with a kernel of their own, for kube-proxy's mode ipvs;
//! - [`cloud`]: the cloud of the lab: a controller and load balancer for Services;
//! - [`gateway`]: the workloads under test;
//! - [`patience`]: how long to wait on a machine that does other work too;
//! - `programs`: programs that are run to their end;
//! - [`scale`]: thousands of fake nodes, and the kubelets that speak for them;
//! - [`artifacts`], [`image`], [`image_store`]: what is built beforehand.
#![allow(clippy::print_stderr, reason = "what the lab has to say goes to whoever runs it, or to a component's log")]

pub mod addresses;
pub mod artifacts;
pub mod cloud;
pub mod error;
pub mod gateway;
pub mod guest;
pub mod image;
pub mod image_store;
pub mod inside;
pub mod options;
pub mod outside;
pub mod patience;
mod programs;
pub mod scale;
pub mod supervisor;

pub use error::LabError;
pub use options::{LabOptions, ProxyMode};
pub use outside::lab::Lab;
