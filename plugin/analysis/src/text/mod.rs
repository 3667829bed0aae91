//! Everything that is said to a person. Findings are data; what they are called stands here and nowhere else, so that a
//! text can be changed without reading what finds it.

pub mod rules;
pub mod skips;
