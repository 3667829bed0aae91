//! A pod that the user named fails where a plain pod of its node is answered: neither the node nor the Service is at
//! fault, but something that only this pod has.

use std::net::IpAddr;

use lbprobe_protocol::{BehindProxy, Exchange, Outcome};

use super::evidence::Evidence;
use super::finding::{Finding, PodReason, SidecarFault};
use super::symptoms::{Symptoms, dialled, distinct};
use super::{Cause, Confidence};
use crate::facts::Facts;
use crate::observations::CheckState;
use crate::plan::TargetKind;
use crate::remedies::{Fix, Remedy};
use crate::results::{NamedPodCheck, NamedPodRow};

/// A cause for each pod of which a plain pod sees more.
pub(super) fn find(symptoms: &Symptoms<'_>) -> Vec<Cause> {
    symptoms.named_pods.iter().filter_map(|row| of_pod(row, symptoms)).collect()
}

fn of_pod(row: &NamedPodRow<'_>, symptoms: &Symptoms<'_>) -> Option<Cause> {
    let facts = symptoms.facts;
    let worse: Vec<_> = row.service_checks().filter(|check| check.is_worse()).collect();
    let alone: Vec<_> = row.service_checks().filter(|check| fails_alone(check)).collect();
    let (failing, (reason, confidence, why)) = match (worse.is_empty(), alone.is_empty()) {
        (false, _) => (&worse, reason(row, &worse, facts)),
        (true, false) => (&alone, (PodReason::NotCompared, Confidence::Possible, Vec::new())),
        (true, true) => return None,
    };
    let mut evidence = what_is_seen(row, failing, facts);
    evidence.extend(why);
    evidence.extend(kept_back(row, failing, symptoms));
    if !row.pod.proxy_variables.is_empty() {
        evidence.push(Evidence::ProxyVariables { variables: row.pod.proxy_variables.clone() });
    }
    let fixes = fixes(&reason, row, failing, facts);
    Some(Cause { finding: Finding::NamedPod { pod: row.pod.to_string(), why: reason }, confidence, evidence, fixes })
}

/// Whether it fails, and nothing of a plain pod is known.
fn fails_alone(check: &NamedPodCheck<'_>) -> bool {
    check.fails() && !check.beside().is_measured()
}

fn what_is_seen(row: &NamedPodRow<'_>, worse: &[&NamedPodCheck<'_>], facts: &Facts) -> Vec<Evidence> {
    let failing: Vec<_> = worse.iter().filter(|check| check.state().is_failure()).collect();
    let pod = row.pod.to_string();
    let mut evidence = Vec::new();
    if !failing.is_empty() {
        evidence.push(Evidence::NamedPodFails {
            pod: pod.clone(),
            targets: failing.iter().map(|check| dialled(check.target(), facts)).collect(),
            outcomes: distinct(failing.iter().filter_map(|check| check.state().outcome())),
        });
    }
    let errors = worse.iter().filter(|check| !check.state().is_failure());
    evidence.extend(errors.filter_map(|check| {
        let answer = check.answer()?;
        Some(Evidence::NamedPodGetsError {
            pod: pod.clone(),
            target: dialled(check.target(), facts),
            status: answer.status,
            server: answer.server.clone(),
            behind: answer.behind,
        })
    }));
    let is_compared = worse.iter().any(|check| check.beside().is_measured());
    evidence.extend(is_compared.then(|| Evidence::PlainPodReaches { vantage: row.pod.vantage.clone() }));
    evidence
}

/// Where some checks are refused and others time out, the same rule may stand behind both: the kernel sends the ICMP errors of a
/// REJECT to one address at a limited rate only.
fn kept_back(row: &NamedPodRow<'_>, failing: &[&NamedPodCheck<'_>], symptoms: &Symptoms<'_>) -> Option<Evidence> {
    let ends = |wanted: fn(CheckState) -> bool| failing.iter().any(|check| wanted(check.state()));
    let is_mixed = ends(CheckState::is_timed_out) && ends(CheckState::is_refused);
    let node = &row.pod.vantage.node;
    let kept_back = || symptoms.matrix.nodes_with_rate_limited_refusals().any(|other| other == node);
    (is_mixed && kept_back()).then(|| Evidence::RefusalsKeptBack { node: node.clone() })
}

