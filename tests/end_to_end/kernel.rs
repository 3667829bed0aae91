//! What the nodes' kernels tell of the probe's own connections, and of others by UDP.

use std::process::{Child, Stdio};
use std::time::Duration;

use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::{Lab, LabOptions};

use crate::harness::{
    OTHER_CIDR, apply, eventually, faulty_lab, kubectl, lbprobe, load_balancer_address, nothing_left, run_gateway, settle, slot, start_run,
    start_with,
};

const LOOK: [&str; 3] = ["--evidence", "kernel", "--yes"];

/// The tables of nftables on a node.
fn tables(lab: &Lab, node: &str) -> String {
    let listed = lab.run_at(Vantage::Node(node), &["nft", "list", "tables"]).unwrap();
    String::from_utf8_lossy(&listed.stdout).into_owned()
}

#[test]
fn the_rule_that_drops_the_probes_packet_is_named() {
    let lab = faulty_lab();
    run_gateway(&lab, &LOOK[..2]).expect(1, &["privileged pod on node1 and node2", "no terminal to confirm on", "hint: --yes confirms it"]);
    apply(&lab, "{apiVersion: v1, kind: Namespace, metadata: {name: baseline, labels: {pod-security.kubernetes.io/enforce: baseline}}}");
    run_gateway(&lab, &[&LOOK[..], &["--probe-namespace", "baseline"]].concat()).expect(
        1,
        &["needs a privileged pod, which namespace baseline does not take", "violates PodSecurity", "hint: --probe-namespace NAMESPACE"],
    );
    let carried = [&LOOK[..], &["--delivery", "configmap"]].concat();
    run_gateway(&lab, &carried).expect(1, &["--evidence kernel runs the probe's image alone", "hint: --image NAME@sha256:DIGEST"]);
    // All connections, not the first ones alone.
    run_gateway(&lab, &[&LOOK[..], &["-o", "wide"]].concat()).expect(
        3,
        &[
            "(confirmed)",
            "→ 198.51.100.1:80: timed out dropped in KUBE-EXTERNAL-SERVICES (table ip filter): \
             \"istio-system/istio-ingressgateway:http has no local endpoints\" conntrack: no entry",
            "→ 198.51.100.1:80: connected DNAT in KUBE-SEP-",
            "(DNAT and SNAT)",
            "node2 drops or rejects a packet from its pod network to 198.51.100.1:80 in KUBE-EXTERNAL-SERVICES",
            // At a node port the rules of the node decide that has it.
            "conntrack on node1 (the node that was dialled): reply expected 10.244.1.",
        ],
    );
    nothing_left(&lab);
    for node in ["node1", "node2"] {
        assert!(!tables(&lab, node).contains("lbprobe"), "{}", tables(&lab, node));
    }
}

/// Nobody is left then who could remove the table.
#[test]
fn a_look_that_is_killed_leaves_no_rule_on_the_node() {
    let lab = faulty_lab();
    let mut run = start_run(&lab, &LOOK);
    run.until("the probe's table is there", Duration::from_secs(30), || tables(&lab, "node2").contains("lbprobe"));
    let killed = lab.run_at(Vantage::Node("node2"), &["pkill", "-KILL", "lbprobe-kernel"]).unwrap();
    assert!(killed.status.success(), "{killed:?}");
    eventually("the table is gone", Duration::from_secs(5), || !tables(&lab, "node2").contains("lbprobe"));
    run.end().expect(3, &["(confirmed)", "node2: no result: "]);
    nothing_left(&lab);
}

/// CoreDNS behind a load balancer, by UDP.
const DNS: &str = "
apiVersion: v1
kind: Service
metadata: {name: dns, namespace: kube-system}
spec:
  type: LoadBalancer
  selector: {k8s-app: kube-dns}
  ports: [{name: dns, port: 53, protocol: UDP}]
";

/// Sends a query for the root's name servers three times a second, always from the same port. `$0` is the server.
const CLIENT: &str = r"
exec 3<>/dev/udp/$0/53
while printf '\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01' >&3 2>/dev/null || :; do sleep 0.3; done
";

/// A client that is killed at its end.
struct Client(Child);

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Deletes CoreDNS' pod, and waits for the next one.
fn replace_dns(lab: &Lab) {
    kubectl(lab, &["delete", "pod", "-n", "kube-system", "-l", "k8s-app=kube-dns"]);
    kubectl(lab, &["wait", "pod", "-n", "kube-system", "-l", "k8s-app=kube-dns", "--for=condition=Ready", "--timeout=60s"]);
}

/// A kube-proxy of before 1.32 calls the program conntrack to forget where UDP clients went. Some images do not have it.
#[test]
fn clients_by_udp_that_go_on_to_a_pod_that_is_gone_are_counted() {
    let _slot = slot();
    let options =
        LabOptions { cluster_cidr: OTHER_CIDR.into(), kube_proxies: vec!["node2=1.24".parse().unwrap()], ..LabOptions::default() };
    let lab = start_with("stale", options);
    // When an endpoint's interface on the client's own node goes, the kernel drops the entry by itself, and the next datagram goes to the
    // load balancer (masquerade's notifier).
    kubectl(&lab, &["cordon", "node2"]);
    replace_dns(&lab);
    apply(&lab, DNS);
    eventually("the load balancer has an address", Duration::from_secs(30), || {
        !load_balancer_address(&lab, "dns", "kube-system").is_empty()
    });
    settle(&lab);
    let address = load_balancer_address(&lab, "dns", "kube-system");
    let run = || lbprobe(&lab, &[&["run", "dns", "-n", "kube-system", "--node", "node2"], &LOOK[..]].concat());
    let client = lab.command(Vantage::Node("node2"), "bash").args(["-c", CLIENT, &address]).stdin(Stdio::null()).spawn().unwrap();
    let _client = Client(client);
    run().expect(0, &["HEALTHY"]);
    let gone = kubectl(&lab, &["get", "pods", "-n", "kube-system", "-l", "k8s-app=kube-dns", "-o", "jsonpath={.items[0].status.podIP}"]);
    let hide = "mount --bind /bin/false /usr/sbin/conntrack";
    assert!(lab.run(&["sh", "-c", hide]).unwrap().status.success());
    replace_dns(&lab);
    settle(&lab);
    let told = format!("node2 still forwards 1 flow for {address}:53 to {gone}:53");
    let remedy = format!("conntrack -D -p udp --orig-dst {address} --orig-port-dst 53 --reply-src {gone}");
    run().expect(4, &["INCONCLUSIVE", "UDP clients that keep their source port", &told, &remedy]);
    assert!(lab.run(&["umount", "/usr/sbin/conntrack"]).unwrap().status.success());
    let words: Vec<_> = remedy.split_whitespace().collect();
    assert!(lab.run_at(Vantage::Node("node2"), &words).unwrap().status.success(), "{remedy}");
    run().expect(0, &["HEALTHY"]);
}
