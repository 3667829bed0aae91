//! `watch`: what was lost through a rollout, beside an independent dialler; and what was not heard.

use std::process::{Child, Stdio};
use std::time::Duration;

use lbprobe_analysis::documents::WatchReport;
use lbprobe_analysis::plan::{Network, TargetKind};
use lbprobe_analysis::text::{self, Language};
use lbprobe_analysis::watching::{Changed, Outage};
use lbprobe_lab::Lab;
use lbprobe_lab::options::ProxyRelease;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::patience::stretched;
use nix::sys::signal::Signal;

use crate::cases::deploy_clients;
use crate::disturbance::Disturbance;
use crate::harness::{
    Background, at_a_terminal, eventually, faulty_lab, fresh_faulty_lab, fresh_lab_with_gateway, kubectl, lbprobe, nothing_left, seconds,
    start_plugin, terminal,
};
use crate::held_connection::pod_of;

const WATCH: [&str; 4] = ["watch", "istio-ingressgateway", "-n", "istio-system"];

/// Dials port 80 from a pod's own network until its input ends: when each attempt began, and how it ended.
const DIALLER: &str = r#"
for net in /run/netns/cni-*; do
  nsenter --net=$net ip -4 -o addr show | grep -qF " $1/" && exec nsenter --net=$net bash -c '
    while
      at=$(date +%s%3N)
      curl --silent --output /dev/null --max-time 0.8 http://$0/ && echo "$at ok" || echo "$at lost"
      read -r -t 0.1
      [ $? -gt 128 ]
    do :; done' "$2"
done
"#;

/// A dialler that knows nothing of this program.
struct Dialler(Child);

impl Dialler {
    fn start(lab: &Lab, node: &str, server: &str) -> Self {
        let pod = pod_of(lab, node);
        let mut command = lab.command(Vantage::Node(node), "bash");
        Self(command.args(["-c", DIALLER, "dialler", &pod, server]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }

    /// The outages that it saw: first loss and first answer after it, in milliseconds since 1970.
    fn outages(mut self) -> Vec<(u64, Option<u64>)> {
        drop(self.0.stdin.take());
        let mut text = String::new();
        std::io::Read::read_to_string(&mut self.0.stdout.take().unwrap(), &mut text).unwrap();
        let _ = self.0.wait();
        let mut outages: Vec<(u64, Option<u64>)> = Vec::new();
        for line in text.lines() {
            let Some((at, ended)) = line.split_once(' ') else { continue };
            let at = at.parse().unwrap();
            match (outages.last_mut(), ended) {
                (Some((_, until @ None)), "ok") => *until = Some(at),
                (Some((_, None)), _) | (_, "ok") => {}
                _ => outages.push((at, None)),
            }
        }
        outages
    }
}

fn report(running: Background, code: i32) -> WatchReport {
    let ran = running.end();
    ran.expect(code, &[]);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|cause| panic!("{cause}: {ran:#?}"))
}

fn at_load_balancer<'a>(report: &'a WatchReport, node: &str) -> &'a [Outage] {
    let is_meant = |kind: &TargetKind| matches!(kind, TargetKind::LoadBalancerIp(_));
    let mut checks = report.checks.iter();
    let check = checks
        .find(|check| check.vantage.node == node && check.vantage.network == Network::Pod && is_meant(&check.target) && check.port == 80);
    &check.unwrap().outages
}