/// What the pod has that a plain pod has not, with how certain it is that this is the reason, and what shows it.
fn reason(row: &NamedPodRow<'_>, worse: &[&NamedPodCheck<'_>], facts: &Facts) -> (PodReason, Confidence, Vec<Evidence>) {
    let pod = row.pod;
    let limiting = pod.limiting_policies().unwrap_or_default();
    if let Some(container) = &pod.sidecar
        && let Some((fault, confidence)) = sidecar(worse)
    {
        let container = container.clone();
        return (PodReason::Sidecar { container: container.clone(), fault }, confidence, vec![Evidence::Sidecar { container }]);
    }
    if let Some((name, address)) = alias(row, worse, facts) {
        return (PodReason::HostAlias { name: name.clone() }, Confidence::Likely, vec![Evidence::HostAlias { name, address }]);
    }
    let is_unresolved = |check: &&NamedPodCheck<'_>| matches!(check.state().outcome(), Some(Outcome::Resolve(_)));
    if let Some(policy) = pod.own_dns.clone()
        && worse.iter().all(is_unresolved)
    {
        return (PodReason::OwnDns { policy }, Confidence::Likely, Vec::new());
    }
    let is_lost = |check: &&NamedPodCheck<'_>| check.state().failed_to_connect();
    if !limiting.is_empty() && worse.iter().all(is_lost) && !worse.iter().all(is_unresolved) {
        let confidence = if reaches_nothing(row) { Confidence::Confirmed } else { Confidence::Likely };
        return (PodReason::NetworkPolicy, confidence, vec![Evidence::LimitedByPolicies { policies: limiting }]);
    }
    // Security groups drop, and never refuse.
    if let Some(by) = pod.own_interface
        && pod.policies.value().is_some()
        && limiting.is_empty()
        && worse.iter().all(|check| check.state().is_timed_out())
    {
        return (PodReason::OwnInterface { by }, Confidence::Likely, vec![Evidence::OwnInterface { by }]);
    }
    let policies = (!limiting.is_empty()).then_some(Evidence::LimitedByPolicies { policies: limiting });
    let not_known = pod.policies.reason().map(|reason| Evidence::PoliciesNotKnown { reason: reason.into() });
    let container = pod.sidecar.clone().map(|container| Evidence::Sidecar { container });
    (PodReason::NotKnown, Confidence::Possible, not_known.into_iter().chain(policies).chain(container).collect())
}

/// Policies see the endpoints: a pod that reaches nothing by any address, endpoints among them, is what they make of it.
fn reaches_nothing(row: &NamedPodRow<'_>) -> bool {
    let made = || row.checks.iter().filter(|check| check.state().is_measured());
    let is_lost = |check: &NamedPodCheck<'_>| matches!(check.state(), CheckState::Failed(_)) && check.state().failed_to_connect();
    made().all(is_lost) && made().any(|check| check.target().kind.is_endpoint())
}

