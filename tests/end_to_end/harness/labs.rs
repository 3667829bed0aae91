//! Labs that tests share, one test at a time, and labs of a test's own.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::panicking;

use lbprobe_lab::artifacts::Artifacts;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::{Lab, LabError, LabOptions, ProxyMode};

use super::gateways::{deploy, forget_gateways, forget_virtual_servers, is_served_outside, versions};
use super::objects::Objects;
use super::plugin::left_over;
use super::slots::{Slot, first_slot, first_turn, guests, slot_for};
use super::{OTHER_CIDR, lock, program};

/// One of the labs that most tests share.
struct SharedLab {
    lab: Lab,
    /// What it had before the first test: what else there is, a test has left behind.
    own: Objects,
    /// The versions of the gateway's objects when [`faulty_lab`] had put them where they are wanted.
    faulty: Mutex<Option<String>>,
}

/// The labs that most tests share.
struct SharedLabs {
    /// Those that no test is on.
    idle: Vec<SharedLab>,
    /// How many there are, or start.
    started: usize,
    /// How many names were given: one that did not start keeps its own.
    names: usize,
    /// Tests that wait for one.
    wanted: usize,
}

static SHARED: Mutex<SharedLabs> = Mutex::new(SharedLabs { idle: Vec::new(), started: 0, names: 0, wanted: 0 });

/// The lab that the cases with ipvs share, one after another; none while nobody wants it, as its guests work
/// when they are idle too.
static IPVS: Mutex<Option<Lab>> = Mutex::new(None);

/// Tests that are on it or wait for it.
static IPVS_WANTED: AtomicUsize = AtomicUsize::new(0);

/// Held while a lab starts: two that boot at a time take twice as long, and what waits for them is no quicker.
static BOOT: Mutex<()> = Mutex::new(());

/// The same for labs with guests, which take a processor each while they boot, and longer than others.
static BOOT_WITH_GUESTS: Mutex<()> = Mutex::new(());

/// A slot on one of the shared labs.
pub(crate) struct Shared {
    /// None only while it is given back.
    shared: Option<SharedLab>,
    _slot: Slot,
}

impl Shared {
    fn shared(&self) -> &SharedLab {
        self.shared.as_ref().expect("a lab is there while a test is on it")
    }
}

impl std::ops::Deref for Shared {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        &self.shared().lab
    }
}

impl Drop for Shared {
    /// A lab that nobody waits for ends: to idle for a minute costs more than to start another one. So does one on which
    /// a test has failed: what it left there would fail others.
    fn drop(&mut self) {
        let mut labs = lock(&SHARED);
        if labs.wanted > 0 && !panicking() {
            labs.idle.extend(self.shared.take());
        } else {
            labs.started -= 1;
        }
        drop(labs);
        GIVEN_BACK.notify_one();
        self.shared.take();
    }
}

/// A shared lab: iptables, cluster CIDR not matching, the Istio gateway on node1 under policy
/// Local: the fault of the vendors' documents.
pub(crate) fn faulty_lab() -> Shared {
    let lab = shared_lab();
    let mut faulty = lock(&lab.shared().faulty);
    // Most tests leave all as they found it.
    let is_untouched = faulty.is_some() && *faulty == versions(&lab) && is_served_outside(&lab);
    if !is_untouched || !left_over(&lab).is_empty() {
        deploy(&lab, &["node1"], "Local");
        *faulty = versions(&lab);
    }
    drop(faulty);
    lab
}

/// The same with the gateway elsewhere, or under another policy.
pub(crate) fn lab_with_gateway(on: &[&str], policy: &str) -> Shared {
    let lab = shared_lab();
    deploy(&lab, on, policy);
    lab
}

/// How many shared labs there are at most: tests on four keep two processors at work.
const MOST_SHARED: usize = 4;

/// Somebody has given a shared lab back, or could not start one.
static GIVEN_BACK: Condvar = Condvar::new();

/// Waits for a lab first: who has none does not hold a slot that another could use.
fn shared_lab() -> Shared {
    let _turn = first_turn();
    let mut labs = lock(&SHARED);
    labs.wanted += 1;
    let idle = loop {
        match labs.idle.pop() {
            Some(idle) => break Some(idle),
            None if labs.started < MOST_SHARED => break None,
            None => labs = GIVEN_BACK.wait(labs).unwrap_or_else(PoisonError::into_inner),
        }
    };
    labs.wanted -= 1;
    if let Some(shared) = idle {
        drop(labs);
        let lab = Shared { shared: Some(shared), _slot: first_slot() };
        lab.shared().own.remove_others(&lab);
        return lab;
    }
    labs.started += 1;
    labs.names += 1;
    let name = format!("shared{}", labs.names);
    drop(labs);
    let starting = Starting;
    let slot = first_slot();
    let lab = start(&name, ProxyMode::Iptables, OTHER_CIDR);
    let own = Objects::of(&lab);
    std::mem::forget(starting);
    Shared { shared: Some(SharedLab { lab, own, faulty: Mutex::new(None) }), _slot: slot }
}

