//! kube-router's service proxy in kube-proxy's place, on every node.

use std::thread::sleep;
use std::time::Duration;

use lbprobe_lab::Lab;
use lbprobe_lab::guest::root::KUBE_ROUTER;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::patience::stretched;

use super::table::Table;
use super::{run, with_kube_proxies};
use crate::harness::{Doubt, apply, deploy, eventually_at_nodes, kubectl, seen_without, slot_for, start_with};

/// Its release, by its module file: the program itself does not know it when it is built like this.
const RELEASE: &str = "v2.1.0";

/// It has heard of a change of the Service, which waits for the writing that is under way.
const HEARD: &str = "Received update to service: istio-system/istio-ingressgateway ";

/// It has written all rules.
const WRITTEN: &str = "IPVS servers and services are synced to desired state";

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
         --enable-pod-egress=false --advertise-pod-cidr=false --health-port=0 --metrics-port=0 -v=1 >/lab/log/{node}-kube-router.log 2>&1\n\
         END\n\
         echo sh /run/lab/kube-router.sh >/run/lab/{node}/kube-proxy.command.next\n\
         pkill --full -- '^[^ ]*( kube-proxy)? --config=/run/lab/{node}/kube-proxy.yaml'"
    );
    let output = lab.run_at(Vantage::Node(node), &["sh", "-c", &script]).unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// What a node's kube-router has logged; nothing before it has started.
fn log(lab: &Lab, node: &str) -> String {
    let output = lab.run_at(Vantage::Node(node), &["cat", &format!("/lab/log/{node}-kube-router.log")]).unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Waits until every kube-router's log has a line with these words, in this order, behind the bytes that it had before;
/// and for the rules of hairpins, which it writes after the others.
fn await_lines(lab: &Lab, before: &[usize], words: &[&str]) {
    let follow = |log: &str| words.iter().try_fold(log, |rest, words| Some(&rest[rest.find(words)?..])).is_some();
    eventually_at_nodes(lab, "the rules of kube-router", Duration::from_mins(1), || {
        lab.nodes().iter().zip(before).all(|(node, before)| log(lab, node).get(*before..).is_some_and(follow))
    });
    sleep(stretched(Duration::from_secs(1)));
}

#[test]
fn kube_router_does_what_it_is_expected_to_do() {
    let options = with_kube_proxies(&["1.34:ipvs", "1.34:ipvs"]);
    let _slot = slot_for(&options);
    let lab = start_with("kube-router", options.clone());
    deploy(&lab, &["node1"], "Cluster");
    apply(&lab, &daemon_set());
    for node in lab.nodes() {
        replace_kube_proxy(&lab, &node);
    }
    await_lines(&lab, &vec![0; lab.nodes().len()], &[WRITTEN]);
    let mut table = Table::new();
    for (words, spec) in SITUATIONS {
        let before: Vec<_> = lab.nodes().iter().map(|node| log(&lab, node).len()).collect();
        let patch = format!(r#"{{"spec":{spec}}}"#);
        let said = kubectl(&lab, &["patch", "service", "istio-ingressgateway", "-n", "istio-system", "-p", &patch]);
        if !said.contains("(no change)") {
            await_lines(&lab, &before, &[HEARD, WRITTEN]);
        }
        let report = seen_without(Doubt::of, || sleep(stretched(Duration::from_secs(2))), || run(&lab, "80"));
        table.add(&options, &format!("kube-router, {words}"), &report);
    }
    assert!(table.disagreeing.is_empty(), "{:#?}", table.disagreeing);
    assert!(table.agreeing >= 130 && table.open <= 20, "{} agree, {} are open", table.agreeing, table.open);
}
