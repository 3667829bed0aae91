//! A lab leaves nothing, however it ends; two live side by side; a failed start says which part.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::outside::registry::{Place, sweep_dead};
use lbprobe_lab::{LabError, LabOptions};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::{boot, eventually, faulty_lab, kubectl, program, slot, slot_for};

/// Processes whose command line names the lab, and cgroup folders of its name.
fn traces(name: &str) -> Vec<String> {
    let mut traces = Vec::new();
    for entry in std::fs::read_dir("/sys/fs/cgroup").unwrap().flatten() {
        let folder = entry.path().join(format!("lbprobe-lab-{name}"));
        if folder.exists() {
            traces.push(folder.display().to_string());
        }
    }
    let own = Path::new("/sys/fs/cgroup").join(format!("lbprobe-lab-{name}"));
    if own.exists() {
        traces.push(own.display().to_string());
    }
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let cgroups = std::fs::read_to_string(entry.path().join("cgroup")).unwrap_or_default();
        let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        if cgroups.contains(&format!("lbprobe-lab-{name}")) || command.contains(&format!("\"name\":\"{name}\"")) {
            traces.push(command);
        }
    }
    if Path::new("/run/lbprobe-lab").join(name).exists() {
        traces.push(format!("/run/lbprobe-lab/{name}"));
    }
    traces
}

#[track_caller]
fn no_trace(name: &str) {
    eventually(&format!("no trace of {name}: {:?}", traces(name)), Duration::from_secs(10), || traces(name).is_empty());
}

/// Mounts of this machine's own namespace that a lab could have leaked.
fn mounts() -> usize {
    std::fs::read_to_string("/proc/self/mounts").unwrap().lines().count()
}

fn small(name: &str) -> LabOptions {
    LabOptions { name: format!("{name}-{}", std::process::id()), nodes: 1, ..LabOptions::default() }
}

#[test]
fn two_labs_side_by_side_then_killed_in_each_way() {
    let _slot = slot();
    let before = mounts();
    let mut first = boot(&small("first")).unwrap();
    let second = boot(&small("second")).unwrap();
    for lab in [&first, &second] {
        assert!(kubectl(lab, &["get", "nodes"]).contains("node1"));
        assert!(!traces(lab.place().name()).is_empty(), "the search for traces finds a living lab");
    }
    // kill -9 of the lab itself.
    kill(Pid::from_raw(second.place().init().unwrap()), Signal::SIGKILL).unwrap();
    no_trace(second.place().name());
    assert!(kubectl(&first, &["get", "nodes"]).contains("node1"), "the other lab lives on");
    // kill -9 of the janitor: the lab dies with it, and the next command sweeps.
    let janitor = std::fs::read_to_string(format!("/proc/{}/stat", first.place().init().unwrap())).unwrap();
    let janitor = janitor.rsplit(')').next().unwrap().split_whitespace().nth(1).unwrap().parse().unwrap();
    kill(Pid::from_raw(janitor), Signal::SIGKILL).unwrap();
    eventually("the lab dies with its janitor", Duration::from_secs(10), || !first.place().is_alive());
    sweep_dead().unwrap();
    no_trace(first.place().name());
    first.end();
    assert_eq!(mounts(), before);
}

#[test]
fn labs_that_start_and_end_do_not_disturb_each_other() {
    let is_over = AtomicBool::new(false);
    let place = Place::of(&format!("in-and-out-{}", std::process::id())).unwrap();
    std::thread::scope(|scope| {
        let sweepers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        sweep_dead()?;
                        let _ = place.is_alive();
                    }
                    Ok::<_, LabError>(())
                })
            })
            .collect();
        let rounds: Result<Vec<()>, LabError> = (0..500)
            .map(|round| {
                let lock = place.lock()?.ok_or_else(|| LabError::Other(format!("round {round}: locked by another")))?;
                place.note_init(1)?;
                place.sweep(lock)
            })
            .collect();
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(rounds.map(|rounds| rounds.len()).map_err(|cause| cause.to_string()), Ok(500));
        for sweeper in sweepers {
            assert_eq!(sweeper.join().unwrap().map_err(|cause| cause.to_string()), Ok(()));
        }
    });
    no_trace(place.name());
}

