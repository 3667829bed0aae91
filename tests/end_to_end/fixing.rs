//! `fix` and `verify`: the change is made, seen to help or taken back, and nothing of it is lost when the
//! program dies.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lbprobe_lab::Lab;
use lbprobe_lab::addresses::CLIENT;
use lbprobe_lab::gateway::{GatewayKind, Owner};
use lbprobe_lab::outside::lab::Vantage;
use nix::sys::signal::Signal;
use serde_json::Value;

use crate::cases::{curl, deploy_clients, source};
use crate::disturbance::Disturbance;
use crate::harness::{
    Ran, apply, at_a_terminal, deploy_gateway, eventually, forget_gateways, fresh_faulty_lab, fresh_lab, fresh_lab_with_gateway, kubectl,
    lab_with_gateway, lbprobe, load_balancer_address, nothing_left, root, screen, seconds, settle, start_plugin,
};
use crate::held_connection::HeldConnection;

const SERVICE: [&str; 3] = ["istio-ingressgateway", "-n", "istio-system"];

/// ENI backends under policy Local: what the documents warn of.
const ENI_WITH_LOCAL: &str = r#"{"metadata":{"annotations":{"service.beta.kubernetes.io/backend-type":"eni"}}}"#;

/// Istio's, as far as it is read.
const SERVICE_ENTRIES: &str = r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
    "metadata":{"name":"serviceentries.networking.istio.io"},
    "spec":{"group":"networking.istio.io","scope":"Namespaced","names":{"kind":"ServiceEntry","plural":"serviceentries"},
        "versions":[{"name":"v1","served":true,"storage":true,
            "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}"#;

fn fix(lab: &Lab, words: &[&str]) -> Ran {
    lbprobe(lab, &[&["fix"], &SERVICE[..], words].concat())
}

/// The object without what the server counts.
fn object(lab: &Lab, kind: &str, name: &str) -> Value {
    let mut object: Value = serde_json::from_str(&kubectl(lab, &["get", kind, name, "-n", "istio-system", "-o", "json"])).unwrap();
    for counted in ["resourceVersion", "generation"] {
        object["metadata"].as_object_mut().unwrap().remove(counted);
    }
    object
}

fn service(lab: &Lab) -> Value {
    object(lab, "service", SERVICE[0])
}

fn read(file: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// A gateway of the documents, and the object that is changed to fix it.
struct Case {
    kind: GatewayKind,
    owner: Owner,
    object: &'static str,
}

impl Case {
    fn is_fixed_by_each_strategy(&self) {
        let lab = fresh_lab();
        assert!(!self.is_fixed_by(&lab, "cluster"), "the price of policy Cluster");
        assert!(self.is_fixed_by(&lab, "eni"), "ENI backends keep the source address");
        nothing_left(&lab);
    }

    /// The fault, the fix by a strategy, and its verification; whether an outside client's address is still
    /// seen after it.
    fn is_fixed_by(&self, lab: &Lab, strategy: &str) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let save = folder.path().display().to_string();
        let (name, namespace) = (self.kind.name(), self.kind.namespace());
        let subject = [name, "-n", namespace];
        deploy_gateway(lab, self.kind, &["node1"], "Local", self.owner);
        // As Services of Alibaba Cloud are marked.
        let mark = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type=internet";
        kubectl(lab, &["annotate", "--overwrite", "service", name, "-n", namespace, mark]);
        let address = load_balancer_address(lab, name, namespace);
        let outside = || curl(lab, Vantage::Client, &[&format!("http://{address}/")]);
        assert_eq!(source(outside().as_ref()), Some(CLIENT.into()), "the fault is inside only");
        lbprobe(lab, &[&["run"], &subject[..]].concat()).expect(3, &["FAULT", "timed out"]);
        let apply = ["--apply", "--yes", "--outside", "--save", &save, "--strategy", strategy];
        let helped = ["fixed", "it helped: everything is answered", "answered before and after", "KEPT: the change stays"];
        let fixed = lbprobe(lab, &[&["fix"], &subject[..], &apply].concat());
        fixed.expect(0, &[&format!("changed {} in namespace {namespace}", self.object)]).expect(0, &helped);
        let object: Value = serde_json::from_str(&kubectl(lab, &["get", self.object, "-n", namespace, "-o", "json"])).unwrap();
        assert_eq!(object["metadata"]["annotations"].get("lbprobe/fix"), None, "{strategy}");
        let before = baseline(folder.path()).display().to_string();
        lbprobe(lab, &[&["verify"], &subject[..], &["--baseline", &before]].concat())
            .expect(0, &["VERIFIED: 2 vantages fixed", &format!("{address}:80,443 timed out")]);
        let answer = outside();
        forget_gateways(lab);
        source(answer.as_ref()).unwrap_or_else(|| panic!("{strategy}: nothing answers outside")) == CLIENT
    }
}

#[test]
fn each_strategy_fixes_an_asm_gateway_and_is_verified() {
    Case { kind: GatewayKind::Istio, owner: Owner::Istiogateway, object: "istiogateway/ingressgateway" }.is_fixed_by_each_strategy();
}

#[test]
fn each_strategy_fixes_an_nginx_ingress_and_is_verified() {
    Case { kind: GatewayKind::Nginx, owner: Owner::Nobody, object: "service/nginx-ingress-lb" }.is_fixed_by_each_strategy();
}

/// Policy Local is kept for clients outside, and those inside dial a load balancer of their own.
#[test]
fn a_second_load_balancer_serves_those_inside() {
    let lab = fresh_faulty_lab();
    let shown = fix(&lab, &["--strategy", "two-load-balancers", "-o", "yaml"]);
    shown.expect(3, &["name: istio-ingressgateway-internal"]);
    fix(&lab, &["--strategy", "two-load-balancers", "--apply", "--yes"])
        .expect(1, &["error: two-load-balancers is not a change", "hint: the same command without --apply"]);
    let proposals: Value = serde_json::from_str(&fix(&lab, &["--strategy", "two-load-balancers", "-o", "json"]).stdout).unwrap();
    let manifest = &proposals["fixes"][0]["manifest"];
    assert!(manifest.is_object(), "{proposals:#}");
    apply(&lab, &manifest.to_string());
    let twin = "istio-ingressgateway-internal";
    kubectl(&lab, &["wait", "service", twin, "-n", "istio-system", "--for=jsonpath={.status.loadBalancer.ingress}", "--timeout=30s"]);
    settle(&lab);
    let healthy = lbprobe(&lab, &["run", twin, "-n", "istio-system"]);
    kubectl(&lab, &["delete", "service", twin, "-n", "istio-system"]);
    healthy.expect(0, &["HEALTHY"]);
    assert_eq!(service(&lab)["spec"]["externalTrafficPolicy"], "Local");
    nothing_left(&lab);
}

/// The documents warn of it: past kube-proxy a backend does not reach itself through its load balancer. The
/// tool sees that, and does not trade one fault for another.
#[test]
fn a_hostname_that_breaks_the_gateways_own_node_is_taken_back() {
    let lab = fresh_lab();
    let folder = tempfile::tempdir().unwrap();
    let save = folder.path().display().to_string();
    deploy_gateway(&lab, GatewayKind::Istio, &["node1"], "Local", Owner::Istiogateway);
    let was = object(&lab, "istiogateway", "ingressgateway");
    let wait = seconds(10);
    let words = ["--strategy", "hostname", "--hostname", "gateway.example.com", "--apply", "--yes", "--wait", &wait, "--save", &save];
    fix(&lab, &words).expect(3, &["node2 and node3 pod", "fixed", "it broke what worked: node1 (pod and host)", "PUT BACK"]);
    assert_eq!(object(&lab, "istiogateway", "ingressgateway"), was);
    eventually("the address is in the status again", Duration::from_secs(20), || {
        service(&lab)["status"]["loadBalancer"]["ingress"][0]["ip"] == "198.51.100.1"
    });
    settle(&lab);
    fix(&lab, &[&words[..], &["--no-rollback"]].concat()).expect(3, &["KEPT: the change stays, as --no-rollback says"]);
    // The baseline remembers the address, which is not in the status any more.
    let before = baseline(folder.path()).display().to_string();
    let verified = lbprobe(&lab, &[&["verify"], &SERVICE[..], &["--baseline", &before]].concat());
    verified.expect(3, &["load balancer gateway.example.com", "2 fixed", "198.51.100.1:80,443 timed out"]);
    nothing_left(&lab);
}

#[test]
fn fixes_are_shown_with_difference_price_and_prediction_and_change_nothing() {
    let lab = fresh_faulty_lab();
    let was = service(&lab);
    for words in [&[][..], &["--strategy", "cluster", "--dry-run", "server"]] {
        let shown = fix(&lab, words);
        shown.expect(
            3,
            &[
                "(--strategy cluster)",
                "- externalTrafficPolicy: Local",
                "+ externalTrafficPolicy: Cluster",
                "cost: clients outside lose",
                "expected result:",
            ],
        );
        assert!(shown.stdout.lines().all(|line| line.chars().count() <= 80 || line.contains("$ kubectl")), "{}", shown.stdout);
    }
    fix(&lab, &["--strategy", "two-load-balancers"]).expect(3, &["name: istio-ingressgateway-internal", "externalTrafficPolicy: Cluster"]);
    fix(&lab, &["--strategy", "eni"])
        .expect(1, &["error: the diagnosis offers no strategy eni, but dns-name, cluster"])
        .expect(1, &["FAULT", "externalTrafficPolicy is Local"]);
    fix(&lab, &["--apply"]).expect(1, &["error: a change needs confirmation, and there is no terminal to ask on", "hint: --yes"]);
    fix(&lab, &["--apply", "--yes"]).expect(2, &["--strategy"]);
    assert_eq!(service(&lab), was);
    nothing_left(&lab);
}

#[test]
fn a_person_is_asked_and_only_yes_means_yes() {
    let lab = fresh_faulty_lab();
    let folder = tempfile::tempdir().unwrap();
    let save = folder.path().display().to_string();
    let words = ["fix", SERVICE[0], "-n", "istio-system", "--strategy", "cluster", "--apply", "--save", &save];
    let was = service(&lab);
    for answer in ["n", ""] {
        let ran = at_a_terminal(&lab, &words, answer);
        assert_eq!(ran.code, Some(3), "{ran:#?}");
        let shown = screen(&ran);
        let question = "Change service/istio-ingressgateway in namespace istio-system? [y/N]";
        for text in ["-  externalTrafficPolicy: Local", "cost: clients outside lose", question, "nothing was changed"] {
            assert!(shown.contains(text), "{text:?} is missing in {shown}");
        }
        assert!(!shown.contains("pods:"), "the progress is wiped: {shown}");
        assert_eq!(service(&lab), was);
    }
    let ran = at_a_terminal(&lab, &words, "y");
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert!(screen(&ran).contains("KEPT: the change stays"), "{}", screen(&ran));
    assert_eq!(service(&lab)["spec"]["externalTrafficPolicy"], "Cluster");
    nothing_left(&lab);
}

#[test]
fn the_name_is_proven_and_who_uses_the_address_is_found() {
    let lab = fresh_faulty_lab();
    let users = r#"{"apiVersion":"v1","kind":"List","items":[
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"shop","namespace":"default"},"data":{"gateway":"http://198.51.100.1/"}},
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"other","namespace":"default"},"data":{"gateway":"198.51.100.10"}},
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"shop","namespace":"default"},"spec":{"nodeName":"none","containers":[
            {"name":"shop","image":"none","env":[{"name":"GATEWAY","value":"198.51.100.1:80"}],"args":["--to","198.51.100.1"]}]}}]}"#;
    apply(&lab, users);
    apply(&lab, SERVICE_ENTRIES);
    kubectl(&lab, &["wait", "--for=condition=Established", "crd/serviceentries.networking.istio.io", "--timeout=20s"]);
    let entry = r#"{"apiVersion":"networking.istio.io/v1","kind":"ServiceEntry","metadata":{"name":"gateway","namespace":"default"},
        "spec":{"hosts":["gateway.example.com"],"addresses":["198.51.100.1/32"],"resolution":"STATIC"}}"#;
    apply(&lab, entry);
    let shown = fix(&lab, &["--strategy", "dns-name", "--search-namespace", "default"]);
    kubectl(&lab, &["delete", "crd", "serviceentries.networking.istio.io"]);
    kubectl(&lab, &["delete", "configmap/shop", "configmap/other", "pod/shop", "--grace-period=0", "--force"]);
    shown.expect(
        0,
        &[
            "Dial istio-ingressgateway.istio-system:80",
            "PROVEN: node2 and node3 (pod) fail at the address and reach the name",
            "configmap/shop, key gateway",
            "pod/shop, env GATEWAY of container shop",
            "pod/shop, arguments of container shop",
            "serviceentry/gateway",
        ],
    );
    assert!(!shown.stdout.contains("configmap/other"), "{}", shown.stdout);
}

