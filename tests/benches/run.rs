//! How long a run takes, as ratios against references measured in turn with it on the same lab.
//!
//! Everything is measured from outside, as whole processes inside the lab. The machine is shared:
//! read the medians and the ratios, not single times. Nothing here passes or fails.
#![allow(clippy::print_stdout, reason = "a bench prints")]

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{DeleteParams, ListParams, PostParams, WatchEvent, WatchParams};
use lbprobe_lab::artifacts::{Artifacts, MUTE_IMAGE};
use lbprobe_lab::gateway::{Gateway, GatewayKind, Owner};
use lbprobe_lab::inside::{client, pki};
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::{Lab, LabOptions};
use lbprobe_protocol::{Check, Exchange, Host, PLAN_VARIABLE, Plan, VERSION, When};
use serde_json::json;

const ROUNDS: usize = 5;
const NODES: [&str; 3] = ["node1", "node2", "node3"];

/// Each sample's deadline in the run whose checks are dropped: the plugin's default.
const DEADLINE: Duration = Duration::from_millis(3500);

fn main() {
    if std::env::args().nth(1).as_deref() == Some("floor") {
        print_floor();
        return;
    }
    probe_start();
    let start = Instant::now();
    // A CIDR that holds no pod, so that policy Local fails from pods and policy Cluster does not.
    let options =
        LabOptions { name: format!("bench-{}", std::process::id()), cluster_cidr: "10.99.0.0/16".into(), ..LabOptions::default() };
    let lab = Lab::start(&lab_program(), &options, |_| {}).expect("the lab starts");
    println!("lab up, {} nodes, to Ready and DNS: {:.1} s\n", options.nodes, start.elapsed().as_secs_f64());
    all_answering(&lab);
    against_a_script(&lab);
}

fn lab_program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_lab"))
}

/// Built by the same profile as the floor, so that the ratio compares what they do, not how they were compiled.
fn plugin() -> PathBuf {
    let built = lab_program().with_file_name("kubectl-lbprobe");
    assert!(built.exists(), "make build makes {}", built.display());
    built
}

/// The probe as a program on this machine, from its start until a listener on loopback holds its
/// first connection; the reference is a static program that does nothing.
fn probe_start() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let check = Check {
        id: 0,
        host: Host::Address(address.ip()),
        port: address.port(),
        exchange: Exchange::Connect,
        samples: 1,
        timeout_ms: 1000,
        when: When::AtOnce,
        follow_ups: Vec::new(),
    };
    let plan = serde_json::to_string(&Plan {
        version: VERSION,
        wait_ms: 0,
        linger_ms: 0,
        checks: vec![check],
        questions: Vec::new(),
        watch: None,
        kernel: None,
    })
    .expect("a plan is JSON");
    let probe = Artifacts::locate().expect("make build has built the probe").probe;
    let (mut probes, mut nothings) = (Vec::new(), Vec::new());
    for _ in 0..=20 {
        let start = Instant::now();
        let child = Command::new(&probe).env(PLAN_VARIABLE, &plan).stdout(Stdio::null()).spawn();
        listener.accept().expect("the probe connects");
        probes.push(start.elapsed());
        child.and_then(|mut child| child.wait()).expect("the probe ends");
        let start = Instant::now();
        Command::new("/bin/busybox").arg("true").status().expect("busybox is there");
        nothings.push(start.elapsed());
    }
    let milliseconds = |times: &[Duration]| format!("{:.1} ms (median)", median(times).as_secs_f64() * 1000.0);
    println!("probe, exec to its first connection (goal 10 ms)                   {}", milliseconds(&probes));
    println!("reference: a static program that does nothing, exec to its end     {}\n", milliseconds(&nothings));
}

fn policy(lab: &Lab, policy: &str) {
    let gateway = Gateway { kind: GatewayKind::Istio, on: vec!["node1".into()], policy: policy.into(), owner: Owner::Nobody };
    gateway.deploy(lab, &lab_program()).expect("the gateway is deployed");
    sleep(Duration::from_secs(2));
}

