//! The ordinary probe beside this one, whose pod network it lends.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

use lbprobe_protocol::{KernelPart, KernelRole, MOST_VARIABLE_BYTES, NODE_ADDRESS_VARIABLE, PLAN_VARIABLE, Plan};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Between two looks at the node's processes.
const PAUSE: Duration = Duration::from_millis(200);

/// The most bytes of a process's environment that are read: a plan's variable and some small ones.
const MOST_BYTES: u64 = MOST_VARIABLE_BYTES as u64 + 64 * 1024;

/// A probe that waits in a pod of this node.
pub(super) struct Lender {
    run: String,
    id: Pid,
    /// The process's folder in /proc. It stays that of this process, also where another one gets its number.
    folder: File,
    /// Its network.
    pub(super) network: File,
}

impl Lender {
    /// Waits for the probe of this run on this node.
    pub(super) fn find(run: &str, patience: Duration) -> io::Result<Self> {
        let start = Instant::now();
        loop {
            match Self::look(run)? {
                Some(found) => return Ok(found),
                None if start.elapsed() < patience => sleep(PAUSE),
                None => {
                    return Err(io::Error::new(io::ErrorKind::NotFound, "the probe on the pod network did not start, or cannot be seen"));
                }
            }
        }
    }

    fn look(run: &str) -> io::Result<Option<Self>> {
        let own = fs::metadata("/proc/self/ns/net")?.ino();
        for process in fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()) {
            // A process that ends meanwhile is passed over.
            let Ok(folder) = File::open(format!("/proc/{process}")) else { continue };
            let Ok(network) = File::open(within(&folder, "ns/net")) else { continue };
            if network.metadata().is_ok_and(|network| network.ino() != own) && lends(&environment(&folder), run) {
                return Ok(Some(Self { run: run.to_owned(), id: Pid::from_raw(process), folder, network }));
            }
        }
        Ok(None)
    }

    /// Whether it still runs.
    pub(super) fn is_there(&self) -> bool {
        lends(&environment(&self.folder), &self.run)
    }

    /// Lets it go. Of one that is gone already the number may be another process's by now.
    pub(super) fn end(self) {
        if self.is_there() {
            let _ = kill(self.id, Signal::SIGTERM);
        }
    }
}

fn within(folder: &File, path: &str) -> String {
    format!("/proc/self/fd/{}/{path}", folder.as_raw_fd())
}

/// A process's environment; nothing where it cannot be read.
fn environment(folder: &File) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = File::open(within(folder, "environ")).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes));
    if read.is_ok() { bytes } else { Vec::new() }
}

/// Whether a process with this environment lends its network to this run, on this node.
fn lends(environment: &[u8], run: &str) -> bool {
    let node = std::env::var_os(NODE_ADDRESS_VARIABLE);
    lends_on(environment, run, node.as_deref())
}

fn lends_on(environment: &[u8], run: &str, node: Option<&OsStr>) -> bool {
    let value = |name: &str| {
        let mut words = environment.split(|byte| *byte == 0);
        words.find_map(|word| word.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
    };
    let plan = || Plan::from_variable(std::str::from_utf8(value(PLAN_VARIABLE)?).ok()?).ok();
    let lends_to_it = |part: KernelPart| part.run == run && part.role == KernelRole::Lend;
    value(NODE_ADDRESS_VARIABLE).map(OsStr::from_bytes) == node && plan().and_then(|plan| plan.kernel).is_some_and(lends_to_it)
}

#[cfg(test)]
mod tests {
    use lbprobe_protocol::VERSION;

    use super::*;

    fn environment_of(run: &str, role: KernelRole, node: &str) -> Vec<u8> {
        let part = KernelPart { run: run.into(), role, endpoints: None, start_ms: 0, settle_ms: 0, peers: Vec::new() };
        let plan =
            Plan { version: VERSION, wait_ms: 0, linger_ms: 0, checks: Vec::new(), questions: Vec::new(), watch: None, kernel: Some(part) };
        format!("A=b\0{PLAN_VARIABLE}={}\0{NODE_ADDRESS_VARIABLE}={node}\0", plan.to_variable()).into_bytes()
    }

    #[test]
    fn the_probe_of_this_run_on_this_node_lends_and_no_other_one() {
        let node = Some(OsStr::new("192.0.2.1"));
        assert!(lends_on(&environment_of("a", KernelRole::Lend, "192.0.2.1"), "a", node));
        assert!(!lends_on(&environment_of("b", KernelRole::Lend, "192.0.2.1"), "a", node), "another run");
        assert!(!lends_on(&environment_of("a", KernelRole::Look, "192.0.2.1"), "a", node), "the one that looks");
        assert!(!lends_on(&environment_of("a", KernelRole::Lend, "192.0.2.2"), "a", node), "another node");
        assert!(!lends_on(b"LBPROBE_PLAN=none\0", "a", None) && !lends_on(b"", "a", node));
    }

    #[test]
    fn a_process_that_is_gone_is_not_there() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let folder = File::open(format!("/proc/{}", child.id())).unwrap();
        // It has none for a moment while it begins.
        let start = Instant::now();
        while environment(&folder).is_empty() {
            assert!(start.elapsed() < Duration::from_secs(10), "a process has an environment");
            sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(environment(&folder).is_empty());
    }
}
