//! A rehearsal, written before a change, held against what the change does: node by node, every check.

use std::time::Duration;

use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::{Rehearsal, RehearsalProof, Report};
use lbprobe_analysis::observations::{CheckState, Matrix};
use lbprobe_analysis::plan::{Target, Vantage as From};
use lbprobe_analysis::prediction::{Comparison, compare};
use lbprobe_analysis::rehearsal::{NodeProof, NodeState};
use lbprobe_lab::options::ProxyRelease;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::{Lab, LabOptions, ProxyMode};
use nix::sys::signal::Signal;

use crate::harness::{
    Background, OTHER_CIDR, Ran, deploy, eventually, eventually_at_nodes, lbprobe, nothing_left, run_gateway, settle, slot, slot_for,
    start_plugin_with, start_with,
};

/// A port that the Service does not declare: rehearsals have it in their transitions.
const UNDECLARED: &str = "64999";

/// Gives a node's kube-proxy another mode in its place, as a new configuration and a restart do.
fn change_mode(lab: &Lab, node: &str, mode: ProxyMode) {
    let folder = format!("/run/lab/{node}");
    // The node starts what the file names that lies there when its kube-proxy ends. The script's own words name the configuration too,
    // without a program before it.
    let script = format!(
        r#"cd {folder} && sed -i 's/"mode":"[a-z]*"/"mode":"{mode}"/' kube-proxy.yaml && cp kube-proxy.command kube-proxy.command.next &&
        pkill --full -- '^[^ ]*( kube-proxy)? --config={folder}/kube-proxy.yaml'"#
    );
    let output = lab.run_at(Vantage::Node(node), &["sh", "-c", &script]).unwrap();
    assert!(output.status.success(), "{output:?}");
    let address = lab.guest_address(node).map_or("127.0.0.1".to_owned(), |address| address.to_string());
    let from = if lab.guest_address(node).is_some() { Vantage::Control } else { Vantage::Node(node) };
    eventually_at_nodes(lab, "the other mode", Duration::from_mins(1), || {
        let told = lab.run_at(from, &["curl", "-s", "-m", "5", &format!("http://{address}:10249/proxyMode")]).unwrap();
        String::from_utf8_lossy(&told.stdout).trim() == mode.to_string()
    });
    settle(lab);
}

/// What is seen at all ports, and at one that is not declared.
fn seen(lab: &Lab) -> Report {
    let words = ["-o", "json", "--port", &format!("80,443,{UNDECLARED}"), "--samples", "2", "--timeout", "3s"];
    let ran = run_gateway(lab, &words);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|cause| panic!("{cause}: {ran:#?}"))
}

/// The rehearsal of one node, from a report's facts.
fn rehearsed(lab: &Lab, before: &Report, node: &str, changes: &[&str]) -> Rehearsal {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    serde_json::to_writer(&mut file, before).unwrap();
    let path = file.path().display().to_string();
    let to: Vec<_> = changes.iter().flat_map(|change| ["--to", change]).collect();
    let ran = lbprobe(lab, &[&["rehearse", "-f", &path, "--node", node, "-o", "json"], &to[..]].concat());
    serde_json::from_str(&ran.stdout).unwrap_or_else(|cause| panic!("{cause}: {ran:#?}"))
}

fn cells(report: &Report) -> Vec<(From, Target, CheckState)> {
    let matrix = Matrix::new(&report.plan, &report.observations);
    let clients = matrix.cells().filter(|cell| !cell.target.is_evidence());
    clients.map(|cell| (cell.vantage.clone(), cell.target.clone(), cell.state)).collect()
}

/// How many checks of a node did what the rehearsal said, and how many it left open. A check of no transition is to end as before.
fn held(node: &str, rehearsal: &Rehearsal, before: &Report, after: &Report) -> (usize, usize) {
    let (mut agreeing, mut open) = (0, 0);
    let after = cells(after);
    for (vantage, target, then) in cells(before).into_iter().filter(|(vantage, ..)| vantage.node == node) {
        let (_, _, now) = after.iter().find(|(other, same, _)| *other == vantage && same.id == target.id).unwrap();
        let is_meant = |known: &&Target| known.kind == target.kind && known.transport() == target.transport();
        let transitions = rehearsal.services.iter().flat_map(|service| &service.transitions);
        let transition =
            transitions.filter(|one| one.network == vantage.network).find(|one| one.targets.iter().any(|known| is_meant(&known)));
        let comparison = match transition {
            Some(transition) => compare(&transition.after, *now),
            None if then.to_string() == now.to_string() => Comparison::Agrees,
            None => Comparison::Contradicts,
        };
        match comparison {
            Comparison::Agrees => agreeing += 1,
            Comparison::Open => open += 1,
            Comparison::Contradicts => {
                panic!("{vantage:?} {target:?}: {then} became {now}, and the rehearsal said {transition:#?}")
            }
        }
    }
    (agreeing, open)
}

#[expect(clippy::print_stdout, reason = "the agreement is what the test shows")]
fn agrees(what: &str, (agreeing, open): (usize, usize), at_least: usize) {
    println!("{what}: {agreeing} checks did what was rehearsed, {open} were left open");
    assert!(agreeing >= at_least && open <= agreeing / 4, "{what}: {agreeing} agree, {open} are open");
}

