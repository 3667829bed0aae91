//! `spec.externalIPs` beside the load balancer's address: one answers, the other does not
//! (kubernetes issue 121909).

use super::contrast::{Contrast, names, who};
use super::{Cause, CauseKind, Confidence, Fix};
use crate::model::Expected;
use crate::plan::{Network, TargetKind};
use crate::prediction::will_fail;

pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let is_external = |kind: &TargetKind| matches!(kind, TargetKind::ExternalIp(_));
    let mut evidence = Vec::new();
    for network in Network::ALL {
        let failing = contrast.failing_at(network, |target| is_external(&target.kind));
        let reached = contrast.reaching(network, |target| target.kind.is_load_balancer());
        if failing.is_empty() {
            continue;
        }
        if !failing.is_subset(&reached) {
            return None;
        }
        evidence.push(format!("{} on {} fail at an external IP, and reach the load balancer's own address", who(network), names(&failing)));
    }
    if evidence.is_empty() {
        return None;
    }
    let mut rules: Vec<&str> = Vec::new();
    let mut is_predicted = false;
    for (_, target, expectation) in contrast.prediction.checks(contrast.matrix.plan).filter(|(_, target, _)| is_external(&target.kind)) {
        debug_assert!(is_external(&target.kind));
        is_predicted |= will_fail(expectation);
        for answer in expectation.answers().filter(|answer| !matches!(answer.expected, Expected::Reached { .. })) {
            if !rules.contains(&answer.because.as_ref()) {
                rules.push(&answer.because);
            }
        }
    }
    evidence.extend(rules.iter().map(|rule| format!("kube-proxy: {rule}")));
    Some(Cause {
        kind: CauseKind::ExternalIps,
        confidence: if is_predicted { Confidence::Confirmed } else { Confidence::Likely },
        summary: "kube-proxy treats spec.externalIPs otherwise than the load balancer's own address".into(),
        evidence,
        fixes: vec![
            Fix {
                what: "let clients inside dial the load balancer's own address, or the Service's DNS name".into(),
                cost: "clients inside change their address".into(),
                ..Fix::default()
            },
            Fix {
                what: "upgrade kube-proxy: 1.21 or later in iptables mode; 1.28.6, 1.29.1 or later in ipvs mode".into(),
                cost: "an upgrade of the nodes".into(),
                ..Fix::default()
            },
        ],
    })
}
