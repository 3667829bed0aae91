//! `watch --metrics`, scraped by a real Prometheus with the rules of the manifest.

use std::fs;
use std::process::{Child, Stdio};
use std::time::Duration;

use lbprobe_lab::Lab;
use lbprobe_lab::outside::lab::Vantage;
use nix::sys::signal::Signal;

use crate::harness::{eventually_in, fresh_faulty_lab, kubectl, lbprobe, nothing_left, root, seconds, start_plugin};

const METRICS: &str = "127.0.0.1:9464";
const PROMETHEUS: &str = "127.0.0.1:9465";

/// Runs until its input ends.
const SERVE: &str = r#"
promtool check config "$0/prometheus.yml" >&2 || exit 1
prometheus --config.file="$0/prometheus.yml" --storage.tsdb.path="$0/data" --web.listen-address="$1" --log.level=error &
read -r end
kill $!
wait
"#;

struct Prometheus<'a> {
    lab: &'a Lab,
    server: Child,
    _folder: tempfile::TempDir,
}

impl<'a> Prometheus<'a> {
    /// With the rules of the manifest, which stand below its `spec`.
    fn start(lab: &'a Lab) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let manifest = fs::read_to_string(root().join("manifests/prometheus-rule.yaml")).unwrap();
        let rules: Vec<_> =
            manifest.lines().skip_while(|line| *line != "spec:").skip(1).map(|line| line.strip_prefix("  ").unwrap()).collect();
        fs::write(folder.path().join("rules.yml"), rules.join("\n")).unwrap();
        let config = format!(
            "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\nrule_files: [rules.yml]\nscrape_configs:\n- job_name: lbprobe\n  \
             static_configs: [{{ targets: [{METRICS:?}] }}]\n"
        );
        fs::write(folder.path().join("prometheus.yml"), config).unwrap();
        let mut server = lab.command(Vantage::Control, "sh");
        server.args(["-c", SERVE, &folder.path().display().to_string(), PROMETHEUS]);
        let server = server.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        Self { lab, server, _folder: folder }
    }

    /// The value of a query that has one; nothing without any.
    fn value(&self, query: &str) -> Option<String> {
        let query = format!("query={query}");
        let output = self.lab.run(&["curl", "-sG", &format!("http://{PROMETHEUS}/api/v1/query"), "--data-urlencode", &query]).unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
        answer.pointer("/data/result/0/value/1")?.as_str().map(str::to_owned)
    }
}

impl Drop for Prometheus<'_> {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        drop(self.server.wait());
    }
}

#[test]
fn prometheus_reads_what_a_watch_sees_and_its_rules_hold() {
    let lab = fresh_faulty_lab();
    let words = ["watch", "istio-ingressgateway", "-n", "istio-system", "--port", "80", "--for", &seconds(120), "--metrics", METRICS];
    let watch = start_plugin(&lab, &words);
    let prometheus = Prometheus::start(&lab);
    let long = Duration::from_secs(40);
    let becomes = |query: &str, wanted: &str| {
        eventually_in(&lab, &format!("{query} is {wanted}"), long, || prometheus.value(query).as_deref() == Some(wanted));
    };
    becomes("count(lbprobe_vantage_up == 1)", "6");
    // Pods of the two nodes without an endpoint fail at the load balancer, and nothing else does.
    becomes("count(lbprobe_probe_success == 0)", "2");
    becomes(r#"count(lbprobe_probe_success{target=~"LB.*",network="pod",node=~"node[23]",port="80"} == 0)"#, "2");
    becomes(r#"count(ALERTS{alertname="LoadBalancerUnreachableInside",namespace="istio-system"})"#, "2");
    becomes("count(lbprobe_samples_failed_total > 1)", "2");
    becomes("count(lbprobe_outages_total == 1)", "2");
    becomes("count(lbprobe_probe_duration_seconds < 1)", &prometheus.value("count(lbprobe_probe_success)").unwrap());
    // Others are told that there is nothing.
    let head = |url: &str| String::from_utf8(lab.run(&["curl", "-sI", url]).unwrap().stdout).unwrap();
    assert!(head(&format!("http://{METRICS}/")).starts_with("HTTP/1.1 404"));
    assert!(head(&format!("http://{METRICS}/metrics")).contains("application/openmetrics-text; version=1.0.0"));
    // Another watch cannot have the address, and makes nothing.
    let second = start_plugin(&lab, &words).end();
    second.expect(1, &["error: metrics cannot be served at 127.0.0.1:9464: ", "hint: --metrics 127.0.0.1:0"]);
    watch.signal(Signal::SIGINT);
    watch.end().expect(3, &["metrics at http://127.0.0.1:9464/metrics", "OUTAGES"]);
    nothing_left(&lab);
}

#[test]
fn an_acceptance_leaves_a_file_for_the_node_exporter() {
    let lab = fresh_faulty_lab();
    let folder = tempfile::tempdir().unwrap();
    let [expectations, metrics] = ["acceptance.yaml", "lbprobe.prom"].map(|name| folder.path().join(name).display().to_string());
    let init = lbprobe(&lab, &["accept", "--init", "istio-ingressgateway", "-n", "istio-system"]);
    fs::write(&expectations, &init.stdout).unwrap();
    let accept = ["accept", "-f", &expectations, "--metrics-file", &metrics];
    lbprobe(&lab, &accept).expect(0, &["ACCEPTED"]);
    let check = format!("promtool check metrics <{metrics}");
    let checked = lab.run(&["sh", "-c", &check]).unwrap();
    assert!(checked.status.success(), "{checked:?}");
    let text = fs::read_to_string(&metrics).unwrap();
    let failed = |line: &&str| line.starts_with("lbprobe_accept_cases{") && line.contains(r#"result="failed""#);
    assert!(text.lines().find(failed).is_some_and(|line| line.ends_with(" 0")), "{text}");
    assert!(text.contains(r#"lbprobe_accept_passed{namespace="istio-system",service="istio-ingressgateway",expectation=""#), "{text}");
    // What holds today does not hold without the gateway.
    kubectl(&lab, &["scale", "deployment/istio-ingressgateway", "-n", "istio-system", "--replicas=0"]);
    kubectl(&lab, &["wait", "pod", "-n", "istio-system", "-l", "app=istio-ingressgateway", "--for=delete", "--timeout=60s"]);
    lbprobe(&lab, &accept).expect(3, &["NOT ACCEPTED"]);
    let text = fs::read_to_string(&metrics).unwrap();
    assert!(text.lines().find(failed).is_some_and(|line| !line.ends_with(" 0")), "{text}");
    let missing = folder.path().join("missing/lbprobe.prom").display().to_string();
    lbprobe(&lab, &["accept", "-f", &expectations, "--metrics-file", &missing]).expect(2, &["there is no folder"]);
}
