//! A NetworkPolicy that limits where the probe's pods may connect to: pods time out at the Service
//! and at its endpoints alike, and the hosts of the same nodes reach both. Policies see the address
//! after kube-proxy has rewritten it: a policy that allows the load balancer's range allows nothing.

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::facts::PodPolicy;
use crate::plan::Network;
use crate::remedies::Remedy;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let pods = symptoms.failing_at(Network::Pod, |target| target.kind.is_endpoint());
    let at_cluster_ip = symptoms.failing_at(Network::Pod, |target| target.kind.is_cluster_ip());
    let hosts = symptoms.reaching(Network::Host, |target| target.kind.is_cluster_ip());
    let reached = symptoms.reaching(Network::Pod, |target| target.kind.is_endpoint() || target.kind.is_cluster_ip());
    let failing = if pods.is_empty() { &at_cluster_ip } else { &pods };
    if failing.is_empty() || !reached.is_empty() || !failing.is_subset(&hosts) {
        return None;
    }
    let policies = symptoms.facts.pod_policies.value();
    let limiting: Vec<_> = policies.into_iter().flatten().filter(|policy| policy.limits_egress).collect();
    if policies.is_some() && limiting.is_empty() {
        return None;
    }
    let mut evidence = vec![Evidence::PodsFailAtClusterIp { nodes: names(failing) }];
    if !pods.is_empty() {
        evidence.push(Evidence::PodsFailAtEndpoints);
    }
    evidence.push(match policies {
        Some(_) => Evidence::LimitedByPolicies { policies: limiting.iter().map(|policy| full_name(policy)).collect() },
        None => Evidence::PoliciesNotKnown { reason: symptoms.facts.pod_policies.reason().unwrap_or_default().into() },
    });
    let confidence = match (policies.is_some(), pods.is_empty()) {
        (true, false) => Confidence::Confirmed,
        (true, true) => Confidence::Likely,
        (false, _) => Confidence::Possible,
    };
    Some(Cause {
        finding: Finding::NetworkPolicy,
        confidence,
        evidence,
        fixes: vec![Remedy::AllowEgress { service: symptoms.facts.service.name.clone() }.into()],
    })
}

fn full_name(policy: &PodPolicy) -> String {
    format!("{}/{}", policy.namespace, policy.name)
}
