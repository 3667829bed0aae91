//! Why nothing was seen from another machine by ssh.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use lbprobe_protocol::RecordError;

/// Why nothing was seen from another machine.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SshProblem {
    #[error("ssh does not start: {0}")]
    NotStarted(io::Error),
    #[error("{message}")]
    Failed { message: String },
    #[error("ssh ends with {status}")]
    FailedSilently { status: ExitStatus },
    #[error("it runs {system:?}, and this program carries probes for Linux on x86_64 and aarch64 only")]
    OtherSystem { system: String },
    #[error("this program was built without the probe, and can send none")]
    NothingCarried,
    #[error("the probe that this program carries is broken: {0}")]
    Broken(io::Error),
    #[error("too many checks for one probe")]
    TooLong,
    #[error("no answer within {} s", .0.as_secs())]
    Overdue(Duration),
    #[error("{0}")]
    Record(#[from] RecordError),
}
