//! The faults, as data.

mod admission;
mod api;
mod change;
mod client;
mod input;
mod load;
mod motion;
mod record;
mod watch;

use super::row::Row;

/// What befalls the program itself.
pub(super) const CLIENT: &[&[Row]] = &[client::ROWS, watch::ROWS];

/// What it is given, and what the cluster refuses it.
pub(super) const GIVEN: &[&[Row]] = &[admission::ROWS, input::ROWS];

/// What moves while it measures.
pub(super) const MOTION: &[&[Row]] = &[motion::ROWS];

/// What befalls `fix`.
pub(super) const CHANGES: &[&[Row]] = &[change::ROWS];

/// Records of changes that are not what they seem.
pub(super) const RECORDS: &[&[Row]] = &[record::ROWS];

/// Those that stop or kill components, and those that load them.
pub(super) const CLUSTER: &[&[Row]] = &[api::ROWS, load::ROWS];

/// What went wrong when the faults were tried for the first time: a wrong verdict, something left, lost or hanging, a
/// crash, a hole.
pub(super) const FOUND: &[&str] = &[
    "a5", "a31", "c1u", "c5", "c6", "c7", "c12", "c13", "c20", "c22", "c23", "c24", "c27", "c28", "c28b", "c42", "c43", "c46", "c60",
    "d3e", "d3h", "d6w", "d10h", "d10s", "d11", "d13", "d13a", "d40", "d41", "e2c", "e2p", "e3", "e3b", "e5", "e20", "e22", "e24", "f1b",
    "f2v", "f3", "f4", "g1", "g2", "g3", "x4", "x5",
];

/// All rows.
pub(super) fn all() -> impl Iterator<Item = &'static Row> {
    [CLIENT, GIVEN, MOTION, CHANGES, RECORDS, CLUSTER].into_iter().flat_map(|tables| tables.iter().copied().flatten())
}
