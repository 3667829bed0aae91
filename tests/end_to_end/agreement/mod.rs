//! The model against real kube-proxies: what is expected equals what is seen, in every cell.

mod cases;
mod kube_router;
mod protocols;
mod table;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lbprobe_analysis::causes::CauseKind;
use lbprobe_analysis::documents::Report;
use lbprobe_lab::addresses::POD_RANGE;
use lbprobe_lab::options::ProxyRelease;
use lbprobe_lab::patience::stretched;
use lbprobe_lab::{Lab, LabOptions, ProxyMode};

use self::cases::{Case, all, cases, end, nodes_with};
use self::table::Table;
use crate::harness::{
    Doubt, OTHER_CIDR, REPEATS, alone, deploy, eventually_in, ipvs_lab, ipvs_options, kubectl, lbprobe, run_gateway, say_repeated,
    seen_without_doubt, slot, slot_for, start_with, unmeasured,
};

/// The cells of all labs so far.
static ALL: Mutex<Table> = Mutex::new(Table::new());

/// What a lab gave.
#[derive(Default)]
struct Total {
    table: Table,
    /// Situations for which no cause was found.
    unrecognised: Vec<String>,
}

impl Total {
    #[expect(clippy::print_stdout, reason = "the agreement table is what the test shows")]
    #[track_caller]
    fn check(&self, agreeing: usize, open: usize) {
        let table = &self.table;
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.merge(table.clone());
        println!("{all} in all labs so far");
        drop(all);
        assert!(table.disagreeing.is_empty(), "{:#?}", table.disagreeing);
        assert!(self.unrecognised.is_empty(), "{:#?}", self.unrecognised);
        assert!(table.agreeing >= agreeing && table.open <= open, "{} agree, {} are open", table.agreeing, table.open);
    }
}

/// Runs the situations one after another on a lab of its own.
fn total_of<'a>(name: &str, options: &LabOptions, cases: impl IntoIterator<Item = &'a Case>) -> (Lab, Total) {
    let lab = start_with(name, options.clone());
    let total = total_on(&lab, name, options, cases);
    (lab, total)
}

/// The same on a lab that is there.
fn total_on<'a>(lab: &Lab, name: &str, options: &LabOptions, cases: impl IntoIterator<Item = &'a Case>) -> Total {
    let mut total = Total::default();
    let mut deployed = None;
    for case in cases {
        let situation = format!("{name}, {:?}, {}", case.on, case.words);
        let report = if case.terminating { while_it_lasts(lab, case, &mut deployed) } else { as_it_stays(lab, case, &mut deployed) };
        let undeclared = Case::undeclared(&report);
        assert_eq!(undeclared.is_empty(), case.ports == "80", "{situation}");
        assert!(
            undeclared.iter().all(|state| state == "refused"),
            "{situation}: an undeclared port is not refused everywhere: {undeclared:?}"
        );
        if report.diagnosis.causes.iter().any(|cause| cause.kind() == CauseKind::Unrecognised) {
            total.unrecognised.push(format!("{situation}: {:?}", report.diagnosis.causes));
        }
        total.table.add(options, &situation, &report);
    }
    total
}

/// A situation that can be looked at again.
fn as_it_stays(lab: &Lab, case: &Case, deployed: &mut Option<&[&str]>) -> Report {
    case.set_up(lab, deployed);
    seen_without_doubt(lab, Doubt::of, || run(lab, case.ports))
}

/// A situation that passes: where something was not measured, it is made again.
fn while_it_lasts(lab: &Lab, case: &Case, deployed: &mut Option<&[&str]>) -> Report {
    let mut repeat = 0;
    loop {
        case.set_up(lab, deployed);
        let report = run(lab, case.ports);
        end(lab);
        *deployed = None;
        let missing = unmeasured(&report);
        if missing.is_empty() || repeat == REPEATS {
            return report;
        }
        repeat += 1;
        say_repeated(repeat, &missing.join("; "));
    }
}

/// How long an attempt may take. Nothing is lost between network namespaces: no SYN has to be repeated. A guest's kernel
/// may be slow to answer.
fn deadline(lab: &Lab) -> String {
    let (least, idle) = if lab.guests().is_empty() { (1500, 1000) } else { (3500, 2500) };
    format!("{}ms", stretched(Duration::from_millis(idle)).max(Duration::from_millis(least)).as_millis())
}

/// Dials one or several ports, as `--port` names them.
fn run(lab: &Lab, ports: &str) -> Report {
    let words = ["-o", "json", "--port", ports, "--samples", "2", "--dial-all", "--timeout", &deadline(lab)];
    let ran = run_gateway(lab, &words);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|cause| panic!("{cause}: {ran:#?}"))
}

fn in_mode(mode: ProxyMode, cluster_cidr: &str) -> LabOptions {
    LabOptions { mode, cluster_cidr: cluster_cidr.into(), ..LabOptions::default() }
}

/// A node for each kube-proxy that is built.
fn with_kube_proxies(kube_proxies: &[&str]) -> LabOptions {
    let kube_proxies: Vec<_> = nodes_with(kube_proxies).iter().map(|proxy| proxy.parse().unwrap()).collect();
    let nodes = u8::try_from(kube_proxies.len()).unwrap();
    LabOptions { nodes, kube_proxies, ..in_mode(ProxyMode::Nftables, OTHER_CIDR) }
}

