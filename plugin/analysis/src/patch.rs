//! Changes of objects as JSON merge patches (RFC 7386): what a fix does, and what undoes it. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::facts::Service;
use crate::providers::{self, BACKEND_TYPE};
use crate::shell;

/// A change of one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Patch {
    /// What is changed: the Service, or the object that owns it.
    pub object: ObjectReference,
    /// What is merged into it.
    pub merge: Value,
}

/// Names one object of a namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectReference {
    /// Its group and version.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for ObjectReference {
    /// As kubectl names it: `service/gateway`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.to_lowercase(), self.name)
    }
}

impl ObjectReference {
    /// The Service itself.
    #[must_use]
    pub fn of_service(service: &Service) -> Self {
        Self { api_version: "v1".into(), kind: "Service".into(), namespace: service.namespace.clone(), name: service.name.clone() }
    }

    /// The object in which a change of the Service is made: the IstioGateway that owns it, whose operator would put
    /// back what is changed in the Service, or else the Service. The fields of other owners are not known.
    #[must_use]
    pub fn governing(service: &Service) -> Self {
        match service.istio_gateway() {
            Some(owner) => Self {
                api_version: owner.api_version.clone(),
                kind: owner.kind.clone(),
                namespace: service.namespace.clone(),
                name: owner.name.clone(),
            },
            None => Self::of_service(service),
        }
    }
}

impl ObjectReference {
    /// Whether it is a Service itself, and not what owns one.
    #[must_use]
    pub fn is_service(&self) -> bool {
        self.kind == "Service"
    }
}

impl Patch {
    /// The command that does it.
    #[must_use]
    pub fn command(&self) -> String {
        let ObjectReference { kind, namespace, name, .. } = &self.object;
        let (kind, merge) = (kind.to_lowercase(), self.merge.to_string());
        // What kubectl does not know needs its type said.
        let merge_type: &[&str] = if kind == "service" { &[] } else { &["--type", "merge"] };
        shell::command(&[&["kubectl", "patch", &kind, name, "-n", namespace], merge_type, &["-p", &merge]].concat())
    }

    /// Whether this touches nothing but what the strategies of `fix` change, or put back: so that neither a record
    /// nor a file can make somebody change anything else.
    #[must_use]
    pub fn is_of_a_strategy(&self) -> bool {
        paths(&self.merge).iter().all(|path| is_of_a_strategy(&path.iter().map(String::as_str).collect::<Vec<_>>()))
    }

    /// What puts the fields that this changes back to what they are in an object.
    ///
    /// A Service that leaves policy Local loses its healthCheckNodePort, and would get another one
    /// with the policy: it is put back too.
    #[must_use]
    pub fn inverse(&self, object: &Value) -> Value {
        let mut inverse = inverse(&self.merge, object);
        let port = &object["spec"]["healthCheckNodePort"];
        if inverse["spec"].get("externalTrafficPolicy").is_some() && port.is_number() {
            inverse["spec"]["healthCheckNodePort"] = port.clone();
        }
        inverse
    }
}

/// What strategies change or put back in a spec.
const SPEC_FIELDS: [&str; 5] =
    ["externalTrafficPolicy", "internalTrafficPolicy", "loadBalancerSourceRanges", "healthCheckNodePort", "serviceAnnotations"];

/// Whether a strategy changes this. A Service's healthCheckNodePort goes with policy Local; of an IstioGateway the
/// annotations of its Service are a field.
fn is_of_a_strategy(path: &[&str]) -> bool {
    match path {
        // The map of an owner's annotations as a whole: what puts back that there was none.
        ["spec", key] => SPEC_FIELDS.contains(key),
        ["metadata", "annotations", key] | ["spec", "serviceAnnotations", key] => {
            *key == BACKEND_TYPE || providers::hostname_annotations().any(|known| known == *key)
        }
        _ => false,
    }
}

/// The paths of a merge patch's leaves; an empty map changes nothing.
fn paths(merge: &Value) -> Vec<Vec<String>> {
    match merge {
        Value::Object(keys) => {
            keys.iter().flat_map(|(key, change)| paths(change).into_iter().map(move |path| [vec![key.clone()], path].concat())).collect()
        }
        _ => vec![Vec::new()],
    }
}

/// Of a merge patch, key by key. Where an object has no map at all, it has none after the inverse either,
/// but for metadata, to whose maps others add.
fn inverse(merge: &Value, object: &Value) -> Value {
    let Value::Object(keys) = merge else { return object.clone() };
    let of_key = |(key, change): (&String, &Value)| {
        let was = match object.get(key) {
            None if change.is_object() && key == "annotations" => inverse(change, &json!({})),
            None => Value::Null,
            Some(was) if change.is_object() && was.is_object() => inverse(change, was),
            Some(was) => was.clone(),
        };
        (key.clone(), was)
    };
    Value::Object(keys.iter().map(of_key).collect::<Map<_, _>>())
}

