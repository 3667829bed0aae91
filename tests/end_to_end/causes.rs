//! A fault for each cause that can be made on real components, and its name. Those that cannot be
//! made here (other releases of kube-proxy, clouds) are told from saved facts and observations, in
//! the analysis' own tests.

use std::thread::sleep;
use std::time::Duration;

use lbprobe_lab::addresses::POD_RANGE;
use lbprobe_lab::artifacts::Artifacts;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::patience::stretched;
use lbprobe_lab::{Lab, ProxyMode};

use crate::disturbance::Disturbance;
use crate::harness::{
    Doubt, OTHER_CIDR, Ran, apply, deploy, eventually, faulty_lab, kubectl, lab_with_gateway, lbprobe, nothing_left, place_gateway,
    run_gateway, seen_without, slot, start,
};
use lbprobe_lab::gateway::{GatewayKind, Owner};

/// kube-proxy writes its rules a moment after an object changes.
const SETTLED: Duration = Duration::from_millis(1500);

const NODES: [&str; 3] = ["node1", "node2", "node3"];

/// The gateway's address.
const ADDRESS: &str = "198.51.100.1";

/// Runs until something fails, a few times at most: a policy's controller hears of a pod in its own time, and on a busy
/// machine that takes longer than probes wait ([`lbprobe_analysis::plan::POLICY_MS`]).
fn run_held_back(lab: &Lab, words: &[&str]) -> Ran {
    let doubt = |ran: &Ran| (ran.code == Some(0)).then(|| Doubt::NotMeasured("the policy did not hold yet".into()));
    seen_without(doubt, || sleep(stretched(Duration::from_secs(2))), || run_gateway(lab, words))
}

/// Fails unless the first cause, or the only one, begins like this.
#[track_caller]
fn expect_first(ran: &Ran, begins: &str, texts: &[&str]) {
    let all = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, verdict) = all.split_once("FAULT: ").unwrap_or_else(|| panic!("no fault: {ran:#?}"));
    assert!(verdict.trim_start_matches("(1) ").starts_with(begins), "{begins:?} is not first: {ran:#?}");
    ran.expect(3, texts);
}

#[test]
fn undeclared_ports_at_an_address_that_the_nodes_hold() {
    let lab = lab_with_gateway(&["node1"], "Cluster");
    let undeclared = ["--port", "80,8443"];
    // The load balancer itself has no such listener.
    expect_first(&run_gateway(&lab, &undeclared), "port 8443 is not the Service's: nobody answers there", &["(possible)"]);
    // As kube-ipvs0 does it: the address is every node's own.
    let mut on_lo = Disturbance::in_lab(&lab);
    for node in NODES {
        on_lo = on_lo.with(node, &format!("ip address add {ADDRESS}/32 dev lo"), &format!("ip address del {ADDRESS}/32 dev lo"));
    }
    expect_first(
        &run_gateway(&lab, &undeclared),
        "port 8443 is not the Service's, and kube-proxy keeps the load balancer's whole address on the node",
        &["(confirmed)", "198.51.100.1 is the node's own address on node1, node2 and node3"],
    );
    apply(&lab, include_str!("../manifests/node-listener.yaml"));
    kubectl(&lab, &["wait", "pod/node-listener", "--for=condition=Ready", "--timeout=20s"]);
    let ran = run_gateway(&lab, &undeclared);
    kubectl(&lab, &["delete", "pod/node-listener", "--now"]);
    // portmap, in the place of a process that listens.
    apply(&lab, include_str!("../manifests/host-port.yaml"));
    kubectl(&lab, &["rollout", "status", "daemonset/edge", "--timeout=60s"]);
    let forwarded = run_gateway(&lab, &undeclared);
    kubectl(&lab, &["delete", "daemonset/edge", "--now"]);
    drop(on_lo);
    forwarded.expect(
        3,
        &[
            "DaemonSet default/edge takes port 8443 on its nodes, and with it the load balancer's address there",
            "no process listens there at all addresses",
            "$ kubectl edit daemonset edge -n default",
        ],
    );
    ran.expect(3, &["a process of the node answers at the load balancer's address", "on these nodes a process listens on this port"]);
    nothing_left(&lab);
}

#[test]
fn a_network_between_nodes_that_drops_imitates_the_policy() {
    let lab = lab_with_gateway(&["node1"], "Cluster");
    let cut = Disturbance::in_lab(&lab).rules("cloud", "forward priority 0", &format!("ip daddr {POD_RANGE} drop"));
    let ran = run_gateway(&lab, &[]);
    drop(cut);
    expect_first(
        &ran,
        "connections to pods on other nodes are lost",
        &["(confirmed)", "pods on node2 and node3 reach no endpoint on another node", "externalTrafficPolicy Local: the policy is Cluster"],
    );
}

