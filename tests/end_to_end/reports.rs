//! The report's forms, and both roads by which answers come.

use lbprobe_analysis::diagnosis::{Diagnosis, Verdict};
use lbprobe_analysis::documents::Report;

use crate::harness::{faulty_lab, nothing_left, run_gateway};

#[test]
fn json_holds_everything_and_repeats_the_diagnosis() {
    let lab = faulty_lab();
    let ran = run_gateway(&lab, &["-o", "json"]);
    ran.expect(3, &[]);
    let report: Report = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report.diagnosis.verdict, Verdict::Fault);
    assert_eq!(Diagnosis::of(&report.facts, &report.plan, &report.observations), report.diagnosis);
    let records = report.observations.probes.iter().filter_map(|probe| probe.seen.record());
    let certificates = records.flat_map(|record| &record.answers).filter_map(|answer| answer.certificate.as_ref());
    assert!(
        certificates.clone().count() > 0
            && certificates.into_iter().all(|certificate| certificate.names == ["gateway.example.com", "*.example.com"])
    );
    assert_eq!(ran.stderr, "");
}

#[test]
fn yaml_says_the_same() {
    let lab = faulty_lab();
    run_gateway(&lab, &["-o", "yaml", "--node", "node2", "--vantage", "pod"])
        .expect(3, &["apiVersion: lbprobe/v1", "kind: localPolicyWithoutLocalEndpoint"]);
}

#[test]
fn both_roads_bring_the_same_verdict() {
    let lab = faulty_lab();
    for pods in ["40", "0"] {
        run_gateway(&lab, &["--read-logs-up-to", pods]).expect(3, &["node2 and node3 no pod timed out ok ok host ok ok ok", "(confirmed)"]);
    }
    nothing_left(&lab);
}

#[test]
fn the_table_fits_80_columns_without_colour() {
    let lab = faulty_lab();
    let ran = run_gateway(&lab, &[]);
    for line in ran.stdout.lines().filter(|line| !line.trim_start().starts_with('$')) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(!ran.stdout.contains('\u{1b}'));
}