#[test]
fn a_rolling_restart_costs_what_an_independent_dialler_says() {
    let lab = fresh_faulty_lab();
    deploy_clients(&lab);
    let mut running = start_plugin(&lab, &[&WATCH[..], &["-o", "json", "--for", &seconds(30), "--port", "80"]].concat());
    let dialler = Dialler::start(&lab, "node1", "198.51.100.1");
    all_probes_run(&lab, &mut running, 6);
    std::thread::sleep(stretched(Duration::from_secs(3)));
    kubectl(&lab, &["rollout", "restart", "deployment/istio-ingressgateway", "-n", "istio-system"]);
    kubectl(&lab, &["rollout", "status", "deployment/istio-ingressgateway", "-n", "istio-system", "--timeout=60s"]);
    let report = report(running, 3);
    let (seen, truth) = (at_load_balancer(&report, "node1"), dialler.outages());
    // One interval and its jitter, and one round of the dialler's own. What is shorter may pass between two samples.
    let round = stretched(Duration::from_secs(2));
    let near = |seen: u64, truth: u64| Duration::from_millis(seen.abs_diff(truth)) <= round;
    let must_be_seen = truth.iter().filter(|(from, until)| !near(*from, until.unwrap())).count();
    assert!(!truth.is_empty() && (must_be_seen..=truth.len()).contains(&seen.len()), "seen {seen:#?}, dialled {truth:?}");
    for outage in seen {
        let is_dialled = |(from, until): &(u64, Option<u64>)| near(outage.from_ms, *from) && near(outage.until_ms.unwrap(), until.unwrap());
        assert!(truth.iter().any(is_dialled), "seen {seen:#?}, dialled {truth:?}");
        assert!(outage.coincided.iter().any(|what| text::changed(what, Language::English).contains("on node1")), "{outage:#?}");
    }
    // Nodes without endpoint never reached it, and the end of that outage is open.
    assert!(matches!(at_load_balancer(&report, "node2"), [Outage { until_ms: None, .. }]), "{report:#?}");
    assert!(report.gaps.is_empty(), "{:#?}", report.gaps);
    nothing_left(&lab);
}

