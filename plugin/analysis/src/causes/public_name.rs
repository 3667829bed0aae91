//! The name that the user gave does not lead to the Service from inside: it does not resolve there, or to somebody else's
//! address. Split DNS, a name server of the node's own, a hosts file.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use lbprobe_protocol::Outcome;

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::Symptoms;
use super::{Cause, Confidence};
use crate::observations::Cell;
use crate::plan::{TargetKind, Vantage};
use crate::remedies::Remedy;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let failing = symptoms.matrix.cells().filter(|cell| cell.state.is_failure());
    let failing: Vec<_> = failing.filter_map(|cell| Some((name(&cell)?, cell))).collect();
    // Where the cluster's own names do not resolve either, its DNS is the matter.
    let at_own_name = symptoms.matrix.checks().filter(|(_, target, _)| target.kind == TargetKind::DnsName);
    let without_dns: BTreeSet<_> =
        at_own_name.filter(|(.., state)| matches!(state.outcome(), Some(Outcome::Resolve(_)))).map(|(vantage, ..)| vantage).collect();
    let (name, _) = failing.first()?;
    let mut unresolved: BTreeMap<String, (Vec<Vantage>, Outcome)> = BTreeMap::new();
    let mut elsewhere: BTreeMap<IpAddr, Vec<Vantage>> = BTreeMap::new();
    for (_, cell) in &failing {
        match (cell.state.outcome(), cell.resolved()) {
            (Some(Outcome::Resolve(_)), _) if without_dns.contains(cell.vantage) => {}
            (Some(outcome @ Outcome::Resolve(_)), _) => {
                let (vantages, _) = unresolved.entry(outcome.code()).or_insert_with(|| (Vec::new(), outcome));
                vantages.push(cell.vantage.clone());
            }
            (_, Some(address)) if !symptoms.facts.service.has_address(address) => {
                elsewhere.entry(address).or_default().push(cell.vantage.clone());
            }
            // It leads to the Service, and what fails there has another cause.
            _ => {}
        }
    }
    if unresolved.is_empty() && elsewhere.is_empty() {
        return None;
    }
    let astray: BTreeSet<_> = unresolved.values().map(|(vantages, _)| vantages).chain(elsewhere.values()).flatten().cloned().collect();
    let addresses: Vec<_> = elsewhere.keys().copied().collect();
    let asked = symptoms.matrix.plan.asked.as_ref();
    let here_too = !addresses.is_empty() && asked.is_some_and(|asked| addresses.iter().all(|address| asked.leads_here_too(*address)));
    let answers_there = reaches_load_balancer(symptoms, &astray);
    let once = |mut vantages: Vec<Vantage>| {
        vantages.dedup();
        vantages
    };
    let mut evidence: Vec<_> = elsewhere
        .into_iter()
        .map(|(address, vantages)| Evidence::NameLeadsTo { name: (*name).to_owned(), address, vantages: once(vantages) })
        .collect();
    evidence.extend(unresolved.into_values().map(|(vantages, outcome)| Evidence::NameUnresolved { vantages: once(vantages), outcome }));
    if answers_there {
        evidence.push(Evidence::LoadBalancerAnswersThere);
    }
    Some(Cause {
        finding: Finding::PublicName { name: (*name).to_owned(), addresses, here_too },
        // Where it leads was seen.
        confidence: Confidence::Confirmed,
        evidence,
        fixes: vec![Remedy::NameToLoadBalancer { name: (*name).to_owned(), here_too }.into()],
    })
}

fn name<'a>(cell: &Cell<'a>) -> Option<&'a str> {
    match &cell.target.kind {
        TargetKind::PublicName(name) => Some(name),
        _ => None,
    }
}

/// Whether all of these reach the load balancer's own address, so that the name alone is at fault.
fn reaches_load_balancer(symptoms: &Symptoms<'_>, from: &BTreeSet<Vantage>) -> bool {
    let checks = symptoms.matrix.checks().filter(|(vantage, target, _)| target.kind.is_load_balancer() && from.contains(*vantage));
    let states: Vec<_> = checks.map(|(_, _, state)| state).collect();
    !states.is_empty() && states.iter().all(|state| state.is_known() && !state.is_failure())
}
