//! What must hold of Services before a rollout: written in a file, judged by what was measured. Pure.

mod expectation;
mod shortfall;

pub use expectation::{Acceptance, Expectation, From, Networks, NodeClass, Nodes, ServiceAcceptance, TargetName};
pub use shortfall::{CaseResult, Shortfall, ShortfallReason};
