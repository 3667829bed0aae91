//! Several addresses, several ports, UDP, and a protocol that is not what the port's name says.

use crate::harness::{apply, eventually, faulty_lab, kubectl, lbprobe, nothing_left, settle};

#[test]
fn two_addresses_and_a_udp_port() {
    let lab = faulty_lab();
    apply(&lab, include_str!("../manifests/netexec.yaml"));
    kubectl(&lab, &["rollout", "status", "deployment/netexec", "--timeout=30s"]);
    let addresses = || kubectl(&lab, &["get", "service", "netexec", "-o", "jsonpath={.status.loadBalancer.ingress[*].ip}"]);
    eventually("two addresses", std::time::Duration::from_secs(10), || addresses().split_whitespace().count() == 2);
    settle(&lab);
    let ran = lbprobe(&lab, &["run", "netexec"]);
    // Four kinds of address times two TCP ports, from six vantages.
    ran.expect(
        0,
        &[
            "HEALTHY: all 48 checks from 6 vantages answered",
            "port 8081/UDP: no request is known to get an answer there; send one with --udp-payload",
            "port 443: plain HTTP is spoken there, not TLS",
        ],
    );
    let titles: Vec<_> = ran.stdout.lines().skip_while(|line| !line.contains("NODE")).take(2).collect();
    for address in addresses().split_whitespace() {
        assert!(titles.concat().contains(address), "{}", ran.stdout);
    }
    // Said and not guessed, the protocol counts.
    lbprobe(&lab, &["run", "netexec", "--port", "443", "--scheme", "https"])
        .expect(3, &["TLS: not TLS", "TLS ends at the load balancer", "(confirmed)"]);
    kubectl(&lab, &["delete", "deployment,service", "netexec"]);
    nothing_left(&lab);
}
