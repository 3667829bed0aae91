//! What a change to kube-proxy is to clients, and what it needs.

mod effect;
mod obstacles;

pub use effect::Effect;
pub(crate) use effect::are_alike;
pub use obstacles::{Obstacle, RehearsalNote};
pub(crate) use obstacles::{notes, obstacles};