/// What a sidecar makes of the connections, and how certain that is, where it explains all of them. Envoy names itself in its own
/// answers; so does a gateway of Istio's, in other words, and behind TLS nobody answers in a server's place.
fn sidecar(worse: &[&NamedPodCheck<'_>]) -> Option<(SidecarFault, Confidence)> {
    let by_envoy = |check: &&NamedPodCheck<'_>| {
        let server = check.answer().and_then(|answer| answer.server.as_deref());
        server == Some("envoy") && matches!(check.target().exchange, Exchange::Http(_))
    };
    let is_its_own = |check: &&NamedPodCheck<'_>| by_envoy(check) && check.status_of_proxy().is_some();
    let ends_later = |check: &&NamedPodCheck<'_>| matches!(check.state().outcome(), Some(Outcome::Tls(_) | Outcome::Http(_)));
    let fails_behind = |behind: BehindProxy| {
        worse.iter().any(|check| is_its_own(check) && check.answer().and_then(|answer| answer.behind) == Some(behind))
    };
    if !worse.iter().all(|check| by_envoy(check) || ends_later(check)) {
        None
    } else if fails_behind(BehindProxy::PlainServer) {
        Some((SidecarFault::TlsToPlain, Confidence::Confirmed))
    } else if fails_behind(BehindProxy::Tls) {
        Some((SidecarFault::TlsFails, Confidence::Confirmed))
    } else if fails_behind(BehindProxy::Connection) {
        Some((SidecarFault::ConnectionFails, Confidence::Likely))
    } else if worse.iter().any(is_its_own) {
        Some((SidecarFault::NotPassedOn, Confidence::Confirmed))
    } else if worse.iter().any(ends_later) {
        Some((SidecarFault::NotPassedOn, Confidence::Likely))
    } else {
        // It names itself in answers that it passes on too.
        Some((SidecarFault::OtherAnswer, Confidence::Possible))
    }
}

/// The name that the probe asks for, where the pod's hosts file has another address for it, and that alone fails.
fn alias(row: &NamedPodRow<'_>, worse: &[&NamedPodCheck<'_>], facts: &Facts) -> Option<(String, IpAddr)> {
    let service = &facts.service;
    let is_by_name = |check: &&NamedPodCheck<'_>| {
        let is_unresolved = matches!(check.state().outcome(), Some(Outcome::Resolve(_)));
        !is_unresolved
            && matches!(check.target().kind, TargetKind::DnsName | TargetKind::LoadBalancerHostname(_) | TargetKind::PublicName(_))
    };
    if !worse.iter().all(is_by_name) {
        return None;
    }
    let names = worse.iter().map(|check| match &check.target().kind {
        TargetKind::LoadBalancerHostname(name) | TargetKind::PublicName(name) => name.clone(),
        _ => format!("{}.{}.svc.cluster.local", service.name, service.namespace),
    });
    names.into_iter().find_map(|name| row.pod.alias(&name).filter(|address| !service.has_address(*address)).map(|address| (name, address)))
}

fn fixes(reason: &PodReason, row: &NamedPodRow<'_>, worse: &[&NamedPodCheck<'_>], facts: &Facts) -> Vec<Fix> {
    match reason {
        PodReason::NetworkPolicy if facts.service.is_elsewhere() => {
            vec![Remedy::AllowEgressTo { host: facts.service.name.clone() }.into()]
        }
        PodReason::NetworkPolicy => vec![Remedy::AllowEgress { service: facts.service.name.clone() }.into()],
        PodReason::Sidecar { fault: SidecarFault::TlsToPlain | SidecarFault::ConnectionFails, .. } => {
            vec![Remedy::PlainFromSidecar { host: facts.service.name.clone() }.into()]
        }
        PodReason::Sidecar { fault: SidecarFault::TlsFails, .. } => {
            vec![Remedy::CompareCertificates { host: facts.service.name.clone() }.into()]
        }
        PodReason::Sidecar { fault: SidecarFault::OtherAnswer, .. } => {
            vec![Remedy::CompareRoutes { host: facts.service.name.clone() }.into()]
        }
        PodReason::OwnInterface { by } => {
            let (pod, namespace) = (row.pod.name.clone(), row.pod.namespace.clone());
            vec![Remedy::AllowInterface { by: *by, pod, namespace }.into()]
        }
        PodReason::Sidecar { fault: SidecarFault::NotPassedOn, .. } => {
            let mut addresses: Vec<_> = worse.iter().filter_map(|check| check.target().kind.external_address()).collect();
            addresses.sort_unstable();
            addresses.dedup();
            vec![Remedy::PassSidecar { pod: row.pod.name.clone(), namespace: row.pod.namespace.clone(), addresses }.into()]
        }
        PodReason::HostAlias { .. } | PodReason::OwnDns { .. } | PodReason::NotKnown | PodReason::NotCompared => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
