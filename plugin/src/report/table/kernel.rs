//! What kernels told of the probe's own connections: those that tell most come first.

use std::collections::BTreeSet;

use lbprobe_analysis::observations::KernelLook;
use lbprobe_analysis::text;
use lbprobe_analysis::text::reports::Title;
use lbprobe_protocol::{Flow, Outcome};

use super::room::{List, Room};
use super::{Detail, Style, prose};

/// Connections that are shown where not everything is.
const SHOWN: usize = 6;

/// A connection with its lines, or what a kernel did not tell.
pub(super) fn looks(looks: &[KernelLook], room: Room, style: Style) -> String {
    let gaps = looks.iter().flat_map(|look| text::kernel_gaps(look, style.language)).map(|gap| vec![gap]);
    let flows = flows(looks);
    let told = flows.iter().map(|(look, flow)| text::kernel_flow(look, flow, style.language));
    let items: Vec<_> = gaps.chain(told).collect();
    let most = if style.detail == Detail::Everything { room.others.max(items.len()) } else { SHOWN };
    let item = |lines: &Vec<String>| {
        let (first, others) = lines.split_first().map_or(("", &[][..]), |(first, others)| (first.as_str(), others));
        let below = others.iter().map(|line| prose::wrap(line, "    ", "      ", style));
        prose::item("- ", first, style) + &below.collect::<String>()
    };
    List { title: Title::Kernel, items: &items, most }.shown(item, style)
}

/// First the first failure from each network of a node, then the first connection that stood there, then the others.
fn flows(looks: &[KernelLook]) -> Vec<(&KernelLook, &Flow)> {
    let mut seen = BTreeSet::new();
    let mut all: Vec<_> = Vec::new();
    for (number, look) in looks.iter().enumerate() {
        for flow in look.record().into_iter().flat_map(|record| &record.flows) {
            let stood = flow.outcome == Outcome::Answered;
            let is_first = seen.insert((number, flow.from, stood));
            all.push(((!is_first, stood), look, flow));
        }
    }
    all.sort_by_key(|(rank, ..)| *rank);
    all.into_iter().map(|(_, look, flow)| (look, flow)).collect()
}
