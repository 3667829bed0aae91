//! Services and servers that cannot be probed.

use std::time::Duration;

use crate::harness::{apply, faulty_lab, lbprobe, nothing_left, run_gateway};

#[test]
fn a_service_that_does_not_exist() {
    let lab = faulty_lab();
    lbprobe(&lab, &["run", "nothing", "-n", "istio-system"])
        .expect(1, &["error: service \"nothing\" not found in namespace \"istio-system\"", "hint: kubectl get services -n istio-system"]);
    lbprobe(&lab, &["istio-ingressgateway"]).expect(1, &["hint: -n istio-system, where a Service of that name is"]);
    lbprobe(&lab, &["run", "istio-ingress-gateway"]).expect(1, &["hint: did you mean istio-ingressgateway -n istio-system?"]);
    run_gateway(&lab, &["--node", "nod2"]).expect(1, &["no node is named nod2", "hint: did you mean node"]);
    lbprobe(&lab, &["explian", "istio-ingressgateway"]).expect(2, &["a similar subcommand exists: 'explain'"]);
    lbprobe(&lab, &["fix", "istio-ingressgateway", "--strategy", "clutser"]).expect(2, &["a similar value exists: 'cluster'"]);
}

#[test]
fn a_service_that_is_no_load_balancer() {
    let lab = faulty_lab();
    lbprobe(&lab, &["run", "svc/kubernetes"]).expect(1, &["is of type ClusterIP and has no externalIPs", "hint: kubectl get services -A"]);
}

#[test]
fn a_load_balancer_without_address() {
    let lab = faulty_lab();
    let service = "
apiVersion: v1
kind: Service
metadata: {name: pending, namespace: default}
spec: {type: LoadBalancer, loadBalancerClass: example.com/other, ports: [{port: 80}]}
";
    apply(&lab, service);
    lbprobe(&lab, &["run", "pending"])
        .expect(1, &["has no load balancer address yet", "hint: kubectl describe service pending -n default"]);
}

#[test]
fn a_server_that_cannot_be_reached() {
    let lab = faulty_lab();
    let kubeconfig = "
apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: 'https://127.0.0.1:1'}}]
contexts: [{name: none, context: {cluster: none, user: none}}]
users: [{name: none, user: {}}]
current-context: none
";
    lab.run(&["sh", "-c", &format!("printf '%s' \"{kubeconfig}\" >/run/lab/unreachable.kubeconfig")]).unwrap();
    let ran = run_gateway(&lab, &["--kubeconfig", "/run/lab/unreachable.kubeconfig"]);
    ran.expect(1, &["error: failed to reach the server at https://127.0.0.1:1", "refused", "hint: kubectl cluster-info"])
        .within(Duration::from_secs(10));
    run_gateway(&lab, &["--kubeconfig", "/run/lab/none"])
        .expect(1, &["error: failed to read the kubeconfig", "hint: kubectl config get-contexts"]);
    run_gateway(&lab, &["--context", "none"]).expect(1, &["error: failed to read the kubeconfig"]);
}

#[test]
fn words_that_make_no_sense() {
    let lab = faulty_lab();
    lbprobe(&lab, &["run"]).expect(2, &["SERVICE", "Usage: kubectl lbprobe run"]);
    lbprobe(&lab, &["run", "pod/a"]).expect(2, &["pod is not a kind that can be probed"]);
    lbprobe(&lab, &["explain", "-A", "-n", "default"]).expect(2, &["cannot be used with"]);
    run_gateway(&lab, &["--node", "node9"]).expect(1, &["no node is named node9"]);
    run_gateway(&lab, &["-l", "none=here"]).expect(1, &["no vantage to probe from: no node matches"]);
    run_gateway(&lab, &["--probe-namespace", "none"]).expect(1, &["namespaces \"none\" not found"]);
    nothing_left(&lab);
}
