//! The root of a guest's files, and the start of its kernel.
//!
//! The guest's kernel is a process of root's that can open any file it sees, and a guest may mount
//! the file system that shows them once more. So it is given a root of its own, a tmpfs on which
//! the machine's programs are mounted read-only; the rest of the machine is not there at all.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum as _;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, CpuSet, sched_getaffinity, sched_setaffinity, unshare};
use nix::unistd::{Pid, chdir, pivot_root};

use crate::artifacts::Artifacts;
use crate::error::{Context as _, LabError};
use crate::inside::{BIN_FOLDER, LOG_FOLDER, STATE_FOLDER, pki};
use crate::options::{LabOptions, ProxyRelease};

/// The root's folder in that of the node.
pub const FOLDER: &str = "root";
/// Where the guest finds what is the lab's.
pub const LAB: &str = "/lab";

/// kube-router, where it was built.
pub const KUBE_ROUTER: &str = "/lab/bin/kube-router";
const KERNEL: &str = "/lab/kernel/linux";
/// Bytes that the guest takes for its memory; the machine gives what is used of them.
const MEMORY: &str = "2048M";
const NONE: Option<&str> = None;

/// Files of /etc, without which programs fail: ipset takes the names of protocols from there.
const ETC: [(&str, &str); 4] = [
    ("passwd", "root:x:0:0:root:/root:/bin/sh\n"),
    ("group", "root:x:0:\n"),
    ("hosts", "127.0.0.1 localhost\n"),
    ("protocols", "icmp 1\ntcp 6\nudp 17\nsctp 132\n"),
];

/// What may be done with a file or folder of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

/// Becomes the guest's kernel. Returns only what went wrong.
pub fn run(options: &LabOptions, node: &str) -> Result<(), LabError> {
    let root = Path::new(STATE_FOLDER).join(node).join(FOLDER);
    unshare(CloneFlags::CLONE_NEWNS).to("make a mount namespace")?;
    mount(NONE, "/", NONE, MsFlags::MS_REC | MsFlags::MS_PRIVATE, NONE).to("make mounts private")?;
    fs::create_dir_all(&root).to("make a root")?;
    mount(Some("tmpfs"), &root, Some("tmpfs"), MsFlags::empty(), Some("mode=755")).to("mount a root")?;
    fill(&root, options)?;
    enter(&root)?;
    keep_to_one_processor(node)?;
    let boot = format!("init={LAB}/bin/lab");
    let link = format!("vec0:transport=tap,ifname={node},depth=128,gro=1,mac={}", hardware_address(node));
    let memory = format!("mem={MEMORY}");
    // What the kernel does not know itself is the environment of PID 1.
    let path = format!("PATH={LAB}/legacy:{BIN_FOLDER}:/usr/sbin:/usr/bin");
    let mut kernel = Command::new(KERNEL);
    kernel.args([&memory, "umid=guest", "rootfstype=hostfs", "rootflags=/", "root=/dev/root", "rw", &boot]);
    kernel.args([&path, "HOME=/run"]);
    kernel.args(["seccomp=auto", "quiet", "con=null", "con0=null,fd:1", &link, "--", "inside", "guest-boot", node]);
    kernel.env_clear().envs([("HOME", "/tmp"), ("TMPDIR", "/tmp")]);
    Err(LabError::Io { what: format!("start {KERNEL}"), source: kernel.exec() })
}

fn fill(root: &Path, options: &LabOptions) -> Result<(), LabError> {
    for folder in ["proc", "sys", "tmp", "run", "var", "root", "etc", "dev/net", "old", "lab/bin"] {
        fs::create_dir_all(root.join(folder)).to(format!("make {folder} in the root"))?;
    }
    for name in ["bin", "sbin", "lib", "lib64"] {
        symlink(format!("usr/{name}"), root.join(name)).to(format!("link {name}"))?;
    }
    for (name, text) in ETC {
        fs::write(root.join("etc").join(name), text).to(format!("write {name}"))?;
    }
    let words = serde_json::to_string(options)?;
    fs::write(root.join("lab/options.json"), words).to("write the options")?;
    for (source, place, access) in mounts()? {
        show(&source, &root.join(place), access)?;
    }
    mount(Some("tmpfs"), &root.join("tmp"), Some("tmpfs"), MsFlags::empty(), NONE).to("mount /tmp")?;
    mount(Some("proc"), &root.join("proc"), Some("proc"), MsFlags::MS_RDONLY, NONE).to("mount /proc")
}

