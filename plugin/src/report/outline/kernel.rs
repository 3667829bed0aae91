//! What kernels told of the probe's own connections: those that tell most come first.

use std::collections::BTreeSet;

use lbprobe_analysis::observations::{self, KernelLook};
use lbprobe_analysis::text::reports::Title;
use lbprobe_analysis::text::{self, Language};
use lbprobe_protocol::{Flow, Outcome};

use super::{Item, ItemList};

/// A connection with its lines, or what a kernel did not tell.
pub(in crate::report) fn kernel(looks: &[KernelLook], language: Language) -> ItemList {
    let gaps = looks.iter().flat_map(|look| text::kernel_gaps(look, language)).map(|gap| vec![gap]);
    let flows = flows(looks);
    let told = flows.iter().map(|(look, flow)| text::kernel_flow(look, flow, observations::receiver(looks, look, flow), language));
    let all: Vec<_> = gaps.chain(told).collect();
    let item = |lines: &Vec<String>| {
        let (first, below) = lines.split_first().map_or(("", &[][..]), |(first, below)| (first.as_str(), below));
        Item::with_below(first.to_owned(), below.to_vec())
    };
    ItemList::of(Title::Kernel, &all, item, language)
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
