//! Why the server takes no object: from the words of its admission, which are the only sign.

use crate::error::Refusal;

impl Refusal {
    /// From a message of the API server.
    pub(crate) fn of(message: &str) -> Self {
        if message.contains("exceeded quota") || message.contains("failed quota") {
            Self::Quota
        } else if message.contains("violates PodSecurity") {
            Self::PodSecurity
        } else if is_about_rights(message) {
            Self::Rbac
        } else if let Some(webhook) = named(message, "failed calling webhook \"", "") {
            Self::WebhookDown(webhook.to_owned())
        } else if let Some(webhook) = named(message, "admission webhook \"", " does not support dry run") {
            Self::NoDryRun(webhook.to_owned())
        } else if message.contains("namespaces ") && message.contains("not found") {
            Self::NoNamespace
        } else {
            Self::Other
        }
    }
}

/// Whether it is the server's own word for a missing right: `User "a" cannot create resource "pods"`.
fn is_about_rights(message: &str) -> bool {
    let verb_and_rest = message.split_once(" cannot ").and_then(|(_, rest)| rest.split_once(' '));
    verb_and_rest.is_some_and(|(_, rest)| rest.starts_with("resource \""))
}

/// The name between what stands before it, with the quotation mark, and what follows on its own.
fn named<'a>(message: &'a str, before: &str, behind: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(before)?;
    let (name, rest) = rest.split_once('"')?;
    rest.starts_with(behind).then_some(name)
}

/// A message about one object, in words that others have too: without the object's name.
pub(super) fn without_name(message: &str, name: &str) -> String {
    let message = message.replace(&format!("pods {name:?} is forbidden: "), "").replace(&format!("Pod {name:?} is invalid: "), "");
    message.replace(name, "the pod")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_a_hint_of_its_own() {
        let of = |message: &str| Refusal::of(message);
        let quota = "pods \"lbprobe-1-0\" is forbidden: exceeded quota: few, requested: pods=1, used: pods=0, limited: pods=0";
        assert_eq!(of(quota), Refusal::Quota);
        assert_eq!(without_name(quota, "lbprobe-1-0"), "exceeded quota: few, requested: pods=1, used: pods=0, limited: pods=0");
        for verb in ["create", "patch"] {
            let right =
                format!("pods \"a\" is forbidden: User \"b\" cannot {verb} resource \"pods\" in API group \"\" in the namespace \"c\"");
            assert_eq!(of(&right), Refusal::Rbac);
        }
        assert_eq!(of("denied request: you cannot do this"), Refusal::Other);
        let down = of("Internal error occurred: failed calling webhook \"a.example.com\": failed to call webhook: connection refused");
        assert_eq!(down, Refusal::WebhookDown("a.example.com".into()));
        assert!(down.hint("pods", "shop").contains("a.example.com"));
        assert_eq!(of("admission webhook \"b.example.com\" does not support dry run"), Refusal::NoDryRun("b.example.com".into()));
        assert_eq!(of("namespaces \"shop\" not found"), Refusal::NoNamespace);
        assert_eq!(of("admission webhook \"a\" denied the request: no host network here"), Refusal::Other);
        assert!(Refusal::Quota.hint("jobs", "shop").contains("resourcequota"), "no right is missing where a quota refuses");
        assert!(Refusal::Rbac.hint("jobs", "a; id").contains("create jobs -n 'a; id'"));
    }
}
