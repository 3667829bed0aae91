//! Names do not resolve, and addresses answer: the cluster's DNS is the matter, not the Service.

use std::collections::BTreeSet;

use lbprobe_protocol::Outcome;

use super::contrast::Contrast;
use super::{Cause, CauseKind, Confidence, Fix};
use crate::observations::CheckState;
use crate::plan::{Network, TargetKind, Vantage};
use crate::words;

/// Vantages that a sentence names.
const NAMED: usize = 3;

pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let at_name = || contrast.matrix.checks().filter(|(_, target, _)| target.kind == TargetKind::DnsName);
    let unresolved: Vec<_> = at_name().filter(|(_, _, state)| matches!(state.outcome(), Some(Outcome::Resolve(_)))).collect();
    let (_, _, first) = unresolved.first()?;
    let mut vantages: Vec<_> = unresolved.iter().map(|(vantage, _, _)| vantage.to_string()).collect();
    vantages.dedup();
    let how = first.outcome().map(|outcome| outcome.to_string()).unwrap_or_default();
    let everywhere = at_name().all(|(_, _, state)| matches!(state, CheckState::Failed(Outcome::Resolve(_)) | CheckState::Unmeasured));
    let are_all_in = |sets: &[(Network, BTreeSet<&str>)]| {
        let is_in =
            |vantage: &Vantage| sets.iter().any(|(network, nodes)| *network == vantage.network && nodes.contains(vantage.node.as_str()));
        unresolved.iter().all(|(vantage, _, _)| is_in(vantage))
    };
    let reached = are_all_in(&Network::ALL.map(|network| (network, contrast.cluster_ip_reached_nodes(network))));
    if are_all_in(&Network::ALL.map(|network| (network, contrast.cluster_ip_failing_nodes(network)))) {
        // What keeps them from the ClusterIP keeps them from the name server too.
        return None;
    }
    let mut evidence = vec![format!("{}: {how}", words::short_list(&vantages, NAMED))];
    if reached {
        evidence.push("from there the ClusterIP answers, so only the name is at fault".into());
    }
    Some(Cause {
        kind: CauseKind::ClusterDns,
        confidence: if everywhere && reached { Confidence::Confirmed } else { Confidence::Likely },
        summary: format!("the Service's DNS name does not resolve {}", if everywhere { "from any vantage" } else { "from some vantages" }),
        evidence,
        fixes: vec![Fix {
            what: "check the cluster's DNS: its pods, and whether the nodes reach them".into(),
            cost: "none".into(),
            command: Some("kubectl get pods -n kube-system -l k8s-app=kube-dns -o wide".into()),
            ..Fix::default()
        }],
    })
}
