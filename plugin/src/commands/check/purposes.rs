//! The rights of manifests/rbac.yaml, by what they are for: a test holds them against it.

use lbprobe_analysis::preflight::Purpose;

use crate::facts::SYSTEM_NAMESPACE;
use crate::kubernetes::AskedRight;

/// The rights of each purpose, where probe pods start in one namespace and Services are in another.
pub(super) fn all<'a>(probes: &'a str, services: &'a str) -> [(Purpose, Vec<AskedRight<'a>>); 5] {
    let right = |verb, resource, namespace| AskedRight { verb, group: "", resource, subresource: None, namespace, name: None };
    let of_group = |group, right: AskedRight<'a>| AskedRight { group, ..right };
    let here = Some(probes);
    let read = vec![
        right("get", "services", None),
        right("list", "services", None),
        right("list", "nodes", None),
        of_group("discovery.k8s.io", right("list", "endpointslices", None)),
    ];
    let probe = vec![
        of_group("batch", right("create", "jobs", here)),
        of_group("batch", right("patch", "jobs", here)),
        of_group("batch", right("delete", "jobs", here)),
        right("create", "pods", here),
        right("list", "pods", here),
        right("watch", "pods", here),
        right("deletecollection", "pods", here),
        AskedRight { subresource: Some("log"), ..right("get", "pods", here) },
    ];
    let carry = vec![right("create", "configmaps", here)];
    let more = vec![
        right("watch", "services", None),
        of_group("discovery.k8s.io", right("watch", "endpointslices", None)),
        of_group("apps", right("list", "daemonsets", None)),
        AskedRight { name: Some("kube-proxy"), ..right("get", "configmaps", Some(SYSTEM_NAMESPACE)) },
        right("list", "pods", Some(SYSTEM_NAMESPACE)),
        right("watch", "events", here),
        of_group("networking.k8s.io", right("list", "networkpolicies", here)),
        of_group("networking.k8s.io", right("list", "networkpolicies", None)),
        of_group("networking.k8s.io", right("list", "ingresses", None)),
        right("list", "pods", Some(services)),
        right("list", "configmaps", Some(services)),
    ];
    let fix = vec![right("patch", "services", Some(services))];
    [(Purpose::Read, read), (Purpose::Probe, probe), (Purpose::Carry, carry), (Purpose::ReadMore, more), (Purpose::Fix, fix)]
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::rbac::v1::PolicyRule;
    use serde::Deserialize;

    use super::*;

    /// A Role or a ClusterRole.
    #[derive(Deserialize)]
    struct AnyRole {
        rules: Vec<PolicyRule>,
    }

    #[test]
    fn each_right_is_one_of_the_manifest() {
        let manifest = include_str!("../../../../manifests/rbac.yaml");
        let written: Vec<AnyRole> = serde_saphyr::from_multiple(manifest).unwrap();
        for asked in all("probes", "shop").into_iter().flat_map(|(_, rights)| rights) {
            let resource = format!("{}{}", asked.resource, asked.subresource.map(|part| format!("/{part}")).unwrap_or_default());
            let has = |list: &Option<Vec<String>>, word: &str| list.iter().flatten().any(|listed| listed == word);
            let given = written.iter().flat_map(|role| &role.rules).any(|rule| {
                let verbs = rule.verbs.iter().any(|verb| verb == asked.verb);
                verbs && has(&rule.api_groups, asked.group) && has(&rule.resources, &resource)
            });
            assert!(given, "{asked:?}");
        }
    }
}
