//! What a document comes to: a word that stands out, and a sentence.

use crate::coverage::Uncovered;
use crate::diagnosis::Verdict;
use crate::fix_outcome::Disposition;
use crate::plan::Sampled;
use crate::prediction::Outlook;
use crate::results::SinceBaseline;
use crate::text::english::reports::checks::vantages;
use crate::text::english::reports::preflight;
use crate::text::english::{changes, findings, samples};
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
        Conclusion::Inconclusive { beside: Some(beside), .. } => {
            ("INCONCLUSIVE", format!("what was dialled answers, but {}: see 'Beside the checks'", what_fails_beside(Some(beside))))
        }
        Conclusion::Inconclusive { unmeasured, vantages, .. } if unmeasured > 0 && unmeasured == vantages => {
            ("INCONCLUSIVE", "nothing could be measured: see 'Not measured'".into())
        }
        Conclusion::Inconclusive { unmeasured: unmeasured @ 1.., vantages, .. } => (
            "INCONCLUSIVE",
            format!(
                "nothing failed, but {unmeasured} of {} could not be measured, or not in full: see 'Not measured'",
                words::count(vantages, "vantage")
            ),
        ),
        Conclusion::Inconclusive { open_questions: 0, .. } => {
            ("INCONCLUSIVE", "nothing failed, but not everything could be measured".into())
        }
        Conclusion::Inconclusive { .. } => ("INCONCLUSIVE", "nothing failed, but questions are open: see 'Open questions'".into()),
        Conclusion::Expected { inside: Outlook::Fine, outside: Outlook::Fine, node_ports, .. } => ("FINE", fine(node_ports)),
        Conclusion::Expected { inside: Outlook::Fine, outside, node_ports, .. } => {
            (expected(outside), format!("{}; {}", outside_alone(outside), fine(node_ports)))
        }
        Conclusion::Expected { inside: Outlook::Fails, outside, failing: 0, beside, .. } => {
            let beside = what_fails_beside(beside);
            (expected(Outlook::Fails), format!("{beside}, which the table does not show: see 'Beside the checks'{}", outside_too(outside)))
        }
        Conclusion::Expected { inside: Outlook::Fails, outside, failing, checks, .. } => {
            let checks = words::count(checks, "check");
            (expected(Outlook::Fails), format!("{failing} of {checks} from inside the cluster{}", outside_too(outside)))
        }
        Conclusion::Expected { inside: Outlook::Depends, outside, open, checks, open_questions, is_pending, .. } => {
            let inside = depends(open, checks, open_questions, is_pending);
            match outside {
                Outlook::Fails => (expected(outside), format!("{}. Inside it depends: {inside}", outside_alone(outside))),
                Outlook::Depends | Outlook::Fine => (expected(Outlook::Depends), inside + &outside_too(outside)),
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

/// What no check of a connection shows.
fn what_fails_beside(what: Option<&Uncovered>) -> String {
    match what {
        Some(Uncovered::OwnAddress { node, .. }) => format!("{node} rejects what is meant for itself"),
        Some(Uncovered::AddressOfApiServer { .. }) => "nodes lose the API server".into(),
        Some(Uncovered::AddressOfNode { node, .. }) => format!("other nodes no longer reach {node}"),
        Some(Uncovered::LoopbackAddress { .. }) => "the load balancer's address is a loopback address".into(),
        Some(Uncovered::ProxyHeader { .. }) => "requests fail for want of the PROXY header".into(),
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

/// What becomes of clients outside; nothing where all is well there.
const fn outside_alone(outside: Outlook) -> &'static str {
    match outside {
        Outlook::Fine => "",
        Outlook::Fails => "clients outside will fail: see 'Risks'",
        Outlook::Depends => "clients outside may fail: see 'Risks'",
    }
}

/// The same behind what is said of clients inside.
fn outside_too(outside: Outlook) -> String {
    let said = outside_alone(outside);
    if said.is_empty() { String::new() } else { format!("; {said}") }
}

/// Node ports beside a load balancer's address are evidence: clients outside do not dial them.
fn fine(node_ports: usize) -> String {
    let inside = if node_ports == 0 { "inside the cluster" } else { "where clients inside connect" };
    let beside = words::count(node_ports, "check");
    let node_ports =
        if node_ports == 0 { String::new() } else { format!(". At node ports that clients do not dial, {beside} will fail (-o wide)") };
    format!("nothing is expected to fail {inside} ({UNSEEN}){node_ports}")
}

fn depends(open: usize, checks: usize, open_questions: usize, is_pending: bool) -> String {
    if is_pending {
        "the load balancer has no address yet: see 'Open questions'".into()
    } else if open > 0 {
        format!("{open} of {} may fail: see 'Why'", words::count(checks, "check"))
    } else if open_questions > 0 {
        let questions = words::count(open_questions, "open question");
        format!("on {questions}: see 'Open questions'. Everything else is expected to connect ({UNSEEN})")
    } else {
        "too little is known to tell whether checks will fail".into()
    }
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