/// kube-router's controller on every node of a lab, until this goes.
fn with_policy_controller(lab: &Lab) -> Disturbance<'_> {
    let program = Artifacts::locate().unwrap().kube_router.display().to_string();
    let mut running = Disturbance::in_lab(lab);
    for node in NODES {
        let words = format!(
            "--kubeconfig=/run/lab/pki/admin.kubeconfig --hostname-override={node} --run-firewall=true --run-router=false \
             --run-service-proxy=false --run-loadbalancer=false --health-port=0"
        );
        let log = format!("/run/lab/log/{node}-kube-router.log");
        running = running.with(
            node,
            &format!("(setsid {program} {words} >{log} 2>&1 </dev/null & echo $! >/run/lab/{node}-kube-router.process)"),
            &format!("kill -9 $(cat /run/lab/{node}-kube-router.process); {program} --cleanup-config 2>/dev/null; true"),
        );
    }
    running
}

#[test]
fn an_egress_policy_holds_back_pods_only() {
    // A lab of its own: the controller's chains stay behind it.
    let _slot = slot();
    let lab = start("policies", ProxyMode::Iptables, OTHER_CIDR);
    deploy(&lab, &["node1"], "Cluster");
    let controller = with_policy_controller(&lab);
    let policy = r#"{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"no-egress","namespace":"default"},"spec":{"podSelector":{},"policyTypes":["Egress"],"egress":[{"ports":[{"port":53,"protocol":"UDP"}]}]}}"#;
    apply(&lab, policy);
    // It sees the policy at once, and each pod a moment after its start.
    sleep(stretched(Duration::from_secs(5)));
    let ran = run_held_back(&lab, &[]);
    // The same policy for one application alone: plain pods are answered, and its own is not.
    kubectl(&lab, &["delete", "networkpolicy", "no-egress", "--now"]);
    apply(&lab, include_str!("../manifests/cart.yaml"));
    apply(&lab, &policy.replace("\"default\"", "\"shop\""));
    kubectl(&lab, &["rollout", "status", "deployment/cart", "-n", "shop", "--timeout=60s"]);
    sleep(stretched(Duration::from_secs(5)));
    let from_cart = run_held_back(&lab, &["--from", "deploy/cart.shop", "--yes"]);
    drop(controller);
    expect_first(&ran, "a NetworkPolicy keeps the pods from", &["(confirmed)", "NetworkPolicy default/no-egress"]);
    expect_first(
        &from_cart,
        "a NetworkPolicy keeps shop/cart-",
        // All six of its checks. The kernel limits the rate of refusals to one address: on a busy machine the last ones time out.
        &["(confirmed)", "NetworkPolicy shop/no-egress", "a plain pod on node2 is answered there", "and 3 more: refused"],
    );
}

#[test]
fn a_kube_proxy_that_cannot_write_its_rules() {
    let lab = lab_with_gateway(&["node1"], "Cluster");
    // Lazily undone: kube-proxy may be running it in that very moment.
    let program = "$(readlink -f $(command -v iptables-restore))";
    let broken =
        Disturbance::in_lab(&lab).with("control", &format!("mount --bind /bin/false {program}"), &format!("umount --lazy {program}"));
    // What it cannot write is not waited for.
    place_gateway(&lab, GatewayKind::Istio, &["node2"], "Cluster", Owner::Nobody);
    sleep(stretched(Duration::from_secs(6)));
    let ran = run_gateway(&lab, &[]);
    drop(broken);
    // The next change makes kube-proxy write again.
    eventually("rules are written again", Duration::from_secs(40), || {
        deploy(&lab, &["node1"], "Local");
        deploy(&lab, &["node1"], "Cluster");
        run_gateway(&lab, &[]).code == Some(0)
    });
    expect_first(&ran, "kube-proxy on node1, node2 and node3 fails to write its rules", &["(confirmed)", "a change has waited for up to"]);
}

#[test]
fn a_kube_proxy_under_another_node_name() {
    // A lab of its own: what is killed here is not put back.
    let _slot = slot();
    let lab = start("misnamed", ProxyMode::Iptables, OTHER_CIDR);
    deploy(&lab, &["node1"], "Local");
    let kubernetes = Artifacts::locate().unwrap().kubernetes.display().to_string();
    let config = "/run/lab/node1/kube-proxy.yaml";
    // kube-proxy waits half a minute for a Node of its name before it goes on without.
    let begin = |name: &str| {
        format!(
            "sed 's/\"hostnameOverride\":\"node1\"/\"hostnameOverride\":\"{name}\"/' {config} >{config}.{name}; \
         (setsid {kubernetes} kube-proxy --config={config}.{name} >/run/lab/log/kube-proxy-{name}.log 2>&1 </dev/null &)"
        )
    };
    let end = |pattern: &str| {
        format!(
            "for process in $(pgrep -x kubernetes); do tr '\\0' ' ' </proc/$process/cmdline | grep -q '{pattern}' && kill -9 $process; done; true"
        )
    };
    let act = format!("{}; {}", end("kube-proxy --config=/run/lab/node1/kube-proxy.yaml "), begin("other"));
    let output = lab.run_at(Vantage::Node("node1"), &["sh", "-c", &act]).unwrap();
    assert!(output.status.success(), "{output:?}");
    let health =
        kubectl(&lab, &["get", "service", "istio-ingressgateway", "-n", "istio-system", "-o", "jsonpath={.spec.healthCheckNodePort}"]);
    let counts = || {
        let answer = lab.run_at(Vantage::Node("node1"), &["curl", "-s", "-m", "1", &format!("http://127.0.0.1:{health}/")]).unwrap();
        String::from_utf8_lossy(&answer.stdout).contains("\"localEndpoints\": 0")
    };
    eventually("kube-proxy under its other name", Duration::from_mins(1), counts);
    sleep(stretched(SETTLED));
    let ran = run_gateway(&lab, &[]);
    expect_first(
        &ran,
        "kube-proxy on node1 does not recognise its own node's endpoints",
        &["(confirmed)", "kube-proxy there counts none (healthCheckNodePort)", "nodeEligible: false on node1"],
    );
}

