//! The report's forms, and both roads by which answers come.

use lbprobe_analysis::diagnosis::{Diagnosis, Verdict};
use lbprobe_analysis::documents::Report;

use crate::harness::{BRIEF, faulty_lab, lbprobe, nothing_left, run_gateway};

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

/// What a screen shows when the command ends: the verdict, and what to do about it.
#[test]
fn a_report_fits_one_screen_and_leads_on() {
    let lab = faulty_lab();
    let brief = run_gateway(&lab, &BRIEF);
    brief.expect(
        3,
        &[
            "Evidence - ready endpoints are on node1 only",
            "1. dial istio-ingressgateway.istio-system",
            "$ kubectl patch service istio-ingressgateway -n istio-system",
            "causes ruled out",
            "(--explain shows more)",
        ],
    );
    let lines: Vec<_> = brief.stdout.lines().collect();
    assert!(lines.len() <= 40 && lines[0].starts_with("FAULT: externalTrafficPolicy is Local"), "{}", brief.stdout);
    let [.., fix, docs] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(*fix, "Next: kubectl lbprobe fix istio-ingressgateway -n istio-system");
    assert!(!brief.stdout.contains("Ruled out") && run_gateway(&lab, &[]).stdout.contains("Ruled out"));
    // The commands are typed as they stand.
    let words = |line: &str| line.split(' ').skip(3).map(str::to_owned).collect::<Vec<_>>();
    let typed = |line: &str| lbprobe(&lab, &words(line).iter().map(String::as_str).collect::<Vec<_>>());
    typed(docs)
        .expect(0, &["LBP002: externalTrafficPolicy Local, and the node has no endpoint", "What proves it.", "/docs/causes/LBP002.md"]);
    typed(fix).expect(3, &["set externalTrafficPolicy to Cluster (--strategy cluster)"]);
    let quiet = run_gateway(&lab, &["-q"]);
    quiet.expect(3, &["FAULT: externalTrafficPolicy is Local", "(confirmed)"]);
    assert!(quiet.stdout.lines().skip(1).all(|line| line.starts_with("  ")), "one sentence alone: {}", quiet.stdout);
    lbprobe(&lab, &["docs", "LBP999"]).expect(2, &["invalid value 'LBP999'", "kubectl lbprobe docs lists all"]);
    nothing_left(&lab);
}

/// What is handed on: several forms of one run, and again from its file.
#[test]
fn one_run_goes_to_a_ticket_a_pipeline_and_a_file() {
    let lab = faulty_lab();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let [json, markdown, junit] = ["report.json", "ticket.md", "junit.xml"].map(file);
    let outputs = [format!("json={json}"), format!("markdown={markdown}"), format!("junit={junit}")];
    let words: Vec<_> = ["-q"].into_iter().chain(outputs.iter().flat_map(|output| ["-o", output.as_str()])).collect();
    let ran = run_gateway(&lab, &words);
    ran.expect(3, &["FAULT: externalTrafficPolicy is Local"]);
    assert!(!ran.stdout.contains("Evidence"), "-q shows the verdict alone: {}", ran.stdout);
    let ticket = std::fs::read_to_string(&markdown).unwrap();
    assert!(
        ticket.starts_with("**FAULT**: externalTrafficPolicy is Local")
            && ticket.contains("| node2 and node3 | no | pod | **timed out** |"),
        "{ticket}"
    );
    assert!(ticket.contains("<details><summary>Ruled out ("), "{ticket}");
    let cases = std::fs::read_to_string(&junit).unwrap();
    let suites = quick_junit::Report::deserialize_from_str(&cases).unwrap();
    // 6 vantages dial 3 targets at 2 ports; of pods on two nodes two checks each fail, and the verdict.
    assert_eq!((suites.tests, suites.failures), (37, 5), "{cases}");
    assert!(cases.contains("LB 198.51.100.1:80 from node2 (pod)") || cases.contains("198.51.100.1:80 from node2 (pod)"), "{cases}");
    // The same from the file that the run left, byte for byte.
    let again = lbprobe(&lab, &["diagnose", "-f", &json, "-o", "markdown"]);
    again.expect(3, &[]);
    assert_eq!(again.stdout, ticket);
    lbprobe(&lab, &["diagnose", "-f", &json, "-o", "github"])
        .expect(3, &["::error title=istio-system/istio-ingressgateway%3A FAULT LBP002::"]);
    lbprobe(&lab, &["diagnose", "-f", &json, "-o", "json=/none/report.json"]).expect(2, &["there is no folder /none"]);
    lbprobe(&lab, &["diagnose", "-f", &json, "-o", "json", "-o", "yaml"]).expect(2, &["two forms for standard output"]);
    nothing_left(&lab);
}

#[test]
fn a_bundle_without_names_gives_the_same_diagnosis() {
    let lab = faulty_lab();
    let folder = tempfile::tempdir().unwrap();
    let [plain, redacted, again] = ["plain.tar.gz", "redacted.tar.gz", "again.tar.gz"].map(|name| folder.path().join(name));
    let file = |path: &std::path::Path| path.display().to_string();
    let bundle = ["bundle", "istio-ingressgateway", "-n", "istio-system", "--file", &file(&plain)];
    lbprobe(&lab, &bundle).expect(3, &["FAULT: externalTrafficPolicy is Local"]);
    let listed = lab.run(&["tar", "-tzf", &file(&plain)]).unwrap();
    assert_eq!(String::from_utf8_lossy(&listed.stdout), "README.txt\nreport.txt\nreport.md\nreport.html\nreport.json\n");
    for (output, key) in [(&redacted, "--redact=one of this test"), (&again, "--redact")] {
        lbprobe(&lab, &["diagnose", "-f", &file(&plain), key, "-o", &format!("bundle={}", file(output)), "-q"]).expect(3, &["FAULT"]);
    }
    let unpacked = |path: &std::path::Path| {
        let all = lab.run(&["tar", "-xzOf", &file(path)]).unwrap();
        assert!(all.status.success());
        String::from_utf8_lossy(&all.stdout).into_owned()
    };
    let (before, after, fresh) = (unpacked(&plain), unpacked(&redacted), unpacked(&again));
    // A name is no part of a longer word: node1 is not in node17.
    let has = |text: &str, word: &str| {
        let is_of_word = |c: char| c.is_ascii_alphanumeric();
        text.match_indices(word).any(|(at, _)| !text[..at].ends_with(is_of_word) && !text[at + word.len()..].starts_with(is_of_word))
    };
    for name in ["node1", "node2", "198.18.0.11", "10.244.1.0/24", "gateway.example.com"] {
        assert!(has(&before, name), "{name}");
        assert!(!has(&after, name) && !has(&fresh, name), "{name} is left: {after}");
    }
    assert!(before.contains("kubelet     1.34.4 on 3 nodes") && after.contains("kubelet     1.34.4 on 3 nodes"), "{before}");
    assert_ne!(after, fresh, "a key of its own");
    let causes = |path: &std::path::Path| {
        let ran = lbprobe(&lab, &["diagnose", "-f", &file(path), "-o", "json"]);
        let report: lbprobe_analysis::documents::Report = serde_json::from_str(&ran.stdout).unwrap();
        report.diagnosis.causes.iter().map(|cause| (cause.kind().code(), cause.confidence)).collect::<Vec<_>>()
    };
    assert_eq!(causes(&redacted), causes(&plain));
    lbprobe(&lab, &["explain", "-f", &file(&redacted)]).expect(3, &["WILL FAIL"]);
    nothing_left(&lab);
}
