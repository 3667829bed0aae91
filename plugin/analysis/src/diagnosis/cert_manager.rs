//! cert-manager dials the public name from inside before it asks for a certificate (cert-manager
//! issues 656, 863, 1292, 3238): where the load balancer fails from its node, the challenge stays
//! pending. A consequence of the causes beside it.

use super::contrast::Contrast;
use super::{Cause, CauseKind, Confidence, Fix};
use crate::facts::Challenge;
use crate::plan::Network;
use crate::shell;
use crate::words;

/// Names that a sentence holds.
const NAMED: usize = 3;

pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let pending = contrast.facts.challenges.value().map(Vec::as_slice).unwrap_or_default();
    let failing = contrast.failing_nodes(Network::Pod);
    let first = pending.first()?;
    if failing.is_empty() {
        return None;
    }
    let names: Vec<_> = pending.iter().map(|challenge| challenge.dns_name.as_str()).collect();
    let checks_itself = |challenge: &Challenge| challenge.reason.contains("self check");
    let mut evidence = vec![format!("{} pending for {}", words::count(pending.len(), "challenge"), words::short_list(&names, NAMED))];
    if !first.reason.is_empty() {
        evidence.push(format!("cert-manager says: {}", words::printable(&first.reason, 160)));
    }
    Some(Cause {
        kind: CauseKind::CertManagerSelfCheck,
        confidence: if pending.iter().any(checks_itself) { Confidence::Likely } else { Confidence::Possible },
        summary: "cert-manager checks its own challenges through the load balancer from inside, and fails for the same reason".into(),
        evidence,
        fixes: vec![Fix {
            what: "fix the cause above; until then have the cluster's DNS resolve the public name to the Service (CoreDNS: rewrite)".into(),
            cost: "the name resolves differently inside and outside".into(),
            command: Some(shell::command(&["kubectl", "describe", "challenge", &first.name, "-n", &first.namespace])),
            ..Fix::default()
        }],
    })
}
