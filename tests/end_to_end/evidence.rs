//! What probes on hosts learn of the running kube-proxy, against what the API says of it.

use lbprobe_analysis::report::Report;

use crate::harness::{faulty_lab, kubectl, run_gateway};

#[test]
fn the_running_process_counts_more_than_its_config_map() {
    let lab = faulty_lab();
    let written = kubectl(&lab, &["get", "configmap", "kube-proxy", "-n", "kube-system", "-o", r"jsonpath={.data.config\.conf}"]);
    let patch = |config: &str| {
        let patch = serde_json::json!({ "data": { "config.conf": config } }).to_string();
        kubectl(&lab, &["patch", "configmap", "kube-proxy", "-n", "kube-system", "--type", "merge", "-p", &patch]);
    };
    patch(&written.replace("\"iptables\"", "\"ipvs\""));
    let (ran, from_pods) = (run_gateway(&lab, &[]), run_gateway(&lab, &["--vantage", "pod"]));
    let saved = run_gateway(&lab, &["-o", "json"]);
    patch(&written);
    ran.expect(
        3,
        &[
            "46 of 46 checks went as expected of kube-proxy in iptables mode",
            "in iptables mode (asked on the nodes)",
            "says mode ipvs, but kube-proxy runs in iptables mode on node1, node2 and node3",
        ],
    );
    // Without the host vantage the ConfigMap is all there is, and what is seen contradicts it.
    from_pods
        .expect(3, &["of kube-proxy in ipvs mode", "Not as expected", "node2 (pod) at 198.51.100.1, port 80: expected ok, saw timed out"]);
    let report: Report = serde_json::from_str(&saved.stdout).unwrap();
    let evidence: Vec<_> = report.observations.probes.iter().filter_map(|probe| probe.seen.record()?.kube_proxy.clone()).collect();
    assert_eq!(evidence.len(), 3, "one a host");
    for kube_proxy in evidence {
        assert_eq!(kube_proxy.mode.as_deref(), Some("iptables"));
        assert!(kube_proxy.release.as_deref().is_some_and(|release| release.starts_with("v1.34.")), "{kube_proxy:?}");
    }
}
