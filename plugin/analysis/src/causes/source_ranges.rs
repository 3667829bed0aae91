//! loadBalancerSourceRanges without the clients inside: kube-proxy checks them too (kubernetes
//! issue 109575).

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::kube_proxy::Rule;
use crate::plan::Network;
use crate::remedies;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let ranges = &symptoms.facts.service.load_balancer_source_ranges;
    let shut_out: Vec<_> =
        Network::ALL.into_iter().filter(|network| rules(symptoms, *network).contains(&Rule::OutsideSourceRanges)).collect();
    if ranges.is_empty() || shut_out.is_empty() {
        return None;
    }
    let complete = shut_out.iter().all(|network| rules(symptoms, *network) == [Rule::OutsideSourceRanges]);
    let mut evidence = vec![Evidence::SourceRanges { ranges: ranges.clone() }];
    for network in &shut_out {
        evidence.extend(symptoms.failures(*network).into_iter().map(Evidence::Fails));
        let working = symptoms.working_nodes(*network);
        if !working.is_empty() {
            evidence.push(Evidence::WithinSourceRange { network: *network, nodes: names(&working) });
        }
    }
    Some(Cause {
        finding: Finding::SourceRanges,
        confidence: if complete { Confidence::Confirmed } else { Confidence::Likely },
        evidence,
        fixes: vec![remedies::add_source_ranges(symptoms.facts, symptoms.matrix.plan, symptoms.prediction)],
    })
}

fn rules(symptoms: &Symptoms<'_>, network: Network) -> Vec<Rule> {
    symptoms.rules_seen(&[network]).into_iter().map(|(rule, _)| rule).collect()
}
