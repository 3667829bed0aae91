//! `explain` on a real cluster and on what plain kubectl printed of it; `diagnose` on a real report.

use lbprobe_lab::Lab;

use crate::disturbance::Disturbance;
use crate::harness::{apply, faulty_lab, kubectl, lab_with_gateway, lbprobe, left_over, root, run_gateway};

const GATEWAY: [&str; 4] = ["explain", "istio-ingressgateway", "-n", "istio-system"];

/// The gateway's grid as it fails and as it should be.
const FAILING: &str = "node2 and node3 no pod timed out ok ok host ok ok ok";

fn shell(lab: &Lab, script: &str) -> String {
    let output = lab.run(&["sh", "-c", script]).unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn what_will_fail_is_told_without_creating_anything() {
    let lab = faulty_lab();
    let explained = lbprobe(&lab, &GATEWAY);
    explained.expect(
        3,
        &[FAILING, "WILL FAIL: 4 of 36 checks", "kube-proxy in iptables mode, clusterCIDR 10.99.0.0/16", "does not count the pod as local"],
    );
    let traced = lbprobe(&lab, &[&GATEWAY[..], &["-v"]].concat());
    assert_eq!(traced.stdout, explained.stdout);
    let told: Vec<_> = traced.stderr.lines().collect();
    assert!(told.iter().any(|line| line.ends_with(" ms  get services: read service istio-system/istio-ingressgateway")), "{told:#?}");
    assert!(told.len() > 8 && told.iter().all(|line| line.contains(" ms  ")), "{told:#?}");
    for line in explained.stdout.lines().filter(|line| !line.trim_start().starts_with('$')) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert_eq!((explained.stderr.as_str(), left_over(&lab).as_str()), ("", ""));
    // How many there are depends on whether a slow answer calls for more.
    let ran = run_gateway(&lab, &[]);
    ran.expect(3, &[FAILING, "checks match the prediction for kube-proxy in iptables mode"]);
    assert!(!ran.stdout.contains("Not as expected"), "{}", ran.stdout);
    for change in ["externalTrafficPolicy=Cluster", "replicas-on=node1,node2,node3", "clusterCIDR=10.244.0.0/16"] {
        lbprobe(&lab, &[&GATEWAY[..], &["--if", change]].concat()).expect(0, &["FINE"]);
    }
    lbprobe(&lab, &[&GATEWAY[..], &["--if", "kube-proxy=1.23", "--if", "mode=ipvs"]].concat())
        .expect(3, &["refused", "empty virtual server"]);
    lbprobe(&lab, &[&GATEWAY[..], &["--if", "replicas-on=node9"]].concat())
        .expect(1, &["error: the change cannot be made: no node is named node9", "hint:"]);
    lbprobe(&lab, &[&GATEWAY[..], &["--if", "policy=Local"]].concat()).expect(2, &["the key is one of externalTrafficPolicy"]);
}

#[test]
fn a_file_of_plain_kubectl_gives_the_same_prediction() {
    let lab = faulty_lab();
    let expectations = |text: &str| -> serde_json::Value {
        let explanation: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(explanation["expectations"].as_array().unwrap().len(), 6);
        explanation["expectations"].clone()
    };
    let live = expectations(&lbprobe(&lab, &[&GATEWAY[..], &["-o", "json"]].concat()).stdout);
    let get = "kubectl get services,endpointslices,nodes,networkpolicies,configmaps,daemonsets,pods,ingresses,events -A -o";
    for form in ["yaml", "json"] {
        let text = shell(&lab, &format!("{get} {form} | kubectl lbprobe explain istio-ingressgateway -f - -o json"));
        assert_eq!(expectations(&text), live);
    }
    let saved = shell(&lab, "kubectl lbprobe explain istio-ingressgateway -n istio-system -o facts | kubectl lbprobe explain -f - -o json");
    assert_eq!(expectations(&saved), live);
}

#[test]
fn what_may_not_be_read_is_unknown_with_its_reason() {
    let lab = faulty_lab();
    let verbs = "--verb=get,list";
    kubectl(&lab, &["create", "clusterrole", "few", verbs, "--resource=services,nodes,endpointslices.discovery.k8s.io"]);
    kubectl(&lab, &["create", "clusterrolebinding", "few", "--clusterrole=few", "--user=few"]);
    let explained = lbprobe(&lab, &[&GATEWAY[..], &["--as", "few"]].concat());
    kubectl(&lab, &["delete", "clusterrole,clusterrolebinding", "few"]);
    explained.expect(
        4,
        &["DEPENDS", "if mode iptables or nftables", "Not known", "kube-proxy's configuration: failed to read ConfigMap", "forbidden"],
    );
}

/// Of a gateway on every node, so that nothing else keeps it from being fine.
#[test]
fn what_holds_clients_back_past_kube_proxy_is_read_or_said() {
    let lab = lab_with_gateway(&["node1", "node2", "node3"], "Local");
    lbprobe(&lab, &GATEWAY).expect(0, &["FINE"]);
    let manifest = root().join("manifests/rbac.yaml").display().to_string();
    kubectl(&lab, &["apply", "-f", &manifest]);
    kubectl(&lab, &["create", "clusterrolebinding", "sees", "--clusterrole=lbprobe", "--user=sees"]);
    kubectl(&lab, &["create", "rolebinding", "sees", "-n", "kube-system", "--role=lbprobe-system", "--user=sees"]);
    let sees = |words: &[&str]| lbprobe(&lab, &[words, &["--as", "sees"]].concat());
    let unread = ["whether anything past kube-proxy holds clients back: the Service's pods could not be read", "DEPENDS"];
    sees(&GATEWAY).expect(4, &unread).expect(4, &["where the Service's pods listen", "cannot list resource \"pods\""]);
    sees(&["explain", "-A"]).expect(4, &["depends"]);
    kubectl(&lab, &["create", "rolebinding", "sees-servers", "-n", "istio-system", "--clusterrole=lbprobe-servers", "--user=sees"]);
    sees(&GATEWAY).expect(0, &["FINE"]);
    // In the lab nobody enforces it: it is the objects that are read.
    let closed = r#"{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"closed","namespace":"istio-system"},"spec":{"podSelector":{"matchLabels":{"app":"istio-ingressgateway"}},"policyTypes":["Ingress"]}}"#;
    apply(&lab, closed);
    let held_back = [sees(&GATEWAY), lbprobe(&lab, &["explain", "-A"])];
    kubectl(&lab, &["delete", "networkpolicy", "closed", "-n", "istio-system"]);
    kubectl(&lab, &["delete", "clusterrolebinding/sees"]);
    kubectl(&lab, &["delete", "rolebinding/sees-servers", "-n", "istio-system"]);
    kubectl(&lab, &["delete", "rolebinding/sees", "-n", "kube-system"]);
    held_back[0].expect(4, &["DEPENDS", "NetworkPolicy istio-system/closed"]);
    held_back[1].expect(4, &["depends"]);
}

#[test]
fn a_diagnosis_is_repeated_byte_for_byte() {
    let lab = faulty_lab();
    for form in ["json", "yaml"] {
        let run = format!("kubectl lbprobe run istio-ingressgateway -n istio-system --node node2 -o {form}");
        let same = shell(
            &lab,
            &format!("{run} >/run/lab/report; kubectl lbprobe diagnose -f /run/lab/report -o {form} | cmp - /run/lab/report && echo same"),
        );
        assert_eq!(same, "same\n");
    }
    lbprobe(&lab, &["diagnose", "-f", "/run/lab/report"]).expect(3, &["FAULT: externalTrafficPolicy is Local"]);
    lbprobe(&lab, &["diagnose", "-f", "/etc/passwd"])
        .expect(1, &["error: failed to read /etc/passwd", "hint: kubectl lbprobe run SERVICE -o json"]);
}

#[test]
fn where_cilium_announces_an_address_is_read() {
    let lab = faulty_lab();
    let given = r#"{"status":{"conditions":[{"type":"cilium.io/IPAMRequestSatisfied","status":"True","reason":"satisfied","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}"#;
    let patch = |with: &str| kubectl(&lab, &["patch", "service", GATEWAY[1], "-n", GATEWAY[3], "--subresource=status", "-p", with]);
    let manifest = include_str!("../manifests/cilium.yaml");
    let cilium = Disturbance::in_lab(&lab).with(
        "control",
        "true",
        "kubectl patch service istio-ingressgateway -n istio-system --subresource=status --type=json -p '[{\"op\":\"remove\",\"path\":\"/status/conditions\"}]'; \
         kubectl delete daemonset/cilium configmap/cilium-config -n kube-system; kubectl delete crd ciliuml2announcementpolicies.cilium.io \
         ciliumbgpclusterconfigs.cilium.io ciliumbgppeerconfigs.cilium.io ciliumbgpadvertisements.cilium.io",
    );
    apply(&lab, manifest);
    kubectl(&lab, &["wait", "--for=condition=Established", "crd/ciliumbgpclusterconfigs.cilium.io", "--timeout=20s"]);
    patch(given);
    let with_none = lbprobe(&lab, &GATEWAY);
    apply(&lab, include_str!("../manifests/cilium-bgp.yaml"));
    let with_all = lbprobe(&lab, &GATEWAY);
    kubectl(&lab, &["label", "ciliumbgpadvertisement", "gateways", "advertise=other", "--overwrite"]);
    let with_other = lbprobe(&lab, &GATEWAY);
    drop(cilium);
    let nowhere = "announces it from no node";
    with_none.expect(3, &["clients outside may fail", nowhere]);
    with_other.expect(3, &["clients outside may fail", nowhere]);
    assert!(!with_all.stdout.contains(nowhere), "{}", with_all.stdout);
    assert!(!with_all.stdout.contains("whether the address is announced"), "{}", with_all.stdout);
}

#[test]
fn calicos_own_settings_put_it_in_kube_proxys_place() {
    let lab = faulty_lab();
    let calico = Disturbance::in_lab(&lab).with(
        "control",
        "true",
        "kubectl delete daemonset/calico-node -n kube-system; kubectl delete crd felixconfigurations.crd.projectcalico.org; \
         kubectl delete clusterrole/without-calico clusterrolebinding/without-calico",
    );
    apply(&lab, include_str!("../manifests/calico.yaml"));
    kubectl(&lab, &["wait", "--for=condition=Established", "crd/felixconfigurations.crd.projectcalico.org", "--timeout=20s"]);
    let felix = |enabled: bool| {
        let spec = format!("spec: {{bpfEnabled: {enabled}}}");
        apply(&lab, &format!("apiVersion: crd.projectcalico.org/v1\nkind: FelixConfiguration\nmetadata: {{name: default}}\n{spec}\n"));
        lbprobe(&lab, &GATEWAY)
    };
    let (beside, in_place) = (felix(false), felix(true));
    let resources = "--resource=services,nodes,endpointslices.discovery.k8s.io,daemonsets.apps";
    kubectl(&lab, &["create", "clusterrole", "without-calico", "--verb=get,list,watch", resources]);
    kubectl(&lab, &["create", "clusterrolebinding", "without-calico", "--clusterrole=without-calico", "--user=ann"]);
    let refused = lbprobe(&lab, &[&GATEWAY[..], &["--as", "ann"]].concat());
    drop(calico);
    beside.expect(3, &["kube-proxy in iptables mode"]);
    assert!(in_place.stdout.contains("Calico's eBPF data path answers for Services in kube-proxy's place"), "{}", in_place.stdout);
    refused.expect(4, &["Calico's settings (its eBPF data path may be on), NetworkPolicies and the Service's pods could not be read"]);
}
