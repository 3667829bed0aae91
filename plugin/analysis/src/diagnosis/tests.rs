//! Patterns of failing checks, then a scene for each cause: facts, what was seen, and the verdict.

mod comparisons;
mod elsewhere;
mod kernel;
mod names;
mod notes;
mod other_listeners;
mod patterns;
mod scenes;
