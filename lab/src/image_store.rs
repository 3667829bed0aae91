//! The images as containerd keeps them, unpacked once for all nodes: to import them costs a node two seconds of a
//! processor, and a guest several.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use crate::error::{Context as _, LabError};
use crate::image::archives;
use crate::programs::run;

/// Where containerd works, out of sight of the machine's own.
const FOLDER: &str = "/run/image-store";

const SOCKET: &str = "/run/image-store/containerd.sock";

/// containerd answers in a second.
const PATIENCE: Duration = Duration::from_mins(1);

/// Imports all archives of a folder into a new store, in a process of its own.
pub(crate) fn build(images: &Path, store: &Path) -> Result<(), LabError> {
    let program = std::env::current_exe().to("find this program")?;
    run(Command::new(program).args(["inside", "image-store"]).arg(images).arg(store)).map(drop)
}

/// What that process does: it leaves the machine's mounts behind, as the store may be on a file system that overlays
/// cannot be made on.
pub fn write(images: &Path, store: &Path) -> Result<(), LabError> {
    const NONE: Option<&str> = None;
    unshare(CloneFlags::CLONE_NEWNS).to("make a namespace")?;
    mount(NONE, "/", NONE, MsFlags::MS_REC | MsFlags::MS_PRIVATE, NONE).to("make mounts private")?;
    mount(Some("tmpfs"), "/run", Some("tmpfs"), MsFlags::empty(), Some("mode=755")).to("mount a tmpfs on /run")?;
    let containerd = Containerd::start()?;
    for archive in archives(images)? {
        run(ctr(&["--namespace", "k8s.io", "images", "import"]).arg(archive))?;
    }
    drop(containerd);
    let unfinished = store.with_extension("unfinished");
    for old in [&unfinished, store] {
        if old.exists() {
            fs::remove_dir_all(old).to(format!("remove {}", old.display()))?;
        }
    }
    copy(&Path::new(FOLDER).join("root"), &unfinished)?;
    fs::rename(&unfinished, store).to(format!("finish {}", store.display()))
}

/// Copies a store to where a containerd will look for it.
pub(crate) fn copy(store: &Path, root: &Path) -> Result<(), LabError> {
    run(Command::new("cp").arg("--archive").arg(store).arg(root)).map(drop)
}

fn ctr(words: &[&str]) -> Command {
    let mut command = Command::new("ctr");
    command.args(["--address", SOCKET]).args(words);
    command
}

/// One that serves no kubelet. It dies with this value, and with this process.
struct Containerd(Child);

impl Containerd {
    fn start() -> Result<Self, LabError> {
        let config = format!(
            "version = 2\nroot = \"{FOLDER}/root\"\nstate = \"{FOLDER}/state\"\n\
             disabled_plugins = [\"io.containerd.grpc.v1.cri\", \"io.containerd.internal.v1.opt\"]\n[grpc]\n  address = \"{SOCKET}\"\n"
        );
        fs::create_dir_all(FOLDER).to("make containerd's folder")?;
        let [file, log] = ["containerd.toml", "containerd.log"].map(|name| Path::new(FOLDER).join(name));
        fs::write(&file, config).to("write containerd's configuration")?;
        let output = fs::File::create(&log).to("make containerd's log")?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "containerd", "--config"]).arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(output);
        let containerd = Self(command.spawn().to("start containerd (Debian's package containerd)")?);
        let start = Instant::now();
        while let Err(cause) = run(&mut ctr(&["version"])) {
            if start.elapsed() > PATIENCE {
                let said = fs::read_to_string(&log).unwrap_or_default();
                return Err(LabError::Other(format!("containerd does not answer: {cause}\n{}", said.trim())));
            }
            sleep(Duration::from_millis(50));
        }
        Ok(containerd)
    }
}

impl Drop for Containerd {
    fn drop(&mut self) {
        // What it was told to keep is on disk when `ctr` returns.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
