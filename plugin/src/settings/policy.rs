//! `policy`.

use std::collections::BTreeMap;

use lbprobe_analysis::admission::AdmissionRule;

/// `policy`.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) rules: Vec<AdmissionRule>,
    /// How the policies' names begin: those of other workloads have others.
    pub(crate) name: String,
    /// Where nothing is asked.
    pub(crate) exempt_namespaces: Vec<String>,
    /// The labels of the workloads that rules about them mean; empty where no rule is.
    pub(crate) workloads: BTreeMap<String, String>,
    pub(crate) action: PolicyAction,
    pub(crate) engine: PolicyEngine,
}

/// What becomes of a request that does not meet a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyAction {
    /// It is refused.
    Deny,
    /// It is taken, and whoever makes it is told.
    Warn,
    /// It is taken, and noted in the audit log.
    Audit,
}

/// Who asks the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyEngine {
    /// kube-apiserver, from 1.30.
    Kubernetes,
    /// Kyverno, from 1.17.
    Kyverno,
}
