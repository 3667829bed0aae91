//! The privileged half of `kubectl lbprobe run --evidence kernel`: dials what its plan names, and prints one record of what the node's
//! kernel tells of it. A program of its own, so that the probe which runs everywhere has none of this.
//!
//! Exit codes: those of the probe.

use std::io::{self, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let plan = match lbprobe_probe::read_plan() {
        Ok(plan) => plan,
        Err(cause) => {
            complain(&cause.to_string());
            return ExitCode::from(cause.exit_code());
        }
    };
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            runtime.block_on(lbprobe_probe::look_into_kernel(&plan));
            // Whoever ended it does not wait for a connection's timeout.
            runtime.shutdown_background();
            ExitCode::SUCCESS
        }
        Err(cause) => {
            complain(&format!("failed to start: {cause}"));
            ExitCode::FAILURE
        }
    }
}

/// Whether anybody can read it or not: the exit code says the same.
fn complain(cause: &str) {
    let _ = writeln!(io::stderr().lock(), "lbprobe-kernel: {cause}");
}
