//! What kernels told of the probe's own connections.

use lbprobe_analysis::observations::KernelLook;

use super::room::{self, Room};
use super::{Detail, Style};
use crate::report::outline;

/// Connections that are shown where not everything is.
const SHOWN: usize = 6;

/// Those that stand there however little room there is.
const LEAST: usize = 2;

/// A connection with its lines, or what a kernel did not tell.
pub(super) fn looks(looks: &[KernelLook], room: Room, style: Style) -> String {
    let list = outline::kernel(looks, style.language);
    let most = match style.detail {
        Detail::Everything => room.others.max(list.items.len()),
        Detail::Explained => SHOWN,
        // The user asked for them by name.
        Detail::Brief | Detail::Verdict => room.others.clamp(LEAST, SHOWN),
    };
    room::list(&list, most, style)
}