#[test]
fn what_does_not_help_is_put_back() {
    let lab = fresh_faulty_lab();
    let folder = tempfile::tempdir().unwrap();
    let save = folder.path().display().to_string();
    let was = service(&lab);
    let common = ["--apply", "--yes", "--save", &save, "--wait", "5s"];
    fix(&lab, &[&common[..], &["--patch", ENI_WITH_LOCAL]].concat())
        .expect(3, &["it did not help: what failed still fails", "PUT BACK: the change was rolled back", "still failing"]);
    assert_eq!(service(&lab), was, "byte for byte what it was");
    // Somebody keeps it as it was: an operator, or a pipeline.
    let back = r#"while sleep 1; do kubectl patch service istio-ingressgateway -n istio-system -p '{"spec":{"externalTrafficPolicy":"Local"}}'; done"#;
    let keeper = Disturbance::in_lab(&lab).with(
        "control",
        &format!("(setsid sh -c \"{}\" >/dev/null 2>&1 </dev/null & echo $! >/run/lab/reverter)", back.replace('"', "\\\"")),
        "kill -- -$(cat /run/lab/reverter)",
    );
    let reverted = fix(&lab, &[&common[..], &["--strategy", "cluster"]].concat());
    drop(keeper);
    reverted.expect(3, &["REVERTED: somebody else reverted the change"]);
    assert_eq!(service(&lab)["metadata"].get("annotations"), was["metadata"].get("annotations"));
    assert_eq!(service(&lab)["spec"]["externalTrafficPolicy"], "Local");
    nothing_left(&lab);
}

