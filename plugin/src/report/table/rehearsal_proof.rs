//! A rehearsal beside what the change did, for a terminal: a row for each node, then every check that did something else.

use comfy_table::{Cell, Color};
use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::RehearsalProof;
use lbprobe_analysis::rehearsal::{Mismatch, NodeProof, NodeState};
use lbprobe_analysis::text;
use lbprobe_analysis::text::reports::{ProofCounts, Rest, Title};
use lbprobe_analysis::watching::Seconds;

use super::{Colour, Detail, Style, columns, prose};

/// Checks that are told where the table is to be brief.
const MISMATCHES: usize = 12;

/// The whole proof.
pub(crate) fn render(proof: &RehearsalProof, style: Style) -> String {
    let colour = match proof.verdict {
        Verdict::Healthy => Colour::Good,
        Verdict::Fault => Colour::Bad,
        Verdict::Inconclusive => Colour::Unknown,
    };
    let mut shown = prose::headline(&text::rehearsal_proof(&counts(proof, &changes(proof)), style.language), colour, style);
    if style.detail == Detail::Verdict {
        return shown;
    }
    shown.push_str(&prose::wrap(&text::proof_today(&proof.service, &proof.today, style.language), "", "  ", style));
    shown.push_str(&table(proof, style));
    let all: Vec<_> = mismatches(proof).collect();
    let most = if style.detail == Detail::Brief { MISMATCHES } else { all.len() };
    let lines = all.iter().take(most).map(|mismatch| prose::item("- ", &text::mismatch(mismatch, style.language), style));
    let rest = all.len().saturating_sub(most);
    let rest = (rest > 0).then(|| prose::item("- ", &text::rest(Rest::Checks(rest), style.language), style));
    shown.push_str(&prose::section(&text::title(Title::NotAsExpected, style.language), lines.chain(rest)));
    shown
}

fn changes(proof: &RehearsalProof) -> String {
    proof.changes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn counts<'a>(proof: &RehearsalProof, changes: &'a str) -> ProofCounts<'a> {
    let held = || proof.nodes.iter().filter_map(|node| node.held.as_ref());
    ProofCounts {
        verdict: proof.verdict,
        changes,
        nodes: proof.nodes.len(),
        changed: proof.nodes.iter().filter(|node| node.state == NodeState::Changed).count(),
        agreeing: held().map(|held| held.agreeing).sum(),
        mismatches: held().map(|held| held.mismatches.len()).sum(),
    }
}

/// Of the checks before the change, then of each node after it.
fn mismatches(proof: &RehearsalProof) -> impl Iterator<Item = &Mismatch> {
    let of_nodes = proof.nodes.iter().filter_map(|node| node.held.as_ref());
    std::iter::once(&proof.today).chain(of_nodes).flat_map(|held| &held.mismatches)
}

fn table(proof: &RehearsalProof, style: Style) -> String {
    let fixed = text::fixed(style.language);
    let mut table = style.table();
    table.set_header(fixed.proof);
    for node in &proof.nodes {
        table.add_row(row(node, style));
    }
    format!("\n{}\n{}\n", columns::drawn(table, style), fixed.proof_legend)
}

fn row(node: &NodeProof, style: Style) -> [Cell; 4] {
    let colour = match (&node.held, node.state) {
        (Some(held), _) if !held.mismatches.is_empty() => Color::Red,
        (Some(_), NodeState::Changed) => Color::Green,
        _ => Color::Yellow,
    };
    let outage = node.longest_outage_ms.filter(|_| node.after.is_some());
    let outage = outage.map_or_else(|| "-".to_owned(), |ms| Seconds(ms).to_string());
    [
        Cell::new(prose::foreign(&node.node)),
        Cell::new(text::proof_kube_proxy(node, style.language)),
        Cell::new(text::proof_checks(node.held.as_ref(), style.language)).fg(colour),
        Cell::new(outage),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use lbprobe_analysis::change::Change;
    use lbprobe_analysis::facts::ProxyMode;
    use lbprobe_analysis::fixture::{self, Scene};
    use lbprobe_analysis::rehearsal::Proving;
    use lbprobe_analysis::results::Results;
    use lbprobe_analysis::watching::Watching;
    use lbprobe_protocol::KubeProxyEvidence;

    use super::*;

    #[test]
    fn each_node_has_a_row_and_each_surprise_a_line() {
        let says = |mode: &'static str| move |_: &str| KubeProxyEvidence { mode: Some(mode.into()), ..KubeProxyEvidence::default() };
        let first = Scene::as_predicted(fixture::ipvs(35)).kube_proxies(says("ipvs")).report();
        let mut proving = Proving::new(&Results::of(&first), vec![Change::Mode(ProxyMode::Nftables)], &BTreeSet::new()).unwrap();
        let refusing = Scene::new(fixture::ipvs(35), |_, target| fixture::at_load_balancer(target).then_some(fixture::REFUSED));
        let mut after = refusing.kube_proxies(says("nftables")).report();
        after.plan.vantages.retain(|vantage| vantage.node == "node2");
        after.observations.probes.retain(|probe| probe.vantage.node == "node2");
        assert!(proving.measured("node2", &Results::of(&after)).is_some());
        let observed = Watching::new(&first.plan, 1000).end(0, 0, &HashMap::new());
        let proof = RehearsalProof::new("shop/gateway".into(), (0, 1), proving, &observed);
        let shown = render(&proof, Style::of_file(Detail::Brief));
        let parts = [
            "NOT AS REHEARSED: mode=nftables did something else at",
            "Service shop/gateway, before the change:",
            " node1  ipvs, has not changed",
            " node2  ipvs → nftables",
            "not as rehearsed",
            "Not as expected",
            "node2 (pod) at",
            "saw refused",
        ];
        for part in parts {
            assert!(shown.contains(part), "{part:?} is missing in\n{shown}");
        }
        assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    }
}
