//! loadBalancerSourceRanges without the clients inside: kube-proxy checks them too (kubernetes
//! issue 109575).

use ipnet::IpNet;
use serde_json::json;

use super::contrast::{Contrast, names};
use super::evidence::Evidence;
use super::finding::Finding;
use super::{Cause, Confidence, Fix, Strategy, fixes};
use crate::change::Change;
use crate::facts::Facts;
use crate::model::Rule;
use crate::patch::ObjectReference;
use crate::plan::{Network, Plan};
use crate::prediction::Prediction;
use crate::shell;
use crate::words;

/// Ranges that a sentence names.
const NAMED: usize = 4;

/// Ranges that a command names.
const MOST_RANGES: usize = 30;

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
        fixes: vec![add_ranges(contrast.facts, contrast.matrix.plan, contrast.prediction)],
    })
}

fn rules(contrast: &Contrast<'_>, network: Network) -> Vec<Rule> {
    contrast.rules_seen(&[network]).into_iter().map(|(rule, _)| rule).collect()
}

/// Letting the clients inside through.
pub(super) fn add_ranges(facts: &Facts, plan: &Plan, before: &Prediction) -> Fix {
    let inside = inside(facts);
    let examples: Vec<_> = inside.iter().map(ToString::to_string).collect();
    let examples = words::short_list(&examples, NAMED);
    let mut all = facts.service.load_balancer_source_ranges.clone();
    all.extend(inside);
    // A list that nobody can read is the user's to shorten.
    let object = ObjectReference::of_service(&facts.service);
    let fix = if all.len() <= MOST_RANGES {
        let merge = json!({ "spec": { "loadBalancerSourceRanges": all.iter().map(ToString::to_string).collect::<Vec<_>>() } });
        Fix::by_patch(Strategy::SourceRanges, object, merge, Change::SourceRanges(all))
    } else {
        Fix { command: Some(shell::command(&["kubectl", "edit", "service", &object.name, "-n", &object.namespace])), ..Fix::default() }
    };
    Fix {
        what: format!("add the ranges of the clients inside to loadBalancerSourceRanges ({examples})"),
        cost: "none, unless the load balancer itself filters by the same list and these ranges exist outside too".into(),
        after: fix.change.as_ref().and_then(|change| fixes::after(facts, plan, before, change)),
        ..fix
    }
}

/// The ranges of the pods and the addresses of the nodes, in as few ranges as hold them.
fn inside(facts: &Facts) -> Vec<IpNet> {
    let pods = facts.nodes.iter().flat_map(|node| node.pod_cidrs.iter().copied());
    let nodes = facts.nodes.iter().flat_map(|node| node.internal_ips.iter().copied().map(IpNet::from));
    IpNet::aggregate(&pods.chain(nodes).collect())
}