/// What tells pods that kube-proxy knows from strangers. "an undeclared port" is "eTP Local" with one port more, here and
/// below.
const OF_POD_RANGES: [&str; 4] = ["eTP Cluster, iTP Local", "pods of node1 in range", "an undeclared port", "no endpoint"];

/// What tells most of what becomes of strangers; `make agreement` sees all of it.
const OF_STRANGERS: [&str; 8] = [
    "eTP Local, iTP Local",
    "eTP Cluster",
    "eTP Cluster, iTP Local",
    "pods of node1 in range",
    "nodes in range",
    "an external IP",
    "an undeclared port",
    "no endpoint",
];

/// What tells releases of ipvs apart; each situation takes guests a minute, and `make agreement` sees all of them.
const OF_IPVS: [&str; 2] = ["an undeclared port", "no endpoint"];

/// What tells releases apart.
const OF_RELEASES: [&str; 6] =
    ["eTP Cluster, iTP Local", "pods of node1 in range", "an external IP", "an undeclared port", "terminating", "no endpoint"];

/// One mode of the newest release, as kube-proxy takes pods for.
fn what_is_expected_is_seen(mode: ProxyMode, pods: &str, cluster_cidr: &str, telling: &[&str], agreeing: usize) {
    let _slot = slot();
    let (_, total) = total_of(&format!("{mode}-{pods}"), &in_mode(mode, cluster_cidr), cases(telling));
    total.check(agreeing, 20);
}

#[test]
fn iptables_taking_pods_for_strangers() {
    what_is_expected_is_seen(ProxyMode::Iptables, "other", OTHER_CIDR, &OF_STRANGERS, 300);
}

#[test]
fn iptables_knowing_pods() {
    what_is_expected_is_seen(ProxyMode::Iptables, "known", POD_RANGE, &OF_POD_RANGES, 120);
}

#[test]
fn nftables_taking_pods_for_strangers() {
    what_is_expected_is_seen(ProxyMode::Nftables, "other", OTHER_CIDR, &OF_STRANGERS, 300);
}

#[test]
fn nftables_knowing_pods() {
    what_is_expected_is_seen(ProxyMode::Nftables, "known", POD_RANGE, &OF_POD_RANGES, 120);
}

/// Every other release in the modes of rules: each node is predicted by its own.
#[test]
fn nodes_with_other_kube_proxies_do_what_their_releases_do() {
    let _slot = alone();
    let kube_proxies = [
        "1.37:nftables",
        "1.33:nftables",
        "1.23:iptables",
        "1.24:iptables",
        "1.37:iptables",
        "1.28:iptables",
        "1.31:nftables",
        "1.35:nftables",
        "1.36:nftables",
    ];
    let (lab, total) = total_of("releases", &with_kube_proxies(&kube_proxies), cases(&OF_RELEASES));
    let (agreeing, open) = if all() { (380, 200) } else { (200, 110) };
    total.check(agreeing, open);
    deploy(&lab, &["node1"], "Local");
    run_gateway(&lab, &[]).expect(
        3,
        &[
            if all() { "does on node2 and node7:" } else { "does on node2:" },
            "before 1.33.6 and 1.34, nftables mode drops a host's own connection",
            "kube-proxy's mode differs between nodes:",
            "(confirmed)",
        ],
    );
}

/// ipvs before and after 1.24, beside a node in iptables mode.
#[test]
fn ipvs_does_what_its_releases_do() {
    let lab = ipvs_lab();
    total_on(&lab, "ipvs", &ipvs_options(), cases(&OF_IPVS).into_iter().filter(|case| case.addresses == "1")).check(70, 100);
}

/// The releases between and after them, where the others differ.
#[test]
fn ipvs_of_other_releases() {
    let options = with_kube_proxies(&["1.24:ipvs", "1.37:ipvs", "1.28:ipvs"]);
    let _slot = slot_for(&options);
    let telling = ["nodes in range", "an undeclared port"];
    let (lab, total) = total_of("ipvs-others", &options, cases(&telling));
    let (agreeing, open) = if all() { (80, 30) } else { (50, 20) };
    total.check(agreeing, open);
    // Where no ConfigMap says so, the Event of 1.37 tells the mode.
    kubectl(&lab, &["delete", "configmap", "kube-proxy", "-n", "kube-system"]);
    until_it_tells_its_mode(&lab, "node2", ProxyRelease::V1_37);
    let explained = lbprobe(&lab, &["explain", "istio-ingressgateway", "-n", "istio-system"]);
    explained.expect(3, &["node2 (host), ports 80 and 443: timed out: kube-ipvs0 holds the address"]);
}

/// kube-proxy sends this Event once, as it starts, and the API server may not take it yet: then kube-proxy starts again.
fn until_it_tells_its_mode(lab: &Lab, node: &str, release: ProxyRelease) {
    let has_told = || kubectl(lab, &["get", "events", "-n", "default"]).contains("IPVSDeprecation");
    let mut started: Option<Instant> = None;
    eventually_in(lab, "kube-proxy's Event", Duration::from_mins(3), || {
        let told = has_told();
        if !told && started.is_none_or(|at| at.elapsed() > stretched(Duration::from_mins(1))) {
            lab.replace_kube_proxy(node, release).unwrap();
            started = Some(Instant::now());
        }
        told
    });
}
