//! Titles of lists, what stands before their lines, and what is left out of them.

use crate::text::reports::{Label, NotShown, Rest, Title};
use crate::words;

/// Characters of a machine's name.
const MACHINE: usize = 80;

pub(crate) fn title(title: Title<'_>) -> String {
    let of_cause = |number: Option<usize>| number.map(|number| format!(" ({number})")).unwrap_or_default();
    match title {
        Title::BeforeChange => "Do this first, and nothing breaks".into(),
        Title::NodeOrder => "An order of nodes that breaks least".into(),
        Title::Obstacles => "kube-proxy does not start".into(),
        Title::BesideChecks => "Beside the checks".into(),
        Title::Changes => "Changes".into(),
        Title::Delivery => "How the probe comes to the nodes".into(),
        Title::Disagreements => "The API says one thing, the nodes another".into(),
        Title::Evidence(number) => format!("Evidence{}", of_cause(number)),
        Title::EvidenceChecks => "Dialled to tell causes apart".into(),
        Title::Expected => "Expected, not measured".into(),
        Title::ExpectedOfEvidence => "Node ports and endpoints".into(),
        Title::ExpectedResult => "expected result".into(),
        Title::Fixes(number) => format!("What to do, best first{}", of_cause(number)),
        Title::Ignored => "Ignored".into(),
        Title::Kernel => "What the kernel did with the probe's own connections".into(),
        Title::LeftOut => "Left out".into(),
        Title::NotAsExpected => "Not as expected".into(),
        Title::NotHeard => "Not heard: nothing counts as up there".into(),
        Title::NotKnown => "Not known".into(),
        Title::OpenQuestions => "Open questions".into(),
        Title::NamedPods => "Named pods".into(),
        Title::NotMeasured => "Not measured".into(),
        Title::Notes => "Notes".into(),
        Title::Objects => "What the server takes (tried, nothing was created)".into(),
        Title::Outside(None) => "From this machine, outside the cluster".into(),
        Title::Outside(Some(machine)) => format!("From {}, outside the cluster", words::printable(machine, MACHINE)),
        Title::Outages => "Outages".into(),
        Title::PossibleReasons => "What could explain that".into(),
        Title::Rights => "Rights".into(),
        Title::Risks => "Risks".into(),
        Title::OtherRisks => "Other risks".into(),
        Title::RuledOut => "Ruled out".into(),
        Title::SeenAndExpected => "Each cell: seen / expected".into(),
        Title::Sources => "Source addresses that the servers saw".into(),
        Title::AddressReferences(Some(namespace)) => format!("Who uses the address in namespace {namespace}"),
        Title::AddressReferences(None) => "Who uses the address".into(),
        Title::Why => "Why".into(),
    }
}

/// "cost: none".
pub(crate) fn labelled(label: Label, text: &str) -> String {
    let label = match label {
        Label::Advice => "advice",
        Label::But => "but",
        Label::Cost => "cost",
        Label::Hint => "hint",
        Label::More => "More",
        Label::Needs => "needs",
        Label::Next => "Next",
        Label::Today => "today",
        Label::NotRead => "not read",
        Label::Result => "result",
    };
    format!("{label}: {text}")
}

/// What is left, and where it is.
pub(crate) fn rest(rest: Rest) -> String {
    match rest {
        Rest::Lines(_) => format!("{} (all of it with -o json)", rest_alone(rest)),
        Rest::LinesNow(_) | Rest::Ports(_) => rest_alone(rest),
        _ => format!("{} (all of them with -o json)", rest_alone(rest)),
    }
}

/// What is left.
pub(crate) fn rest_alone(rest: Rest) -> String {
    match rest {
        Rest::Items(number) => format!("and {number} more"),
        Rest::Checks(number) => format!("and {} more", words::count(number, "check")),
        Rest::Causes(number) => format!("Evidence and fixes of {} are not shown", words::count(number, "other cause")),
        Rest::Classes(number) => format!("and {number} more classes"),
        Rest::Lines(number) | Rest::LinesNow(number) => format!("and {number} more lines"),
        Rest::Nodes { rows, nodes } => format!("and {} more, of {}", words::count(rows, "row"), words::count(nodes, "node")),
        Rest::Outages(number) => format!("and {}", words::count(number, "more outage")),
        Rest::Ports(number) => format!("{} more", words::count(number, "port")),
        Rest::Reasons { reasons, vantages } => {
            format!("and {} more for {}", words::count(reasons, "reason"), words::count(vantages, "vantage"))
        }
        Rest::Subjects { subjects, reasons } => format!("and {subjects} more for {}", words::count(reasons, "other reason")),
        Rest::Vantages { rows, vantages } => format!("and {} more, of {}", words::count(rows, "row"), words::count(vantages, "vantage")),
    }
}

/// How many rows a table has.
pub(crate) fn rows(number: usize) -> String {
    format!("What each node sees: {}", words::count(number, "row"))
}

/// How much is not shown; nothing where that is all.
pub(crate) fn not_shown(what: &NotShown) -> Option<String> {
    let counted = |number: usize, words: String| (number > 0).then_some(words);
    let all = [
        counted(what.evidence, format!("{} of evidence", words::count(what.evidence, "more line"))),
        counted(what.fixes, format!("{} more {}", what.fixes, if what.fixes == 1 { "fix" } else { "fixes" })),
        counted(what.ruled_out, format!("{} ruled out", words::count(what.ruled_out, "cause"))),
        counted(what.disagreements, format!("{} between the API and the nodes", words::count(what.disagreements, "disagreement"))),
        counted(what.risks, words::count(what.risks, "risk")),
        counted(what.not_known, format!("{} not known", words::count(what.not_known, "thing"))),
        counted(what.notes, words::count(what.notes, "note")),
    ];
    let all: Vec<_> = all.into_iter().flatten().collect();
    (!all.is_empty()).then(|| format!("Not shown: {} (--explain shows more)", words::list(&all)))
}

/// A list of which only the number is shown.
pub(crate) fn number_alone(of: Title<'_>, number: usize) -> String {
    format!("{}: {number} (all of them with -o json)", title(of))
}