/// The report from before the newest change whose files are in the folder.
fn baseline(folder: &Path) -> PathBuf {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let reports = files.filter(|path| path.to_string_lossy().ends_with(".before.json"));
    reports.max_by_key(|path| path.metadata().unwrap().modified().unwrap()).expect("a report from before")
}

/// A fix that is killed while it waits for the change to show.
fn killed_in_between(lab: &Lab, save: &str) {
    let words = ["fix", "istio-ingressgateway", "-n", "istio-system", "--apply", "--yes", "--save", save, "--patch", ENI_WITH_LOCAL];
    let mut running = start_plugin(lab, &words);
    running.until("the change is made", Duration::from_secs(20), || service(lab)["metadata"]["annotations"].get("lbprobe/fix").is_some());
    running.signal(Signal::SIGKILL);
    running.end();
}

#[test]
fn killed_between_change_and_verification_it_is_found_and_ended() {
    let lab = fresh_faulty_lab();
    let folder = tempfile::tempdir().unwrap();
    let save = folder.path().display().to_string();
    let was = service(&lab);
    killed_in_between(&lab, &save);
    let unverified = ["service/istio-ingressgateway", "by strategy patch (run", "and never verified"];
    fix(&lab, &[]).expect(1, &unverified).expect(1, &["hint: --resume verifies it, --undo takes it back"]);
    lbprobe(&lab, &["cleanup", "-A"]).expect(4, &unverified).expect(4, &["removed in all namespaces"]);
    nothing_left(&lab);
    let was_changed = service(&lab);
    fix(&lab, &["--undo", "--save", &save]).expect(1, &["there is no terminal to ask on", "hint: --yes"]);
    assert_eq!(service(&lab), was_changed, "nobody has said yes");
    let undo = ["--undo", "--yes", "--save", &save];
    fix(&lab, &undo)
        .expect(3, &["what puts it back is in the file of that run", "service/istio-ingressgateway is as it was before", "FAULT"]);
    assert_eq!(service(&lab), was);
    killed_in_between(&lab, &save);
    fix(&lab, &["--resume", "--yes", "--save", &save, "--wait", "2s"]).expect(3, &["it did not help", "PUT BACK"]);
    assert_eq!(service(&lab), was);
    fix(&lab, &undo).expect(1, &["has no record of an unverified change"]);
    lbprobe(&lab, &["cleanup", "-A"]).expect(0, &["removed in all namespaces"]);
    nothing_left(&lab);
}

