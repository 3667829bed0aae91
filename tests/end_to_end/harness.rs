//! A lab to test on, and the plugin called as a user calls it.

use std::num::NonZeroU16;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::ValueEnum as _;
use lbprobe_lab::gateway::{Gateway, GatewayKind, Owner};
use lbprobe_lab::options::ProxyRelease;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::{Lab, LabOptions, ProxyMode};

/// A range that holds no pod: kube-proxy takes pods for strangers.
pub(crate) const OTHER_CIDR: &str = "10.99.0.0/16";

/// Selects whatever a run creates.
pub(crate) const RUN_SELECTOR: &str = "app.kubernetes.io/name=lbprobe";

/// Tests that run at a time: one waits for more than half of its time, and three keep two processors at work.
const AT_A_TIME: usize = 3;

/// Between two looks at something; kubectl itself takes as long to start.
const PAUSE: Duration = Duration::from_millis(250);

/// The same in guests, where to ask a kube-proxy for its metrics is an eighth of a second's work.
const PAUSE_OF_GUESTS: Duration = Duration::from_secs(1);

/// What tests share.
struct Places {
    /// Turns that are taken.
    taken: usize,
    /// Tests that wait for the whole machine: nobody overtakes them.
    waiting_alone: usize,
    /// Of the labs that most tests share, those that no test is on. They end with this process, by
    /// their lifeline.
    idle: Vec<&'static Lab>,
    /// How many of them there are.
    started: usize,
}

static PLACES: Mutex<Places> = Mutex::new(Places { taken: 0, waiting_alone: 0, idle: Vec::new(), started: 0 });

/// A turn has ended.
static ENDED: Condvar = Condvar::new();

/// The lab that the cases with ipvs share, one after another; none while nobody wants it, as its guests work
/// when they are idle too.
static IPVS: Mutex<Option<Lab>> = Mutex::new(None);

/// Tests that are on it or wait for it.
static IPVS_WANTED: AtomicUsize = AtomicUsize::new(0);

/// A lock that a failed test does not take with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The right to use the machine; given back at the end of the test, failed or not.
pub(crate) struct Turn {
    /// How many turns it takes.
    width: usize,
}

/// Waits for this test's turn.
pub(crate) fn turn() -> Turn {
    let is_late = |places: &mut Places| places.taken >= AT_A_TIME || places.waiting_alone > 0;
    let mut places = ENDED.wait_while(lock(&PLACES), is_late).unwrap_or_else(PoisonError::into_inner);
    places.taken += 1;
    Turn { width: 1 }
}

/// Waits for the whole machine: for a test that has enough work for it by itself, and would find deadlines
/// missed beside another.
pub(crate) fn alone() -> Turn {
    let mut places = lock(&PLACES);
    places.waiting_alone += 1;
    let mut places = ENDED.wait_while(places, |places| places.taken > 0).unwrap_or_else(PoisonError::into_inner);
    places.waiting_alone -= 1;
    places.taken += AT_A_TIME;
    Turn { width: AT_A_TIME }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&PLACES).taken -= self.width;
        ENDED.notify_all();
    }
}

/// A turn on one of the shared labs.
pub(crate) struct Shared {
    lab: &'static Lab,
    _turn: Turn,
}

impl std::ops::Deref for Shared {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        self.lab
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        lock(&PLACES).idle.push(self.lab);
    }
}

/// A shared lab: iptables, cluster CIDR not matching, the Istio gateway on node1 under policy
/// Local: the fault of the vendors' documents.
pub(crate) fn faulty_lab() -> Shared {
    let lab = shared_lab();
    deploy(&lab, &["node1"], "Local");
    lab
}

/// There are never more of them than turns.
fn shared_lab() -> Shared {
    let turn = turn();
    let mut places = lock(&PLACES);
    let idle = places.idle.pop();
    let lab = idle.unwrap_or_else(|| {
        places.started += 1;
        let name = format!("shared{}", places.started);
        drop(places);
        Box::leak(Box::new(start(&name, ProxyMode::Iptables, OTHER_CIDR)))
    });
    Shared { lab, _turn: turn }
}

/// The same for a test that changes the Service in more ways than [`deploy`] puts right: it begins with a
/// new one, and takes it away at the end.
pub(crate) fn fresh_faulty_lab() -> Fresh<Shared> {
    let lab = shared_lab();
    forget_gateways(&lab);
    deploy(&lab, &["node1"], "Local");
    Fresh(lab)
}

