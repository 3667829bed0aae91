//! What is said on a connection changes none of its rules: UDP by netexec, which answers a word of its own, HTTP/2 by nginx and gRPC by a
//! server of grpc-go, in every mode.

use std::time::Duration;

use lbprobe_lab::{Lab, LabOptions};

use super::table::Table;
use super::{deadline, with_kube_proxies};
use crate::harness::{
    Doubt, apply, eventually_in, ipvs_lab, ipvs_options, kubectl, lbprobe, load_balancer_address, seen_without_doubt, settle, slot_for,
    start_with,
};
use crate::protocols::apply_servers;

const NETEXEC: &str = include_str!("../../manifests/netexec.yaml");

/// A Service, its Deployment of the same name with its pod on node1, and how it is dialled.
struct Servers {
    name: &'static str,
    words: &'static [&'static str],
    /// What is said, as the table names it.
    says: &'static str,
}

/// The payload is "hostname".
const DATAGRAMS: Servers = Servers { name: "netexec", words: &["--port", "8081", "--udp-payload", "686f73746e616d65"], says: "UDP" };
const HTTP2: Servers = Servers { name: "protocols", words: &["--port", "81", "--expect-status", "200"], says: "h2c" };
const GRPC: Servers = Servers { name: "protocols", words: &["--port", "5000", "--grpc-service", "shop.v1.Pay"], says: "gRPC" };

/// What the Service is like, and how many endpoints there are, on node1.
const SITUATIONS: [(&str, &str, u8); 4] = [
    ("eTP Local", r#"{"externalTrafficPolicy":"Local","internalTrafficPolicy":"Cluster"}"#, 1),
    ("eTP Cluster", r#"{"externalTrafficPolicy":"Cluster"}"#, 1),
    ("eTP Local, iTP Local", r#"{"externalTrafficPolicy":"Local","internalTrafficPolicy":"Local"}"#, 1),
    ("eTP Local, no endpoint", r#"{"externalTrafficPolicy":"Local","internalTrafficPolicy":"Cluster"}"#, 0),
];

impl Servers {
    fn table(&self, lab: &Lab, options: &LabOptions, situations: &[(&str, &str, u8)]) -> Table {
        let name = self.name;
        eventually_in(lab, "the addresses", Duration::from_secs(20), || !load_balancer_address(lab, name, "default").is_empty());
        let mut table = Table::new();
        for (situation, spec, replicas) in situations {
            kubectl(lab, &["patch", "service", name, "-p", &format!(r#"{{"spec":{spec}}}"#)]);
            kubectl(lab, &["scale", "deployment", name, &format!("--replicas={replicas}")]);
            kubectl(lab, &["rollout", "status", &format!("deployment/{name}"), "--timeout=60s"]);
            settle(lab);
            let run = || {
                let deadline = deadline(lab);
                let ran = lbprobe(lab, &[&["run", name, "-o", "json", "--dial-all", "--timeout", &deadline], self.words].concat());
                serde_json::from_str(&ran.stdout).unwrap_or_else(|cause| panic!("{cause}: {ran:#?}"))
            };
            table.add(options, &format!("{}, {situation}", self.says), &seen_without_doubt(lab, Doubt::of, run));
        }
        table
    }

    fn remove(&self, lab: &Lab) {
        kubectl(lab, &["delete", "deployment,service", self.name]);
    }
}

#[expect(clippy::print_stdout, reason = "the agreement table is what the test shows")]
#[track_caller]
fn agrees(table: &Table, by: &str, agreeing: usize, open: usize) {
    println!("{table}, by {by}");
    assert!(table.disagreeing.is_empty(), "{:#?}", table.disagreeing);
    assert!(table.agreeing >= agreeing && table.open <= open, "{} agree, {} are open", table.agreeing, table.open);
}

fn each_protocol(lab: &Lab, options: &LabOptions) {
    apply(lab, NETEXEC);
    kubectl(lab, &["patch", "deployment", "netexec", "-p", r#"{"spec":{"template":{"spec":{"nodeName":"node1"}}}}"#]);
    agrees(&DATAGRAMS.table(lab, options, &SITUATIONS), "UDP", 150, 30);
    DATAGRAMS.remove(lab);
    let _certificates = apply_servers(lab);
    // What else the policies come to shows by UDP.
    let local = &SITUATIONS[..1];
    agrees(&HTTP2.table(lab, options, local), "HTTP/2", 35, 15);
    agrees(&GRPC.table(lab, options, local), "gRPC", 35, 15);
    GRPC.remove(lab);
    kubectl(lab, &["delete", "secret/protocols-tls", "configmap/protocols"]);
}

#[test]
fn every_protocol_meets_the_rules_of_iptables_and_ipvs() {
    let lab = ipvs_lab();
    each_protocol(&lab, &ipvs_options());
}

#[test]
fn every_protocol_meets_the_rules_of_nftables() {
    let options = with_kube_proxies(&["1.37:nftables", "1.33:nftables", "1.34:nftables", "1.36:nftables"]);
    let _slot = slot_for(&options);
    let lab = start_with("protocols-nft-agree", options.clone());
    each_protocol(&lab, &options);
}
