//! Kinds that are read, and the groups that they are read of: others have kinds of the same names, Knative a Service for instance.

/// Kinds of one group or of two, as Kubernetes moved them; the first part of `apiVersion` without its version.
const GROUPS: [(&str, &[&str]); 10] = [
    ("Service", &[""]),
    ("Endpoints", &[""]),
    ("Node", &[""]),
    ("Pod", &[""]),
    ("ConfigMap", &[""]),
    ("ReplicationController", &[""]),
    ("EndpointSlice", &["discovery.k8s.io"]),
    ("DaemonSet", &["apps", "extensions"]),
    ("NetworkPolicy", &["networking.k8s.io", "extensions"]),
    ("HorizontalPodAutoscaler", &["autoscaling"]),
];

/// Whether an object of this kind is read, where its group is the expected one. A list of one kind leaves the version out of its items.
pub(super) fn is_expected(kind: &str, api_version: &str) -> bool {
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let of_kind = GROUPS.iter().find(|(known, _)| *known == kind);
    api_version.is_empty() || of_kind.is_none_or(|(_, groups)| groups.contains(&group))
}

/// Whether lists of it are lists.
pub(super) fn is_known(kind: &str) -> bool {
    GROUPS.iter().any(|(known, _)| *known == kind)
}
