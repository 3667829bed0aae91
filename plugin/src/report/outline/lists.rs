//! The lists of a report, in the order in which they are read.

use std::borrow::Borrow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use lbprobe_analysis::coverage::Uncovered;
use lbprobe_analysis::diagnosis::UnmeasuredChecks;
use lbprobe_analysis::documents::Report;
use lbprobe_analysis::plan::{Plan, Skip, SkipReason};
use lbprobe_analysis::prediction::Contradiction;
use lbprobe_analysis::risks::Risk;
use lbprobe_analysis::text::reports::{Label, Title};
use lbprobe_analysis::text::{self, Language};

use super::{Item, ItemList, MOST_ITEMS, Unit};

/// Names in a line before it says "and 41 more".
const NAMED: usize = 3;

/// What was seen from where the user asked for it. It stands before the causes.
pub(in crate::report) fn asked_for(report: &Report, language: Language) -> Vec<ItemList> {
    let diagnosis = &report.diagnosis;
    let targets = &report.plan.targets;
    let dialled: Vec<_> = diagnosis.outside.iter().filter_map(|check| Some((check, report.plan.target(check.target)?))).collect();
    let outside = text::title(Title::Outside(report.observations.outside_from.as_deref()), language);
    vec![
        ItemList::named(Title::Outside(None), outside, &dialled, |(check, target)| {
            Item::line(text::outside_check(check, target, language))
        }),
        ItemList::of(Title::NamedPods, &diagnosis.named_pods, |result| Item::line(text::named_pod(result, targets, language)), language),
        ItemList::of(Title::Sources, &diagnosis.sources, |result| Item::line(text::source(result, targets, language)), language),
    ]
}

/// What one looks at where no cause explains all.
pub(in crate::report) fn behind_causes(report: &Report, language: Language) -> Vec<ItemList> {
    let diagnosis = &report.diagnosis;
    let agreement = &diagnosis.agreement;
    let contradiction =
        |contradiction: &Contradiction| Item::line(text::contradiction(contradiction, report.plan.target(contradiction.target), language));
    let not_as_expected = ItemList::of(Title::NotAsExpected, &agreement.contradictions, contradiction, language);
    let mut lists = vec![
        not_as_expected.counted_by(Unit::Checks, agreement.contradictions.len()),
        ItemList::of(
            Title::PossibleReasons,
            &agreement.explanations,
            |reason| Item::line(text::possible_reason(reason, language)),
            language,
        ),
    ];
    lists.extend(open_questions(&diagnosis.uncovered, language));
    lists.push(not_measured(&diagnosis.unmeasured, language));
    lists.push(left_out(&report.plan, language));
    lists.push(risks(&of_clients_outside(&diagnosis.risks), language));
    lists
}

/// What nobody has to act on.
pub(in crate::report) fn background(report: &Report, language: Language) -> Vec<ItemList> {
    let diagnosis = &report.diagnosis;
    let line = Item::line;
    vec![
        ItemList::of(Title::RuledOut, &diagnosis.ruled_out, |ruled_out| line(text::proof(&ruled_out.proof, language)), language),
        ItemList::of(Title::Disagreements, &diagnosis.disagreements, |found| line(text::disagreement(found, language)), language),
        other_risks(&diagnosis.risks, language),
        ItemList::of(Title::NotKnown, &diagnosis.unknown, |gap| line(text::gap(gap, language)), language),
        ItemList::of(Title::Notes, &diagnosis.notes, |note| line(text::note(note, language)), language),
    ]
}

/// Each with what to do about it.
pub(in crate::report) fn risks(risks: &[impl Borrow<Risk>], language: Language) -> ItemList {
    ItemList::of(Title::Risks, risks, |risk| item(risk.borrow(), language), language)
}

/// The same with codes: what is foreseen can be ignored by them.
pub(in crate::report) fn coded_risks(risks: &[Risk], language: Language) -> ItemList {
    ItemList::of(Title::Risks, risks, |risk| Item { text: text::coded_risk(risk, language), ..item(risk, language) }, language)
}

