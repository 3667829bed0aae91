//! Brings the probe into a pod whose image has none: unpacks it into memory, from the parts that the run's ConfigMaps
//! hold or from behind itself in its own file, and becomes it, with the same arguments and environment. Its own file it
//! removes: nobody else can take it out of a container that was added to somebody's pod.
//!
//! Exit code 4: the probe could not be unpacked or started. All others are the probe's own.

mod packed;
mod start;

use std::convert::Infallible;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use lbprobe_protocol::{CARRIED_FOLDER, NOT_UNPACKED_EXIT, SPARE_FOLDER, TERMINATION_LOG};

use self::packed::Packed;

fn main() -> ExitCode {
    let Err(cause) = start();
    let line = format!("lbprobe-loader: {cause}");
    // Whether anybody can read it or not: the exit code says the same.
    if let Ok(mut file) = OpenOptions::new().write(true).open(TERMINATION_LOG) {
        let _ = file.write_all(line.as_bytes());
    }
    let _ = writeln!(io::stderr().lock(), "{line}");
    ExitCode::from(NOT_UNPACKED_EXIT)
}

fn start() -> Result<Infallible, String> {
    let own_file = std::env::current_exe().map_err(|cause| format!("failed to find the loader's file: {cause}"))?;
    let behind = Packed::behind(&own_file).map_err(|cause| format!("failed to read what came with the loader: {cause}"))?;
    let Some(packed) = behind else {
        return start::become_program(&Packed::Parts(CARRIED_FOLDER.into()), Path::new(SPARE_FOLDER));
    };
    // Where it cannot be removed, a file of 2 MB goes with the pod.
    let _ = fs::remove_file(&own_file);
    start::become_program(&packed, own_file.parent().unwrap_or(Path::new("/")))
}
