//! UDP: queries of DNS, QUIC's version negotiation and bytes of the user's, against CoreDNS, Envoy and netexec.

use std::time::Duration;

use lbprobe_lab::artifacts::Artifacts;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::{Lab, ProxyMode};

use crate::harness::{OTHER_CIDR, apply, deploy, eventually, kubectl, lbprobe, load_balancer_address, nothing_left, settle, slot, start};

const RUN: [&str; 4] = ["run", "datagrams", "-n", "istio-system"];

/// "hostname", a word of netexec's.
const HOSTNAME: &str = "686f73746e616d65";

fn with_servers(name: &str, mode: ProxyMode) -> Lab {
    let lab = start(name, mode, OTHER_CIDR);
    deploy(&lab, &["node1"], "Local");
    let image = Artifacts::locate().unwrap().sidecar_image.display().to_string();
    let import = format!("ctr --address /run/lab/node1/containerd.sock --namespace k8s.io images import {image}");
    let imported = lab.run_at(Vantage::Node("node1"), &["sh", "-c", &import]).unwrap();
    assert!(imported.status.success(), "{imported:?}");
    apply(&lab, include_str!("../manifests/datagrams.yaml"));
    kubectl(&lab, &["rollout", "status", "deployment/datagrams", "-n", "istio-system", "--timeout=60s"]);
    eventually("the load balancer has an address", Duration::from_secs(30), || {
        !load_balancer_address(&lab, "datagrams", "istio-system").is_empty()
    });
    settle(&lab);
    lab
}

/// What each mode does to pods that it takes for strangers shows by UDP as it does by TCP.
fn the_policy_is_found_by_datagrams(lab: &Lab, pods: &str) {
    let cause = "FAULT: externalTrafficPolicy is Local, and the failing nodes have no endpoint of their own";
    lbprobe(lab, &[&RUN[..], &["--port", "443"]].concat()).expect(3, &["node2 and node3 no pod ", pods, cause, "(confirmed)"]);
}

#[test]
fn dns_and_quic_are_answered_and_the_policy_is_found() {
    let _slot = slot();
    let lab = with_servers("datagrams", ProxyMode::Iptables);
    let run = |words: &[&str]| lbprobe(&lab, &[&RUN[..], words].concat());
    the_policy_is_found_by_datagrams(&lab, "no answer ok ok");
    run(&[]).expect(
        3,
        &[
            "5300/UDP,443/UDP: no answer",
            "5300: timed out",
            "pods on node2 and node3 get no answer at 198.51.100.2:5300 and 198.51.100.2:443",
            "port 8081/UDP and port 5999/UDP: no request is known that its servers would answer; give one with --udp-payload",
        ],
    );
    // A server that has no answer to what was said is not called dropped.
    run(&["--port", "8081"]).expect(4, &["INCONCLUSIVE", "--udp-payload"]);
    run(&["--port", "8081", "--dns-name", "shop.example.com"]).expect(4, &["INCONCLUSIVE", "UDP port 8081: no answer from any vantage"]);
    kubectl(&lab, &["patch", "service", "datagrams", "-n", "istio-system", "-p", r#"{"spec":{"externalTrafficPolicy":"Cluster"}}"#]);
    settle(&lab);
    run(&["--port", "8081", "--udp-payload", HOSTNAME]).expect(0, &["HEALTHY"]);
    run(&["--port", "443,5300", "--dns-name", "shop.example.com"]).expect(4, &["INCONCLUSIVE", "UDP port 443: no answer from any vantage"]);
    run(&["--port", "443,5300"]).expect(0, &["HEALTHY"]);
    // Nobody listens there: an ICMP error is a refusal.
    run(&["--port", "5300,5999", "--udp-payload", HOSTNAME])
        .expect(3, &["FAULT: nobody listens behind port 5999/UDP: the endpoints themselves refuse it", "(confirmed)"]);
    nothing_left(&lab);
}

#[test]
fn nftables_drops_datagrams_alike() {
    let _slot = slot();
    let lab = with_servers("datagrams-nft", ProxyMode::Nftables);
    the_policy_is_found_by_datagrams(&lab, "no answer ok ok");
    nothing_left(&lab);
}
