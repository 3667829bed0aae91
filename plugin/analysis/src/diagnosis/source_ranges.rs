//! loadBalancerSourceRanges without the clients inside: kube-proxy checks them too (kubernetes
//! issue 109575).

use super::contrast::{Contrast, names, who};
use super::{Cause, CauseKind, Confidence, Fix};
use crate::facts::Facts;
use crate::model::OUT_OF_RANGE;
use crate::plan::Network;
use crate::words;

/// Ranges that a sentence names.
const NAMED: usize = 4;

pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let ranges = &contrast.facts.service.load_balancer_source_ranges;
    let shut_out: Vec<_> = Network::ALL.into_iter().filter(|network| rules(contrast, *network).contains(&OUT_OF_RANGE)).collect();
    if ranges.is_empty() || shut_out.is_empty() {
        return None;
    }
    let complete = shut_out.iter().all(|network| rules(contrast, *network) == [OUT_OF_RANGE]);
    let ranges = words::short_list(&ranges.iter().map(ToString::to_string).collect::<Vec<_>>(), NAMED);
    let mut evidence = vec![format!("loadBalancerSourceRanges: {ranges}")];
    for network in &shut_out {
        evidence.extend(contrast.failures_in_words(*network));
        let working = contrast.working_nodes(*network);
        if !working.is_empty() {
            evidence.push(format!("{} on {} have addresses in a range, and reach it", who(*network), names(&working)));
        }
    }
    Some(Cause {
        kind: CauseKind::SourceRanges,
        confidence: if complete { Confidence::Confirmed } else { Confidence::Likely },
        summary:
            "loadBalancerSourceRanges does not have the addresses of the failing clients: kube-proxy drops them inside the cluster too"
                .into(),
        evidence,
        fixes: vec![add_ranges(contrast.facts)],
    })
}

fn rules<'a>(contrast: &Contrast<'a>, network: Network) -> Vec<&'a str> {
    contrast.rules_seen(network).into_iter().map(|(rule, _)| rule).collect()
}

/// Letting the clients inside through.
pub(super) fn add_ranges(facts: &Facts) -> Fix {
    let pods = facts.nodes.iter().flat_map(|node| &node.pod_cidrs).map(ToString::to_string);
    let mut ranges: Vec<_> = facts.service.load_balancer_source_ranges.iter().map(ToString::to_string).chain(pods).collect();
    ranges.dedup();
    let examples = words::short_list(&ranges[ranges.len() - ranges.len().min(NAMED)..], NAMED);
    Fix {
        what: format!(
            "add the ranges of the clients inside to loadBalancerSourceRanges, the pods' for instance ({examples}), and the nodes'"
        ),
        cost: "none, unless the load balancer itself filters by the same list and these ranges exist outside too".into(),
        command: Some(format!("kubectl edit service {} -n {}", facts.service.name, facts.service.namespace)),
        ..Fix::default()
    }
}
