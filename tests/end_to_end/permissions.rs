//! Must-show 5: users without rights; and the rights of manifests/ are enough.

use crate::harness::{faulty_lab, kubectl, nothing_left, root, run_gateway};

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
    nothing_left(&lab);
    kubectl(&lab, &["create", "rolebinding", "oncall", "-n", "default", "--clusterrole=lbprobe-pods", "--user=oncall"]);
    let ran = run_gateway(&lab, &["--as", "oncall"]);
    ran.expect(3, &["(confirmed)"]);
    assert_eq!(ran.stderr, "", "nothing is missing, and nothing is said off a terminal");
    nothing_left(&lab);
}
