//! The load balancer seen from a pod of another cluster: a second lab, whose router has a link to the first one's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::{Lab, LabOptions, ProxyMode};

use crate::harness::{OTHER_CIDR, Ran, apply, deploy, in_lab, kubectl, nothing_left, patient, slot_for_two, start, start_with};

const RUN: [&str; 4] = ["run", "istio-ingressgateway", "-n", "istio-system"];

/// The other router on the link between both.
const THERE: &str = "203.0.113.130";

/// Both clusters have the same addresses: each router hides its own behind its end of the link.
const OF_THIS_ROUTER: &str = "ip addr add 203.0.113.129/30 dev other && ip link set other up && \
     iptables -t nat -A POSTROUTING -o other -j MASQUERADE";

/// The other one has the first one's load balancers behind the link, and its own API server in front of it.
const OF_THE_OTHER: &str = "ip addr add 203.0.113.130/30 dev other && ip link set other up && \
     ip route del local 198.51.100.0/24 dev lo && ip route add 198.51.100.0/24 via 203.0.113.129 dev other && \
     iptables -t nat -A POSTROUTING -o other -j MASQUERADE && \
     iptables -t nat -A PREROUTING -i other -p tcp --dport 6443 -j DNAT --to-destination 198.18.0.2:6443";

/// What holds back every pod of a namespace.
const NO_EGRESS: &str = r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: no-egress, namespace: default}
spec: {podSelector: {}, policyTypes: [Egress]}
";

/// A Service with the address of the first one's load balancer.
const SAME_ADDRESS: &str = r"
apiVersion: v1
kind: Service
metadata: {name: same, namespace: default}
spec: {selector: {app: nobody}, externalIPs: [198.51.100.1], ports: [{port: 80}]}
";

struct Clusters {
    here: Lab,
    there: Lab,
    folder: tempfile::TempDir,
}

impl Clusters {
    fn start() -> Self {
        let here = start("two-here", ProxyMode::Iptables, OTHER_CIDR);
        deploy(&here, &["node1"], "Local");
        let there = start_with("two-there", LabOptions { nodes: 1, ..LabOptions::default() });
        link(&here, &there);
        let folder = tempfile::tempdir().unwrap();
        let clusters = Self { here, there, folder };
        fs::write(clusters.kubeconfig(), clusters.both_contexts()).unwrap();
        clusters
    }

    fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("both.kubeconfig")
    }

    /// A kubeconfig of both, by contexts `here`, the current one, and `there`.
    fn both_contexts(&self) -> String {
        let of = |lab: &Lab, name: &str, server: &str| -> Vec<(&str, serde_json::Value)> {
            let shown = kubectl(lab, &["config", "view", "--raw", "--flatten", "-o", "json"]);
            let mut config: serde_json::Value = serde_json::from_str(&shown).unwrap();
            let cluster = &mut config["clusters"][0]["cluster"];
            cluster["server"] = server.into();
            cluster["tls-server-name"] = "198.18.0.2".into();
            let context = serde_json::json!({"name": name, "context": {"cluster": name, "user": name, "namespace": "default"}});
            let named = |kind: &str, inner: &str| serde_json::json!({"name": name, inner: config[kind][0][inner]});
            vec![("clusters", named("clusters", "cluster")), ("users", named("users", "user")), ("contexts", context)]
        };
        let mut both = serde_json::json!({"apiVersion": "v1", "kind": "Config", "current-context": "here", "clusters": [], "users": [], "contexts": []});
        let there = format!("https://{THERE}:6443");
        for (kind, value) in of(&self.here, "here", "https://198.18.0.2:6443").into_iter().chain(of(&self.there, "there", &there)) {
            both[kind].as_array_mut().unwrap().push(value);
        }
        both.to_string()
    }

    fn run(&self, words: &[&str]) -> Ran {
        let kubeconfig = format!("KUBECONFIG={}", self.kubeconfig().display());
        in_lab(&self.here, &[&[kubeconfig.as_str()], words].concat())
    }

    fn lbprobe(&self, words: &[&str], context: &str) -> Ran {
        self.run(&[&["kubectl", "lbprobe"], words, &["--outside-from", context], patient(words)].concat())
    }

    #[track_caller]
    fn nothing_left(&self) {
        nothing_left(&self.here);
        nothing_left(&self.there);
    }
}

