//! What probes on hosts learn of the running kube-proxy, against what the API says of it.

use lbprobe_analysis::documents::Report;

use crate::harness::{OTHER_CIDR, faulty_lab, kubectl, run_gateway};

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
            "checks match the prediction for kube-proxy in iptables mode",
            "in iptables mode (asked on the nodes)",
            "kube-proxy's mode: ipvs (ConfigMap kube-system/kube-proxy), but iptables on node1, node2 and node3 (confirmed)",
        ],
    );
    assert!(!ran.stdout.contains("Not as expected"), "{ran:#?}");
    // Without the host vantage the ConfigMap is all there is, and what is seen contradicts it.
    from_pods
        .expect(3, &["for kube-proxy in ipvs mode", "Not as expected", "node2 (pod) at 198.51.100.1, port 80: expected ok, saw timed out"]);
    let report: Report = serde_json::from_str(&saved.stdout).unwrap();
    let records: Vec<_> =
        report.observations.probes.iter().filter_map(|probe| Some((probe.vantage.node.as_str(), probe.seen.record()?))).collect();
    let asked: Vec<_> =
        records.iter().filter_map(|(node, record)| Some((*node, record.kube_proxy.as_ref()?, record.node.as_ref()?))).collect();
    assert_eq!(asked.len(), 3, "one a host");
    for (name, kube_proxy, node) in asked {
        assert_eq!((kube_proxy.mode.as_deref(), kube_proxy.healthz, kube_proxy.waiting_seconds), (Some("iptables"), Some(200), None));
        assert_eq!((kube_proxy.detect_local.as_deref(), kube_proxy.cluster_cidr.as_deref()), (Some("ClusterCIDR"), Some(OTHER_CIDR)));
        assert!(kube_proxy.release.as_deref().is_some_and(|release| release.starts_with("v1.34.")), "{kube_proxy:?}");
        assert_eq!((kube_proxy.livez, kube_proxy.node_eligible), (Some(200), Some(true)));
        assert!(kube_proxy.synced_seconds.is_some(), "{kube_proxy:?}");
        assert_eq!(node.local_endpoints, Some(u32::from(name == "node1")), "{name}: kube-proxy's own count");
        assert!(node.own_addresses.is_empty() && !node.ipvs_device && node.virtual_servers.is_empty(), "{node:?}");
    }
}