/// A turn on a lab whose gateways go with it.
pub(crate) struct Fresh<T: std::ops::Deref<Target = Lab>>(T);

impl<T: std::ops::Deref<Target = Lab>> std::ops::Deref for Fresh<T> {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        &self.0
    }
}

impl<T: std::ops::Deref<Target = Lab>> Drop for Fresh<T> {
    fn drop(&mut self) {
        forget_gateways(&self.0);
    }
}

/// A turn on the lab with ipvs.
pub(crate) struct Ipvs {
    lab: MutexGuard<'static, Option<Lab>>,
    _turn: Turn,
}

impl std::ops::Deref for Ipvs {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        self.lab.as_ref().expect("a lab is there while a test is on it")
    }
}

impl Drop for Ipvs {
    fn drop(&mut self) {
        if IPVS_WANTED.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.lab.take();
        }
    }
}

/// The lab of the cases with ipvs: node1 in iptables mode as in the shared labs, node2 in ipvs mode before
/// 1.24, node3 in ipvs mode of today; no gateway yet.
pub(crate) fn ipvs_lab() -> Fresh<Ipvs> {
    IPVS_WANTED.fetch_add(1, Ordering::SeqCst);
    // A test that waits for this lab must not hold a turn that another could use.
    let mut lab = lock(&IPVS);
    let turn = turn();
    forget_virtual_servers(lab.get_or_insert_with(|| start_with("ipvs-cases", ipvs_options())));
    Fresh(Ipvs { lab, _turn: turn })
}

/// The options of [`ipvs_lab`].
pub(crate) fn ipvs_options() -> LabOptions {
    let kube_proxies = ["node2=1.23:ipvs", "node3=1.34:ipvs"].map(|proxy| proxy.parse().unwrap()).to_vec();
    LabOptions { cluster_cidr: OTHER_CIDR.into(), kube_proxies, ..LabOptions::default() }
}

/// Takes the gateways' Services away with all that was said of them, and the operator's resource before
/// them: it would write on.
pub(crate) fn forget_gateways(lab: &Lab) {
    let delete = |words: &[&str]| drop(lab.run(&[&["kubectl", "delete", "--ignore-not-found"], words].concat()));
    delete(&["crd", "istiogateways.istio.alibabacloud.com"]);
    for kind in [GatewayKind::Istio, GatewayKind::Nginx] {
        delete(&["service", kind.name(), "-n", kind.namespace()]);
    }
}

/// Takes the gateways away, and waits until ipvs has none of them either: what kube-proxy hears together, a Service
/// that goes and one that comes with the same address, leaves the virtual server with what it had.
fn forget_virtual_servers(lab: &Lab) {
    /// 198.51.100, where load balancers have their addresses.
    const LOAD_BALANCERS: &str = "TCP C63364";
    forget_gateways(lab);
    let is_gone = |node: &String| ip_vs(lab, node).iter().all(|line| !line.starts_with(LOAD_BALANCERS));
    eventually("virtual servers that are removed", Duration::from_mins(1), || lab.guests().iter().all(is_gone));
}

