//! Becoming the program: from a file in memory, or where that is refused, from a file in a folder in memory.

use std::convert::Infallible;
use std::ffi::{CString, OsString};
use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use nix::errno::Errno;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::unistd::fexecve;

use crate::packed::Packed;

/// Name of the file, in memory and in the spare folder; processes are listed by it.
const NAME: &str = "lbprobe-probe";

/// `MFD_EXEC`, without which a kernel since 6.3 may make a file that nobody can run (sysctl `vm.memfd_noexec`).
const MFD_EXEC: u32 = 0x10;

/// Becomes the program. Returned is only why that failed.
pub(crate) fn become_program(packed: &Packed, spare: &Path) -> Result<Infallible, String> {
    match from_memory(packed) {
        Err(NotStarted::Refused(refused)) => {
            from_folder(packed, spare).map_err(|cause| format!("{cause}; from a file in memory: {refused}"))
        }
        Err(NotStarted::Broken(cause)) => Err(cause),
        Ok(never) => match never {},
    }
}

/// Why the program was not started from a file in memory.
enum NotStarted {
    /// The node refuses such files, or to run them.
    Refused(Errno),
    /// The program is not whole.
    Broken(String),
}

fn from_memory(packed: &Packed) -> Result<Infallible, NotStarted> {
    let mut file = File::from(file_in_memory().map_err(NotStarted::Refused)?);
    packed.unpack(&mut file).map_err(|cause| NotStarted::Broken(failed("unpack the probe", &cause)))?;
    let strings = |words: Vec<OsString>| words.into_iter().filter_map(|word| CString::new(word.into_vec()).ok()).collect::<Vec<_>>();
    let variables = std::env::vars_os().map(|(name, value)| {
        let mut entry = name;
        entry.push("=");
        entry.push(value);
        entry
    });
    fexecve(&file, &strings(std::env::args_os().collect()), &strings(variables.collect())).map_err(NotStarted::Refused)
}

/// A kernel before 6.3 does not know [`MFD_EXEC`], and makes all such files so that they can be run.
fn file_in_memory() -> Result<OwnedFd, Errno> {
    let flags = MFdFlags::MFD_CLOEXEC;
    match memfd_create(NAME, flags | MFdFlags::from_bits_retain(MFD_EXEC)) {
        Err(Errno::EINVAL) => memfd_create(NAME, flags),
        made => made,
    }
}

fn from_folder(packed: &Packed, folder: &Path) -> Result<Infallible, String> {
    let program = folder.join(match packed {
        Packed::Parts(_) => NAME.to_owned(),
        // This folder is not the loader's own: whatever is there already is somebody else's.
        Packed::Appended { .. } => format!("{NAME}-{}", std::process::id()),
    });
    // A heartbeat finds the file that the probe itself was started from, which cannot be written while it runs.
    if matches!(packed, Packed::Appended { .. }) || !program.exists() {
        let unfinished = folder.join(format!("{NAME}.{}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o700).open(&unfinished);
        let unpacked = file.as_mut().map_err(|cause| failed("make a file for the probe", cause));
        unpacked.and_then(|file| packed.unpack(file).map_err(|cause| failed("unpack the probe", &cause)))?;
        drop(file);
        std::fs::rename(&unfinished, &program).map_err(|cause| failed("finish the probe's file", &cause))?;
    }
    let cause = Command::new(&program).args(std::env::args_os().skip(1)).exec();
    Err(failed("start the probe", &cause))
}

fn failed(what: &str, cause: &dyn Display) -> String {
    format!("failed to {what}: {cause}")
}
