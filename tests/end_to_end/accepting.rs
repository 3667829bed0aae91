//! `accept`: a file of expectations as a gate, with results for people and for pipelines.

use std::io::Write as _;

use quick_junit::{NonSuccessKind, Report, TestCaseStatus};

use crate::harness::{Ran, eventually, faulty_lab, kubectl, lbprobe, left_over, nothing_left, root, seconds, start_plugin};
use crate::restricted::lab_has_account;

fn file_with(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, text).unwrap();
    file
}

pub(crate) fn accept(lab: &lbprobe_lab::Lab, text: &str, words: &[&str]) -> Ran {
    // It stays for a second try.
    let (mut file, path) = tempfile::Builder::new().tempfile_in(root().join("target")).unwrap().keep().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    lbprobe(lab, &[&["accept", "-f", &path.display().to_string()], words].concat())
}

/// Cases that passed, failed, and could not be measured, as another program reads them.
fn counts(junit: &Ran) -> [usize; 3] {
    let report = Report::deserialize_from_str(&junit.stdout).unwrap_or_else(|cause| panic!("{cause}: {junit:#?}"));
    let cases: Vec<_> = report.test_suites.iter().flat_map(|suite| &suite.test_cases).collect();
    let number = |is: fn(&TestCaseStatus) -> bool| cases.iter().filter(|case| is(&case.status)).count();
    [
        number(|status| matches!(status, TestCaseStatus::Success { .. })),
        number(|status| matches!(status, TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, .. })),
        number(|status| matches!(status, TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. })),
    ]
}

#[test]
fn green_red_and_not_measured_are_three_things() {
    let lab = faulty_lab();
    let init = lbprobe(&lab, &["accept", "--init", "istio-ingressgateway", "-n", "istio-system"]);
    init.expect(0, &["# timed out today; set this to true once it is fixed.", "minimumNodes: 3", "certificate: \"gateway.example.com\""]);
    let today = &init.stdout;
    accept(&lab, today, &[]).expect(0, &["ACCEPTED", "0 failed, 0 not measured"]);
    let green = accept(&lab, today, &["-o", "junit"]);
    assert_eq!((green.code, &counts(&green)[1..]), (Some(0), &[0, 0][..]), "{green:#?}");
    let wanted = today.replace("reachable: false", "reachable: true");
    accept(&lab, &wanted, &[]).expect(
        3,
        &["NOT ACCEPTED", "nodes without an endpoint FAILED", "node2 and node3 (pod): timed out", "Why - externalTrafficPolicy is Local"],
    );
    let red = accept(&lab, &wanted, &["-o", "junit"]);
    assert_eq!((red.code, &counts(&red)[1..]), (Some(3), &[2, 0][..]), "{red:#?}");
    assert!(
        red.stdout.contains("cause: externalTrafficPolicy is Local") && red.stdout.contains("fix: dial istio-ingressgateway.istio-system")
    );
    let blind = accept(&lab, today, &["-o", "junit", "--image", "docker.io/lab/nowhere:1", "--delivery", "image", "--start-timeout", "6s"]);
    let [passed, failed, errors] = counts(&blind);
    assert!(blind.code == Some(4) && passed == 0 && failed == 0 && errors > 0, "{blind:#?}");
    accept(&lab, &today.replace("minimumNodes: 3", "minimumNodes: 4"), &[])
        .expect(4, &["INCONCLUSIVE", "3 nodes measured, at least 4 required"]);
    nothing_left(&lab);
}

#[test]
fn each_way_in_which_an_answer_can_be_wrong_is_told() {
    let lab = faulty_lab();
    let expect = |line: &str| {
        format!(
            "apiVersion: lbprobe/v1\nkind: Acceptance\nservices:\n- service: istio-ingressgateway\n  namespace: istio-system\n  expect:\n  \
             - {{to: dnsName, port: 443, {line}}}\n"
        )
    };
    for (line, said) in [
        ("status: 404", "status 200, not 404"),
        ("certificate: other.example.org", "*.example.com and gateway.example.com, not for other.example.org"),
        ("reachable: false", "reached, and must not be"),
        ("withinMs: 0", "ms, not within 0 ms"),
        ("sourceKept: true", "the endpoint sees a node's address (by kube-proxy's rules)"),
    ] {
        accept(&lab, &expect(line), &[]).expect(3, &[said]);
    }
    accept(&lab, &expect("status: 200, certificate: shop.example.com, withinMs: 3000, sourceKept: false, from: {network: pod}"), &[])
        .expect(0, &["pods reach the DNS name, port 443", "ACCEPTED: 2 of 2 expectations passed"]);
    accept(&lab, &expect("state: 200"), &[])
        .expect(1, &["error: the expectations cannot be checked", "state", "hint: kubectl lbprobe accept --init"]);
    accept(&lab, "kind: Deployment", &[]).expect(1, &["error: the expectations cannot be checked"]);
    accept(&lab, &expect("port: 80").replace("istio-ingressgateway", "nowhere"), &[]).expect(1, &[]);
    nothing_left(&lab);
}

