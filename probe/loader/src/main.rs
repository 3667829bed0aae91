//! Brings the probe into a pod whose image has none: unpacks it from the parts that the run's ConfigMaps hold, into
//! memory, and becomes it, with the same arguments and environment.
//!
//! Exit code 4: the probe could not be unpacked or started. All others are the probe's own.

mod parts;
mod start;

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use lbprobe_protocol::{CARRIED_FOLDER, NOT_UNPACKED_EXIT, SPARE_FOLDER, TERMINATION_LOG};

use self::parts::Parts;

fn main() -> ExitCode {
    let (parts, spare) = (Parts::of(Path::new(CARRIED_FOLDER)), Path::new(SPARE_FOLDER));
    let Err(cause) = start::become_program(&parts, spare);
    let line = format!("lbprobe-loader: {cause}");
    // Whether anybody can read it or not: the exit code says the same.
    if let Ok(mut file) = OpenOptions::new().write(true).open(TERMINATION_LOG) {
        let _ = file.write_all(line.as_bytes());
    }
    let _ = writeln!(io::stderr().lock(), "{line}");
    ExitCode::from(NOT_UNPACKED_EXIT)
}
