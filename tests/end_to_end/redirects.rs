//! `--follow`: a chain of redirects as a client makes it, and one that leads nowhere.

use crate::harness::{faulty_lab, fresh_faulty_lab, kubectl, lab_with_gateway, lbprobe, nothing_left, run_gateway};

const NAME: &str = "shop.example.com";

/// To HTTPS at the same name, which the cluster's DNS does not know: the address under test answers, with HTTP/2.
#[test]
fn a_chain_is_followed_at_the_address_under_test() {
    let lab = lab_with_gateway(&["node1"], "Cluster");
    let follow = ["--follow", "--host", NAME, "--path", "/secure"];
    let ran = run_gateway(&lab, &follow);
    ran.expect(
        0,
        &[
            "HEALTHY: all 36 checks",
            "port 80 redirects: 301 to https://shop.example.com/, and there 200 over HTTP/2 (18 checks)",
            "port 443 redirects: 301 to https://shop.example.com/, and there 200 over HTTP/2 (18 checks)",
        ],
    );
    let json: serde_json::Value = serde_json::from_str(&run_gateway(&lab, &[&follow[..], &["-o", "json"]].concat()).stdout).unwrap();
    assert_eq!(json["plan"]["redirects"], "followed");
    let notes = json["diagnosis"]["noteCodes"].as_array().unwrap();
    let chain = notes.iter().find(|note| note["code"] == "LBP351" && note["args"]["port"] == 80).unwrap();
    assert_eq!(chain["args"]["redirects"], serde_json::json!([{ "status": 301, "to": "https://shop.example.com/" }]));
    nothing_left(&lab);
}

/// Each check is answered; only a client that follows the redirect sees what is wrong.
#[test]
fn a_redirect_that_leads_nowhere_is_told() {
    let lab = lab_with_gateway(&["node1"], "Cluster");
    let outside = ["--port", "80", "--path", "/outside"];
    run_gateway(&lab, &outside).expect(0, &["HEALTHY: all 18 checks"]);
    run_gateway(&lab, &[&outside[..], &["--follow"]].concat()).expect(
        3,
        &[
            "FAULT: the load balancer answers, but its redirect to http://only-outside.example.com/ leads nowhere from inside the cluster (confirmed)",
            "are redirected by 10.96.",
            "to http://only-outside.example.com/, and there: DNS: server failure",
        ],
    );
    nothing_left(&lab);
}

/// What fails before any redirect is told by its own cause alone.
#[test]
fn a_load_balancer_that_fails_is_told_first() {
    let lab = faulty_lab();
    let ran = run_gateway(&lab, &["--follow", "--path", "/secure"]);
    ran.expect(3, &["FAULT: externalTrafficPolicy is Local", "port 80 redirects: 301 to https://198.51.100.1/, and there 200 over HTTP/2"]);
    assert!(!ran.stdout.contains("leads nowhere"), "{ran:#?}");
}

/// Before the change and after it, from where the command runs.
#[test]
fn a_fix_follows_them_from_outside_too() {
    let lab = fresh_faulty_lab();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().display().to_string();
    let fix = ["fix", "istio-ingressgateway", "-n", "istio-system", "--strategy", "cluster", "--apply", "--yes", "--outside", "--follow"];
    let fix = [&fix[..], &["--host", NAME, "--save", &folder, "--path"]].concat();
    lbprobe(&lab, &[&fix[..], &["/secure"]].concat())
        .expect(0, &["it helped: everything is answered", "seen from outside: answered before and after", "200 over HTTP/2 (18 checks)"]);
    kubectl(
        &lab,
        &["patch", "service", "istio-ingressgateway", "-n", "istio-system", "-p", r#"{"spec":{"externalTrafficPolicy":"Local"}}"#],
    );
    lbprobe(&lab, &[&fix[..], &["/outside", "--no-rollback"]].concat())
        .expect(3, &["seen from outside: answered neither before nor after", "leads nowhere from inside the cluster"]);
    nothing_left(&lab);
}

#[test]
fn an_acceptance_counts_the_answer_at_the_end_of_the_chain() {
    let lab = lab_with_gateway(&["node1"], "Cluster");
    let file = |path: &str, follow: &str, status: u16| {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = format!(
            "apiVersion: lbprobe/v1\nkind: Acceptance\nservices:\n- service: istio-ingressgateway\n  namespace: istio-system\n  \
             host: {NAME}\n  path: {path}\n{follow}  expect:\n  - {{to: loadBalancer, port: 80, status: {status}}}\n"
        );
        std::fs::write(&file, text).unwrap();
        file
    };
    let accept = |file: &tempfile::NamedTempFile, words: &[&str]| {
        lbprobe(&lab, &[&["accept", "-f", &file.path().display().to_string()], words].concat())
    };
    accept(&file("/secure", "", 301), &[]).expect(0, &["ACCEPTED"]);
    accept(&file("/secure", "", 200), &["--follow"]).expect(0, &["ACCEPTED"]);
    accept(&file("/secure", "  follow: true\n", 200), &[]).expect(0, &["ACCEPTED"]);
    accept(&file("/secure", "  follow: false\n", 301), &["--follow"]).expect(0, &["ACCEPTED"]);
    // A table breaks long words.
    accept(&file("/outside", "  follow: true\n", 200), &["-o", "junit"])
        .expect(3, &["redirected to http://only-outside.example.com/, and there: DNS: server failure"]);
    nothing_left(&lab);
}
