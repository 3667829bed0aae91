//! What pods' status and settings say, and what controllers of clouds need of nodes.

use serde_json::{Value, json};

use super::cluster::{Cluster, endpoint, http, slice};

/// A Service whose only pod is not ready, with what its status says.
fn without_ready_pod(status: &Value) -> Cluster {
    let mut cluster = Cluster::with_policy("Cluster");
    cluster.slices = vec![slice("web-1", &http(), &[endpoint("10.244.1.5", Some("n1"), false)])];
    cluster.others.push(json!({
        "kind": "Pod",
        "metadata": { "namespace": "shop", "name": "web-0", "labels": { "app": "web" } },
        "spec": { "nodeName": "n1", "containers": [{ "name": "web", "image": "web:1" }] },
        "status": status,
    }));
    cluster
}

#[test]
fn why_a_pod_is_not_ready_is_said_with_the_command_that_shows_it() {
    let container = |state: &Value, restarts: u32| json!({ "phase": "Running", "containerStatuses": [{ "name": "web", "image": "web:1", "imageID": "", "ready": false, "restartCount": restarts, "state": state }] });
    let of = |status: &Value, said: &str| {
        let said = format!("1. get the Service ready pods: pod shop/web-0 is not ready: {said}");
        without_ready_pod(status).expect(3, &["WILL FAIL", &said, "kubectl describe pod web-0 -n shop"], &["whether its selector"]);
    };
    of(&container(&json!({ "waiting": { "reason": "CrashLoopBackOff" } }), 4), "container web waits (CrashLoopBackOff), restarted 4 times");
    of(&container(&json!({ "running": {} }), 0), "container web runs, and its readiness probe does not succeed");
    let message = "0/2 nodes are available: 2 Insufficient cpu.";
    let conditions = json!([{ "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message }]);
    of(&json!({ "phase": "Pending", "conditions": conditions }), "not scheduled: 0/2 nodes are available: 2 Insufficient cpu.");
    // One that is going, or ready, says nothing of why.
    let ready = json!({ "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] });
    without_ready_pod(&ready).expect(3, &["see why none is ready"], &["pod shop/web-0"]);
}

/// aws-load-balancer-controller issue 4775: what keeps the pod from being ready is no part of it.
#[test]
fn a_readiness_gate_that_is_not_met_is_named() {
    let gate = "target-health.elbv2.k8s.aws/k8s-shop-web-0123456789";
    let of = |conditions: &Value| {
        let mut cluster = without_ready_pod(&json!({
            "phase": "Running",
            "conditions": conditions,
            "containerStatuses": [{ "name": "web", "image": "web:1", "imageID": "", "ready": true, "restartCount": 0, "state": { "running": {} } }],
        }));
        if let Some(pod) = cluster.others.last_mut() {
            pod["spec"]["readinessGates"] = json!([{ "conditionType": gate }]);
        }
        cluster
    };
    let (contained, not_ready) = (json!({ "type": "ContainersReady", "status": "True" }), json!({ "type": "Ready", "status": "False" }));
    let said = format!("pod shop/web-0 is not ready: its containers are ready, but its readiness gate {gate} is not met");
    of(&json!([contained, not_ready])).expect(3, &["WILL FAIL", &said], &[]);
    let told = json!({ "type": gate, "status": "False", "message": "Target registration is in progress" });
    of(&json!([contained, not_ready, told])).expect(3, &[&format!("{said} (Target registration is in progress)")], &[]);
    of(&json!([contained, not_ready, { "type": gate, "status": "True" }])).expect(3, &["pod shop/web-0 is not ready"], &[&said]);
}

/// istio issue 32898.
#[test]
fn envoy_without_rights_listens_at_no_port_below_1024() {
    let of = |target: u16, env: &str| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.service["spec"]["ports"][0]["targetPort"] = json!(target);
        cluster.slices = vec![slice(
            "web-1",
            &json!([{ "name": "http", "port": target, "protocol": "TCP" }]),
            &[endpoint("10.244.1.5", Some("n1"), true)],
        )];
        let container =
            json!({ "name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.9.4", "env": [{ "name": env, "value": "true" }] });
        cluster.others.push(json!({
            "kind": "Pod",
            "metadata": { "namespace": "shop", "name": "web-0", "labels": { "app": "web" } },
            "spec": { "nodeName": "n1", "containers": [container] },
        }));
        cluster.others.push(json!({
            "apiVersion": "networking.istio.io/v1",
            "kind": "Gateway",
            "metadata": { "namespace": "shop", "name": "public" },
            "spec": { "selector": { "app": "web" }, "servers": [{ "port": { "number": 80, "protocol": "HTTP", "name": "http" }, "hosts": ["*"] }] },
        }));
        cluster
    };
    let said = "DEPENDS: whether Envoy listens on port 80 of its pods: they have ISTIO_META_UNPRIVILEGED_POD";
    of(80, "ISTIO_META_UNPRIVILEGED_POD").expect(4, &[said], &["FINE"]);
    of(8080, "ISTIO_META_UNPRIVILEGED_POD").expect(0, &["FINE"], &["UNPRIVILEGED"]);
    of(80, "ISTIO_META_MESH_ID").expect(0, &["FINE"], &["UNPRIVILEGED"]);
}

/// kube-vip issue 1288.
#[test]
fn two_controllers_of_one_service_cut_a_node_off() {
    let of = |host: Option<&str>, address: &str| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.service["status"]["loadBalancer"]["ingress"] = json!([{ "ip": address }]);
        if let Some(host) = host {
            cluster.service["metadata"]["annotations"]["kube-vip.io/vipHost"] = json!(host);
        }
        cluster
    };
    let (first, second) = ("192.0.2.1", "192.0.2.2");
    let said = ["WILL FAIL: kube-vip has bound 192.0.2.2", "kube-vip has bound 192.0.2.2, the address of n2, on n1"];
    of(Some("n1"), second).expect(3, &said, &["FINE"]);
    of(Some("n1"), first).expect(0, &["FINE"], &["kube-vip has"]);
    of(Some("n1"), "198.51.100.1").expect(0, &["FINE"], &["kube-vip has"]);
    of(None, second).expect(0, &["FINE"], &["kube-vip has"]);
}

/// cloud-provider-alibaba-cloud issue 222.
#[test]
fn alibabas_controller_has_no_setting_for_masters() {
    let masters = |provider: &str| {
        let role = "node-role.kubernetes.io/master";
        Cluster::with_policy("Cluster").labelled(0, role).labelled(1, role).made_by(provider)
    };
    let said = ["WILL FAIL: clients outside will fail: ", "leaves out nodes labelled node-role.kubernetes.io/master", "take it off a node"];
    masters("cn-hangzhou.i-1").expect(3, &said, &["Azure"]);
}

/// linode-cloud-controller-manager issue 160.
#[test]
fn linodes_controller_needs_internal_addresses() {
    let of = |has_address: bool| {
        let mut cluster = Cluster::with_policy("Cluster").made_by("linode://1");
        cluster.service["status"] = json!({});
        if !has_address {
            cluster
                .nodes
                .iter_mut()
                .for_each(|node| node["status"]["addresses"] = json!([{ "type": "ExternalIP", "address": "203.0.113.7" }]));
        }
        cluster
    };
    let said = "the Service has none yet; no node has an InternalIP, from which Linode's controller takes the addresses of backends";
    of(false).expect(4, &[said, "give the machines private addresses"], &[]);
    of(true).expect(4, &["its events may say why"], &["no node has an InternalIP"]);
}

/// cloud-provider-azure issue 1763, and AKS issue 3331.
#[test]
fn azures_checks_go_by_release_and_come_before_what_any_cluster_has() {
    let of = |release: &str, path: Option<&str>| {
        let mut cluster = Cluster::with_policy("Cluster").made_by("azure:///n").of_release(release);
        cluster.service["spec"]["ports"][0]["appProtocol"] = json!("http");
        if let Some(path) = path {
            cluster = cluster.annotated(&[("azure-load-balancer-health-probe-request-path", path)]);
        }
        cluster
    };
    let said = "DEPENDS: clients outside may fail: the load balancer health-checks port 80 at /";
    of("v1.24.1", None).expect(4, &[said], &[]);
    of("v1.23.12", None).expect(0, &["FINE"], &["health-checks port 80"]);
    of("v1.23.12", Some("/ready")).expect(4, &[said], &[]);
    let old = [said, "Inside it depends: whether kube-proxy 1.22 on n1 and n2 does what is predicted"];
    of("v1.22.4", Some("/ready")).expect(4, &old, &["DEPENDS: whether"]);
}