#[test]
fn a_load_balancer_that_cannot_loop_back() {
    let lab = faulty_lab();
    let service = "service istio-ingressgateway -n istio-system";
    let proxied = Disturbance::in_lab(&lab).kubectl(
        &format!("annotate {service} lab.lbprobe/ip-mode=Proxy lab.lbprobe/loopback=off"),
        &format!("annotate {service} lab.lbprobe/ip-mode- lab.lbprobe/loopback-"),
    );
    sleep(stretched(SETTLED));
    let ran = run_gateway(&lab, &[]);
    drop(proxied);
    expect_first(
        &ran,
        "only nodes with an endpoint fail: the load balancer cannot return",
        &["(likely)", "pods on node2 and node3 reach it"],
    );
}

#[test]
fn cert_manager_is_told_beside_the_cause() {
    let lab = faulty_lab();
    apply(&lab, include_str!("../manifests/challenge.yaml"));
    kubectl(&lab, &["wait", "--for=condition=Established", "crd/challenges.acme.cert-manager.io", "--timeout=20s"]);
    let challenge = r#"{"apiVersion":"acme.cert-manager.io/v1","kind":"Challenge","metadata":{"name":"shop-tls-1","namespace":"default"},"spec":{"dnsName":"shop.example.com"},"status":{"state":"pending","reason":"Waiting for HTTP-01 challenge propagation: failed to perform self check GET request"}}"#;
    let waiting = Disturbance::in_lab(&lab).with(
        "control",
        &format!("echo '{challenge}' | kubectl apply -f -"),
        "kubectl delete crd challenges.acme.cert-manager.io",
    );
    let ran = run_gateway(&lab, &[]);
    drop(waiting);
    expect_first(
        &ran,
        "externalTrafficPolicy is Local",
        &["(2) cert-manager checks its own challenges", "1 challenge pending for shop.example.com"],
    );
}

#[test]
fn a_gateway_of_an_operator_is_named_by_its_own_kind() {
    let lab = faulty_lab();
    apply(&lab, include_str!("../../lab/manifests/istiogateway.yaml"));
    kubectl(&lab, &["wait", "--for=condition=Established", "crd/istiogateways.istio.alibabacloud.com", "--timeout=20s"]);
    let gateway = r#"{"apiVersion":"istio.alibabacloud.com/v1beta1","kind":"IstioGateway","metadata":{"name":"ingressgateway","namespace":"istio-system"},"spec":{"externalTrafficPolicy":"Local"}}"#;
    let operator = Disturbance::in_lab(&lab).with(
        "control",
        &format!("echo '{gateway}' | kubectl apply -f -"),
        "kubectl patch service istio-ingressgateway -n istio-system --type json -p '[{\"op\":\"remove\",\"path\":\"/metadata/ownerReferences\"}]'; \
         kubectl delete crd istiogateways.istio.alibabacloud.com",
    );
    let uid = kubectl(&lab, &["get", "istiogateway", "ingressgateway", "-n", "istio-system", "-o", "jsonpath={.metadata.uid}"]);
    let owner = format!(
        r#"{{"metadata":{{"ownerReferences":[{{"apiVersion":"istio.alibabacloud.com/v1beta1","kind":"IstioGateway","name":"ingressgateway","uid":"{uid}","controller":true}}]}}}}"#
    );
    kubectl(&lab, &["patch", "service", "istio-ingressgateway", "-n", "istio-system", "-p", &owner]);
    let (ran, missing) =
        (lbprobe(&lab, &["run", "istiogateway/ingressgateway", "-n", "istio-system"]), lbprobe(&lab, &["explain", "istiogateway/other"]));
    drop(operator);
    ran.expect(
        3,
        &["Service istio-system/istio-ingressgateway", "$ kubectl patch istiogateway ingressgateway -n istio-system --type merge"],
    );
    missing.expect(1, &["no service in namespace \"default\" is owned by an IstioGateway \"other\"", "hint: kubectl get istiogateways"]);
}
