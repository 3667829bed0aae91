//! Several Services' checks in one probe pod: put together for the pods, and taken apart again. Pure.

use std::collections::{HashMap, HashSet};

use lbprobe_protocol::{CheckId, NodeQuestion, Question, Record};

use crate::documents::Report;
use crate::facts::{Facts, NamedPod};
use crate::observations::{Observations, Probe, ProbeResult};
use crate::plan::{Network, Plan, Vantage};

/// Each vantage of any of the plans once.
#[must_use]
pub fn vantages(subjects: &[(Facts, Plan)]) -> Vec<Vantage> {
    let mut seen = HashSet::new();
    subjects.iter().flat_map(|(_, plan)| &plan.vantages).filter(|vantage| seen.insert(*vantage)).cloned().collect()
}

/// The named pods of the plans: all have the same.
#[must_use]
pub fn named_pods(subjects: &[(Facts, Plan)]) -> &[NamedPod] {
    subjects.first().map(|(_, plan)| &plan.named_pods[..]).unwrap_or_default()
}

/// What each probe pod of a network is told: the checks of all, with ids that follow one another.
#[must_use]
pub fn for_probe(subjects: &[(Facts, Plan)], network: Network, linger_ms: u32) -> lbprobe_protocol::Plan {
    let plans: Vec<_> = subjects.iter().map(|(facts, plan)| plan.for_probe(&facts.service, network, linger_ms)).collect();
    let mut checks = Vec::new();
    for (plan, offset) in plans.iter().zip(offsets(subjects)) {
        checks.extend(plan.checks.iter().cloned().map(|check| lbprobe_protocol::Check { id: check.id.saturating_add(offset), ..check }));
    }
    lbprobe_protocol::Plan {
        version: lbprobe_protocol::VERSION,
        wait_ms: plans.iter().map(|plan| plan.wait_ms).max().unwrap_or_default(),
        linger_ms,
        checks,
        questions: questions(plans.iter().flat_map(|plan| &plan.questions)),
        watch: None,
        kernel: None,
    }
}

/// One question of a kind. Of several healthCheckNodePorts the first is asked for.
fn questions<'a>(all: impl Iterator<Item = &'a Question>) -> Vec<Question> {
    let (mut asks_kube_proxy, mut node) = (false, None::<NodeQuestion>);
    for question in all {
        match question {
            Question::KubeProxy => asks_kube_proxy = true,
            Question::Node(other) => match &mut node {
                None => node = Some(other.clone()),
                Some(node) => {
                    node.addresses
                        .extend(other.addresses.iter().filter(|address| !node.addresses.contains(address)).copied().collect::<Vec<_>>());
                    node.ports.extend(other.ports.iter().filter(|port| !node.ports.contains(port)).copied().collect::<Vec<_>>());
                }
            },
        }
    }
    asks_kube_proxy.then_some(Question::KubeProxy).into_iter().chain(node.map(Question::Node)).collect()
}

/// Where each plan's ids begin: ids of a plan count from 0.
fn offsets(subjects: &[(Facts, Plan)]) -> Vec<CheckId> {
    let mut next: CheckId = 0;
    subjects
        .iter()
        .map(|(_, plan)| {
            let offset = next;
            let highest = plan.targets.iter().map(|target| target.id).max().map_or(0, |highest| highest.saturating_add(1));
            next = next.saturating_add(highest);
            offset
        })
        .collect()
}

/// A report for each Service, of what was seen for all.
#[must_use]
pub fn reports(mut subjects: Vec<(Facts, Plan)>, observations: Observations) -> Vec<Report> {
    // One alone has what was seen as it is: thousands of records are not copied.
    if subjects.len() == 1 {
        return subjects.pop().map(|(facts, plan)| Report::new(facts, plan, observations)).into_iter().collect();
    }
    let offsets = offsets(&subjects);
    let by_vantage: HashMap<_, _> = observations.probes.iter().map(|probe| (&probe.vantage, probe)).collect();
    let own = |(index, (facts, plan)): (usize, (Facts, Plan))| {
        let (offset, count) = (offsets[index], plan.targets.len());
        let probes = plan.vantages.iter().filter_map(|vantage| by_vantage.get(vantage));
        // What a node says of one Service's port is no word on another's.
        let is_first = index == 0;
        let named_pods = observations.named_pods.iter().map(|seen| part(seen, offset, count, is_first)).collect();
        let probes =
            probes.map(|probe| Probe { vantage: probe.vantage.clone(), seen: part(&probe.seen, offset, count, is_first) }).collect();
        Report::new(facts, plan, Observations { probes, named_pods, outside: None, outside_from: None, kernel: Vec::new() })
    };
    subjects.into_iter().enumerate().map(own).collect()
}

fn part(seen: &ProbeResult, offset: CheckId, count: usize, is_first: bool) -> ProbeResult {
    let ProbeResult::Record(record) = seen else { return seen.clone() };
    let end = usize::from(offset) + count;
    let is_own = |id: CheckId| id >= offset && usize::from(id) < end;
    let own = record.observations.iter().filter(|observation| is_own(observation.check)).cloned();
    let observations = own.map(|observation| lbprobe_protocol::Observation { check: observation.check - offset, ..observation }).collect();
    let mut node = record.node.clone();
    if let Some(node) = node.as_mut().filter(|_| !is_first) {
        node.local_endpoints = None;
        node.local_endpoints_before = None;
        node.local_endpoints_settled = false;
    }
    ProbeResult::Record(Record { planned: count, observations, node, ..record.clone() })
}