#[test]
fn a_steady_service_and_one_that_is_fixed_meanwhile() {
    let lab = fresh_faulty_lab();
    let interval = unhurried();
    let mut running = start_plugin(&lab, &[&WATCH[..], &["--for", &seconds(60), "--interval", &interval]].concat());
    all_probes_run(&lab, &mut running, 6);
    std::thread::sleep(stretched(Duration::from_secs(8)));
    kubectl(
        &lab,
        &["patch", "service", "istio-ingressgateway", "-n", "istio-system", "-p", r#"{"spec":{"externalTrafficPolicy":"Cluster"}}"#],
    );
    std::thread::sleep(stretched(Duration::from_secs(8)));
    // Ctrl-C: what was seen counts.
    running.signal(Signal::SIGINT);
    let ran = running.end();
    ran.expect(
        3,
        &[
            "LOST node2 (pod) to 198.51.100.1, port 80: timed out",
            "back node2 (pod) to 198.51.100.1, port 80: answered again after",
            "just then externalTrafficPolicy changed from Local to Cluster",
            "OUTAGES: 4 of 36 checks lost samples",
        ],
    );
    for line in ran.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    // By the machine's speed of now, as its length is: an interval from a slow moment could be longer than all of it.
    let steady = lbprobe(&lab, &[&WATCH[..], &["--for", &seconds(10), "--interval", &unhurried()]].concat());
    steady.expect(0, &["STEADY: no sample was lost"]);
    nothing_left(&lab);
}

/// What stands on a terminal while it goes on, and what stays there at its end.
#[test]
fn on_a_terminal_a_table_shows_how_things_stand() {
    let lab = faulty_lab();
    let ran = at_a_terminal(&lab, &[&WATCH[..], &["--for", &seconds(12), "--interval", &unhurried()]].concat(), "");
    assert_eq!(ran.code, Some(3), "{ran:#?}");
    let mut terminal = terminal();
    let mut seen = false;
    // An escape begins each move: what stands there between two of them is what a person sees.
    for part in ran.stdout.split_inclusive('\u{1b}') {
        terminal.process(part.as_bytes());
        let shown = terminal.screen().contents();
        let row = |words: &[&str]| shown.lines().any(|line| words.iter().all(|word| line.contains(word)));
        seen |= row(&["32 checks answer, 4 do not; Ctrl-C ends it"])
            && row(&["NODE", "FROM", "LB 198.51.100.1", "DNS NAME"])
            && row(&["node2 and node3", "pod", "timed out", "ok"]);
    }
    let shown = terminal.screen().contents();
    assert!(seen, "{ran:#?}");
    assert!(shown.contains("LOST  node2 (pod) to 198.51.100.1, port 80: timed out"), "lines stay above it: {shown}");
    assert!(shown.contains("OUTAGES: 4 of 36 checks lost samples") && !shown.contains("Ctrl-C"), "the table is wiped: {shown}");
    nothing_left(&lab);
}

#[test]
fn a_kube_proxy_that_ends_and_comes_back_is_named() {
    let lab = fresh_faulty_lab();
    let running = start_watch(&lab, 20);
    std::thread::sleep(stretched(Duration::from_secs(3)));
    lab.replace_kube_proxy("node2", ProxyRelease::V1_34).unwrap();
    let report = report(running, 3);
    let of_kube_proxy: Vec<_> = report.changes.iter().filter(|change| change.node.is_some()).collect();
    let [gone, back] = of_kube_proxy[..] else { panic!("{:#?}", report.changes) };
    let node = || "node2".to_owned();
    assert_eq!((&gone.what, &back.what), (&Changed::KubeProxyEnded { node: node() }, &Changed::KubeProxyAnswers { node: node() }));
    let away = Duration::from_millis(back.at_ms - gone.at_ms);
    assert!(away > Duration::ZERO && away < stretched(Duration::from_secs(20)), "{of_kube_proxy:#?}");
    nothing_left(&lab);
}

/// The API server has the logs from kubelet: where it does not reach that nothing is heard.
#[test]
fn what_is_not_heard_is_a_gap_and_a_broken_connection_is_taken_up_again() {
    let lab = fresh_lab_with_gateway("Cluster");
    // A second is short for a handshake beside other tests, and this is about the logs.
    let mut running =
        start_plugin(&lab, &[&WATCH[..], &["-o", "json", "--for", &seconds(25), "--interval", "3s", "--node", "node1,node2"]].concat());
    all_probes_run(&lab, &mut running, 4);
    std::thread::sleep(stretched(Duration::from_secs(4)));
    let cut = Disturbance::in_lab(&lab).rules("node2", "input priority 0", "tcp dport 10250 reject with tcp reset");
    std::thread::sleep(Duration::from_secs(4));
    drop(cut);
    let report_of_all = report(running, 0);
    assert!(report_of_all.gaps.is_empty(), "what was written meanwhile is read again: {:#?}", report_of_all.gaps);
    let lasts = seconds(20);
    let on_two_nodes = ["-o", "json", "--for", &lasts, "--interval", "3s", "--node", "node1,node2", "--vantage", "pod"];
    let mut running = start_plugin(&lab, &[&WATCH[..], &on_two_nodes].concat());
    all_probes_run(&lab, &mut running, 2);
    std::thread::sleep(stretched(Duration::from_secs(4)));
    let on_node2 = ["get", "pods", "-l", "app.kubernetes.io/name=lbprobe", "--field-selector=spec.nodeName=node2", "-o", "name"];
    let pod = kubectl(&lab, &on_node2);
    kubectl(&lab, &["delete", pod.trim(), "--grace-period=0", "--force"]);
    let report = report(running, 4);
    let gap = report.gaps.iter().find(|gap| gap.vantage.node == "node2").unwrap_or_else(|| panic!("{report:#?}"));
    assert!(report.gaps.iter().all(|gap| gap.vantage.node == "node2") && gap.until_ms - gap.from_ms > 5000, "{:#?}", report.gaps);
    nothing_left(&lab);
}

/// An interval in which each check is answered beside other tests. On a busy machine a handshake takes longer than the
/// second of the default, and a sample that is lost for that is a loss, but not the one that a test is about.
fn unhurried() -> String {
    seconds(3)
}

/// A watch from all vantages, when its probes run. It lasts so many seconds of an idle machine.
fn start_watch(lab: &Lab, lasts: u64) -> Background {
    let mut running = start_plugin(lab, &[&WATCH[..], &["-o", "json", "--for", &seconds(lasts)]].concat());
    all_probes_run(lab, &mut running, 6);
    running
}

/// Waits until this many probes run.
#[track_caller]
fn all_probes_run(lab: &Lab, running: &mut Background, number: usize) {
    running.until("all probes run", Duration::from_secs(15), || usage(lab).0 == number);
}

/// How many probes there are, and of the largest the CPU in hundredths of a second and resident kilobytes, by
/// the lab's own processes.
fn usage(lab: &Lab) -> (usize, u64, u64) {
    let script = "for p in $(pgrep -x lbprobe-probe); do cut -d' ' -f14,15 /proc/$p/stat; awk '/VmRSS/ {print $2}' /proc/$p/status; done | paste - -";
    let output = lab.run(&["sh", "-c", script]).unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rows: Vec<Vec<u64>> = text.lines().map(|line| line.split_whitespace().map(|word| word.parse().unwrap()).collect()).collect();
    (rows.len(), rows.iter().map(|row| row[0] + row[1]).max().unwrap_or(0), rows.iter().map(|row| row[2]).max().unwrap_or(0))
}

#[test]
fn a_probe_that_keeps_watch_is_small() {
    let lab = faulty_lab();
    let running = start_watch(&lab, 22);
    std::thread::sleep(Duration::from_secs(2));
    let before = usage(&lab);
    std::thread::sleep(Duration::from_secs(10));
    let after = usage(&lab);
    report(running, 3);
    let (percent, kilobytes) = (f64::from(u32::try_from(after.1 - before.1).unwrap()) / 10.0, after.2);
    println!("{percent} % of a core and {kilobytes} kB at the most");
    // The goal is 1 %; the ticks of the clock are a tenth of that, and this machine is shared.
    assert!(percent <= 2.0 && kilobytes <= 15_000, "{percent} % of a core, {kilobytes} kB");
}

/// Neither the Job's deadline nor a deletion ends a probe whose kubelet is gone.
#[test]
fn a_probe_that_has_lost_its_kubelet_ends_by_itself() {
    const RUNNING: &str = r#"
        ctr="ctr --address /run/lab/node3/containerd.sock --namespace k8s.io"
        running=$($ctr tasks ls | awk '$3 == "RUNNING" { print $1 }')
        $ctr containers ls --quiet 'labels."io.kubernetes.container.name"==probe' | grep -cFx -e "$running""#;
    let running = |lab: &Lab| {
        let output = lab.run(&["bash", "-c", RUNNING]).unwrap();
        String::from_utf8_lossy(&output.stdout).trim().parse::<usize>().unwrap()
    };
    let lab = fresh_faulty_lab();
    // The kubelet may be silent for 5 deadlines.
    let mut watch = start_plugin(&lab, &[&WATCH[..], &["--for", "1h", "--deadline", "10s"]].concat());
    all_probes_run(&lab, &mut watch, 6);
    // Each has heard its kubelet, which goes on for longer than it may be silent.
    std::thread::sleep(Duration::from_secs(75));
    assert_eq!(running(&lab), 2, "a kubelet that is there ends nothing");
    let kubelet = "$(cat /run/lab/node3-kubelet.pid)";
    let stopped = Disturbance::in_lab(&lab).with("control", &format!("kill -STOP {kubelet}"), &format!("kill -CONT {kubelet}"));
    watch.signal(Signal::SIGINT);
    watch.end().expect(3, &["warning: kubelet has not confirmed that the probe has ended: node3", "it ends by itself within about"]);
    assert_eq!(running(&lab), 2, "nobody could end them");
    eventually("the probes of node3 have ended", Duration::from_mins(2), || running(&lab) == 0);
    drop(stopped);
    // Other tests have this lab after it.
    kubectl(&lab, &["wait", "--for=condition=Ready", "nodes", "--all", "--timeout=60s"]);
    nothing_left(&lab);
}
