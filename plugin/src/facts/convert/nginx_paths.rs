//! Whether Ingresses take the path away at which ingress-nginx answers health checks: pure.
//!
//! It answers there in the server of no host, at a prefix. Where an Ingress asks for regular expressions or rewrites, nginx
//! matches every path of the same host by them, before any prefix (ingress-nginx, "Ingress Path Matching"; its issue 8852).

use k8s_openapi::api::networking::v1::{HTTPIngressPath, Ingress, IngressRule};
use lbprobe_analysis::facts::TakenPath;

/// Where it answers (ingress-nginx, `health-check-path`).
const HEALTH: &str = "/healthz";

const ANNOTATIONS: [&str; 2] = ["nginx.ingress.kubernetes.io/rewrite-target", "nginx.ingress.kubernetes.io/use-regex"];

/// What begins a part of a regular expression that is not taken literally.
const SPECIAL: [char; 12] = ['(', '[', '.', '*', '+', '?', '{', '|', '\\', '^', '$', ')'];

/// The paths of an Ingress that hold for every host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathsOfNoHost {
    ingress: String,
    /// Whether it makes paths regular expressions.
    is_regex: bool,
    paths: Vec<String>,
}

/// Those of an Ingress; nothing of one whose paths all have a host, or match exactly.
pub(crate) fn of_no_host(ingress: &Ingress) -> Option<PathsOfNoHost> {
    let spec = ingress.spec.as_ref()?;
    let has_no_host = |rule: &&IngressRule| rule.host.as_deref().is_none_or(str::is_empty);
    let rules = spec.rules.iter().flatten().filter(has_no_host);
    let is_matched = |path: &&HTTPIngressPath| path.path_type != "Exact";
    let paths = rules.flat_map(|rule| rule.http.iter().flat_map(|http| &http.paths)).filter(is_matched);
    let mut paths: Vec<_> = paths.map(|path| path.path.clone().unwrap_or_else(|| "/".into())).collect();
    paths.extend(spec.default_backend.is_some().then(|| "/".to_owned()));
    let is_regex = ANNOTATIONS.into_iter().any(|annotation| is_set(ingress, annotation));
    let (namespace, name) = (ingress.metadata.namespace.as_ref()?, ingress.metadata.name.as_ref()?);
    (!paths.is_empty()).then(|| PathsOfNoHost { ingress: format!("Ingress {namespace}/{name}"), is_regex, paths })
}

fn is_set(ingress: &Ingress, annotation: &str) -> bool {
    let value = ingress.metadata.annotations.as_ref().and_then(|annotations| annotations.get(annotation));
    value.is_some_and(|value| !matches!(value.trim(), "" | "false"))
}

/// The path that takes health checks from ingress-nginx. One Ingress makes the paths of all others regular expressions too.
pub(crate) fn taking_health_checks(all: &[PathsOfNoHost]) -> Option<TakenPath> {
    let taken = |of: &PathsOfNoHost| {
        let path = of.paths.iter().find(|path| may_match(path))?.clone();
        Some(TakenPath { path, ingress: of.ingress.clone() })
    };
    all.iter().any(|of| of.is_regex).then(|| all.iter().find_map(taken)).flatten()
}

/// Whether a regular expression may match the path from its beginning, letters alike: what stands before its first special
/// character does.
fn may_match(expression: &str) -> bool {
    let literal = expression.split(SPECIAL).next().unwrap_or_default().to_ascii_lowercase();
    HEALTH.starts_with(&literal)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn taken(host: Option<&str>, annotation: &str, value: &str, path: &str, path_type: &str) -> bool {
        let metadata = json!({ "namespace": "shop", "name": "api", "annotations": { annotation: value } });
        let backend = json!({ "service": { "name": "api", "port": { "number": 80 } } });
        let rule = json!({ "host": host, "http": { "paths": [{ "path": path, "pathType": path_type, "backend": backend }] } });
        let ingress: Ingress = serde_json::from_value(json!({ "metadata": metadata, "spec": { "rules": [rule] } })).unwrap();
        let paths: Vec<_> = of_no_host(&ingress).into_iter().collect();
        taking_health_checks(&paths).is_some()
    }

    #[test]
    fn an_expression_of_no_host_that_matches_takes_them() {
        let [rewrite, regex] = ANNOTATIONS;
        for (host, annotation, value, path, path_type, expected) in [
            (None, rewrite, "/$1", "/(.*)", "ImplementationSpecific", true),
            (None, rewrite, "/", "/", "Prefix", true),
            (None, regex, "true", "/heal.*", "ImplementationSpecific", true),
            (Some(""), rewrite, "/", "/", "Prefix", true),
            (None, regex, "true", "/HEAL", "ImplementationSpecific", true),
            (None, regex, "false", "/(.*)", "ImplementationSpecific", false),
            (None, rewrite, "/$2", "/api(/|$)(.*)", "ImplementationSpecific", false),
            (None, rewrite, "/", "/", "Exact", false),
            (Some("shop.example.com"), rewrite, "/$1", "/(.*)", "ImplementationSpecific", false),
            (None, "nginx.ingress.kubernetes.io/ssl-redirect", "false", "/", "Prefix", false),
        ] {
            assert_eq!(taken(host, annotation, value, path, path_type), expected, "{host:?} {annotation} {value} {path}");
        }
    }

    #[test]
    fn paths_of_another_ingress_become_expressions_too() {
        let paths = |ingress: &str, is_regex, path: &str| PathsOfNoHost { ingress: ingress.into(), is_regex, paths: vec![path.into()] };
        let both = [paths("Ingress shop/all", false, "/"), paths("Ingress shop/api", true, "/api/(.*)")];
        let taken = taking_health_checks(&both).unwrap();
        assert_eq!((taken.path.as_str(), taken.ingress.as_str()), ("/", "Ingress shop/all"));
        assert_eq!(taking_health_checks(&both[..1]), None, "a prefix leaves the longer one alone");
    }
}