/// The lines of a guest's table of virtual servers, with one space between words.
fn ip_vs(lab: &Lab, node: &str) -> Vec<String> {
    let table = lab.run_at(Vantage::Node(node), &["cat", "/proc/net/ip_vs"]).unwrap();
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// Upgrades a node's kube-proxy in place, and waits until the new one has written its rules. One before 1.26
/// takes servers that its predecessor was removing for its own: nothing may drain.
pub(crate) fn upgrade(lab: &Lab, node: &str, release: ProxyRelease) {
    let is_drained = || ip_vs(lab, node).iter().all(|line| !line.contains(" Masq 0 "));
    // The kernel forgets a connection that has ended after two minutes, and kube-proxy looks once a minute.
    eventually_every(PAUSE_OF_GUESTS, "servers that are removed", Duration::from_mins(5), is_drained);
    upgrade_amid_draining(lab, node, release);
}

/// Gives a node its own kube-proxy back for the next test, without the gateways: one before 1.24 would begin by
/// removing the servers that a later one fell back to, and up to a minute later remove them again though they
/// are wanted by then (its list of what drains is not cleared when a virtual server goes).
pub(crate) fn put_back(lab: &Lab, node: &str, release: ProxyRelease) {
    forget_virtual_servers(lab);
    upgrade(lab, node, release);
}

/// As [`upgrade`], at once.
pub(crate) fn upgrade_amid_draining(lab: &Lab, node: &str, release: ProxyRelease) {
    let version = || {
        let metrics = metrics(lab, node);
        let has_written =
            metrics.lines().any(|line| line.starts_with("kubeproxy_sync_proxy_rules_last_timestamp_seconds") && !line.ends_with(" 0"));
        let info = metrics.lines().find(|line| line.starts_with("kubernetes_build_info")).unwrap_or_default().to_owned();
        if has_written { info } else { String::new() }
    };
    lab.replace_kube_proxy(node, release).unwrap();
    let wanted = format!("git_version=\"v{}.", release.to_possible_value().unwrap().get_name());
    eventually("the other kube-proxy", Duration::from_mins(1), || version().contains(&wanted));
    settle(lab);
}

/// A lab of a test's own. The process id keeps it apart from those of another run of the tests.
pub(crate) fn start(name: &str, mode: ProxyMode, cluster_cidr: &str) -> Lab {
    start_with(name, LabOptions { mode, cluster_cidr: cluster_cidr.into(), ..LabOptions::default() })
}

/// The same with other options; the name is the test's.
pub(crate) fn start_with(name: &str, options: LabOptions) -> Lab {
    let options = LabOptions { name: format!("{name}-{}", std::process::id()), ..options };
    Lab::start(&program(), &options, |_| {}).unwrap_or_else(|cause| panic!("the lab {name} does not start: {cause}"))
}

/// The `lab` program of this build.
pub(crate) fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_lab"))
}

/// The root of the work tree.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Puts the Istio gateway's pods on these nodes, and waits until its EndpointSlices say so too.
pub(crate) fn deploy(lab: &Lab, on: &[&str], policy: &str) {
    deploy_gateway(lab, GatewayKind::Istio, on, policy, Owner::Nobody);
}

/// The same for any gateway and owner.
pub(crate) fn deploy_gateway(lab: &Lab, kind: GatewayKind, on: &[&str], policy: &str, owner: Owner) {
    place_gateway(lab, kind, on, policy, owner);
    settle(lab);
    if !on.is_empty() {
        served_outside(lab, kind);
    }
}

/// Waits until the load balancer has noticed too, by its health checks: each new connection from outside is
/// answered, whichever node it takes.
fn served_outside(lab: &Lab, kind: GatewayKind) {
    let url = format!("http://{}/", load_balancer_address(lab, kind.name(), kind.namespace()));
    let common = ["curl", "--silent", "--output", "/dev/null", "--max-time", "3", "--fail-early", "--header", "Connection: close"];
    let tries = [&common[..], &[url.as_str(); 3]].concat();
    let is_answered = || lab.run_at(Vantage::Client, &tries).unwrap().status.success();
    eventually("the load balancer's health checks", Duration::from_secs(30), is_answered);
}

/// The first address of a Service's load balancer, from its status.
pub(crate) fn load_balancer_address(lab: &Lab, service: &str, namespace: &str) -> String {
    kubectl(lab, &["get", "service", service, "-n", namespace, "-o", "jsonpath={.status.loadBalancer.ingress[0].ip}"])
}

/// As [`deploy_gateway`], without waiting for kube-proxy.
pub(crate) fn place_gateway(lab: &Lab, kind: GatewayKind, on: &[&str], policy: &str, owner: Owner) {
    let nodes = on.iter().map(|node| (*node).to_owned()).collect();
    Gateway { kind, on: nodes, policy: policy.into(), owner }.deploy(lab, &program()).unwrap();
    let settled = || {
        let selector = format!("kubernetes.io/service-name={}", kind.name());
        let listed = kubectl(lab, &["get", "endpointslices", "-n", kind.namespace(), "-l", &selector, "-o", "json"]);
        let slices: serde_json::Value = serde_json::from_str(&listed).unwrap();
        let endpoints =
            slices["items"].as_array().into_iter().flatten().flat_map(|slice| slice["endpoints"].as_array().into_iter().flatten());
        let ready = endpoints.filter(|endpoint| endpoint["conditions"]["ready"] == true);
        let mut nodes: Vec<_> = ready.filter_map(|endpoint| endpoint["nodeName"].as_str()).collect();
        nodes.sort_unstable();
        // Each family has a slice of its own.
        nodes.dedup();
        nodes == on
    };
    // A guest starts a pod in 3 to 10 s, and several times that beside much else.
    eventually("the gateway's endpoints", Duration::from_secs(90), settled);
}

