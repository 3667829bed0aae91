//! What a change to kube-proxy is to clients, and what it needs.

mod effect;
mod obstacles;
mod proving;

pub use effect::Effect;
pub(crate) use effect::are_alike;
pub use obstacles::{Obstacle, RehearsalNote};
pub(crate) use obstacles::{notes, obstacles};
pub use proving::{Held, Mismatch, NodeProof, NodeState, Proving, proof_verdict};
