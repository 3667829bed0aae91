//! What a document comes to: a word that stands out, and a sentence.

use crate::coverage::Uncovered;
use crate::diagnosis::Verdict;
use crate::fix_outcome::Disposition;
use crate::kube_proxy::Rule;
use crate::plan::Sampled;
use crate::prediction::Outlook;
use crate::results::SinceBaseline;
use crate::risks::Risk;
use crate::text::english::reports::checks::vantages;
use crate::text::english::reports::preflight;
use crate::text::english::{changes, coverage, findings, risks, rules, samples};
use crate::text::reports::{Conclusion, Headline};
use crate::words;

/// Changes of a Service that a line names.
const CHANGES: usize = 3;

pub(crate) fn conclusion(conclusion: &Conclusion<'_>) -> Headline {
    let (word, said) = match *conclusion {
        Conclusion::Healthy { checks, vantages, sampled: of, outside } => {
            let (checks, vantages) = (words::count(checks, "check"), words::count(vantages, "vantage"));
            ("HEALTHY", format!("all {checks} from {vantages} answered{}{}", sampled(of), outside_too(outside)))
        }
        Conclusion::Fault { number, finding, confidence } => {
            let number = number.map(|number| format!("({number}) ")).unwrap_or_default();
            ("FAULT", format!("{number}{} ({confidence}) [{}]", findings::finding(finding), finding.kind().code()))
        }
        Conclusion::Changed { what } => {
            let what: Vec<_> = what.iter().map(changes::change).collect();
            let what = words::short_list(&what, CHANGES);
            ("INCONCLUSIVE", format!("the Service changed during the run, twice: {what}. Run it again when that has settled"))
        }
        Conclusion::Inconclusive { unmeasured, vantages, uncovered } => ("INCONCLUSIVE", inconclusive(unmeasured, vantages, uncovered)),
        Conclusion::Expected { inside: Outlook::Fine, outside: None, node_ports, .. } => ("FINE", fine(node_ports)),
        Conclusion::Expected { inside: Outlook::Fine, outside: Some(risk), node_ports, .. } => {
            (expected(of_outside(risk)), format!("{}; {}", outside_alone(risk), fine(node_ports)))
        }
        Conclusion::Expected { inside: Outlook::Fails, outside, failing: 0, uncovered, .. } => {
            let beside = certain(uncovered).map_or_else(|| "something fails for certain".into(), coverage::uncovered);
            (expected(Outlook::Fails), format!("{beside}. The checks below do not show it{}", outside_too(outside)))
        }
        Conclusion::Expected { inside: Outlook::Fails, outside, failing, checks, because, .. } => {
            let checks = words::count(checks, "check");
            let because = because.map(|rule| format!(": {}", rules::rule(rule))).unwrap_or_default();
            (expected(Outlook::Fails), format!("{failing} of {checks} from inside the cluster{because}{}", outside_too(outside)))
        }
        Conclusion::Expected { inside: Outlook::Depends, outside, open, checks, because, uncovered, .. } => {
            let inside = depends(open, checks, because, uncovered);
            match outside {
                // What is said of any cluster of that release stands behind what was found in this one.
                Some(risk) if of_outside(risk) == Outlook::Fails || open == 0 && uncovered.iter().all(Uncovered::is_of_any_cluster) => {
                    let inside = format!("{}. Inside it depends: {inside}", outside_alone(risk));
                    (expected(of_outside(risk).worse(Outlook::Depends)), inside)
                }
                _ => (expected(Outlook::Depends), inside + &outside_too(outside)),
            }
        }
        Conclusion::Accepted { verdict, passed, failed, not_measured } => {
            let all = words::count(passed + failed + not_measured, "expectation");
            (accepted(verdict), format!("{passed} of {all} passed, {failed} failed, {not_measured} not measured"))
        }
        Conclusion::Compared { verdict, counts, sampled: of } => {
            (compared(verdict), format!("{}{}", vantages_by_kind(counts), sampled(of)))
        }
        Conclusion::Watched { verdict, lost, checks, sampled: of } => watched(verdict, lost, checks, of),
        Conclusion::Proven { vantages: proven } => ("PROVEN", format!("{} fail at the address and reach the name", vantages(proven))),
        Conclusion::NotProven { vantages: unproven } => ("NOT PROVEN", format!("{} do not reach the name either", vantages(unproven))),
        Conclusion::NothingToProve => ("NOT PROVEN", "no vantage fails at the address, so there is nothing to prove".into()),
        Conclusion::Preflight { readiness, nodes, namespace } => preflight::readiness(readiness, nodes, namespace),
        Conclusion::Made { ended } => {
            let (word, said) = made(ended);
            (word, said.into())
        }
    };
    Headline { word, said }
}

