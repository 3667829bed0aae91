//! Whoever runs the plugin at scale: not the lab's administrator, for whom the API server's priority and fairness makes
//! an exception, but a user of its default level, whose requests it counts by themselves.

use k8s_openapi::api::flowcontrol::v1::FlowSchema;
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::json;

use crate::error::LabError;
use crate::inside::pki;
use crate::scale::unread;

/// The user's name, to be given to `--as`.
pub const USER: &str = "on-call";

/// Gives the user every right, and a counter of its own in the level that users have by default.
pub async fn admit(admin: &Client) -> Result<(), LabError> {
    let binding = json!({
        "metadata": { "name": USER },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin" },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": USER }],
    });
    unread::create::<ClusterRoleBinding>(admin, None, &binding).await?;
    let rule = json!({
        "subjects": [{ "kind": "User", "user": { "name": USER } }],
        "resourceRules": [{ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": true, "namespaces": ["*"] }],
        "nonResourceRules": [{ "verbs": ["*"], "nonResourceURLs": ["*"] }],
    });
    let schema = json!({
        "metadata": { "name": USER },
        "spec": {
            "priorityLevelConfiguration": { "name": "global-default" },
            "matchingPrecedence": 1000,
            "distinguisherMethod": { "type": "ByUser" },
            "rules": [rule],
        },
    });
    unread::create::<FlowSchema>(admin, None, &schema).await?;
    Ok(())
}

/// A client for the user.
pub async fn client() -> Result<Client, LabError> {
    let unusable = |cause: &dyn std::fmt::Display| LabError::Other(format!("{}: {cause}", pki::ADMIN_KUBECONFIG));
    let kubeconfig = Kubeconfig::read_from(pki::ADMIN_KUBECONFIG).map_err(|cause| unusable(&cause))?;
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.map_err(|cause| unusable(&cause))?;
    config.auth_info.impersonate = Some(USER.into());
    Ok(Client::try_from(config)?)
}

/// How many requests of the user the API server has had, refused ones too.
pub async fn requests(admin: &Client) -> Result<u64, LabError> {
    let request = http::Request::get("/metrics").body(Vec::new()).map_err(kube::Error::HttpError)?;
    Ok(count(&admin.request_text(request).await?))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts, printed as floats")]
fn count(metrics: &str) -> u64 {
    let counters = ["apiserver_flowcontrol_dispatched_requests_total{", "apiserver_flowcontrol_rejected_requests_total{"];
    let user = format!("flow_schema=\"{USER}\"");
    let is_counter = |line: &&str| counters.iter().any(|counter| line.starts_with(counter)) && line.contains(&user);
    let numbers = metrics.lines().filter(is_counter).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    numbers.sum::<f64>() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_those_of_the_user_whether_served_or_refused() {
        let metrics = "# TYPE apiserver_flowcontrol_dispatched_requests_total counter\n\
            apiserver_flowcontrol_dispatched_requests_total{flow_schema=\"exempt\",priority_level=\"exempt\"} 912\n\
            apiserver_flowcontrol_dispatched_requests_total{flow_schema=\"on-call\",priority_level=\"global-default\"} 1.0234e+04\n\
            apiserver_flowcontrol_rejected_requests_total{flow_schema=\"on-call\",priority_level=\"global-default\",reason=\"full\"} 3\n\
            apiserver_flowcontrol_request_execution_seconds_count{flow_schema=\"on-call\",priority_level=\"global-default\"} 77\n";
        assert_eq!(count(metrics), 10_237);
        assert_eq!(count(""), 0);
    }
}
