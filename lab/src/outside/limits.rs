//! Limits of the machine's kernel that several labs reach together.

use std::fs;

/// How many inotify instances one user may hold. Its default is 128; a node takes about seven of them and a
/// control plane fifteen, so that a lab of eight nodes beside two of three has a kubelet fail at its start.
const INOTIFY: &str = "/proc/sys/fs/inotify/max_user_instances";

/// Enough for a dozen labs.
const ENOUGH: u32 = 1024;

/// Raises the limit where it is lower, and tells so: it is the machine's, no namespace has one of its own. It
/// is left raised, since another lab may have come to need it. A machine that forbids it is told of too; a
/// small lab will do without.
pub fn raise(mut tell: impl FnMut(&str)) {
    let limit = fs::read_to_string(INOTIFY).ok().and_then(|limit| limit.trim().parse::<u32>().ok());
    let Some(limit) = limit.filter(|limit| *limit < ENOUGH) else { return };
    match fs::write(INOTIFY, ENOUGH.to_string()) {
        Ok(()) => tell(&format!("the machine's fs.inotify.max_user_instances raised from {limit} to {ENOUGH}")),
        Err(cause) => tell(&format!("fs.inotify.max_user_instances stays at {limit}: {cause}")),
    }
}
