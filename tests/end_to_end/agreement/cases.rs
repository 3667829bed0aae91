//! The situations in which every kube-proxy is tried.

use std::time::Duration;

use lbprobe_analysis::documents::Report;
use lbprobe_analysis::observations::Matrix;
use lbprobe_lab::Lab;
use lbprobe_lab::gateway::{GatewayKind, Owner};
use serde_json::{Value, json};

use crate::harness::{eventually_in, kubectl, place_gateway, settle};

/// Asks for every release and every situation everywhere. Without it labs see only those that tell the most, which
/// takes a third of the time.
const ALL: &str = "LBPROBE_AGREEMENT";

/// Releases that `make test` builds (RELEASES in the Makefile), and the lab's own.
const BUILT_FOR_TESTS: [&str; 5] = ["1.23", "1.24", "1.33", "1.34", "1.37"];

/// Whether every release and situation was asked for.
pub(super) fn all() -> bool {
    std::env::var_os(ALL).is_some_and(|value| value == "all")
}

/// A node for each kube-proxy (RELEASE:MODE) that is built, from node1 on.
pub(super) fn nodes_with(kube_proxies: &[&str]) -> Vec<String> {
    let is_built = |kube_proxy: &&&str| all() || kube_proxy.split_once(':').is_some_and(|(release, _)| BUILT_FOR_TESTS.contains(&release));
    let built = kube_proxies.iter().filter(is_built).enumerate();
    built.map(|(index, kube_proxy)| format!("node{}={kube_proxy}", index + 1)).collect()
}

/// The situations of a lab: all, or those whose words are among these.
pub(super) fn cases(telling: &[&str]) -> Vec<&'static Case> {
    let all = telling.is_empty() || all();
    CASES.iter().filter(|case| all || telling.contains(&case.words)).collect()
}

/// Where the endpoints are, and what of the Service's spec differs from the default.
pub(super) struct Case {
    pub(super) on: &'static [&'static str],
    pub(super) words: &'static str,
    spec: &'static str,
    /// Addresses of the load balancer.
    pub(super) addresses: &'static str,
    /// Whether the endpoints are being deleted, and still serve.
    pub(super) terminating: bool,
    pub(super) ports: &'static str,
}

/// One endpoint and one address.
const PLAIN: Case = Case { on: &["node1"], words: "", spec: "{}", addresses: "1", terminating: false, ports: "80" };

const LOCAL: &str = r#"{"externalTrafficPolicy":"Local"}"#;

static CASES: [Case; 13] = [
    Case { words: "eTP Local", spec: LOCAL, ..PLAIN },
    Case { words: "eTP Local, iTP Local", spec: r#"{"externalTrafficPolicy":"Local","internalTrafficPolicy":"Local"}"#, ..PLAIN },
    Case { words: "eTP Cluster", spec: r#"{"externalTrafficPolicy":"Cluster"}"#, ..PLAIN },
    Case { words: "eTP Cluster, iTP Local", spec: r#"{"externalTrafficPolicy":"Cluster","internalTrafficPolicy":"Local"}"#, ..PLAIN },
    Case {
        words: "pods of node1 in range",
        spec: r#"{"externalTrafficPolicy":"Local","loadBalancerSourceRanges":["10.244.1.0/24"]}"#,
        ..PLAIN
    },
    Case { words: "nodes in range", spec: r#"{"externalTrafficPolicy":"Cluster","loadBalancerSourceRanges":["198.18.0.0/15"]}"#, ..PLAIN },
    Case { words: "an external IP", spec: r#"{"externalTrafficPolicy":"Local","externalIPs":["203.0.113.77"]}"#, ..PLAIN },
    Case { words: "two LB IPs", spec: LOCAL, addresses: "2", ..PLAIN },
    Case { words: "an undeclared port", spec: LOCAL, ports: "80,8443", ..PLAIN },
    Case { words: "terminating", spec: LOCAL, terminating: true, ..PLAIN },
    Case { on: &["node1", "node2"], words: "two nodes", spec: LOCAL, ..PLAIN },
    Case { on: &["node1", "node2", "node3"], words: "three nodes", spec: LOCAL, ..PLAIN },
    Case { on: &[], words: "no endpoint", spec: LOCAL, ..PLAIN },
];

impl Case {
    pub(super) fn set_up(&self, lab: &Lab, deployed: &mut Option<&[&str]>) {
        if deployed.replace(self.on) != Some(self.on) {
            place_gateway(lab, GatewayKind::Istio, self.on, "Local", Owner::Nobody);
        }
        let service = ["service", "istio-ingressgateway", "-n", "istio-system"];
        kubectl(lab, &[&["patch"], &service[..], &["-p", &self.patch()]].concat());
        let published = || kubectl(lab, &[&["get"], &service[..], &["-o", "jsonpath={.status.loadBalancer.ingress[*].ip}"]].concat());
        eventually_in(lab, "the addresses", Duration::from_secs(10), || {
            published().split_whitespace().count().to_string() == self.addresses
        });
        if self.terminating {
            terminate(lab);
        }
        settle(lab);
    }

    /// All at once: each change of its own is one more that kube-proxy has to write.
    fn patch(&self) -> String {
        let mut spec = json!({ "internalTrafficPolicy": "Cluster", "loadBalancerSourceRanges": null, "externalIPs": null });
        let own: Value = serde_json::from_str(self.spec).unwrap();
        spec.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        json!({ "metadata": { "annotations": { "lab.lbprobe/addresses": self.addresses } }, "spec": spec }).to_string()
    }

    /// What was seen at ports that the Service does not declare. What is passed on meets the lab's own load
    /// balancer, which has no listener there and none without endpoints: it refuses.
    pub(super) fn undeclared(report: &Report) -> Vec<String> {
        let plan = &report.plan;
        let is_undeclared = |port: u16| !report.facts.service.declares(port.into());
        let matrix = Matrix::new(plan, &report.observations);
        matrix.checks().filter(|(_, target, _)| is_undeclared(target.port)).map(|(_, _, state)| state.to_string()).collect()
    }
}

/// Deletes the gateway's pods, which serve on for two minutes: [`end`] is not kept waiting by that.
fn terminate(lab: &Lab) {
    let linger = r#"{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":150,"containers":[{"name":"gateway","lifecycle":{"preStop":{"sleep":{"seconds":120}}}}]}}}}"#;
    let deployment = ["deployment", "istio-ingressgateway", "-n", "istio-system"];
    kubectl(lab, &[&["patch"], &deployment[..], &["-p", linger]].concat());
    kubectl(lab, &[&["rollout", "status", "--timeout=60s"], &deployment[..]].concat());
    kubectl(lab, &[&["scale", "--replicas=0"], &deployment[..]].concat());
    let selector = "kubernetes.io/service-name=istio-ingressgateway";
    let path = "jsonpath={.items[*].endpoints[*].conditions.terminating}";
    let terminating = || kubectl(lab, &["get", "endpointslices", "-n", "istio-system", "-l", selector, "-o", path]);
    eventually_in(lab, "an endpoint that terminates", Duration::from_secs(20), || terminating().contains("true"));
}

/// Ends the wait for pods that serve on, and what makes them.
pub(super) fn end(lab: &Lab) {
    kubectl(lab, &["delete", "deployment", "istio-ingressgateway", "-n", "istio-system"]);
    kubectl(lab, &["delete", "pods", "-n", "istio-system", "--all", "--grace-period=0", "--force"]);
}
