//! Marks of tools that keep an object as their own source says: what is changed in the cluster alone
//! does not last. Pure.

use serde_json::Value;

/// A label or annotation, whether its value counts, and whose it is.
const MARKS: [(&str, Option<&str>, &str); 8] = [
    ("meta.helm.sh/release-name", None, "Helm"),
    ("app.kubernetes.io/managed-by", Some("Helm"), "Helm"),
    ("argocd.argoproj.io/tracking-id", None, "Argo CD"),
    ("argocd.argoproj.io/instance", None, "Argo CD"),
    ("kustomize.toolkit.fluxcd.io/name", None, "Flux"),
    ("helm.toolkit.fluxcd.io/name", None, "Flux"),
    ("kapp.k14s.io/app", None, "kapp"),
    ("addonmanager.kubernetes.io/mode", Some("Reconcile"), "addon-manager"),
];

/// The tools whose marks an object bears, each once.
pub(crate) fn owners_elsewhere(object: &Value) -> Vec<&'static str> {
    let metadata = &object["metadata"];
    let bears = |key: &str, wanted: Option<&str>| {
        let mut values = [&metadata["labels"][key], &metadata["annotations"][key]].into_iter().filter_map(Value::as_str);
        values.any(|value| wanted.is_none_or(|wanted| wanted == value))
    };
    let mut owners: Vec<_> = MARKS.into_iter().filter(|(key, wanted, _)| bears(key, *wanted)).map(|(_, _, owner)| owner).collect();
    owners.dedup();
    owners
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn marks_name_their_owner_once() {
        let helm = json!({ "metadata": {
            "labels": { "app.kubernetes.io/managed-by": "Helm" },
            "annotations": { "meta.helm.sh/release-name": "gateway", "argocd.argoproj.io/tracking-id": "x" },
        } });
        assert_eq!(owners_elsewhere(&helm), ["Helm", "Argo CD"]);
        let other = json!({ "metadata": { "labels": { "app.kubernetes.io/managed-by": "asm" } } });
        assert!(owners_elsewhere(&other).is_empty());
    }
}
