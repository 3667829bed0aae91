//! PID 1 of a lab: makes the other namespaces, starts the supervisor, reaps orphans, and takes
//! everything with it when the supervisor ends: the kernel kills what is left of a PID namespace.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{Pid, sethostname};

use crate::error::{Context as _, LabError};
use crate::inside::{BIN_FOLDER, LOG_FOLDER};

/// Folders of the machine that components write to, each covered by a tmpfs of the lab's own.
const COVERED: [&str; 4] = ["/run", "/var/log", "/var/lib/cni", "/var/lib/kubelet"];

/// Where cgroup v2 is mounted beside v1.
const BESIDE_V1: &str = "/sys/fs/cgroup/unified";

/// Runs as PID 1 until the supervisor ends.
pub fn run(options: &str) -> Result<(), LabError> {
    prctl::set_pdeathsig(Signal::SIGKILL).to("tie the lab to its janitor")?;
    unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWUTS)
        .to("make namespaces")?;
    sethostname("control").to("name the lab's host")?;
    mount_own_files()?;
    let program = std::env::current_exe().to("find this program")?;
    let supervisor = Command::new(program)
        .args(["inside", "supervise", options])
        .stdin(Stdio::inherit())
        .stdout(Stdio::inherit())
        .spawn()
        .to("start the supervisor")?;
    reap_until(Pid::from_raw(supervisor.id().cast_signed()));
    Ok(())
}

fn mount_own_files() -> Result<(), LabError> {
    const NONE: Option<&str> = None;
    // Mounts made here must not show outside, nor those of outside change things here.
    mount(NONE, "/", NONE, MsFlags::MS_REC | MsFlags::MS_PRIVATE, NONE).to("make mounts private")?;
    // kubelet and crun hand mounts on to containers.
    mount(NONE, "/", NONE, MsFlags::MS_REC | MsFlags::MS_SHARED, NONE).to("share mounts within the lab")?;
    mount(Some("proc"), "/proc", Some("proc"), MsFlags::empty(), NONE).to("mount /proc")?;
    hide_idle_cgroups()?;
    for folder in COVERED {
        if !Path::new(folder).exists() {
            fs::create_dir_all(folder).to(format!("make {folder}"))?;
        }
        mount(Some("tmpfs"), folder, Some("tmpfs"), MsFlags::empty(), Some("mode=755")).to(format!("mount a tmpfs on {folder}"))?;
    }
    // Programs expect /run/lock (iptables' xtables.lock lies in /run itself).
    for folder in ["/run/lock", "/run/netns", BIN_FOLDER, LOG_FOLDER] {
        fs::create_dir_all(folder).to(format!("make {folder}"))?;
    }
    Ok(())
}

/// cgroup v2 beside v1 holds controllers that nobody asked for, and crun refuses to work where it sees both.
fn hide_idle_cgroups() -> Result<(), LabError> {
    if !Path::new(BESIDE_V1).join("cgroup.controllers").exists() {
        return Ok(());
    }
    umount2(BESIDE_V1, MntFlags::MNT_DETACH).to(format!("hide {BESIDE_V1}"))
}

/// Orphans of containers become children of PID 1 and would stay zombies.
pub(crate) fn reap_until(supervisor: Pid) {
    loop {
        match wait() {
            Ok(WaitStatus::Exited(child, _) | WaitStatus::Signaled(child, _, _)) if child == supervisor => return,
            Err(nix::errno::Errno::ECHILD) => return,
            _ => {}
        }
    }
}
