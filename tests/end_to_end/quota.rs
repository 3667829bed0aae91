//! A quota of 0 pods, and one that takes only some.

use crate::harness::{apply, faulty_lab, lbprobe, nothing_left, run_gateway};
use crate::restricted::lab_has_account;

fn quota(pods: u8) -> String {
    format!(
        "
apiVersion: v1
kind: Namespace
metadata: {{name: quota{pods}}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {{name: few, namespace: quota{pods}}}
spec: {{hard: {{pods: {pods}}}}}
"
    )
}

fn wait_for_quota(lab: &lbprobe_lab::Lab, namespace: &str) {
    crate::harness::kubectl(lab, &["wait", "resourcequota/few", "-n", namespace, "--for=jsonpath={.status.hard.pods}", "--timeout=10s"]);
}

#[test]
fn a_quota_of_no_pods_is_an_error_with_a_hint() {
    let lab = faulty_lab();
    apply(&lab, &quota(0));
    lab_has_account(&lab, "quota0");
    wait_for_quota(&lab, "quota0");
    for vantage in ["pod,host", "pod"] {
        run_gateway(&lab, &["--probe-namespace", "quota0", "--vantage", vantage])
            .expect(1, &["error: no probe pod could be created", "exceeded quota: few", "hint: kubectl describe resourcequota -n quota0"]);
    }
    lbprobe(&lab, &["check", "--probe-namespace", "quota0"])
        .expect(3, &["NOT READY", "yes the run's Job", "no a probe pod: exceeded quota: few", "yes change a Service"]);
    nothing_left(&lab);
}

#[test]
fn a_quota_of_some_pods_makes_the_rest_unmeasured() {
    let lab = faulty_lab();
    apply(&lab, &quota(2));
    lab_has_account(&lab, "quota2");
    wait_for_quota(&lab, "quota2");
    let ran = run_gateway(&lab, &["--probe-namespace", "quota2", "--vantage", "host"]);
    ran.expect(4, &["INCONCLUSIVE", "Not measured", "exceeded quota: few", "not measured"]);
    nothing_left(&lab);
}