fn mounts() -> Result<Vec<(PathBuf, String, Access)>, LabError> {
    let artifacts = Artifacts::locate()?;
    let machine = ["/usr", "/etc/alternatives", "/dev/null", "/dev/zero", "/dev/urandom"];
    let mut mounts: Vec<_> = machine.map(|path| (PathBuf::from(path), path[1..].to_owned(), Access::Read)).into();
    let lab = [
        (std::env::current_exe().to("find this program")?, "bin/lab"),
        (artifacts.kubernetes.clone(), "bin/kubernetes"),
        (artifacts.guest_kernel.clone(), "kernel"),
        (artifacts.image_store.clone(), "image-store"),
        (pki::file(""), "pki"),
    ];
    mounts.extend(lab.map(|(source, name)| (source, format!("lab/{name}"), Access::Read)));
    for release in ProxyRelease::value_variants().iter().filter(|release| release.module().is_some()) {
        let program = artifacts.kube_proxy(*release)?;
        // What was not built is not asked for.
        if program.exists() {
            mounts.push((program, kube_proxy(*release)[1..].to_owned(), Access::Read));
        }
    }
    if artifacts.kube_router.exists() {
        mounts.push((artifacts.kube_router.clone(), KUBE_ROUTER[1..].to_owned(), Access::Read));
    }
    mounts.push((LOG_FOLDER.into(), "lab/log".into(), Access::Write));
    mounts.push(("/dev/net/tun".into(), "dev/net/tun".into(), Access::Write));
    Ok(mounts)
}

fn show(source: &Path, place: &Path, access: Access) -> Result<(), LabError> {
    if source.is_dir() {
        fs::create_dir_all(place).to(format!("make {}", place.display()))?;
    } else {
        File::create(place).to(format!("make {}", place.display()))?;
    }
    mount(Some(source), place, NONE, MsFlags::MS_BIND, NONE).to(format!("show {} to a guest", source.display()))?;
    if access == Access::Read {
        let flags = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
        mount(NONE, place, NONE, flags, NONE).to(format!("make {} read-only", place.display()))?;
    }
    Ok(())
}

/// From here on the machine's own root is gone for this process.
fn enter(root: &Path) -> Result<(), LabError> {
    pivot_root(root, &root.join("old")).to("change the root")?;
    chdir("/").to("enter the root")?;
    umount2("/old", MntFlags::MNT_DETACH).to("leave the machine's root")
}

/// The guest's kernel and its processes stop and wake one another at every system call: on two
/// processors each of these waits for the other, and the guest takes five times as long.
fn keep_to_one_processor(node: &str) -> Result<(), LabError> {
    let allowed = sched_getaffinity(Pid::from_raw(0)).to("ask for the processors")?;
    let processors: Vec<_> = (0..CpuSet::count()).filter(|processor| allowed.is_set(*processor).unwrap_or(false)).collect();
    let mut one = CpuSet::new();
    let chosen = processors[usize::from(number(node)) % processors.len()];
    one.set(chosen).to("choose a processor")?;
    sched_setaffinity(Pid::from_raw(0), &one).to("keep to one processor")
}

/// At the end of a node's name.
fn number(node: &str) -> u8 {
    node.trim_start_matches(|letter: char| !letter.is_ascii_digit()).parse().unwrap_or(0)
}

/// The program that is kube-proxy of a release, as the guest sees it.
#[must_use]
pub fn kube_proxy(release: ProxyRelease) -> String {
    release.module().map_or_else(|| format!("{LAB}/bin/kubernetes"), |module| format!("{LAB}/bin/kube-proxy-{module}"))
}

/// Locally administered, and another one for each node.
fn hardware_address(node: &str) -> String {
    format!("02:00:00:00:01:{:02x}", number(node))
}
