//! End-to-end tests: the plugin, called by a real kubectl, on real clusters. One file a case.
//!
//! They need root and what `make build` makes. They share a budget of processors, whatever the number of test threads
//! (`harness::slots`).
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod accepting;
mod admission;
mod agents;
mod agreement;
mod bad_targets;
mod by_ssh;
/// The vendors' cases. Tests begin by the alphabet, and these, which take turns on one lab with ipvs, are to begin early.
#[path = "../cases/mod.rs"]
mod cases;
mod causes;
mod completing;
mod datagrams;
mod delivery;
mod disturbance;
mod endpoints;
mod evidence;
mod explain;
mod families;
mod faults;
mod fixing;
mod garbage;
mod harness;
mod held_connection;
mod interrupted;
mod kernel;
mod killed;
mod krew;
mod lab_life;
mod linting;
mod metrics;
mod modes;
mod named_pods;
mod other_cluster;
mod overview;
mod permissions;
mod pointers;
mod policies;
mod probe_program;
mod protocols;
mod quota;
mod redirects;
mod rehearsing;
mod reports;
mod requests;
mod restricted;
mod silent_kubelet;
mod taints;
mod tutorial;
mod watching;
