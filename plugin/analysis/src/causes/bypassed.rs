//! The load balancer's own part is missing inside: kube-proxy takes its address, so that neither the
//! PROXY header is written nor TLS ended, and the servers behind it wait for one or speak no TLS.

use std::collections::BTreeSet;

use lbprobe_protocol::{FollowUp, Outcome, TlsFailure};

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, dialled, names};
use super::{Cause, Confidence};
use crate::observations::Cell;
use crate::plan::Network;
use crate::remedies::Remedy;

const BAD_REQUEST: u16 = 400;

/// Backends that wait for a PROXY header (ingress-nginx's `use-proxy-protocol`, Istio's
/// `gatewayTopology`): connections stand and end without an answer.
pub(super) fn proxy_header(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let found = Bypassed::find(symptoms, FollowUp::ProxyHeader)?;
    Some(Cause {
        finding: Finding::ProxyHeaderMissing,
        confidence: found.confidence(),
        evidence: found.evidence(symptoms, Evidence::AnsweredWithProxyHeader),
        fixes: symptoms.past_kube_proxy().into_iter().chain([Remedy::HairpinProxy.into()]).collect(),
    })
}

/// TLS ends at the load balancer, and the servers behind it speak plain HTTP on that port.
pub(super) fn tls(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let found = Bypassed::find(symptoms, FollowUp::PlainHttp)?;
    Some(Cause {
        finding: Finding::TlsEndsAtLoadBalancer,
        confidence: found.confidence(),
        evidence: found.evidence(symptoms, Evidence::AnsweredInPlainHttp),
        fixes: symptoms.past_kube_proxy().into_iter().chain([Remedy::DialPlainHttp.into()]).collect(),
    })
}

/// Checks that failed and whose follow-up was answered.
struct Bypassed<'a> {
    answered: Vec<Cell<'a>>,
    /// Checks of the same targets that connected, failed, and gave no answer to the follow-up.
    unanswered: usize,
}

impl<'a> Bypassed<'a> {
    fn find(symptoms: &Symptoms<'a>, which: FollowUp) -> Option<Self> {
        let failed = |cell: &Cell<'_>| {
            let at_service = !cell.target.is_evidence() && symptoms.facts.service.declares(cell.target.transport());
            at_service && cell.state.is_failure() && cell.follow_up(which).is_some()
        };
        let is_answered = |cell: &Cell<'_>| cell.follow_up(which) == Some(Outcome::Answered) && !refuses_plain_http(cell, which);
        let (answered, unanswered): (Vec<_>, Vec<_>) = symptoms.matrix.cells().filter(failed).partition(is_answered);
        (!answered.is_empty()).then_some(Self { answered, unanswered: unanswered.len() })
    }

    fn confidence(&self) -> Confidence {
        if self.unanswered == 0 { Confidence::Confirmed } else { Confidence::Likely }
    }

    fn evidence(&self, symptoms: &Symptoms<'_>, answered: Evidence) -> Vec<Evidence> {
        let mut lines = Vec::new();
        for network in Network::ALL {
            let cells: Vec<_> = self.answered.iter().filter(|cell| cell.vantage.network == network).collect();
            let nodes: BTreeSet<_> = cells.iter().map(|cell| cell.vantage.node.as_str()).collect();
            let targets: BTreeSet<_> = cells.iter().map(|cell| dialled(cell.target, symptoms.facts)).collect();
            if let Some(outcome) = cells.first().and_then(|cell| cell.state.outcome()) {
                let targets = targets.into_iter().collect();
                lines.push(Evidence::FailsOnceConnected { network, nodes: names(&nodes), targets, outcome });
            }
        }
        lines.push(answered);
        lines
    }
}

/// Servers that speak TLS answer plain HTTP on the same port by 400: nginx ("The plain HTTP request was sent to HTTPS port"),
/// Apache, Go's. Who was seen to speak no TLS may answer so for another reason.
fn refuses_plain_http(cell: &Cell<'_>, which: FollowUp) -> bool {
    let speaks_none = cell.state.outcome() == Some(Outcome::Tls(TlsFailure::NotTls));
    which == FollowUp::PlainHttp && cell.follow_up_status(which) == Some(BAD_REQUEST) && !speaks_none
}
