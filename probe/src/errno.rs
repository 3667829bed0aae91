//! The number of a socket's error, as Linux has it: a record means the same wherever its probe ran.

use std::io;

/// The number; none where the error is not one of a socket.
#[cfg(target_os = "linux")]
pub(crate) fn errno(cause: &io::Error) -> Option<i32> {
    cause.raw_os_error()
}

/// EHOSTDOWN, which has no kind of its own: nobody answers for an address of the same network.
#[cfg(target_os = "macos")]
const HOST_DOWN: i32 = 64;
#[cfg(windows)]
const HOST_DOWN: i32 = 10064;

/// The number that Linux has for an error of another system, by its kind. One without a kind keeps its own number.
#[cfg(not(target_os = "linux"))]
pub(crate) fn errno(cause: &io::Error) -> Option<i32> {
    use io::ErrorKind;
    use lbprobe_protocol::outcome::{ECONNREFUSED, ECONNRESET, EHOSTUNREACH};
    let of_this_system = cause.raw_os_error()?;
    Some(match cause.kind() {
        ErrorKind::ConnectionRefused => ECONNREFUSED,
        ErrorKind::ConnectionReset => ECONNRESET,
        ErrorKind::ConnectionAborted => 103,
        ErrorKind::TimedOut => 110,
        ErrorKind::BrokenPipe => 32,
        ErrorKind::AddrNotAvailable => 99,
        ErrorKind::NetworkDown => 100,
        ErrorKind::NetworkUnreachable => 101,
        ErrorKind::HostUnreachable => EHOSTUNREACH,
        _ if of_this_system == HOST_DOWN => 112,
        // EPERM and EACCES have one kind and, on a Mac, the numbers of Linux.
        _ => of_this_system,
    })
}
