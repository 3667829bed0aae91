//! What kernels told of the probe's own connections.

use lbprobe_analysis::observations::KernelLook;

use super::room::{self, Room};
use super::{Detail, Style};
use crate::report::outline;

/// Connections that are shown where not everything is.
const SHOWN: usize = 6;

/// A connection with its lines, or what a kernel did not tell.
pub(super) fn looks(looks: &[KernelLook], room: Room, style: Style) -> String {
    let list = outline::kernel(looks, style.language);
    let most = if style.detail == Detail::Everything { room.others.max(list.items.len()) } else { SHOWN };
    room::list(&list, most, style)
}
