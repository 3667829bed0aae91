//! Where nodes differ among themselves, and where nobody answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::disagreements::owned;
use super::join::nodes_by;
use crate::diagnosis::Note;
use crate::facts::Facts;

/// The nodes that have something in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodesOf<T> {
    /// What they have.
    pub value: T,
    /// The nodes.
    pub nodes: Vec<String>,
}

/// Where nodes differ among themselves, and where nobody answers.
#[must_use]
pub(crate) fn differences(joined: &Facts) -> Vec<Note> {
    let processes = &joined.kube_proxy.processes;
    let mut notes = Vec::new();
    let modes = nodes_by(processes, |process| process.mode);
    if modes.len() > 1 {
        notes.push(Note::ModesDiffer { modes: each(modes) });
    }
    let releases = nodes_by(processes, |process| process.release.map(|release| (release.major, release.minor)));
    if releases.len() > 1 {
        notes.push(Note::ReleasesDiffer { releases: each(releases) });
    }
    let not_heard = processes.iter().filter(|(_, process)| process.mode.is_none() && process.release.is_none());
    let not_heard: Vec<_> = not_heard.map(|(node, _)| node.clone()).collect();
    if !not_heard.is_empty() {
        notes.push(Note::KubeProxyNotHeard { nodes: not_heard });
    }
    notes
}

fn each<T>(nodes_by: BTreeMap<T, Vec<&str>>) -> Vec<NodesOf<T>> {
    nodes_by.into_iter().map(|(value, nodes)| NodesOf { value, nodes: owned(&nodes) }).collect()
}