/// A run whose checks are all answered against the floor, then one with dropped checks.
fn all_answering(lab: &Lab) {
    policy(lab, "Cluster");
    let (mut runs, mut one_network, mut floors) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..=ROUNDS {
        runs.push(run(lab, 0, &[]).whole);
        one_network.push(run(lab, 0, &["--vantage", "pod"]).whole);
        floors.push(floor(lab));
    }
    policy(lab, "Local");
    let dropped: Vec<_> = (0..=ROUNDS).map(|_| run(lab, 3, &[]).whole).collect();
    println!("run, pod and host network (6 pods), all answering, start to exit   {}", spread(&runs));
    println!("run, pod network (3 pods), all answering, start to exit            {}", spread(&one_network));
    println!("floor: a pod of `true` on each of the 3 nodes, to Succeeded        {}", spread(&floors));
    println!("ratio of 6 pods to the floor of 3 (goal 0.70 or less)              {}", ratio(&runs, &floors));
    println!("ratio of 3 pods to the floor of 3 (goal 0.70 or less)              {}", ratio(&one_network, &floors));
    println!("run with dropped checks, start to exit                             {}", spread(&dropped));
    let added = median(&dropped).saturating_sub(median(&runs));
    let (added, deadline) = (added.as_secs_f64(), DEADLINE.as_secs_f64());
    println!("a dropped check adds {added:.2} s, {:.2} of its deadline of {deadline:.2} s (goal 1)\n", added / deadline);
}

/// What a user would script against the run: first where all is well, then on the fault.
fn against_a_script(lab: &Lab) {
    policy(lab, "Cluster");
    println!("where all is well");
    race(lab, 0, 0);
    policy(lab, "Local");
    println!("on the fault, where both wait for dropped packets: the run {:.1} s, the script 4 s", DEADLINE.as_secs_f64());
    race(lab, 3, 2);
}

fn race(lab: &Lab, code: i32, failing: usize) {
    let (mut runs, mut runs_gone, mut scripts, mut scripts_gone) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        let run = run(lab, code, &[]);
        runs.push(run.to_verdict);
        runs_gone.push(run.to_gone.saturating_sub(run.to_verdict));
        let (answer, gone) = script(lab, failing);
        scripts.push(answer);
        scripts_gone.push(gone);
    }
    println!("run, start to verdict                                              {}", spread(&runs));
    println!("script (DaemonSet, 4 s limit, rollout, logs), start to answer      {}", spread(&scripts));
    println!("ratio of script to run (goal 3 or more)                            {}", ratio(&scripts, &runs));
    println!("run, verdict to all gone (goal 2 s)                                {}", spread(&runs_gone));
    println!("script, answer to all gone                                         {}\n", spread(&scripts_gone));
}

struct Run {
    to_verdict: Duration,
    whole: Duration,
    to_gone: Duration,
}

fn run(lab: &Lab, code: i32, words: &[&str]) -> Run {
    let start = Instant::now();
    let mut command: Command = lab.command(Vantage::Control, &plugin().display().to_string());
    command.args(["run", "istio-ingressgateway", "-n", "istio-system"]).args(words).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the plugin starts");
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    output.read_line(&mut line).expect("the report begins");
    let to_verdict = start.elapsed();
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut output, &mut rest).expect("the report ends");
    assert_eq!(child.wait().expect("the plugin ends").code(), Some(code), "{line}{rest}");
    let whole = start.elapsed();
    until_gone(lab, "app.kubernetes.io/name=lbprobe");
    Run { to_verdict, whole, to_gone: start.elapsed() }
}

