//! The gateways under test, where a test wants them.

use std::time::Duration;

use lbprobe_lab::Lab;
use lbprobe_lab::gateway::{Gateway, GatewayKind, Owner};
use lbprobe_lab::outside::lab::Vantage;

use super::plugin::kubectl;
use super::program;
use super::settle::{ip_vs, settle};
use super::waiting::{eventually_at_nodes, eventually_in};

/// Puts the Istio gateway's pods on these nodes, and waits until its EndpointSlices say so too.
pub(crate) fn deploy(lab: &Lab, on: &[&str], policy: &str) {
    deploy_gateway(lab, GatewayKind::Istio, on, policy, Owner::Nobody);
}

/// The same for any gateway and owner.
pub(crate) fn deploy_gateway(lab: &Lab, kind: GatewayKind, on: &[&str], policy: &str, owner: Owner) {
    place_gateway(lab, kind, on, policy, owner);
    settle(lab);
    if !on.is_empty() {
        served_outside(lab, kind);
    }
}

/// As [`deploy_gateway`], without waiting for kube-proxy.
pub(crate) fn place_gateway(lab: &Lab, kind: GatewayKind, on: &[&str], policy: &str, owner: Owner) {
    let nodes = on.iter().map(|node| (*node).to_owned()).collect();
    Gateway { kind, on: nodes, policy: policy.into(), owner }.deploy(lab, &program()).unwrap();
    let settled = || {
        let selector = format!("kubernetes.io/service-name={}", kind.name());
        let listed = kubectl(lab, &["get", "endpointslices", "-n", kind.namespace(), "-l", &selector, "-o", "json"]);
        let slices: serde_json::Value = serde_json::from_str(&listed).unwrap();
        let endpoints =
            slices["items"].as_array().into_iter().flatten().flat_map(|slice| slice["endpoints"].as_array().into_iter().flatten());
        let ready = endpoints.filter(|endpoint| endpoint["conditions"]["ready"] == true);
        let mut nodes: Vec<_> = ready.filter_map(|endpoint| endpoint["nodeName"].as_str()).collect();
        nodes.sort_unstable();
        // Each family has a slice of its own.
        nodes.dedup();
        nodes == on
    };
    // A guest starts a pod in 3 to 10 s.
    eventually_in(lab, "the gateway's endpoints", Duration::from_mins(1), settled);
}

/// Waits until the load balancer has noticed too, by its health checks.
fn served_outside(lab: &Lab, kind: GatewayKind) {
    let address = load_balancer_address(lab, kind.name(), kind.namespace());
    eventually_in(lab, "the load balancer's health checks", Duration::from_secs(30), || is_answered_at(lab, &address));
}

/// Whether clients outside reach the Istio gateway.
pub(super) fn is_served_outside(lab: &Lab) -> bool {
    is_answered_at(lab, &load_balancer_address(lab, GatewayKind::Istio.name(), GatewayKind::Istio.namespace()))
}

/// Whether each new connection from outside is answered, whichever node it takes.
fn is_answered_at(lab: &Lab, address: &str) -> bool {
    let url = format!("http://{address}/");
    let common = ["curl", "--silent", "--output", "/dev/null", "--max-time", "3", "--fail-early", "--header", "Connection: close"];
    let tries = [&common[..], &[url.as_str(); 3]].concat();
    lab.run_at(Vantage::Client, &tries).unwrap().status.success()
}

/// The first address of a Service's load balancer, from its status.
pub(crate) fn load_balancer_address(lab: &Lab, service: &str, namespace: &str) -> String {
    kubectl(lab, &["get", "service", service, "-n", namespace, "-o", "jsonpath={.status.loadBalancer.ingress[0].ip}"])
}

/// The versions of the Istio gateway's objects: whoever touches one makes another of them.
pub(super) fn versions(lab: &Lab) -> Option<String> {
    let path = r#"jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\n"}{end}"#;
    let kinds = "services,deployments,endpointslices,configmaps";
    let versions = kubectl(lab, &["get", kinds, "-n", GatewayKind::Istio.namespace(), "-o", path]);
    versions.contains(GatewayKind::Istio.name()).then_some(versions)
}

/// Takes the gateways' Services away with all that was said of them, and the operator's resource before
/// them: it would write on.
pub(crate) fn forget_gateways(lab: &Lab) {
    let delete = |words: &[&str]| drop(lab.run(&[&["kubectl", "delete", "--ignore-not-found"], words].concat()));
    delete(&["crd", "istiogateways.istio.alibabacloud.com"]);
    for kind in [GatewayKind::Istio, GatewayKind::Nginx] {
        delete(&["service", kind.name(), "-n", kind.namespace()]);
    }
}

/// Takes the gateways away, and waits until ipvs has none of them either: what kube-proxy hears together, a Service
/// that goes and one that comes with the same address, leaves the virtual server with what it had.
///
/// Their pods go too, so that new ones get other addresses. kube-proxy drains a server for as long as it has
/// connections, and keeps that in mind when its virtual server goes. Where the same server comes back behind the same
/// address, it is removed within a minute, and is missing until the next writing 30 s later
/// (pkg/proxy/ipvs/graceful_termination.go, seen with 1.34).
pub(super) fn forget_virtual_servers(lab: &Lab) {
    /// 198.51.100, where load balancers have their addresses.
    const LOAD_BALANCERS: &str = "TCP C63364";
    forget_gateways(lab);
    for kind in [GatewayKind::Istio, GatewayKind::Nginx] {
        drop(lab.run(&["kubectl", "delete", "--ignore-not-found", "deployment", kind.name(), "-n", kind.namespace()]));
    }
    let is_gone = |node: &String| ip_vs(lab, node).iter().all(|line| !line.starts_with(LOAD_BALANCERS));
    eventually_at_nodes(lab, "virtual servers that are removed", Duration::from_mins(1), || lab.guests().iter().all(is_gone));
}
