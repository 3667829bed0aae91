//! The ordinary probe beside this one, whose pod network it lends.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

use lbprobe_protocol::{KernelPart, KernelRole, NODE_ADDRESS_VARIABLE, PLAN_VARIABLE, Plan};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Its pod starts at about the time of this one's.
const PATIENCE: Duration = Duration::from_secs(15);

/// Between two looks at the node's processes.
const PAUSE: Duration = Duration::from_millis(200);

/// A probe that waits in a pod of this node.
pub(super) struct Lender {
    process: Pid,
    /// Its network.
    pub(super) network: File,
}

impl Lender {
    /// Waits for the probe of this run on this node.
    pub(super) fn find(run: &str) -> io::Result<Self> {
        let start = Instant::now();
        loop {
            match Self::look(run)? {
                Some(found) => return Ok(found),
                None if start.elapsed() < PATIENCE => sleep(PAUSE),
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
            let folder = format!("/proc/{process}");
            let Ok(environment) = fs::read(format!("{folder}/environ")) else { continue };
            let Ok(network) = File::open(format!("{folder}/ns/net")) else { continue };
            if lends(&environment, run) && network.metadata().is_ok_and(|network| network.ino() != own) {
                return Ok(Some(Self { process: Pid::from_raw(process), network }));
            }
        }
        Ok(None)
    }

    /// Lets it go.
    pub(super) fn end(self) {
        // One that is gone already needs no signal.
        let _ = kill(self.process, Signal::SIGTERM);
    }
}

/// Whether a process with this environment lends its network to this run, on this node.
fn lends(environment: &[u8], run: &str) -> bool {
    let value = |name: &str| {
        let words = environment.split(|byte| *byte == 0);
        words.filter_map(|word| word.strip_prefix(name.as_bytes())?.strip_prefix(b"=")).next()
    };
    let is_on_this_node = value(NODE_ADDRESS_VARIABLE).map(OsStr::from_bytes) == std::env::var_os(NODE_ADDRESS_VARIABLE).as_deref();
    let plan = value(PLAN_VARIABLE).and_then(|text| Plan::from_variable(std::str::from_utf8(text).ok()?).ok());
    let lends_to_it = |part: KernelPart| part.run == run && part.role == KernelRole::Lend;
    is_on_this_node && plan.and_then(|plan| plan.kernel).is_some_and(lends_to_it)
}