fn item(risk: &Risk, language: Language) -> Item {
    let advice = text::labelled(Label::Advice, &text::advice(risk, language), language);
    Item::with_below(text::risk(risk, language), vec![advice])
}

/// The risks to which the verdict leads: clients outside fail, or may.
pub(in crate::report) fn of_clients_outside(risks: &[Risk]) -> Vec<&Risk> {
    risks.iter().filter(|risk| risk.outside().is_some()).collect()
}

/// What may happen one day.
fn other_risks(risks: &[Risk], language: Language) -> ItemList {
    let others: Vec<_> = risks.iter().filter(|risk| risk.outside().is_none()).collect();
    let title = if others.len() == risks.len() { Title::Risks } else { Title::OtherRisks };
    ItemList::of(title, &others, |risk| item(risk, language), language)
}

/// What fails beside the checks, and what was neither predicted nor measured.
pub(in crate::report) fn open_questions(uncovered: &[Uncovered], language: Language) -> [ItemList; 2] {
    apart(uncovered, text::uncovered, language)
}

/// The same with codes.
pub(in crate::report) fn coded_open_questions(uncovered: &[Uncovered], language: Language) -> [ItemList; 2] {
    apart(uncovered, text::coded_uncovered, language)
}

fn apart(uncovered: &[Uncovered], said: fn(&Uncovered, Language) -> String, language: Language) -> [ItemList; 2] {
    let (certain, open): (Vec<&Uncovered>, Vec<&Uncovered>) = uncovered.iter().partition(|what| what.is_certain());
    [(Title::BesideChecks, certain), (Title::OpenQuestions, open)]
        .map(|(title, items)| ItemList::of(title, &items, |what| Item::line(said(what, language)), language))
}

/// Reasons, that of most vantages first.
fn not_measured(groups: &[UnmeasuredChecks], language: Language) -> ItemList {
    let mut groups: Vec<_> = groups.iter().collect();
    groups.sort_by_key(|group| Reverse(group.vantages.len()));
    let reason = |group: &&UnmeasuredChecks| Item {
        text: format!("{}: {}", text::vantages(&group.vantages, language), text::unmeasured_reason(group, language)),
        below: text::unmeasured_hint(group, language).map(|hint| text::labelled(Label::Hint, &hint, language)).into_iter().collect(),
        weight: group.vantages.len(),
    };
    let vantages = groups.iter().map(|group| group.vantages.len()).sum();
    ItemList::of(Title::NotMeasured, &groups, reason, language).counted_by(Unit::Reasons, vantages)
}

/// What is not probed: reasons, that of most nodes first, and how many nodes a sample passes over, with its classes.
pub(in crate::report) fn left_out(plan: &Plan, language: Language) -> ItemList {
    let mut groups: Vec<(&SkipReason, Vec<String>)> = Vec::new();
    let mut indices: BTreeMap<&SkipReason, usize> = BTreeMap::new();
    for Skip { subject, reason } in &plan.skipped {
        let index = *indices.entry(reason).or_insert(groups.len());
        let subject = text::skip_subject(subject, language);
        match groups.get_mut(index) {
            Some((_, subjects)) => subjects.push(subject),
            None => groups.push((reason, vec![subject])),
        }
    }
    groups.sort_by_key(|(_, subjects)| Reverse(subjects.len()));
    let skipped = |(reason, subjects): &(&SkipReason, Vec<String>)| Item {
        text: format!("{}: {}", text::short_list(subjects, NAMED, language), text::skip_reason(reason, language)),
        below: Vec::new(),
        weight: subjects.len(),
    };
    let list = ItemList::of(Title::LeftOut, &groups, skipped, language).counted_by(Unit::Subjects, plan.skipped.len());
    let sampled = plan.sampled.as_ref().map(|sampled| {
        let classes = sampled.classes.iter().take(MOST_ITEMS).map(|class| text::sampled_class(class, language)).collect();
        Item::with_below(text::sampled(sampled, language), classes)
    });
    ItemList { last: sampled, ..list }
}