/// The place of a shared lab that starts. Where it does not, another may take the place.
struct Starting;

impl Drop for Starting {
    fn drop(&mut self) {
        lock(&SHARED).started -= 1;
        GIVEN_BACK.notify_one();
    }
}

/// As [`faulty_lab`], for a test that changes the Service in more ways than [`deploy`] puts right: it begins with a
/// new one, and takes it away at the end.
pub(crate) fn fresh_faulty_lab() -> Fresh<Shared> {
    fresh_lab_with_gateway("Local")
}

/// The same under another policy.
pub(crate) fn fresh_lab_with_gateway(policy: &str) -> Fresh<Shared> {
    let lab = fresh_lab();
    deploy(&lab, &["node1"], policy);
    lab
}

/// The same without a gateway yet.
pub(crate) fn fresh_lab() -> Fresh<Shared> {
    let lab = shared_lab();
    forget_gateways(&lab);
    Fresh(lab)
}

/// A slot on a lab whose gateways go with it.
pub(crate) struct Fresh<T: std::ops::Deref<Target = Lab>>(T);

impl<T: std::ops::Deref<Target = Lab>> std::ops::Deref for Fresh<T> {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        &self.0
    }
}

impl<T: std::ops::Deref<Target = Lab>> Drop for Fresh<T> {
    /// A lab on which a test has failed ends anyway.
    fn drop(&mut self) {
        if !panicking() {
            forget_gateways(&self.0);
        }
    }
}

/// A slot on the lab with ipvs.
pub(crate) struct Ipvs {
    lab: MutexGuard<'static, Option<Lab>>,
    _slot: Slot,
}

impl std::ops::Deref for Ipvs {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        self.lab.as_ref().expect("a lab is there while a test is on it")
    }
}

impl Drop for Ipvs {
    fn drop(&mut self) {
        if IPVS_WANTED.fetch_sub(1, Ordering::SeqCst) == 1 || panicking() {
            self.lab.take();
        }
    }
}

/// The lab of the cases with ipvs: node1 in iptables mode as in the shared labs, node2 in ipvs mode before
/// 1.24, node3 in ipvs mode of today; no gateway yet.
pub(crate) fn ipvs_lab() -> Fresh<Ipvs> {
    IPVS_WANTED.fetch_add(1, Ordering::SeqCst);
    // A test that waits for this lab must not hold a slot that another could use.
    let mut lab = lock(&IPVS);
    let slot = slot_for(&ipvs_options());
    forget_virtual_servers(lab.get_or_insert_with(|| start_with("ipvs-cases", ipvs_options())));
    Fresh(Ipvs { lab, _slot: slot })
}

/// The options of [`ipvs_lab`].
pub(crate) fn ipvs_options() -> LabOptions {
    let kube_proxies = ["node2=1.23:ipvs", "node3=1.34:ipvs"].map(|proxy| proxy.parse().unwrap()).to_vec();
    LabOptions { cluster_cidr: OTHER_CIDR.into(), kube_proxies, ..LabOptions::default() }
}

/// A lab of a test's own. The process id keeps it apart from those of another run of the tests.
pub(crate) fn start(name: &str, mode: ProxyMode, cluster_cidr: &str) -> Lab {
    start_with(name, LabOptions { mode, cluster_cidr: cluster_cidr.into(), ..LabOptions::default() })
}

/// The same with other options; the name is the test's. A lab that does not start is told where everybody sees it, as
/// the runner keeps the words of a test for its end, and tried once more.
pub(crate) fn start_with(name: &str, options: LabOptions) -> Lab {
    let options = LabOptions { name: format!("{name}-{}", std::process::id()), ..options };
    let started = boot(&options).or_else(|cause| {
        let _ = writeln!(std::io::stderr(), "the lab {name} does not start, and is started again: {cause}");
        boot(&options)
    });
    started.unwrap_or_else(|cause| panic!("the lab {name} does not start: {cause}"))
}

/// Starts a lab when none of its kind is starting.
pub(crate) fn boot(options: &LabOptions) -> Result<Lab, LabError> {
    let _boot = lock(if guests(options) > 0 { &BOOT_WITH_GUESTS } else { &BOOT });
    Lab::start(&program(), options, |_| {})
}

/// Gives a node the image of Envoy, which is too large for all of them.
pub(crate) fn give_sidecar_image(lab: &Lab, node: &str) {
    let image = Artifacts::locate().unwrap().sidecar_image;
    let import = format!("ctr --address /run/lab/{node}/containerd.sock --namespace k8s.io images import {}", image.display());
    let imported = lab.run_at(Vantage::Node(node), &["sh", "-c", &import]).unwrap();
    assert!(imported.status.success(), "{imported:?}");
}
