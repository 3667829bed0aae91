//! UDP: queries of DNS, QUIC's version negotiation and bytes of the user's, against CoreDNS, Envoy and netexec.

use std::time::Duration;

use lbprobe_lab::{Lab, ProxyMode};

use crate::accepting::accept;
use crate::harness::{
    OTHER_CIDR, apply, deploy, eventually, give_sidecar_image, kubectl, lbprobe, load_balancer_address, nothing_left, settle, slot, start,
};

const RUN: [&str; 4] = ["run", "datagrams", "-n", "istio-system"];

/// "hostname", a word of netexec's.
const HOSTNAME: &str = "686f73746e616d65";

fn with_servers(name: &str, mode: ProxyMode) -> Lab {
    let lab = start(name, mode, OTHER_CIDR);
    deploy(&lab, &["node1"], "Local");
    give_sidecar_image(&lab, "node1");
    apply(&lab, include_str!("../manifests/datagrams.yaml"));
    kubectl(&lab, &["rollout", "status", "deployment/datagrams", "-n", "istio-system", "--timeout=60s"]);
    eventually("the load balancer has an address", Duration::from_secs(30), || {
        !load_balancer_address(&lab, "datagrams", "istio-system").is_empty()
    });
    settle(&lab);
    lab
}

#[test]
fn dns_and_quic_are_answered_and_the_policy_is_found() {
    let _slot = slot();
    let lab = with_servers("datagrams", ProxyMode::Iptables);
    let run = |words: &[&str]| lbprobe(&lab, &[&RUN[..], words].concat());
    run(&[]).expect(
        3,
        &[
            "checks match the prediction for kube-proxy in iptables mode",
            "FAULT: externalTrafficPolicy is Local, and the failing nodes have no endpoint of their own",
            "(confirmed)",
            "5300/UDP,443/UDP: no ",
            "5300: timed out",
            "pods on node2 and node3 get no answer by UDP at 198.51.100.2:5300 and 198.51.100.2:443",
            "port 8081/UDP and port 5999/UDP: no request is known to get an answer there; send one with --udp-payload",
        ],
    );
    // A server that has no answer to what was said is not called dropped.
    run(&["--port", "8081"]).expect(1, &["no port to probe: port 8081/UDP: no request is known"]);
    run(&["--port", "8081", "--dns-name", "shop.example.com"]).expect(4, &["INCONCLUSIVE", "UDP port 8081: no answer from any vantage"]);
    kubectl(&lab, &["patch", "service", "datagrams", "-n", "istio-system", "-p", r#"{"spec":{"externalTrafficPolicy":"Cluster"}}"#]);
    settle(&lab);
    run(&["--port", "8081", "--udp-payload", HOSTNAME]).expect(0, &["HEALTHY"]);
    run(&["--port", "443,5300", "--dns-name", "shop.example.com"]).expect(4, &["INCONCLUSIVE", "UDP port 443: no answer from any vantage"]);
    run(&["--port", "443,5300"]).expect(0, &["HEALTHY"]);
    let init = lbprobe(&lab, &["accept", "--init", "datagrams", "-n", "istio-system"]);
    init.expect(0, &["port: 5300 protocol: UDP", "port: 443 protocol: UDP"]);
    accept(&lab, &init.stdout, &[]).expect(0, &["ACCEPTED", "port 443/UDP", "port 5300/UDP"]);
    let unreachable = init.stdout.replace("    port: 443\n    protocol: UDP\n", "    port: 443\n    protocol: UDP\n    reachable: false\n");
    accept(&lab, &unreachable, &[]).expect(3, &["NOT ACCEPTED", "port 443/UDP", "reached, and must not be"]);
    let watch = |words: &[&str]| lbprobe(&lab, &[&["watch", "datagrams", "-n", "istio-system", "--for", "8s", "--port"], words].concat());
    watch(&["5300"]).expect(0, &["STEADY"]);
    watch(&["8081", "--udp-payload", "6e6f"]).expect(4, &["INCONCLUSIVE", "whether UDP port 8081 was reached: no datagram was answered"]);
    // Nobody listens there: an ICMP error is a refusal. The kernel sends few of them at a time, so that some of these checks may time
    // out: whether the one from the pod's own node is refused, which confirms it, is left to chance.
    run(&["--port", "5300,5999", "--udp-payload", HOSTNAME])
        .expect(3, &["nothing listens behind port 5999/UDP: the endpoints themselves refuse it"]);
    nothing_left(&lab);
}