#[test]
fn who_may_not_change_gets_the_patch_and_who_may_does_it() {
    let lab = fresh_faulty_lab();
    let folder = tempfile::tempdir().unwrap();
    let save = folder.path().display().to_string();
    let manifest = root().join("manifests/rbac.yaml").display().to_string();
    kubectl(&lab, &["apply", "-f", &manifest]);
    kubectl(&lab, &["create", "clusterrolebinding", "fixing", "--clusterrole=lbprobe", "--user=looker", "--user=fixer"]);
    kubectl(&lab, &["create", "rolebinding", "fixing", "-n", "default", "--clusterrole=lbprobe-pods", "--user=looker", "--user=fixer"]);
    kubectl(&lab, &["create", "rolebinding", "fixing", "-n", "istio-system", "--clusterrole=lbprobe-fix", "--user=fixer"]);
    let was = service(&lab);
    let words = ["--strategy", "cluster", "--apply", "--yes", "--save", &save];
    fix(&lab, &[&words[..], &["--as", "looker"]].concat()).expect(
        1,
        &[
            "error: failed to change service/istio-ingressgateway in namespace istio-system",
            "hint: somebody who may (patch services in namespace istio-system, see manifests/rbac.yaml) can run: kubectl patch service",
        ],
    );
    assert_eq!(service(&lab), was);
    nothing_left(&lab);
    fix(&lab, &[&words[..], &["--as", "fixer"]].concat()).expect(0, &["KEPT"]);
    kubectl(&lab, &["delete", "clusterrolebinding/fixing", "rolebinding/fixing", "-n", "default"]);
    kubectl(&lab, &["delete", "rolebinding", "fixing", "-n", "istio-system"]);
    assert_eq!(read(&baseline(folder.path()))["kind"], "Report");
}

