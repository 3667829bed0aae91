//! What a failed connect is called.

use std::io;

use lbprobe_protocol::ConnectFailure;

use crate::errno::errno;

/// The kernel's own ETIMEDOUT comes after minutes of retries; a deadline of that length must
/// not give another outcome than a short one.
pub(crate) fn connect_failure(cause: &io::Error) -> ConnectFailure {
    match errno(cause) {
        Some(errno) if cause.kind() != io::ErrorKind::TimedOut => ConnectFailure::Errno(errno),
        _ => ConnectFailure::TimedOut,
    }
}
