//! The model against real kube-proxies: what is expected equals what is seen, in every cell.

use lbprobe_analysis::diagnosis::CauseKind;
use lbprobe_analysis::report::Report;
use lbprobe_lab::addresses::POD_RANGE;
use lbprobe_lab::{Lab, ProxyMode};

use crate::harness::{OTHER_CIDR, deploy, kubectl, run_gateway, start, turn};

/// Where the endpoints are, and what of the Service's spec differs from the default.
const CASES: [(&[&str], &str, &str); 9] = [
    (&["node1"], "eTP Local", r#"{"externalTrafficPolicy":"Local"}"#),
    (&["node1"], "eTP Local, iTP Local", r#"{"externalTrafficPolicy":"Local","internalTrafficPolicy":"Local"}"#),
    (&["node1"], "eTP Cluster", r#"{"externalTrafficPolicy":"Cluster"}"#),
    (&["node1"], "eTP Cluster, iTP Local", r#"{"externalTrafficPolicy":"Cluster","internalTrafficPolicy":"Local"}"#),
    (&["node1"], "pods of node1 in range", r#"{"externalTrafficPolicy":"Local","loadBalancerSourceRanges":["10.244.1.0/24"]}"#),
    (&["node1"], "nodes in range", r#"{"externalTrafficPolicy":"Cluster","loadBalancerSourceRanges":["198.18.0.0/15"]}"#),
    (&["node1", "node2"], "eTP Local", r#"{"externalTrafficPolicy":"Local"}"#),
    (&["node1", "node2", "node3"], "eTP Local", r#"{"externalTrafficPolicy":"Local"}"#),
    (&[], "eTP Local", r#"{"externalTrafficPolicy":"Local"}"#),
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

#[expect(clippy::print_stdout, reason = "the agreement table is what the test shows")]
fn run_cases(lab: &Lab, name: &str, total: &mut Total) {
    let mut deployed = None;
    for (on, case, spec) in CASES {
        if deployed.replace(on) != Some(on) {
            deploy(lab, on, "Local");
        }
        let defaults = r#"{"spec":{"internalTrafficPolicy":"Cluster","loadBalancerSourceRanges":null}}"#;
        for patch in [defaults, &format!(r#"{{"spec":{spec}}}"#)] {
            kubectl(lab, &["patch", "service", "istio-ingressgateway", "-n", "istio-system", "-p", patch]);
        }
        std::thread::sleep(std::time::Duration::from_millis(1500));
        let ran = run_gateway(lab, &["-o", "json", "--port", "80", "--samples", "2"]);
        let report: Report = serde_json::from_str(&ran.stdout).unwrap_or_else(|cause| panic!("{cause}: {ran:#?}"));
        let agreement = &report.diagnosis.agreement;
        println!(
            "{name:<32} {:<18} {case:<24} {:>3} agree {:>3} open {:>3} disagree",
            on.join(","),
            agreement.agreeing,
            agreement.open,
            agreement.contradictions.len()
        );
        if report.diagnosis.causes.iter().any(|cause| cause.kind == CauseKind::Unrecognised) {
            total.unrecognised.push(format!("{name}, {on:?}, {case}: {:?}", report.diagnosis.causes));
        }
        total.agreeing += agreement.agreeing;
        total.open += agreement.open;
        let line = |contradiction| format!("{name}, {on:?}, {case}: {contradiction:?}");
        total.disagreeing.extend(agreement.contradictions.iter().map(line));
    }
}

#[test]
fn what_is_expected_is_seen() {
    let _turn = turn();
    let mut total = Total::default();
    for mode in [ProxyMode::Iptables, ProxyMode::Nftables] {
        for (cidr, words) in [(OTHER_CIDR, "not matching"), (POD_RANGE, "matching")] {
            let lab = start("agreement", mode, cidr);
            run_cases(&lab, &format!("{mode:?}, CIDR {words}"), &mut total);
        }
    }
    println!("{} cells agree, {} are open, {} disagree", total.agreeing, total.open, total.disagreeing.len());
    assert!(total.disagreeing.is_empty(), "{:#?}", total.disagreeing);
    assert!(total.unrecognised.is_empty(), "{:#?}", total.unrecognised);
    // What is passed on to the real load balancer is open: hosts without any endpoint, in iptables mode.
    assert!(total.agreeing >= 600 && total.open <= 20, "{} agree, {} are open", total.agreeing, total.open);
}