/// Whether an object has everything that a merge patch says.
#[must_use]
pub fn is_in_place(merge: &Value, object: &Value) -> bool {
    match merge {
        Value::Object(keys) => keys.iter().all(|(key, change)| is_in_place(change, object.get(key).unwrap_or(&Value::Null))),
        Value::Null => object.is_null(),
        other => other == object,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Owner;

    fn patch(kind: &str, merge: Value) -> Patch {
        let object = ObjectReference { api_version: "v1".into(), kind: kind.into(), namespace: "shop".into(), name: "gateway".into() };
        Patch { object, merge }
    }

    #[test]
    fn an_inverse_puts_back_removes_and_keeps_the_health_check_port() {
        let object = json!({ "spec": { "externalTrafficPolicy": "Local", "healthCheckNodePort": 31000 } });
        let change =
            patch("Service", json!({ "metadata": { "annotations": { "a": "1" } }, "spec": { "externalTrafficPolicy": "Cluster" } }));
        let inverse = json!({ "metadata": null, "spec": { "externalTrafficPolicy": "Local", "healthCheckNodePort": 31000 } });
        assert_eq!(change.inverse(&object), inverse);
        let annotated = json!({ "metadata": { "name": "gateway" }, "spec": { "externalTrafficPolicy": "Local" } });
        assert_eq!(change.inverse(&annotated)["metadata"], json!({ "annotations": { "a": null } }));
        let owner = patch("IstioGateway", json!({ "spec": { "serviceAnnotations": { "a": "1" } } }));
        assert_eq!(owner.inverse(&json!({ "spec": {} })), json!({ "spec": { "serviceAnnotations": null } }));
    }

    #[test]
    fn what_is_in_place_is_told_from_what_is_not() {
        let merge = json!({ "metadata": { "annotations": { "a": null } }, "spec": { "ranges": ["10.0.0.0/8"] } });
        assert!(is_in_place(&merge, &json!({ "metadata": {}, "spec": { "ranges": ["10.0.0.0/8"], "more": 1 } })));
        assert!(!is_in_place(&merge, &json!({ "metadata": { "annotations": { "a": "1" } }, "spec": { "ranges": ["10.0.0.0/8"] } })));
        assert!(!is_in_place(&merge, &json!({ "spec": { "ranges": [] } })));
    }

    #[test]
    fn only_what_strategies_change_counts_as_theirs() {
        let is_theirs = |merge: Value| patch("Service", merge).is_of_a_strategy();
        for merge in [
            json!({ "spec": { "externalTrafficPolicy": "Local", "healthCheckNodePort": 31000 } }),
            json!({ "metadata": { "annotations": { BACKEND_TYPE: null } }, "spec": { "externalTrafficPolicy": "Local" } }),
            json!({ "spec": { "serviceAnnotations": null } }),
            json!({ "spec": { "loadBalancerSourceRanges": ["10.0.0.0/8"] } }),
        ] {
            assert!(is_theirs(merge.clone()), "{merge}");
        }
        for merge in [
            json!({ "spec": { "externalIPs": ["203.0.113.66"] } }),
            json!({ "spec": { "externalTrafficPolicy": "Local", "selector": { "app": "other" } } }),
            json!({ "spec": null }),
            json!({ "metadata": { "annotations": null } }),
            json!({ "metadata": { "ownerReferences": [] } }),
            json!("text"),
            json!(null),
        ] {
            assert!(!is_theirs(merge.clone()), "{merge}");
        }
    }

    #[test]
    fn an_owner_is_changed_only_where_its_fields_are_known() {
        let owned = |api_version: &str, kind: &str| {
            let owner = Owner { api_version: api_version.into(), kind: kind.into(), name: "gateway".into() };
            ObjectReference::governing(&Service { owner: Some(owner), ..Service::named("shop", "gateway-service") }).kind
        };
        assert_eq!(owned("istio.alibabacloud.com/v1beta1", "IstioGateway"), "IstioGateway");
        for (api_version, kind) in [
            ("apps/v1", "Deployment"),
            ("istio.alibabacloud.com.evil/v1", "IstioGateway"),
            ("istio.alibabacloud.com/v1; id", "IstioGateway"),
        ] {
            assert_eq!(owned(api_version, kind), "Service", "{api_version} {kind}");
        }
    }

    #[test]
    fn commands_are_kubectls() {
        let merge = json!({ "spec": { "externalTrafficPolicy": "Cluster" } });
        let service = r#"kubectl patch service gateway -n shop -p '{"spec":{"externalTrafficPolicy":"Cluster"}}'"#;
        assert_eq!(patch("Service", merge.clone()).command(), service);
        assert!(patch("IstioGateway", merge).command().starts_with("kubectl patch istiogateway gateway -n shop --type merge -p"));
    }
}