fn inconclusive(unmeasured: usize, vantages: usize, uncovered: &[Uncovered]) -> String {
    if let Some(beside) = certain(uncovered) {
        format!("what was dialled answers, but {}: see 'Beside the checks'", what_fails_beside(beside))
    } else if unmeasured > 0 && unmeasured == vantages {
        "nothing could be measured: see 'Not measured'".into()
    } else if unmeasured > 0 {
        let vantages = words::count(vantages, "vantage");
        format!("nothing failed, but {unmeasured} of {vantages} could not be measured, or not in full: see 'Not measured'")
    } else {
        let open = open_questions(uncovered).map(|question| format!("a question is open: {question}"));
        format!("nothing failed, but {}", open.unwrap_or_else(|| "not everything could be measured".into()))
    }
}

fn certain(uncovered: &[Uncovered]) -> Option<&Uncovered> {
    uncovered.iter().find(|what| what.is_certain())
}

/// What no check of a connection shows.
fn what_fails_beside(what: &Uncovered) -> String {
    match what {
        Uncovered::OwnAddress { node, .. } => format!("{node} rejects what is meant for itself"),
        Uncovered::AddressOfApiServer { .. } => "nodes lose the API server".into(),
        Uncovered::AddressOfNodeByKubeVip { node, host, .. } => format!("kube-vip has the address of {node} on {host}"),
        Uncovered::AddressOfNode { node, .. } => format!("other nodes no longer reach {node}"),
        Uncovered::LoopbackAddress { .. } => "the load balancer's address is a loopback address".into(),
        Uncovered::ProxyHeader { .. } => "requests fail for want of the PROXY header".into(),
        _ => "something else fails for certain".into(),
    }
}

fn sampled(sampled: Option<&Sampled>) -> String {
    sampled.map(|sampled| format!("; {}", samples::probed(sampled))).unwrap_or_default()
}

/// Where a prediction ends.
const UNSEEN: &str = "not predicted: servers, firewalls and networks, which 'lbprobe run' measures, and a pod that dials itself";

const fn expected(outlook: Outlook) -> &'static str {
    match outlook {
        Outlook::Fine => "FINE",
        Outlook::Fails => "WILL FAIL",
        Outlook::Depends => "DEPENDS",
    }
}

const fn of_outside(risk: &Risk) -> Outlook {
    match risk.outside() {
        Some(outlook) => outlook,
        None => Outlook::Fine,
    }
}

/// What becomes of clients outside, and why.
fn outside_alone(risk: &Risk) -> String {
    let becomes = if of_outside(risk) == Outlook::Fails { "will" } else { "may" };
    format!("clients outside {becomes} fail: {}", risks::risk(risk))
}

/// The same behind what is said of clients inside; nothing where all is well there.
fn outside_too(risk: Option<&Risk>) -> String {
    risk.map(|risk| format!("; {}", outside_alone(risk))).unwrap_or_default()
}

/// Node ports beside a load balancer's address are evidence: clients outside do not dial them.
fn fine(node_ports: usize) -> String {
    let inside = if node_ports == 0 { "inside the cluster" } else { "where clients inside connect" };
    let beside = words::count(node_ports, "check");
    let node_ports =
        if node_ports == 0 { String::new() } else { format!(". At node ports that clients do not dial, {beside} will fail (-o wide)") };
    format!("nothing is expected to fail {inside} ({UNSEEN}){node_ports}")
}

