//! The in-pod half of kubectl-lbprobe: dials what its plan names, and prints one record of what it saw.
//!
//! Exit codes: 0 the record is written, whatever it says; 1 the probe could not start; 2 the plan is missing or
//! unreadable; 3 a probe that keeps watch has lost its kubelet; 5 the plan is of another version. (4 is the loader's.)

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use lbprobe_probe::{ClientIdentity, End, IdentityError, NoPlan, heartbeat, read_plan};
use lbprobe_protocol::{HEARTBEAT_ARGUMENT, IDENTITY_VARIABLE};

/// Why nothing is dialled.
#[derive(Debug, thiserror::Error)]
enum NotStarted {
    #[error("{0}")]
    Plan(#[from] NoPlan),
    #[error("the client certificate in {IDENTITY_VARIABLE} is of no use: {0}")]
    Identity(#[from] IdentityError),
}

impl NotStarted {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Plan(cause) => cause.exit_code(),
            Self::Identity(_) => 2,
        }
    }
}

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == HEARTBEAT_ARGUMENT) {
        return match heartbeat::send() {
            Ok(()) => ExitCode::SUCCESS,
            Err(cause) => {
                complain(&format!("failed to reach the probe: {cause}"));
                ExitCode::FAILURE
            }
        };
    }
    let (plan, identity) = match read_plan().map_err(NotStarted::from).and_then(|plan| Ok((plan, read_identity()?))) {
        Ok(read) => read,
        Err(cause) => {
            complain(&cause.to_string());
            return ExitCode::from(cause.exit_code());
        }
    };
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => match runtime.block_on(lbprobe_probe::run(&plan, identity)) {
            End::Done => ExitCode::SUCCESS,
            End::KubeletLost => {
                complain("the node's kubelet is silent: nobody could end this probe any more");
                ExitCode::from(3)
            }
        },
        Err(cause) => {
            complain(&format!("failed to start: {cause}"));
            ExitCode::FAILURE
        }
    }
}

/// Whether anybody can read it or not: the exit code says the same.
fn complain(cause: &str) {
    let _ = writeln!(io::stderr().lock(), "lbprobe-probe: {cause}");
}

/// The client certificate from the environment, where one is there.
fn read_identity() -> Result<Option<ClientIdentity>, NotStarted> {
    let text = std::env::var_os(IDENTITY_VARIABLE).unwrap_or_default();
    let text = OsString::into_string(text).map_err(|_| NoPlan::NotText)?;
    Ok(ClientIdentity::from_variable(&text)?)
}