/// Waits until every kube-proxy has written what was changed last, by its own metrics. On this machine's
/// kernel that takes a moment; in a guest ipvs needs seconds.
pub(crate) fn settle(lab: &Lab) {
    let guests = lab.guests();
    // Longer than any writing takes there.
    let rest = |node: &String| if guests.contains(node) { Duration::from_secs(8) } else { Duration::from_millis(1200) };
    let mut kube_proxies: Vec<_> = lab.nodes().into_iter().map(|node| Writings::begin(lab, rest(&node), node)).collect();
    // Before it has heard of the change, an earlier one's writing would pass for this one's; a busy guest
    // hears of it late.
    sleep(if guests.is_empty() { Duration::from_millis(1500) } else { Duration::from_secs(3) });
    let pause = if guests.is_empty() { PAUSE } else { PAUSE_OF_GUESTS };
    eventually_every(pause, "the rules", Duration::from_mins(2), || {
        kube_proxies.retain_mut(|kube_proxy| !kube_proxy.have_settled(lab));
        kube_proxies.is_empty()
    });
}

/// Looks again, once, where what was seen is doubtful: on a machine that others use too a deadline may be
/// missed, and a kernel sends few ICMP refusals a second to one address (`icmp_ratelimit`), so that a refusal
/// may look like silence.
pub(crate) fn seen_twice_where<T>(lab: &Lab, is_doubtful: impl Fn(&T) -> bool, look: impl Fn() -> T) -> T {
    let first = look();
    if !is_doubtful(&first) {
        return first;
    }
    settle(lab);
    look()
}

/// What a kube-proxy tells of its writing, as it goes on.
struct Writings {
    node: String,
    /// Longer than any writing takes there.
    rest: Duration,
    first: Metrics,
    last: Metrics,
    since: Instant,
}

/// Of kube-proxy's metrics, for its first family: seconds of the node's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Metrics {
    queued: f64,
    ended: f64,
    spent: f64,
}

impl Writings {
    fn begin(lab: &Lab, rest: Duration, node: String) -> Self {
        let first = Metrics::of(lab, &node);
        Self { node, rest, first, last: first, since: Instant::now() }
    }

    /// A writing that began before the last change may end after it, and is of an older state: only one
    /// that began after it has the change, or none is under way for longer than one takes. Of several
    /// writings none can have begun earlier than all of them together took.
    fn have_settled(&mut self, lab: &Lab) -> bool {
        let now = Metrics::of(lab, &self.node);
        if now != self.last {
            self.last = now;
            self.since = Instant::now();
        }
        let began = now.ended - (now.spent - self.first.spent);
        let has_written = now.spent > self.first.spent && began >= now.queued;
        has_written || (self.since.elapsed() > self.rest && now.ended >= now.queued)
    }
}