fn depends(open: usize, checks: usize, because: Option<Rule>, uncovered: &[Uncovered]) -> String {
    let is_pending = uncovered.iter().any(|what| matches!(what, Uncovered::Pending { .. }));
    match open_questions(uncovered) {
        Some(question) if is_pending => question,
        _ if open > 0 => {
            let because = because.map(|rule| format!(": {}", rules::rule(rule))).unwrap_or_default();
            format!("{open} of {} may fail{because} (see 'Why')", words::count(checks, "check"))
        }
        Some(question) => format!("{question}. Everything else is expected to connect ({UNSEEN})"),
        None => "too little is known to tell whether checks will fail".into(),
    }
}

/// The first open question, that of the missing address before all others, and how many there are beside it. `None` without any.
fn open_questions(uncovered: &[Uncovered]) -> Option<String> {
    let open: Vec<_> = uncovered.iter().filter(|what| !what.is_certain()).collect();
    let first = open.iter().find(|what| matches!(what, Uncovered::Pending { .. })).or(open.first())?;
    let question = coverage::uncovered(first);
    Some(match open.len() - 1 {
        0 => question,
        more => format!("{question}. {} below", words::count(more, "more open question")),
    })
}

const fn accepted(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy => "ACCEPTED",
        Verdict::Fault => "NOT ACCEPTED",
        Verdict::Inconclusive => "INCONCLUSIVE",
    }
}

const fn compared(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy => "VERIFIED",
        Verdict::Fault => "NOT FIXED",
        Verdict::Inconclusive => "INCONCLUSIVE",
    }
}

/// "2 vantages fixed", "1 still failing".
fn vantages_by_kind(counts: &[(&SinceBaseline, usize)]) -> String {
    let noun = |index: usize, count: usize| if index == 0 { words::count(count, "vantage") } else { count.to_string() };
    let all = counts.iter().enumerate();
    words::list(&all.map(|(index, (standing, count))| format!("{} {}", noun(index, *count), since_baseline(standing))).collect::<Vec<_>>())
}

/// What became of a vantage.
pub(crate) const fn since_baseline(standing: &SinceBaseline) -> &'static str {
    match standing {
        SinceBaseline::BrokenSince => "broken since",
        SinceBaseline::StillFailing => "still failing",
        SinceBaseline::FailsNew => "new, fails",
        SinceBaseline::NotMeasured { .. } => "not measured",
        SinceBaseline::Fixed => "fixed",
        SinceBaseline::WellNew => "new, ok",
        SinceBaseline::Well => "ok as before",
        SinceBaseline::Gone => "gone",
    }
}

fn watched(verdict: Verdict, lost: usize, checks: usize, of: Option<&Sampled>) -> (&'static str, String) {
    match verdict {
        Verdict::Healthy => ("STEADY", format!("no sample was lost{}", sampled(of))),
        Verdict::Fault => ("OUTAGES", format!("{lost} of {} lost samples", words::count(checks, "check"))),
        Verdict::Inconclusive => ("INCONCLUSIVE", "no loss was recorded, but some samples are missing or say nothing".into()),
    }
}

const fn made(ended: Disposition) -> (&'static str, &'static str) {
    match ended {
        Disposition::Kept => ("KEPT", "the change stays"),
        Disposition::PutBack => ("PUT BACK", "the change was rolled back"),
        Disposition::KeptUnhelpful => ("KEPT", "the change stays, as --no-rollback says"),
        Disposition::Unverified => {
            ("UNVERIFIED", "the change stays with its record: --resume when all nodes can be measured again, or --undo")
        }
        Disposition::LeftAlone => ("LEFT ALONE", "somebody else removed the record of the change: nothing was kept or rolled back"),
        Disposition::Reverted => ("REVERTED", "somebody else reverted the change: make it at its source"),
    }
}
