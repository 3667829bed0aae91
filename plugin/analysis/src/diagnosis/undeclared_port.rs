//! A port that the Service does not declare, at the load balancer's address: where ipvs binds the
//! address to the node, the packet never leaves it, and the load balancer's own listener is not
//! reached.

use super::contrast::{Contrast, names, who};
use super::{Cause, CauseKind, Confidence, Fix, fixes};
use crate::model::Expected;
use crate::plan::{Network, Target, TargetKind};
use crate::shell;
use crate::words;

/// Ways to fail that a sentence names.
const WAYS: usize = 4;

pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let facts = contrast.facts;
    let is_undeclared = |target: &Target| matches!(target.kind, TargetKind::LoadBalancerIp(_)) && !facts.service.declares(target.port);
    let failing = Network::ALL.map(|network| (network, contrast.failing_at(network, is_undeclared)));
    let failing: Vec<_> = failing.into_iter().filter(|(_, nodes)| !nodes.is_empty()).collect();
    if failing.is_empty() {
        return None;
    }
    let mut ports: Vec<_> = contrast.matrix.plan.targets.iter().filter(|target| is_undeclared(target)).map(|target| target.port).collect();
    ports.dedup();
    let ports = words::list(&ports.iter().map(ToString::to_string).collect::<Vec<_>>());
    let holders: Vec<_> =
        facts.service.load_balancer_ips().map(|ip| (ip, contrast.holders(ip))).filter(|(_, nodes)| !nodes.is_empty()).collect();
    let is_kept = holders.iter().any(|(_, nodes)| failing.iter().any(|(_, failing)| !failing.is_disjoint(nodes)));
    let is_predicted = contrast.prediction.checks(contrast.matrix.plan).any(|(_, target, expectation)| {
        is_undeclared(target) && expectation.answers().all(|answer| matches!(answer.expected, Expected::Refused | Expected::LocalListener))
    });
    let mut evidence = vec![format!("the Service declares no port {ports}")];
    for (network, nodes) in &failing {
        let ways: Vec<_> = contrast.ways_where(*network, |target, _| is_undeclared(target)).iter().map(ToString::to_string).collect();
        evidence.push(format!("{} on {} fail there: {}", who(*network), names(nodes), words::short_list(&ways, WAYS)));
    }
    evidence.extend(
        holders.iter().map(|(ip, nodes)| format!("{ip} is the node's own address on {}: packets to it never leave the node", names(nodes))),
    );
    let summary = if is_kept || is_predicted {
        format!(
            "port {ports} is not the Service's, and kube-proxy keeps the load balancer's whole address on the node: from inside, nobody reaches what listens there outside"
        )
    } else {
        format!("port {ports} is not the Service's: nobody answers there, and kube-proxy is not involved")
    };
    Some(Cause {
        kind: CauseKind::UndeclaredPort,
        confidence: match (is_kept, is_predicted) {
            (true, _) => Confidence::Confirmed,
            (false, true) => Confidence::Likely,
            (false, false) => Confidence::Possible,
        },
        summary,
        evidence,
        fixes: [declare(contrast, &ports), fixes::separate_load_balancers()].into_iter().chain(fixes::past_kube_proxy(contrast)).collect(),
    })
}

fn declare(contrast: &Contrast<'_>, ports: &str) -> Fix {
    let service = &contrast.facts.service;
    Fix {
        what: format!("declare port {ports} in the Service, if its pods serve it"),
        cost: "none; the load balancer gets a listener for it, if it has none".into(),
        command: Some(shell::command(&["kubectl", "edit", "service", &service.name, "-n", &service.namespace])),
        ..Fix::default()
    }
}
