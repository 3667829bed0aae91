//! Names do not resolve, and addresses answer: the cluster's DNS is the matter, not the Service.

use std::collections::BTreeSet;

use lbprobe_protocol::Outcome;

use super::evidence::Evidence;
use super::finding::{Finding, Share};
use super::symptoms::Symptoms;
use super::{Cause, Confidence};
use crate::observations::CheckState;
use crate::plan::{Network, TargetKind, Vantage};
use crate::remedies::Remedy;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let at_name = || symptoms.matrix.checks().filter(|(_, target, _)| target.kind == TargetKind::DnsName);
    let unresolved: Vec<_> = at_name().filter(|(_, _, state)| matches!(state.outcome(), Some(Outcome::Resolve(_)))).collect();
    let (_, _, first) = unresolved.first()?;
    let mut vantages: Vec<_> = unresolved.iter().map(|(vantage, _, _)| (*vantage).clone()).collect();
    vantages.dedup();
    let outcome = first.outcome()?;
    let everywhere = at_name().all(|(_, _, state)| matches!(state, CheckState::Failed(Outcome::Resolve(_)) | CheckState::Unmeasured));
    let are_all_in = |sets: &[(Network, BTreeSet<&str>)]| {
        let is_in =
            |vantage: &Vantage| sets.iter().any(|(network, nodes)| *network == vantage.network && nodes.contains(vantage.node.as_str()));
        unresolved.iter().all(|(vantage, _, _)| is_in(vantage))
    };
    let reached = are_all_in(&Network::ALL.map(|network| (network, symptoms.cluster_ip_reached_nodes(network))));
    if are_all_in(&Network::ALL.map(|network| (network, symptoms.cluster_ip_failing_nodes(network)))) {
        // What keeps them from the ClusterIP keeps them from the name server too.
        return None;
    }
    let mut evidence = vec![Evidence::NameUnresolved { vantages, outcome }];
    if reached {
        evidence.push(Evidence::ClusterIpAnswersThere);
    }
    Some(Cause {
        finding: Finding::ClusterDns { from: if everywhere { Share::All } else { Share::Some } },
        confidence: if everywhere && reached { Confidence::Confirmed } else { Confidence::Likely },
        evidence,
        fixes: vec![Remedy::CheckDns.into()],
    })
}
