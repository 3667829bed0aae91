//! A port that the Service does not declare, at the load balancer's address: where ipvs binds the
//! address to the node, the packet never leaves it, and the load balancer's own listener is not
//! reached.

use super::evidence::Evidence;
use super::finding::{AddressOwner, Finding};
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::kube_proxy::Expected;
use crate::plan::{Network, Target, TargetKind};
use crate::remedies::{Fix, Remedy};

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let facts = symptoms.facts;
    let is_undeclared = |target: &Target| {
        matches!(target.kind, TargetKind::LoadBalancerIp(_)) && !target.other_listener && !facts.service.declares(target.transport())
    };
    let failing = Network::ALL.map(|network| (network, symptoms.failing_at(network, is_undeclared)));
    let failing: Vec<_> = failing.into_iter().filter(|(_, nodes)| !nodes.is_empty()).collect();
    if failing.is_empty() {
        return None;
    }
    let mut ports: Vec<_> = symptoms.matrix.plan.targets.iter().filter(|target| is_undeclared(target)).map(|target| target.port).collect();
    ports.dedup();
    let holders: Vec<_> =
        facts.service.load_balancer_ips().map(|ip| (ip, symptoms.holders(ip))).filter(|(_, nodes)| !nodes.is_empty()).collect();
    let is_kept = holders.iter().any(|(_, nodes)| failing.iter().any(|(_, failing)| !failing.is_disjoint(nodes)));
    let is_predicted = symptoms.prediction.checks(symptoms.matrix.plan).any(|(_, target, expectation)| {
        is_undeclared(target) && expectation.answers().all(|answer| matches!(answer.expected, Expected::Refused | Expected::LocalListener))
    });
    let mut evidence = vec![Evidence::PortsNotDeclared { ports: ports.clone() }];
    for (network, nodes) in &failing {
        let outcomes = symptoms.ways_where(*network, |target, _| is_undeclared(target));
        evidence.push(Evidence::FailsAtUndeclaredPort { network: *network, nodes: names(nodes), outcomes });
    }
    evidence.extend(holders.iter().map(|(ip, nodes)| Evidence::AddressOnNode { address: *ip, nodes: names(nodes) }));
    let address = if is_kept || is_predicted { AddressOwner::KubeProxy } else { AddressOwner::LoadBalancer };
    let declare =
        Remedy::DeclarePorts { ports: ports.clone(), name: facts.service.name.clone(), namespace: facts.service.namespace.clone() };
    let fixes = [declare, Remedy::SeparateLoadBalancers].map(Fix::from).into_iter().chain(symptoms.past_kube_proxy()).collect();
    Some(Cause {
        finding: Finding::UndeclaredPort { ports, address },
        confidence: match (is_kept, is_predicted) {
            (true, _) => Confidence::Confirmed,
            (false, true) => Confidence::Likely,
            (false, false) => Confidence::Possible,
        },
        evidence,
        fixes,
    })
}