/// `lab up -- COMMAND` is the parent here.
fn up_with_command(name: &str) -> (std::process::Child, String) {
    let name = format!("{name}-{}", std::process::id());
    let child = Command::new(program())
        .args(["up", "--nodes", "1", "--name", &name, "--", "sleep", "100"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    (child, name)
}

#[test]
fn a_killed_parent_takes_the_lab_with_it() {
    let _slot = slot();
    let (mut parent, name) = up_with_command("parent");
    eventually("the lab lives", Duration::from_mins(1), || Place::of(&name).unwrap().is_alive());
    std::thread::sleep(Duration::from_secs(4));
    parent.kill().unwrap();
    parent.wait().unwrap();
    no_trace(&name);
}

#[test]
fn ctrl_c_while_it_starts_leaves_nothing() {
    let _slot = slot();
    let (mut parent, name) = up_with_command("ctrl-c");
    eventually("the lab starts", Duration::from_mins(1), || Place::of(&name).unwrap().init().is_some());
    kill(Pid::from_raw(parent.id().cast_signed()), Signal::SIGINT).unwrap();
    parent.wait().unwrap();
    no_trace(&name);
}

#[test]
fn a_failed_start_names_the_component_and_cleans_up() {
    fails_to_start(&LabOptions { cluster_cidr: "nonsense".into(), ..small("broken") }, "node1-kube-proxy ended");
}

/// Fails unless the lab says what ended, with the last lines of its log, and leaves nothing.
#[track_caller]
fn fails_to_start(options: &LabOptions, what: &str) {
    let _slot = slot_for(options);
    let cause = boot(options).unwrap_err().to_string();
    assert!(cause.contains(what) && cause.contains("the last lines of its log") && cause.contains("nonsense"), "{cause}");
    no_trace(&options.name);
}

/// One node, with a kernel of its own.
fn small_guest(name: &str) -> LabOptions {
    LabOptions { kube_proxies: vec!["node1=1.34:ipvs".parse().unwrap()], ..small(name) }
}

#[test]
fn a_guest_that_does_not_come_up_shows_its_consoles_last_lines() {
    fails_to_start(&LabOptions { cluster_cidr: "nonsense".into(), ..small_guest("broken-guest") }, "node1-guest ended");
}

/// A guest is root in its kernel, which opens files as root of this machine.
#[test]
fn a_guest_neither_sees_the_machine_nor_writes_to_it() {
    let options = small_guest("guest");
    let _slot = slot_for(&options);
    let lab = boot(&options).unwrap();
    let inside = |script: &str| {
        let output = lab.run_at(Vantage::Node("node1"), &["sh", "-c", script]).unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (is_mounted, seen) = inside("mkdir /tmp/machine && mount -t hostfs machine /tmp/machine && ls /tmp/machine");
    assert!(is_mounted && seen.lines().any(|name| name == "lab"), "the root of the guest: {seen}");
    for root in ["", "/tmp/machine"] {
        let here = format!("{root}{}", env!("CARGO_MANIFEST_DIR"));
        assert!(!inside(&format!("ls {here}")).0, "{here} is seen");
        let written = format!("/usr/bin/written-{}", std::process::id());
        assert!(!inside(&format!("touch {root}{written}")).0, "{root}/usr/bin is written to");
        assert!(!Path::new(&written).exists(), "{written} is there");
    }
}

#[test]
fn kubectl_logs_and_exec_work() {
    let lab = faulty_lab();
    assert!(kubectl(&lab, &["logs", "-n", "kube-system", "deployment/coredns"]).contains("CoreDNS"));
    let said = kubectl(&lab, &["exec", "-n", "kube-system", "deployment/coredns", "--", "/bin/workloads", "coredns", "-version"]);
    assert!(said.contains("CoreDNS-"), "{said}");
    kubectl(&lab, &["get", "serviceaccount", "default", "-n", "default"]);
}