/// A kube-proxy's metrics as text; nothing where it does not answer.
fn metrics(lab: &Lab, node: &str) -> String {
    let output = lab.run_at(Vantage::Node(node), &["curl", "-s", "-m", "2", "http://127.0.0.1:10249/metrics"]).unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Metrics {
    fn of(lab: &Lab, node: &str) -> Self {
        let text = metrics(lab, node);
        let value = |name: &str| {
            let name = format!("kubeproxy_sync_proxy_rules_{name}");
            let line = text.lines().find(|line| line.starts_with(&name));
            line.and_then(|line| line.split_whitespace().last()?.parse().ok()).unwrap_or_default()
        };
        Self {
            queued: value("last_queued_timestamp_seconds"),
            ended: value("last_timestamp_seconds"),
            spent: value("duration_seconds_sum"),
        }
    }
}

/// kubectl's output; a failure fails the test.
pub(crate) fn kubectl(lab: &Lab, words: &[&str]) -> String {
    let output = lab.run(&[&["kubectl"], words].concat()).unwrap();
    assert!(output.status.success(), "kubectl {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Applies a manifest.
pub(crate) fn apply(lab: &Lab, manifest: &str) {
    use std::io::Write as _;
    let mut child =
        lab.command(Vantage::Control, "kubectl").args(["apply", "-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(manifest.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// What a run of the plugin gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Ran {
    fn new(output: &Output, took: Duration) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr), took }
    }

    /// Fails with everything that was printed unless the code is as expected and each text occurs.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, texts: &[&str]) -> &Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        // Lines are wrapped to the terminal's width.
        let all = format!("{} {}", self.stdout, self.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        for text in texts {
            assert!(all.contains(text), "{text:?} is missing in {self:#?}");
        }
        self
    }
}

/// `kubectl lbprobe run` on the Istio gateway.
pub(crate) fn run_gateway(lab: &Lab, words: &[&str]) -> Ran {
    lbprobe(lab, &[&["run", "istio-ingressgateway", "-n", "istio-system"], words].concat())
}

/// `kubectl lbprobe`.
pub(crate) fn lbprobe(lab: &Lab, words: &[&str]) -> Ran {
    let start = Instant::now();
    let output = lab.run(&[&["kubectl", "lbprobe"], words].concat()).unwrap();
    Ran::new(&output, start.elapsed())
}

/// `kubectl lbprobe` on a terminal of 80 columns. Standard output is the transcript of both of its streams;
/// `answer` is the line that the person at it types.
pub(crate) fn at_a_terminal(lab: &Lab, words: &[&str], answer: &str) -> Ran {
    let command = [&["kubectl", "lbprobe"], words].concat().join(" ");
    let script = format!("echo '{answer}' | TERM=xterm script --quiet --return --command 'stty cols 80 rows 24; {command}' /dev/null");
    let start = Instant::now();
    let output = lab.run(&["sh", "-c", &script]).unwrap();
    Ran::new(&output, start.elapsed())
}

/// A terminal on which whole transcripts have room.
pub(crate) fn terminal() -> vt100::Parser {
    let [rows, columns] = [400, 80].map(|size| NonZeroU16::new(size).unwrap());
    vt100::Parser::new(rows, columns, 0)
}

/// What stands on a terminal in the end.
pub(crate) fn screen(ran: &Ran) -> String {
    let mut terminal = terminal();
    terminal.process(ran.stdout.as_bytes());
    terminal.screen().contents()
}

/// A run in the background, to be disturbed.
pub(crate) struct Background {
    child: Child,
    start: Instant,
}

/// Starts `kubectl lbprobe run` on the Istio gateway.
pub(crate) fn start_run(lab: &Lab, words: &[&str]) -> Background {
    start_plugin(lab, &[&["run", "istio-ingressgateway", "-n", "istio-system"], words].concat())
}

/// Starts any command of `kubectl lbprobe`.
pub(crate) fn start_plugin(lab: &Lab, words: &[&str]) -> Background {
    let mut command: Command = lab.command(Vantage::Control, "kubectl");
    command.arg("lbprobe").args(words);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    Background { child, start: Instant::now() }
}

impl Background {
    /// Sends a signal to the plugin itself: kubectl replaces itself by it, and nsenter waits
    /// for that as its only child.
    pub(crate) fn signal(&self, signal: nix::sys::signal::Signal) {
        let nsenter = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{nsenter}/task/{nsenter}/children")).unwrap();
        let plugin: i32 = children.trim().parse().unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(plugin), signal).unwrap();
    }

    pub(crate) fn end(self) -> Ran {
        let output = self.child.wait_with_output().unwrap();
        Ran::new(&output, self.start.elapsed())
    }
}

/// Waits until something holds.
#[track_caller]
pub(crate) fn eventually(what: &str, patience: Duration, holds: impl FnMut() -> bool) {
    eventually_every(PAUSE, what, patience, holds);
}

/// The same with a pause of one's own between two looks.
#[track_caller]
fn eventually_every(pause: Duration, what: &str, patience: Duration, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < patience, "{what}: not within {patience:?}");
        sleep(pause);
    }
}

/// Names of what runs have left in all namespaces.
pub(crate) fn left_over(lab: &Lab) -> String {
    kubectl(lab, &["get", "pods,jobs", "-A", "-l", RUN_SELECTOR, "-o", "name"])
}

/// Fails unless all that runs created is gone within a few seconds.
#[track_caller]
pub(crate) fn nothing_left(lab: &Lab) {
    eventually("everything of the run is gone", Duration::from_secs(8), || left_over(lab).is_empty());
}
