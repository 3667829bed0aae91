//! Users without rights; and the rights of manifests/ are enough.

use crate::harness::{faulty_lab, kubectl, lbprobe, nothing_left, root, run_gateway};

#[test]
fn the_rights_of_the_manifest_are_enough_and_less_is_told() {
    let lab = faulty_lab();
    run_gateway(&lab, &["--as", "stranger"])
        .expect(1, &["error: failed to", "is forbidden", "hint: kubectl auth can-i", "manifests/rbac.yaml"]);
    let manifest = root().join("manifests/rbac.yaml").display().to_string();
    kubectl(&lab, &["apply", "-f", &manifest]);
    kubectl(&lab, &["create", "clusterrolebinding", "reader", "--clusterrole=lbprobe", "--user=reader", "--user=oncall"]);
    run_gateway(&lab, &["--as", "reader"]).expect(
        1,
        &["error: no probe pod could be created", "cannot create resource \"pods\"", "hint: kubectl auth can-i create pods -n default"],
    );
    run_gateway(&lab, &["--as", "reader", "--vantage", "pod"]).expect(1, &["cannot create resource \"jobs\""]);
    lbprobe(&lab, &["check", "--as", "reader"]).expect(
        3,
        &[
            "NOT READY",
            "yes read Services",
            "not allowed to create jobs.batch, patch jobs.batch",
            "in namespace default",
            "hint: manifests/rbac.yaml",
        ],
    );
    nothing_left(&lab);
    kubectl(&lab, &["create", "rolebinding", "oncall", "-n", "default", "--clusterrole=lbprobe-pods", "--user=oncall"]);
    let ran = run_gateway(&lab, &["--as", "oncall"]);
    ran.expect(3, &["(confirmed)"]);
    assert_eq!(ran.stderr, "", "nothing is missing, and nothing is said off a terminal");
    lbprobe(&lab, &["check", "--as", "oncall"]).expect(
        4,
        &[
            "PARTLY READY",
            "yes start probe pods",
            "no read what makes answers surer",
            "get configmaps and list pods in namespace kube-system",
        ],
    );
    nothing_left(&lab);
    // The right to send the probe is one of its own: without it the image is all that there is.
    let nowhere = ["--as", "oncall", "--image", "No:Where:1"];
    run_gateway(&lab, &nowhere).expect(
        4,
        &["warning: the ConfigMaps that carry the probe could not be created", "INCONCLUSIVE", "the probe's image cannot be pulled"],
    );
    nothing_left(&lab);
    kubectl(&lab, &["create", "rolebinding", "carry", "-n", "default", "--clusterrole=lbprobe-carry", "--user=oncall"]);
    run_gateway(&lab, &nowhere).expect(3, &["sending the probe to 3 nodes in ConfigMaps", "(confirmed)"]);
    nothing_left(&lab);
}

#[test]
fn each_other_command_has_enough_with_its_rights_and_tells_what_is_missing() {
    let lab = faulty_lab();
    let manifest = root().join("manifests/rbac.yaml").display().to_string();
    kubectl(&lab, &["apply", "-f", &manifest]);
    let users = ["--user=may-read", "--user=may-probe"];
    kubectl(&lab, &[&["create", "clusterrolebinding", "commands-read", "--clusterrole=lbprobe"], &users[..]].concat());
    kubectl(&lab, &["create", "rolebinding", "commands-probe", "--clusterrole=lbprobe-pods", "--user=may-probe"]);
    kubectl(&lab, &["create", "clusterrolebinding", "commands-clean", "--clusterrole=lbprobe-cleanup", "--user=may-clean"]);
    let folder = tempfile::tempdir().unwrap();
    let (report, expectations) = (folder.path().join("report.json"), folder.path().join("acceptance.yaml"));
    let gateway = ["istio-ingressgateway", "-n", "istio-system"];
    std::fs::write(&report, run_gateway(&lab, &["-o", "json"]).stdout).unwrap();
    std::fs::write(&expectations, lbprobe(&lab, &[&["accept", "--init"], &gateway[..]].concat()).stdout).unwrap();
    let (report, expectations) = (report.display().to_string(), expectations.display().to_string());
    let explain = [&["explain"], &gateway[..]].concat();
    let verify = [&["verify"], &gateway[..], &["--baseline", &report]].concat();
    let watch = [&["watch"], &gateway[..], &["--for", "9s"]].concat();
    let accept = ["accept", "-f", &expectations];
    let fix = [&["fix"], &gateway[..]].concat();
    let cleanup = ["cleanup", "-A"];
    let run = |words: &[&str], user: &str| lbprobe(&lab, &[words, &["--as", user]].concat());
    // Without the rights in kube-system kube-proxy's configuration is not known.
    run(&explain, "may-read").expect(4, &["DEPENDS", "kube-proxy's configuration: failed to"]);
    run(&explain, "nobody").expect(1, &["is forbidden", "hint: kubectl auth can-i"]);
    for (words, code) in [(&verify[..], 3), (&accept[..], 0), (&watch[..], 3), (&fix[..], 3)] {
        run(words, "may-probe").expect(code, &[]);
        run(words, "may-read").expect(1, &["error: no probe pod could be created", "hint: kubectl auth can-i create pods"]);
    }
    // What may not be watched is told, and so is that nothing is missing.
    assert!(!run(&watch, "may-probe").stdout.contains("Not known"));
    let without_watch = r#"[{"op":"replace","path":"/rules/0/verbs","value":["get","list"]}]"#;
    kubectl(&lab, &["patch", "clusterrole", "lbprobe", "--type=json", "-p", without_watch]);
    run(&watch, "may-probe").expect(3, &["Not known", "what changed: services", "is forbidden", "cannot watch resource \"services\""]);
    let with_events = [&accept[..], &["--events"]].concat();
    run(&with_events, "may-probe")
        .expect(0, &["ACCEPTED", "warning: failed to write an event on service", "hint: kubectl auth can-i create events"]);
    kubectl(&lab, &["create", "rolebinding", "commands-events", "-n", "istio-system", "--clusterrole=lbprobe-events", "--user=may-probe"]);
    run(&with_events, "may-probe").expect(0, &["ACCEPTED"]);
    run(&cleanup, "may-clean").expect(0, &["removed in all namespaces"]);
    // Jobs and pods are asked for at a time: either may be told.
    run(&cleanup, "may-probe").expect(1, &["failed to list ", "is forbidden", "hint: kubectl auth can-i list "]);
    nothing_left(&lab);
    kubectl(&lab, &["delete", "rolebinding", "commands-events", "-n", "istio-system"]);
    kubectl(&lab, &["delete", "clusterrolebinding/commands-read", "clusterrolebinding/commands-clean", "rolebinding/commands-probe"]);
}
