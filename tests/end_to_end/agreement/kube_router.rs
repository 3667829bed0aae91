//! kube-router's service proxy in kube-proxy's place, on every node.

use std::thread::sleep;
use std::time::Duration;

use lbprobe_lab::Lab;
use lbprobe_lab::guest::root::KUBE_ROUTER;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::patience::stretched;

use super::table::Table;
use super::with_kube_proxies;
use crate::harness::{Doubt, apply, deploy, kubectl, run_gateway, seen_without, slot_for, start_with};

/// Its release, by its module file: the program itself does not know it when it is built like this.
const RELEASE: &str = "v2.1.0";

/// What the Service is like, and which ports are dialled.
const SITUATIONS: [(&str, &str); 5] = [
    ("eTP Cluster", r#"{"externalTrafficPolicy":"Cluster"}"#),
    ("eTP Local", r#"{"externalTrafficPolicy":"Local"}"#),
    ("eTP Local, iTP Local", r#"{"externalTrafficPolicy":"Local","internalTrafficPolicy":"Local"}"#),
    ("eTP Cluster, iTP Local", r#"{"externalTrafficPolicy":"Cluster","internalTrafficPolicy":"Local"}"#),
    ("eTP Local, an external IP", r#"{"externalTrafficPolicy":"Local","internalTrafficPolicy":"Cluster","externalIPs":["203.0.113.77"]}"#),
];

/// As a cluster with kube-router has it: no pod comes of it, since the lab starts the program itself.
fn daemon_set() -> String {
    format!(
        r#"{{"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{{"name":"kube-router","namespace":"kube-system"}},"spec":{{
          "selector":{{"matchLabels":{{"app":"kube-router"}}}},"template":{{"metadata":{{"labels":{{"app":"kube-router"}}}},"spec":{{
          "nodeSelector":{{"runs":"nowhere"}},"containers":[{{"name":"kube-router","image":"kube-router:{RELEASE}"}}]}}}}}}}}"#
    )
}

/// Takes kube-proxy's rules away and starts kube-router where the node's kube-proxy ran, until the lab ends. Its router is on
/// without peers: by it the service proxy learns the node's range, and masquerades.
fn replace_kube_proxy(lab: &Lab, node: &str) {
    let script = format!(
        "cat >/run/lab/kube-router.sh <<'END'\n\
         ip link delete kube-ipvs0\n\
         for table in nat filter mangle; do iptables -t $table -F; iptables -t $table -X; done\n\
         ipset destroy\n\
         mkdir -p /etc/iproute2 && echo '255 local' >/etc/iproute2/rt_tables\n\
         exec {KUBE_ROUTER} --kubeconfig=/run/lab/pki/admin.kubeconfig --hostname-override={node} --run-firewall=false \
         --run-loadbalancer=false --run-router=true --enable-ibgp=false --enable-overlay=false --enable-cni=false \
         --enable-pod-egress=false --advertise-pod-cidr=false --health-port=0 --metrics-port=0 >/lab/log/{node}-kube-router.log 2>&1\n\
         END\n\
         echo sh /run/lab/kube-router.sh >/run/lab/{node}/kube-proxy.command.next\n\
         pkill --full -- '^[^ ]*( kube-proxy)? --config=/run/lab/{node}/kube-proxy.yaml'"
    );
    let output = lab.run_at(Vantage::Node(node), &["sh", "-c", &script]).unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn kube_router_does_what_it_is_expected_to_do() {
    let options = with_kube_proxies(&["node1=1.34:ipvs", "node2=1.34:ipvs"]);
    let _slot = slot_for(&options);
    let lab = start_with("kube-router", options.clone());
    deploy(&lab, &["node1"], "Cluster");
    apply(&lab, &daemon_set());
    for node in lab.nodes() {
        replace_kube_proxy(&lab, &node);
    }
    let mut table = Table::new();
    for (words, spec) in SITUATIONS {
        kubectl(&lab, &["patch", "service", "istio-ingressgateway", "-n", "istio-system", "-p", &format!(r#"{{"spec":{spec}}}"#)]);
        let settle = || sleep(stretched(Duration::from_secs(4)));
        settle();
        let run = || {
            let ran = run_gateway(&lab, &["-o", "json", "--port", "80", "--samples", "2", "--dial-all", "--timeout", "3s"]);
            serde_json::from_str(&ran.stdout).unwrap_or_else(|cause| panic!("{cause}: {ran:#?}"))
        };
        let report = seen_without(Doubt::of, settle, run);
        table.add(&options, &format!("kube-router, {words}"), &report);
    }
    assert!(table.disagreeing.is_empty(), "{:#?}", table.disagreeing);
    assert!(table.agreeing >= 130 && table.open <= 20, "{} agree, {} are open", table.agreeing, table.open);
}
