//! Whether a Service's DNS name does what its load balancer's address does not: from what was measured.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{DocumentKind, Envelope, Report};
use crate::facts::Known;
use crate::observations::{CheckState, Matrix};
use crate::plan::{TargetKind, Vantage};
use crate::remedies::Fix;

/// The name, and from where it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DnsNameCheck {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// The name with each port, as clients dial it.
    pub dial: Vec<String>,
    /// The vantages that fail at the load balancer's address and reach the name.
    pub proven: Vec<Vantage>,
    /// Those that fail at the name too, or of which that is not known.
    pub unproven: Vec<Vantage>,
    /// Who uses the address still, namespace by namespace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<Known<AddressReferences>>,
    /// The fix as the diagnosis has it.
    pub fix: Fix,
}

/// Objects of a namespace that have one of the load balancer's addresses in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddressReferences {
    /// The namespace.
    pub namespace: String,
    /// Where an address was found: `deployment/shop, env GATEWAY`.
    pub places: Vec<String>,
    /// What could not be looked into, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

impl DnsNameCheck {
    /// Takes the proof from a report.
    #[must_use]
    pub fn new(report: &Report, fix: Fix) -> Self {
        let service = &report.facts.service;
        let ports: BTreeSet<_> =
            report.plan.service_targets().filter(|target| service.declares(target.transport())).map(|target| target.port).collect();
        let matrix = Matrix::new(&report.plan, &report.observations);
        let reaches = |place: usize| {
            let mut by_name = matrix.row(place).filter(|(target, _)| target.kind == TargetKind::DnsName).peekable();
            by_name.peek().is_some() && by_name.all(|(_, state)| state == CheckState::Reached)
        };
        let fails = |place: usize| {
            matrix.row(place).any(|(target, state)| target.kind.is_external() && !target.other_listener && state.is_failure())
        };
        let failing = report.plan.vantages.iter().enumerate().filter(|(place, _)| fails(*place));
        let (proven, unproven): (Vec<_>, Vec<_>) = failing.partition(|(place, _)| reaches(*place));
        let names = |vantages: Vec<(usize, &Vantage)>| vantages.into_iter().map(|(_, vantage)| vantage.clone()).collect();
        Self {
            envelope: Envelope::of(DocumentKind::DnsNameCheck),
            dial: ports.iter().map(|port| format!("{}.{}:{port}", service.name, service.namespace)).collect(),
            proven: names(proven),
            unproven: names(unproven),
            users: Vec::new(),
            fix,
        }
    }

    /// Whether the name answers from everywhere where the address does not.
    #[must_use]
    pub fn holds(&self) -> bool {
        !self.proven.is_empty() && self.unproven.is_empty()
    }
}