#[test]
fn several_services_share_the_pods_and_events_tell_the_result() {
    let lab = faulty_lab();
    let second = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"second","namespace":"istio-system"},"spec":{"type":"LoadBalancer","selector":{"app":"istio-ingressgateway"},"ports":[{"name":"http","port":80}]}}"#;
    crate::harness::apply(&lab, second);
    kubectl(&lab, &["wait", "service/second", "-n", "istio-system", "--for=jsonpath={.status.loadBalancer.ingress}", "--timeout=30s"]);
    crate::harness::settle(&lab);
    let expect = |service: &str| {
        format!("- service: {service}\n  namespace: istio-system\n  expect:\n  - {{to: loadBalancer, port: 80, from: {{network: pod}}}}\n")
    };
    let text = format!("apiVersion: lbprobe/v1\nkind: Acceptance\nservices:\n{}{}", expect("istio-ingressgateway"), expect("second"));
    let file = file_with(&text);
    let running = start_plugin(&lab, &["accept", "--events", "-f", &file.path().display().to_string()]);
    eventually("a pod for each vantage, and their Job", std::time::Duration::from_secs(10), || left_over(&lab).lines().count() == 7);
    let ran = running.end();
    let events =
        kubectl(&lab, &["get", "events", "-n", "istio-system", "-o", "jsonpath={range .items[*]}{.involvedObject.name} {.reason}\n{end}"]);
    kubectl(&lab, &["delete", "service", "second", "-n", "istio-system"]);
    ran.expect(
        3,
        &["Service istio-system/second", "Service istio-system/istio-ingressgateway", "NOT ACCEPTED: 3 of 4 expectations passed, 1 failed"],
    );
    assert!(events.contains("istio-ingressgateway NotAccepted") && events.contains("second Accepted"), "{events}");
    nothing_left(&lab);
}

/// The Job of the manifest with the program of this build, which is mounted: an image of it would be imported
/// by every node of every lab.
fn job() -> String {
    let manifest = std::fs::read_to_string(root().join("manifests/acceptance.yaml")).unwrap();
    let folder = root().join("target/debug").canonicalize().unwrap();
    let image = "        image: kubectl-lbprobe/plugin:v0.1.0\n";
    let program = "        image: docker.io/lab/pause:1\n        imagePullPolicy: Never\n        command: [/program/kubectl-lbprobe]\n";
    let mount = "        - {name: expectations, mountPath: /etc/lbprobe, readOnly: true}\n";
    let mounts = "        - {name: program, mountPath: /program}\n        - {name: lib, mountPath: /lib}\n        - {name: lib64, mountPath: /lib64}\n";
    let volume = "      - {name: expectations, configMap: {name: lbprobe-acceptance}}\n";
    let folders = [("program", folder.display().to_string()), ("lib", "/usr/lib".into()), ("lib64", "/usr/lib64".into())];
    let volumes: String = folders.map(|(name, path)| format!("      - {{name: {name}, hostPath: {{path: {path}}}}}\n")).concat();
    assert!([image, mount, volume].iter().all(|text| manifest.contains(text)), "the manifest has another form");
    manifest.replacen(image, program, 1).replacen(mount, &format!("{mount}{mounts}"), 1).replacen(volume, &format!("{volume}{volumes}"), 1)
}

#[test]
fn a_job_accepts_inside_the_cluster_with_the_rights_of_the_manifests() {
    let lab = faulty_lab();
    let today = lbprobe(&lab, &["accept", "--init", "istio-ingressgateway", "-n", "istio-system"]).stdout;
    for manifest in ["rbac.yaml", "namespace.yaml", "admission.yaml"] {
        kubectl(&lab, &["apply", "-f", &root().join("manifests").join(manifest).display().to_string()]);
    }
    // Probe pods have this account.
    lab_has_account(&lab, "lbprobe");
    let events = ["create", "rolebinding", "lbprobe-events", "-n", "istio-system", "--clusterrole=lbprobe-events"];
    kubectl(&lab, &[&events[..], &["--serviceaccount=lbprobe:lbprobe-acceptance"]].concat());
    let wanted = today.replace("reachable: false", "reachable: true");
    for (text, condition, said) in [(&today, "Complete", "ACCEPTED: "), (&wanted, "Failed", "NOT ACCEPTED: ")] {
        let file = file_with(text);
        let expectations = format!("--from-file=acceptance.yaml={}", file.path().display());
        kubectl(&lab, &["create", "configmap", "lbprobe-acceptance", "-n", "lbprobe", &expectations]);
        crate::harness::apply(&lab, &job());
        let wait = [
            "wait",
            "job/lbprobe-acceptance",
            "-n",
            "lbprobe",
            &format!("--for=condition={condition}"),
            &format!("--timeout={}", seconds(120)),
        ];
        let ended = lab.run(&[&["kubectl"], &wait[..]].concat()).unwrap();
        let log = kubectl(&lab, &["logs", "job/lbprobe-acceptance", "-n", "lbprobe"]);
        assert!(ended.status.success() && log.contains(said), "{ended:?}\n{log}");
        kubectl(&lab, &["delete", "job/lbprobe-acceptance", "configmap/lbprobe-acceptance", "-n", "lbprobe"]);
    }
    let events =
        kubectl(&lab, &["get", "events", "-n", "istio-system", "-o", "jsonpath={range .items[*]}{.reason} {.source.component}\n{end}"]);
    assert!(events.contains("NotAccepted kubectl-lbprobe") && events.lines().any(|line| line == "Accepted kubectl-lbprobe"), "{events}");
    let schedule = ["get", "cronjob", "lbprobe-acceptance", "-n", "lbprobe", "-o", "jsonpath={.spec.schedule}"];
    assert!(kubectl(&lab, &schedule).contains("17 * * * *"));
    kubectl(&lab, &["delete", "cronjob", "lbprobe-acceptance", "-n", "lbprobe"]);
    kubectl(&lab, &["delete", "rolebinding", "lbprobe-events", "-n", "istio-system"]);
    nothing_left(&lab);
}