#[test]
fn a_connection_from_before_does_not_hide_what_broke() {
    let lab = fresh_lab_with_gateway("Cluster");
    let folder = tempfile::tempdir().unwrap();
    let before = folder.path().join("before.json");
    let healthy = lbprobe(&lab, &[&["run"], &SERVICE[..], &["-o", "json"]].concat());
    healthy.expect(0, &[]);
    std::fs::write(&before, &healthy.stdout).unwrap();
    deploy_clients(&lab);
    let mut held = HeldConnection::open(&lab, "node2", "198.51.100.1");
    kubectl(&lab, &["patch", "service", SERVICE[0], "-n", "istio-system", "-p", r#"{"spec":{"externalTrafficPolicy":"Local"}}"#]);
    settle(&lab);
    lbprobe(&lab, &[&["verify"], &SERVICE[..], &["--baseline", &before.display().to_string()]].concat())
        .expect(3, &["NOT FIXED: 2 vantages broken since", "node2 and node3 pod ok 198.51.100.1:80,443 timed broken since out"]);
    assert_eq!(held.ask(), "HTTP/1.1 200 OK", "the connection from before goes on: conntrack keeps it");
}

#[test]
fn what_the_baseline_saw_outside_is_not_taken_for_granted() {
    let lab = lab_with_gateway(&["node1"], "Cluster");
    let folder = tempfile::tempdir().unwrap();
    let before = folder.path().join("before.json");
    let seen = lbprobe(&lab, &[&["run"], &SERVICE[..], &["--outside", "-o", "json", "--timeout", "10s"]].concat());
    seen.expect(0, &[]);
    std::fs::write(&before, &seen.stdout).unwrap();
    let before = before.display().to_string();
    let verify = [&["verify"], &SERVICE[..], &["--baseline", &before]].concat();
    lbprobe(&lab, &verify).expect(4, &["INCONCLUSIVE", "addresses from outside, which the baseline has: run verify with --outside"]);
    lbprobe(&lab, &[&verify[..], &["--outside"]].concat()).expect(0, &["VERIFIED", "From this machine, outside the cluster"]);
    nothing_left(&lab);
}
