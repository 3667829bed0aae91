//! What helps where the server takes no object.

use lbprobe_analysis::shell::quoted;

/// Who refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A ResourceQuota.
    Quota,
    /// PodSecurity admission.
    PodSecurity,
    /// The user lacks the right.
    Rbac,
    /// A webhook that could not be asked.
    WebhookDown(String),
    /// A webhook that may not be asked without consequences: nothing is known of the object itself.
    NoDryRun(String),
    /// The namespace is not there.
    NoNamespace,
    /// Anything else: a policy, another webhook, a limit range, an invalid object.
    Other,
}

impl Refusal {
    /// What helps, for an object that was to be created in a namespace.
    pub(crate) fn hint(&self, resource: &str, namespace: &str) -> String {
        let place = quoted(namespace);
        match self {
            Self::Quota => format!("kubectl describe resourcequota -n {place}; or probe from another namespace with --probe-namespace"),
            Self::PodSecurity => {
                "probe from another namespace with --probe-namespace, or leave the host network out with --vantage pod".into()
            }
            Self::Rbac => format!("kubectl auth can-i create {resource} -n {place}; manifests/rbac.yaml holds the rights that a run needs"),
            Self::WebhookDown(name) => {
                format!(
                    "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations, and see why {} does not answer",
                    quoted(name)
                )
            }
            Self::NoDryRun(name) => format!("the webhook {} may have side effects: only a real object shows what it says", quoted(name)),
            Self::NoNamespace => "kubectl get namespaces; another one with --probe-namespace".into(),
            Self::Other => "probe from another namespace with --probe-namespace, where other policies hold".into(),
        }
    }
}
