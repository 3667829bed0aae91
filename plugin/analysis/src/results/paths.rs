//! The way of one connection that fails and of one beside it that does not: what a picture shows.

use std::cmp::Reverse;

use super::Results;
use crate::kube_proxy::Answer;
use crate::observations::CheckState;
use crate::plan::{Target, Vantage};
use crate::prediction::{fitting, is_failure};

/// The way of a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PacketPath<'a> {
    /// Where it starts.
    pub vantage: &'a Vantage,
    /// What is dialled.
    pub target: &'a Target,
    /// How it ended.
    pub seen: CheckState,
    /// What the rules of the node do with it; nothing where that is not known, or is not what was seen.
    pub answer: Option<&'a Answer>,
}

impl PacketPath<'_> {
    /// Whether the client got nowhere.
    #[must_use]
    pub const fn fails(&self) -> bool {
        matches!(self.seen, CheckState::Failed(_) | CheckState::Mixed { .. })
    }
}

impl Results<'_> {
    /// A connection that tells the most of what fails, and one that is answered and is as like it as can be. Either is nothing where there
    /// is none.
    #[must_use]
    pub fn packet_paths(&self) -> [Option<PacketPath<'_>>; 2] {
        let paths = || {
            self.prediction()
                .beside(&self.matrix)
                .filter(|(_, target, ..)| !target.is_evidence())
                .map(|(vantage, target, expectation, seen)| PacketPath { vantage, target, seen, answer: fitting(expectation, seen) })
        };
        let by_rule = |path: &PacketPath<'_>| path.answer.is_some_and(is_failure);
        let failing = paths().filter(PacketPath::fails).min_by_key(|path| (!path.target.is_external(), !by_rule(path)));
        let working = paths().filter(|path| path.seen == CheckState::Reached).min_by_key(|path| {
            let beside = failing.map(|failing| {
                let is_same_target = failing.target.id == path.target.id;
                let is_same_vantage = failing.vantage == path.vantage;
                (Reverse(is_same_target), Reverse(is_same_vantage), Reverse(failing.vantage.network == path.vantage.network))
            });
            (beside, !path.target.is_external(), path.answer.is_none())
        });
        [failing, working]
    }
}
