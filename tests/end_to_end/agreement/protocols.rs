//! UDP goes by the rules of TCP: netexec, which answers a word of its own, in every mode.

use lbprobe_lab::{Lab, LabOptions};

use super::table::Table;
use super::{deadline, with_kube_proxies};
use crate::harness::{
    Doubt, apply, eventually_in, ipvs_lab, ipvs_options, kubectl, lbprobe, load_balancer_address, seen_without_doubt, settle, slot_for,
    start_with,
};

const NETEXEC: &str = include_str!("../../manifests/netexec.yaml");

/// "hostname".
const WORD: &str = "686f73746e616d65";

/// What the Service is like, and how many endpoints there are, on node1.
const SITUATIONS: [(&str, &str, u8); 4] = [
    ("eTP Local", r#"{"externalTrafficPolicy":"Local"}"#, 1),
    ("eTP Cluster", r#"{"externalTrafficPolicy":"Cluster"}"#, 1),
    ("eTP Local, iTP Local", r#"{"externalTrafficPolicy":"Local","internalTrafficPolicy":"Local"}"#, 1),
    ("eTP Local, no endpoint", r#"{"externalTrafficPolicy":"Local","internalTrafficPolicy":"Cluster"}"#, 0),
];

fn table_of(lab: &Lab, options: &LabOptions) -> Table {
    apply(lab, NETEXEC);
    kubectl(lab, &["patch", "deployment", "netexec", "-p", r#"{"spec":{"template":{"spec":{"nodeName":"node1"}}}}"#]);
    eventually_in(lab, "the addresses", std::time::Duration::from_secs(20), || {
        !load_balancer_address(lab, "netexec", "default").is_empty()
    });
    let mut table = Table::new();
    for (words, spec, replicas) in SITUATIONS {
        kubectl(lab, &["patch", "service", "netexec", "-p", &format!(r#"{{"spec":{spec}}}"#)]);
        kubectl(lab, &["scale", "deployment", "netexec", &format!("--replicas={replicas}")]);
        kubectl(lab, &["rollout", "status", "deployment/netexec", "--timeout=60s"]);
        settle(lab);
        let run = || {
            let deadline = deadline(lab);
            let words = ["run", "netexec", "-o", "json", "--port", "8081", "--udp-payload", WORD, "--dial-all", "--timeout", &deadline];
            let ran = lbprobe(lab, &words);
            serde_json::from_str(&ran.stdout).unwrap_or_else(|cause| panic!("{cause}: {ran:#?}"))
        };
        table.add(options, &format!("UDP, {words}"), &seen_without_doubt(lab, Doubt::of, run));
    }
    kubectl(lab, &["delete", "deployment,service", "netexec"]);
    table
}

#[expect(clippy::print_stdout, reason = "the agreement table is what the test shows")]
#[track_caller]
fn agrees(table: &Table, agreeing: usize, open: usize) {
    println!("{table}, by UDP");
    assert!(table.disagreeing.is_empty(), "{:#?}", table.disagreeing);
    assert!(table.agreeing >= agreeing && table.open <= open, "{} agree, {} are open", table.agreeing, table.open);
}

#[test]
fn datagrams_meet_the_rules_of_iptables_and_ipvs() {
    let lab = ipvs_lab();
    agrees(&table_of(&lab, &ipvs_options()), 150, 30);
}

#[test]
fn datagrams_meet_the_rules_of_nftables() {
    let options = with_kube_proxies(&["node1=1.37:nftables", "node2=1.33:nftables", "node3=1.36:nftables"]);
    let _slot = slot_for(&options);
    let lab = start_with("datagrams-nft", options.clone());
    agrees(&table_of(&lab, &options), 150, 30);
}
