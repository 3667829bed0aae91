//! The janitor: the parent of a lab's first process, and who sweeps when that has ended.
//!
//! It stays outside the namespaces and does nothing while the lab lives. It belongs to no terminal
//! and no process group of the caller, so that what kills those leaves it to its work.

use std::process::{Command, Stdio};

use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::unistd::setsid;

use crate::error::{Context as _, LabError};
use crate::options::LabOptions;
use crate::outside::cgroups;
use crate::outside::registry::Place;

/// Runs a lab from its first process to its last. Standard input is the lifeline that the
/// supervisor watches, standard output the channel of its events.
pub fn run(options: &LabOptions) -> Result<(), LabError> {
    let _ = prctl::set_name(c"lbprobe-janitor");
    let _ = setsid();
    let place = Place::of(&options.name)?;
    let Some(lock) = place.lock()? else {
        return Err(LabError::Other(format!("the lab {} runs already\nhint: lab down --name {}", options.name, options.name)));
    };
    cgroups::make(&place.cgroup(), &options.node_names().collect::<Vec<_>>())?;
    let ended = start_init(options, &place);
    place.sweep(lock)?;
    ended
}

/// From here on children of this process are born into the lab's PID namespace; the first is its
/// init, and this process, which stays outside, can have no others once that has ended.
fn start_init(options: &LabOptions, place: &Place) -> Result<(), LabError> {
    unshare(CloneFlags::CLONE_NEWPID).to("make a PID namespace")?;
    let program = std::env::current_exe().to("find this program")?;
    let words = serde_json::to_string(options)?;
    let mut init = Command::new(program)
        .args(["inside", "init", &words])
        .stdin(Stdio::inherit())
        .stdout(Stdio::inherit())
        .spawn()
        .to("start the lab's first process")?;
    place.note_init(init.id())?;
    release_standard_streams();
    init.wait().to("wait for the lab's first process")?;
    Ok(())
}

/// The lifeline and the events are between the caller and the supervisor: a copy held here would
/// keep the caller from seeing the end of the events.
fn release_standard_streams() {
    if let Ok(null) = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null") {
        let _ = nix::unistd::dup2_stdin(&null);
        let _ = nix::unistd::dup2_stdout(&null);
    }
}
