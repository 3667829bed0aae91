//! The model against real kube-proxies: what is expected equals what is seen, in every cell.

use std::time::Duration;

use lbprobe_analysis::diagnosis::CauseKind;
use lbprobe_analysis::observations::Matrix;
use lbprobe_analysis::report::Report;
use lbprobe_lab::addresses::POD_RANGE;
use lbprobe_lab::{Lab, LabOptions, ProxyMode};

use crate::harness::{OTHER_CIDR, deploy, eventually, kubectl, run_gateway, start, start_with, turn};

/// Where the endpoints are, and what of the Service's spec differs from the default.
struct Case {
    on: &'static [&'static str],
    words: &'static str,
    spec: &'static str,
    /// Addresses of the load balancer.
    addresses: &'static str,
    /// Whether the endpoints are being deleted, and still serve.
    terminating: bool,
    ports: &'static str,
}

/// One endpoint and one address.
const PLAIN: Case = Case { on: &["node1"], words: "", spec: "", addresses: "1", terminating: false, ports: "80" };

const LOCAL: &str = r#"{"externalTrafficPolicy":"Local"}"#;

const CASES: [Case; 13] = [
    Case { words: "eTP Local", spec: LOCAL, ..PLAIN },
    Case { words: "eTP Local, iTP Local", spec: r#"{"externalTrafficPolicy":"Local","internalTrafficPolicy":"Local"}"#, ..PLAIN },
    Case { words: "eTP Cluster", spec: r#"{"externalTrafficPolicy":"Cluster"}"#, ..PLAIN },
    Case { words: "eTP Cluster, iTP Local", spec: r#"{"externalTrafficPolicy":"Cluster","internalTrafficPolicy":"Local"}"#, ..PLAIN },
    Case {
        words: "pods of node1 in range",
        spec: r#"{"externalTrafficPolicy":"Local","loadBalancerSourceRanges":["10.244.1.0/24"]}"#,
        ..PLAIN
    },
    Case { words: "nodes in range", spec: r#"{"externalTrafficPolicy":"Cluster","loadBalancerSourceRanges":["198.18.0.0/15"]}"#, ..PLAIN },
    Case { words: "an external IP", spec: r#"{"externalTrafficPolicy":"Local","externalIPs":["203.0.113.77"]}"#, ..PLAIN },
    Case { words: "two LB IPs", spec: LOCAL, addresses: "2", ..PLAIN },
    Case { words: "an undeclared port", spec: LOCAL, ports: "80,8443", ..PLAIN },
    Case { words: "terminating", spec: LOCAL, terminating: true, ..PLAIN },
    Case { on: &["node1", "node2"], words: "eTP Local", spec: LOCAL, ..PLAIN },
    Case { on: &["node1", "node2", "node3"], words: "eTP Local", spec: LOCAL, ..PLAIN },
    Case { on: &[], words: "eTP Local", spec: LOCAL, ..PLAIN },
];

/// Cells that agree, cells without a definite expectation, lines about those that disagree, and
/// about situations for which no cause was found.
#[derive(Default)]
struct Total {
    agreeing: usize,
    open: usize,
    disagreeing: Vec<String>,
    unrecognised: Vec<String>,
}

impl Total {
    #[expect(clippy::print_stdout, reason = "the totals belong to the agreement table")]
    #[track_caller]
    fn check(&self, agreeing: usize, open: usize) {
        println!("{} cells agree, {} are open, {} disagree", self.agreeing, self.open, self.disagreeing.len());
        assert!(self.disagreeing.is_empty(), "{:#?}", self.disagreeing);
        assert!(self.unrecognised.is_empty(), "{:#?}", self.unrecognised);
        assert!(self.agreeing >= agreeing && self.open <= open, "{} agree, {} are open", self.agreeing, self.open);
    }

    fn add(&mut self, other: Self) {
        self.agreeing += other.agreeing;
        self.open += other.open;
        self.disagreeing.extend(other.disagreeing);
        self.unrecognised.extend(other.unrecognised);
    }
}

impl Case {
    fn set_up(&self, lab: &Lab, deployed: &mut Option<&[&str]>) {
        if deployed.replace(self.on) != Some(self.on) {
            deploy(lab, self.on, "Local");
        }
        let service = ["service", "istio-ingressgateway", "-n", "istio-system"];
        let defaults = r#"{"spec":{"internalTrafficPolicy":"Cluster","loadBalancerSourceRanges":null,"externalIPs":null}}"#;
        for patch in [defaults, &format!(r#"{{"spec":{}}}"#, self.spec)] {
            kubectl(lab, &[&["patch"], &service[..], &["-p", patch]].concat());
        }
        let addresses = format!("lab.lbprobe/addresses={}", self.addresses);
        kubectl(lab, &[&["annotate", "--overwrite"], &service[..], &[&addresses]].concat());
        let published = || kubectl(lab, &[&["get"], &service[..], &["-o", "jsonpath={.status.loadBalancer.ingress[*].ip}"]].concat());
        eventually("the addresses", Duration::from_secs(10), || published().split_whitespace().count().to_string() == self.addresses);
        if self.terminating {
            terminate(lab);
        }
        std::thread::sleep(Duration::from_millis(1500));
    }

    /// What is passed on meets the lab's own load balancer, which has no listener on an undeclared
    /// port and none without endpoints: it refuses.
    fn is_refused_by_load_balancer(&self, report: &Report) -> bool {
        let plan = &report.plan;
        let undeclared: Vec<_> =
            plan.targets.iter().filter(|target| !report.facts.service.declares(target.port)).map(|target| target.id).collect();
        let matrix = Matrix::new(plan, &report.observations);
        let mut meant = matrix.checks().filter(|(_, target, _)| undeclared.contains(&target.id)).peekable();
        meant.peek().is_some() == (self.ports != PLAIN.ports) && meant.all(|(_, _, state)| state.to_string() == "refused")
    }
}

/// Deletes the gateway's pods, which serve on for half a minute.
fn terminate(lab: &Lab) {
    let linger = r#"{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":60,"containers":[{"name":"gateway","lifecycle":{"preStop":{"sleep":{"seconds":30}}}}]}}}}"#;
    let deployment = ["deployment", "istio-ingressgateway", "-n", "istio-system"];
    kubectl(lab, &[&["patch"], &deployment[..], &["-p", linger]].concat());
    kubectl(lab, &[&["rollout", "status", "--timeout=60s"], &deployment[..]].concat());
    kubectl(lab, &[&["scale", "--replicas=0"], &deployment[..]].concat());
    let selector = "kubernetes.io/service-name=istio-ingressgateway";
    let path = "jsonpath={.items[*].endpoints[*].conditions.terminating}";
    let terminating = || kubectl(lab, &["get", "endpointslices", "-n", "istio-system", "-l", selector, "-o", path]);
    eventually("an endpoint that terminates", Duration::from_secs(20), || terminating().contains("true"));
}

/// Ends the wait for pods that serve on, and what makes them.
fn end(lab: &Lab) {
    kubectl(lab, &["delete", "deployment", "istio-ingressgateway", "-n", "istio-system"]);
    kubectl(lab, &["delete", "pods", "-n", "istio-system", "--all", "--grace-period=0", "--force"]);
}

#[expect(clippy::print_stdout, reason = "the agreement table is what the test shows")]
fn run_cases(lab: &Lab, name: &str, total: &mut Total) {
    let mut deployed = None;
    for case in &CASES {
        case.set_up(lab, &mut deployed);
        // Nothing is lost between network namespaces: no SYN has to be repeated.
        let ran = run_gateway(lab, &["-o", "json", "--port", case.ports, "--samples", "2", "--dial-all", "--timeout", "1500ms"]);
        let report: Report = serde_json::from_str(&ran.stdout).unwrap_or_else(|cause| panic!("{cause}: {ran:#?}"));
        let agreement = &report.diagnosis.agreement;
        println!(
            "{name:<38} {:<18} {:<24} {:>3} agree {:>3} open {:>3} disagree",
            case.on.join(","),
            case.words,
            agreement.agreeing,
            agreement.open,
            agreement.contradictions.len()
        );
        let situation = format!("{name}, {:?}, {}", case.on, case.words);
        if report.diagnosis.causes.iter().any(|cause| cause.kind == CauseKind::Unrecognised) {
            total.unrecognised.push(format!("{situation}: {:?}", report.diagnosis.causes));
        }
        assert!(case.is_refused_by_load_balancer(&report), "{situation}: an undeclared port is not refused by the load balancer");
        if case.terminating {
            end(lab);
            deployed = None;
        }
        total.agreeing += agreement.agreeing;
        total.open += agreement.open;
        total.disagreeing.extend(agreement.contradictions.iter().map(|contradiction| format!("{situation}: {contradiction:?}")));
    }
}

#[test]
fn what_is_expected_is_seen() {
    let _turn = turn();
    let mut total = Total::default();
    for mode in [ProxyMode::Iptables, ProxyMode::Nftables] {
        // Two labs at a time: a run waits more than it works.
        let of_lab = |(cidr, words): (&str, &str)| {
            let lab = start(&format!("agreement-{}", words.replace(' ', "-")), mode, cidr);
            let mut total = Total::default();
            run_cases(&lab, &format!("{mode:?}, CIDR {words}"), &mut total);
            total
        };
        std::thread::scope(|scope| {
            let labs = [(OTHER_CIDR, "not matching"), (POD_RANGE, "matching")].map(|lab| scope.spawn(move || of_lab(lab)));
            for lab in labs {
                total.add(lab.join().expect("every situation of the lab was run"));
            }
        });
    }
    total.check(2000, 80);
}

/// Three releases in two modes: each node is predicted by its own.
#[test]
fn nodes_with_other_kube_proxies_do_what_their_releases_do() {
    let _turn = turn();
    let kube_proxies = ["node2=1.33", "node3=1.23:iptables"].map(|proxy| proxy.parse().unwrap()).to_vec();
    let options = LabOptions { mode: ProxyMode::Nftables, cluster_cidr: OTHER_CIDR.into(), kube_proxies, ..LabOptions::default() };
    let lab = start_with("releases", options);
    let mut total = Total::default();
    run_cases(&lab, "nftables 1.34 and 1.33, iptables 1.23", &mut total);
    total.check(480, 60);
    deploy(&lab, &["node1"], "Local");
    run_gateway(&lab, &[]).expect(
        3,
        &[
            "does on node2: before 1.34 nftables drops a host's own connection",
            "kube-proxy's mode differs between nodes: iptables on node3 and nftables on node1 and node2",
            "kube-proxy's release differs between nodes: 1.23 on node3, 1.33 on node2 and 1.34 on node1",
            "(confirmed)",
        ],
    );
}