/// A pair of devices between the routers of both.
fn link(here: &Lab, there: &Lab) {
    let router = |lab: &Lab| format!("/proc/{}/root/run/netns/cloud", lab.place().init().unwrap());
    let mut pair = Command::new("nsenter");
    pair.arg(format!("--net={}", router(there)));
    let made = pair.args(["ip", "link", "add", "other", "type", "veth", "peer", "name", "other", "netns", &router(here)]).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    for (lab, script) in [(here, OF_THIS_ROUTER), (there, OF_THE_OTHER)] {
        let done = lab.run_at(Vantage::Cloud, &["sh", "-c", script]).unwrap();
        assert!(done.status.success(), "{done:?}");
    }
}

#[test]
fn a_pod_of_another_cluster_is_a_vantage_outside() {
    let _slot = slot_for_two();
    let clusters = Clusters::start();
    let seen = ["From context/there, outside the cluster - 198.51.100.1, port 80: ok - 198.51.100.1, port 443: ok"];
    let ran = clusters.lbprobe(&RUN, "context/there");
    ran.expect(3, &[seen[0], "FAULT: externalTrafficPolicy is Local"]);
    // Nodes have the same addresses in both clusters: the other one's own would answer.
    assert!(!ran.stdout.contains("node1's node port"), "{ran:#?}");
    clusters.nothing_left();
    let report = saved(&clusters, clusters.folder.path());
    clusters.run(&["kubectl", "lbprobe", "diagnose", "-f", &report]).expect(3, &seen);
    refused(&clusters);
    let save = clusters.folder.path().display().to_string();
    let fix = ["fix", "istio-ingressgateway", "-n", "istio-system", "--strategy", "cluster", "--apply", "--yes", "--save", &save];
    clusters.lbprobe(&fix, "context/there").expect(0, &["seen from outside: answered before and after"]);
    let verify = ["verify", "istio-ingressgateway", "-n", "istio-system", "--baseline", &report];
    clusters.lbprobe(&verify, "context/there").expect(0, &["fixed"]);
    clusters.nothing_left();
    interrupted(&clusters);
}

fn saved(clusters: &Clusters, folder: &Path) -> String {
    let file = folder.join("report.json");
    fs::write(&file, clusters.lbprobe(&[&RUN[..], &["-o", "json"]].concat(), "context/there").stdout).unwrap();
    file.display().to_string()
}

/// What says nothing of the outside is not asked.
fn refused(clusters: &Clusters) {
    clusters
        .lbprobe(&RUN, "context/here")
        .expect(1, &["could not probe from context/here: this is the cluster of the Service itself: both have the same nodes"]);
    clusters.lbprobe(&RUN, "context/nowhere").expect(1, &["could not probe from context/nowhere", "kubectl config get-contexts"]);
    apply(&clusters.there, NO_EGRESS);
    let held_back = "NetworkPolicy default/no-egress there limits where the probe may connect to";
    clusters.lbprobe(&RUN, "context/there").expect(1, &[held_back, "kubectl --context=there get networkpolicies -n default"]);
    kubectl(&clusters.there, &["delete", "networkpolicy", "no-egress"]);
    // kube-proxy there would answer.
    apply(&clusters.there, SAME_ADDRESS);
    clusters
        .lbprobe(&RUN, "context/there")
        .expect(1, &["198.51.100.1, which is to be dialled, is an address of Service default/same there"]);
    kubectl(&clusters.there, &["delete", "service", "same"]);
    clusters.nothing_left();
}

/// Somebody who has seen enough leaves nothing in either cluster.
fn interrupted(clusters: &Clusters) {
    for seconds in ["1", "2", "4"] {
        // Without it the signal comes twice, and a second one ends the removal too.
        clusters.run(
            &[
                &["timeout", "--foreground", "--signal", "INT", seconds, "kubectl", "lbprobe"],
                &RUN[..],
                &["--outside-from", "context/there"],
            ]
            .concat(),
        );
        clusters.nothing_left();
    }
}
