//! loadBalancerSourceRanges without the clients inside: kube-proxy checks them too (kubernetes
//! issue 109575).

use super::contrast::{Contrast, names};
use super::evidence::Evidence;
use super::finding::Finding;
use super::{Cause, Confidence};
use crate::model::Rule;
use crate::plan::Network;
use crate::remedies;

pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let ranges = &contrast.facts.service.load_balancer_source_ranges;
    let shut_out: Vec<_> =
        Network::ALL.into_iter().filter(|network| rules(contrast, *network).contains(&Rule::OutsideSourceRanges)).collect();
    if ranges.is_empty() || shut_out.is_empty() {
        return None;
    }
    let complete = shut_out.iter().all(|network| rules(contrast, *network) == [Rule::OutsideSourceRanges]);
    let mut evidence = vec![Evidence::SourceRanges { ranges: ranges.clone() }];
    for network in &shut_out {
        evidence.extend(contrast.failures(*network).into_iter().map(Evidence::Fails));
        let working = contrast.working_nodes(*network);
        if !working.is_empty() {
            evidence.push(Evidence::WithinSourceRange { network: *network, nodes: names(&working) });
        }
    }
    Some(Cause {
        finding: Finding::SourceRanges,
        confidence: if complete { Confidence::Confirmed } else { Confidence::Likely },
        evidence,
        fixes: vec![remedies::add_source_ranges(contrast.facts, contrast.matrix.plan, contrast.prediction)],
    })
}

fn rules(contrast: &Contrast<'_>, network: Network) -> Vec<Rule> {
    contrast.rules_seen(&[network]).into_iter().map(|(rule, _)| rule).collect()
}