fn kubectl(lab: &Lab, words: &[&str]) -> String {
    let output = lab.run(&[&["kubectl"], words].concat()).expect("kubectl runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn until_gone(lab: &Lab, selector: &str) {
    while !kubectl(lab, &["get", "pods", "-l", selector, "-o", "name"]).is_empty() {
        sleep(Duration::from_millis(20));
    }
}

/// Time to the answer, and from there to all gone. The answer is the right one: so many nodes fail.
fn script(lab: &Lab, failing: usize) -> (Duration, Duration) {
    let dial = "/bin/busybox nc -w 4 198.51.100.1 80 </dev/null >/dev/null && echo answered || echo failed; exec /bin/busybox sleep 3600";
    let container = json!({ "name": "dial", "image": "docker.io/lab/pause:1", "command": ["/bin/busybox", "sh", "-c", dial] });
    let daemon_set = json!({
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": { "name": "dial" },
        "spec": {
            "selector": { "matchLabels": { "app": "dial" } },
            "template": { "metadata": { "labels": { "app": "dial" } }, "spec": { "containers": [container] } },
        },
    });
    let start = Instant::now();
    let apply = format!("echo '{daemon_set}' | kubectl apply -f - && kubectl rollout status daemonset/dial");
    lab.run(&["sh", "-c", &apply]).expect("the script runs");
    let mut logs = String::new();
    while logs.matches("answered").count() + logs.matches("failed").count() < NODES.len() {
        sleep(Duration::from_millis(500));
        logs = kubectl(lab, &["logs", "-l", "app=dial", "--prefix"]);
    }
    let answer = start.elapsed();
    assert_eq!(logs.matches("failed").count(), failing, "{logs}");
    kubectl(lab, &["delete", "daemonset", "dial"]);
    until_gone(lab, "app=dial");
    (answer, start.elapsed().saturating_sub(answer))
}

/// The floor as its own process inside, like the plugin.
fn floor(lab: &Lab) -> Duration {
    let program = std::env::current_exe().expect("this program has a path");
    let start = Instant::now();
    let output = lab.run(&[program.as_os_str(), "floor".as_ref()]).expect("the floor runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let whole = start.elapsed();
    until_gone(lab, "app=floor");
    whole
}

fn print_floor() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(async {
        let client = client::client(Path::new(pki::ADMIN_KUBECONFIG)).await.expect("the kubeconfig is there");
        let api: Api<Pod> = Api::default_namespaced(client);
        let params = WatchParams::default().labels("app=floor");
        let mut changes = api.watch(&params, "0").await.expect("pods can be watched").boxed();
        futures::future::join_all(NODES.map(|node| create(&api, node))).await;
        let mut done = std::collections::BTreeSet::new();
        while done.len() < NODES.len() {
            if let Some(Ok(WatchEvent::Modified(pod))) = changes.next().await
                && pod.status.and_then(|status| status.phase).as_deref() == Some("Succeeded")
            {
                done.insert(pod.metadata.name);
            }
        }
        let at_once = DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() };
        api.delete_collection(&at_once, &ListParams::default().labels("app=floor")).await.expect("pods can be removed");
    });
}

async fn create(api: &Api<Pod>, node: &str) {
    let pod = json!({
        "metadata": { "name": format!("floor-{node}"), "labels": { "app": "floor" } },
        "spec": {
            "nodeName": node,
            "restartPolicy": "Never",
            "automountServiceAccountToken": false,
            "containers": [{ "name": "true", "image": MUTE_IMAGE, "command": ["/bin/busybox", "true"] }],
        },
    });
    let pod = serde_json::from_value(pod).expect("a pod is a pod");
    api.create(&PostParams::default(), &pod).await.expect("pods can be created");
}

/// Without the first, which warms caches.
fn sorted(times: &[Duration]) -> Vec<Duration> {
    let mut sorted = times.get(1..).filter(|rest| rest.len() > 2).unwrap_or(times).to_vec();
    sorted.sort();
    sorted
}

fn median(times: &[Duration]) -> Duration {
    let sorted = sorted(times);
    sorted[sorted.len() / 2]
}

fn spread(times: &[Duration]) -> String {
    let sorted = sorted(times);
    let seconds = |time: Option<&Duration>| time.map(Duration::as_secs_f64).unwrap_or_default();
    let (least, most) = (seconds(sorted.first()), seconds(sorted.last()));
    format!("{least:.2} / {:.2} / {most:.2} s (min / median / max)", median(times).as_secs_f64())
}

fn ratio(times: &[Duration], reference: &[Duration]) -> String {
    format!("{:.2}", median(times).as_secs_f64() / median(reference).as_secs_f64())
}