/// Changes one node after the other; before each the rehearsal is written from what is seen then.
fn node_by_node(lab: &Lab, what: &str, changes: &[&str], change: impl Fn(&Lab, &str), at_least: usize) {
    let mut total = (0, 0);
    let mut before = seen(lab);
    for node in lab.nodes() {
        let rehearsal = rehearsed(lab, &before, &node, changes);
        change(lab, &node);
        let after = seen(lab);
        let (agreeing, open) = held(&node, &rehearsal, &before, &after);
        // What another node does stays as it is.
        for other in lab.nodes().into_iter().filter(|other| *other != node) {
            held(&other, &Rehearsal { services: Vec::new(), ..rehearsal.clone() }, &before, &after);
        }
        total = (total.0 + agreeing, total.1 + open);
        before = after;
    }
    agrees(what, total, at_least);
}

#[test]
fn nodes_that_leave_iptables_do_what_was_rehearsed() {
    let _slot = slot();
    let lab = start_with("rehearsed", LabOptions { cluster_cidr: OTHER_CIDR.into(), ..LabOptions::default() });
    deploy(&lab, &["node1"], "Local");
    node_by_node(&lab, "iptables to nftables", &["mode=nftables"], |lab, node| change_mode(lab, node, ProxyMode::Nftables), 30);
}

#[test]
fn nodes_that_leave_ipvs_do_what_was_rehearsed() {
    let kube_proxies = ["node2=1.34:ipvs", "node3=1.23:ipvs"].map(|proxy| proxy.parse().unwrap()).to_vec();
    let options = LabOptions { cluster_cidr: OTHER_CIDR.into(), kube_proxies, ..LabOptions::default() };
    let _slot = slot_for(&options);
    let lab = start_with("rehearsed-ipvs", options);
    deploy(&lab, &["node1"], "Local");
    let mut total = (0, 0);
    let mut before = seen(&lab);
    let mut step = |node: &str, changes: &[&str], change: &dyn Fn()| {
        let rehearsal = rehearsed(&lab, &before, node, changes);
        change();
        let after = seen(&lab);
        let (agreeing, open) = held(node, &rehearsal, &before, &after);
        total = (total.0 + agreeing, total.1 + open);
        before = after;
    };
    step("node2", &["mode=nftables"], &|| change_mode(&lab, "node2", ProxyMode::Nftables));
    step("node3", &["kube-proxy=1.24.17"], &|| {
        lab.replace_kube_proxy("node3", ProxyRelease::V1_24).unwrap();
        settle(&lab);
    });
    step("node3", &["mode=iptables"], &|| change_mode(&lab, "node3", ProxyMode::Iptables));
    step("node3", &["kube-proxy=1.37.2"], &|| {
        lab.replace_kube_proxy("node3", ProxyRelease::V1_37).unwrap();
        settle(&lab);
    });
    step("node3", &["mode=nftables"], &|| change_mode(&lab, "node3", ProxyMode::Nftables));
    agrees("ipvs to nftables, by way of releases and iptables", total, 40);
}

/// Starts a proof, and comes back when today's checks are made and all nodes are watched.
fn start_proof(lab: &Lab, change: &str, words: &[&str]) -> Background {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    let pause = [("LBPROBE_PAUSE_AT", "watching"), ("LBPROBE_PAUSE_FOLDER", path.as_str())];
    let prove = ["rehearse", "--to", change, "--prove", "istio-ingressgateway", "-n", "istio-system"];
    let mut running = start_plugin_with(lab, &pause, &[&prove[..], words].concat());
    running.until("all nodes are watched", Duration::from_mins(1), || folder.path().join("watching").exists());
    std::fs::write(folder.path().join("watching.go"), "").unwrap();
    // The program looks for the file, which goes with its folder.
    std::thread::sleep(Duration::from_secs(1));
    running
}

fn proof(ran: &Ran) -> RehearsalProof {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|cause| panic!("{cause}: {ran:#?}"))
}

#[test]
fn a_rehearsal_is_proven_while_nodes_change() {
    let _slot = slot();
    let lab = start_with("proven", LabOptions { cluster_cidr: OTHER_CIDR.into(), ..LabOptions::default() });
    deploy(&lab, &["node1"], "Local");
    let mut running = start_proof(&lab, "mode=nftables", &["-o", "json"]);
    for node in lab.nodes() {
        change_mode(&lab, &node, ProxyMode::Nftables);
    }
    // It ends by itself when the last one has changed.
    eventually("every node is measured", Duration::from_mins(2), || running.is_over());
    let ran = running.end();
    ran.expect(0, &[]);
    nothing_left(&lab);
    let proven = proof(&ran);
    assert!(proven.today.mismatches.is_empty() && proven.today.agreeing >= 30, "{:?}", proven.today);
    let held = |node: &NodeProof| node.held.as_ref().map_or(0, |held| held.agreeing);
    assert!(proven.nodes.iter().all(|node| node.state == NodeState::Changed && held(node) >= 10), "{:#?}", proven.nodes);
    assert_eq!((proven.verdict, proven.nodes.len()), (Verdict::Healthy, 3));
    assert!(ran.stderr.contains("node1: kube-proxy iptables"), "{}", ran.stderr);

    // A restart is no change, and Ctrl-C ends the wait.
    let mut running = start_proof(&lab, "kube-proxy=1.23", &[]);
    change_mode(&lab, "node1", ProxyMode::Nftables);
    std::thread::sleep(lbprobe_lab::patience::stretched(Duration::from_secs(20)));
    assert!(!running.is_over());
    running.signal(Signal::SIGINT);
    let ran = running.end();
    ran.expect(4, &["NOT PROVEN: kube-proxy=1.23.0 was seen on 0 of 3 nodes", "restarted without the change", "has not changed"]);
    nothing_left(&lab);
}
