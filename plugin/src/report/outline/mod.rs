//! What a report says, in words and in order, for any format that is read by people. Nothing is drawn here, and nothing
//! is left out but what is beyond [`MOST_ITEMS`].

mod causes;
mod comparison;
mod expected;
mod grid;
mod kernel;
mod lists;
mod packet_paths;
mod rehearsal;
mod watch;

use std::collections::BTreeSet;

use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::{FixReport, Report, Verification};
use lbprobe_analysis::results::{self, Results};
use lbprobe_analysis::risks;
use lbprobe_analysis::text::reports::{Conclusion, Headline, Rest, Title};
use lbprobe_analysis::text::{self, Language};

pub(super) use causes::{CauseOutline, FixOutline, evidence_and_fixes, fixes, headlines as causes_alone};
pub(super) use comparison::{Group, before_and_now, comparison, groups};
pub(super) use expected::{explained, outlook, reasons};
pub(super) use grid::{Grid, GridRow, NAMED_NODES, of_clients, of_expected, seen};
pub(super) use kernel::kernel;
pub(super) use lists::{asked_for, background, behind_causes, coded_open_questions, coded_risks, left_out, of_clients_outside};
pub(super) use packet_paths::{PathOutline, packet_paths};
pub(super) use rehearsal::{RehearsalOutline, RehearsalRow};
pub(super) use watch::{Span, SpanKind, Timeline, TimelineRow, WatchOutline};

/// Items of a list that are put into words: more are counted.
const MOST_ITEMS: usize = 500;

/// A report.
pub(super) struct Outline {
    pub(super) verdict: Verdict,
    /// What it comes to; of a fault, a line for each cause.
    pub(super) headlines: Vec<Headline>,
    /// The Service.
    pub(super) service: String,
    /// What the user named in its place, and how that leads there.
    pub(super) asked: Vec<String>,
    pub(super) grid: Grid,
    /// Whether the cluster does what it should.
    pub(super) agreement: Option<String>,
    /// What was seen from where the user asked for it.
    pub(super) asked_for: Vec<ItemList>,
    pub(super) causes: Vec<CauseOutline>,
    /// What one looks at after that.
    pub(super) lists: Vec<ItemList>,
    /// What becomes of clients outside: lines of the risks that the verdict is about.
    pub(super) outside: Vec<String>,
    /// What nobody has to act on.
    pub(super) background: Vec<ItemList>,
}

/// A list below a title.
pub(super) struct ItemList {
    pub(super) title: Title<'static>,
    pub(super) heading: String,
    pub(super) items: Vec<Item>,
    /// Items in all.
    pub(super) count: usize,
    /// What they stand for in all.
    weight: usize,
    unit: Unit,
    /// Stands at the end, whatever is left out.
    pub(super) last: Option<Item>,
}

/// A line of a list, and lines below it.
pub(super) struct Item {
    pub(super) text: String,
    pub(super) below: Vec<String>,
    /// How many vantages, nodes or the like it stands for.
    weight: usize,
}

/// What the items of a list stand for.
#[derive(Clone, Copy)]
enum Unit {
    Items,
    Checks,
    /// Reasons, for vantages.
    Reasons,
    /// Reasons, for nodes and the like.
    Subjects,
}

impl Item {
    pub(super) fn line(text: String) -> Self {
        Self { text, below: Vec::new(), weight: 1 }
    }

    pub(super) fn with_below(text: String, below: Vec<String>) -> Self {
        Self { below, ..Self::line(text) }
    }
}

impl ItemList {
    fn of<T>(title: Title<'static>, all: &[T], item: impl Fn(&T) -> Item, language: Language) -> Self {
        Self::named(title, text::title(title, language), all, item)
    }

    fn named<T>(title: Title<'static>, heading: String, all: &[T], item: impl Fn(&T) -> Item) -> Self {
        let items = all.iter().take(MOST_ITEMS).map(item).collect();
        Self { title, heading, items, count: all.len(), weight: all.len(), unit: Unit::Items, last: None }
    }

    fn counted_by(self, unit: Unit, weight: usize) -> Self {
        Self { weight, unit, ..self }
    }

    /// Whether nothing is to be said.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0 && self.last.is_none()
    }

    /// What is left where so many items are shown; nothing where that is all.
    pub(super) fn rest(&self, shown: usize) -> Option<Rest> {
        let left = self.count.saturating_sub(shown);
        let weight = self.weight.saturating_sub(self.items.iter().take(shown).map(|item| item.weight).sum());
        (left > 0).then_some(match self.unit {
            Unit::Items => Rest::Items(left),
            Unit::Checks => Rest::Checks(left),
            Unit::Reasons => Rest::Reasons { reasons: left, vantages: weight },
            Unit::Subjects => Rest::Subjects { subjects: weight, reasons: left },
        })
    }
}

impl Outline {
    pub(super) fn of(report: &Report, language: Language) -> Self {
        let results = Results::of(report);
        Self {
            verdict: report.diagnosis.verdict,
            headlines: headlines(report, language),
            service: text::service_heading(&report.facts, language),
            asked: asked(report, language),
            grid: of_clients(report, &results, language),
            agreement: agreement(report, &results, language),
            asked_for: asked_for(report, language),
            causes: evidence_and_fixes(report, language),
            lists: behind_causes(report, language),
            outside: outside(report, language),
            background: background(report, language),
        }
    }
}

/// A list of items.
pub(super) fn items<T>(title: Title<'static>, all: &[T], item: impl Fn(&T) -> Item, language: Language) -> ItemList {
    ItemList::of(title, all, item, language)
}

/// A list of lines.
pub(super) fn lines<T>(title: Title<'static>, all: &[T], line: impl Fn(&T) -> String, language: Language) -> ItemList {
    ItemList::of(title, all, |item| Item::line(line(item)), language)
}

impl Outline {
    /// A comparison with a baseline: what became of each node stands in the place of today's own grid.
    pub(super) fn of_verification(verification: &Verification, language: Language) -> Self {
        let today = Self::of(&verification.report, language);
        let compared = compared(verification, language);
        let causes = causes_alone(&verification.report, language);
        Self {
            verdict: verification.verdict,
            headlines: [compared].into_iter().chain(causes).collect(),
            grid: comparison(verification, language),
            ..today
        }
    }
}

impl Outline {
    /// What a change has brought: what became of it comes first.
    pub(super) fn of_fix(document: &FixReport, language: Language) -> Self {
        let compared = Self::of_verification(&document.after, language);
        let made = text::conclusion(&Conclusion::Made { ended: document.ended }, language);
        let outcome = format!("{}: {}", document.patch.object, text::fix_outcome(&document.outcome, language));
        let outside = document.outside.map(|outside| text::from_outside(outside, language).to_owned());
        Self {
            headlines: [made].into_iter().chain(compared.headlines).collect(),
            asked: compared.asked.into_iter().chain([outcome]).chain(outside).collect(),
            ..compared
        }
    }
}

/// Lines of the risks that the verdict is about.
pub(super) fn outside(report: &Report, language: Language) -> Vec<String> {
    of_clients_outside(&report.diagnosis.risks).into_iter().map(|risk| text::risk(risk, language)).collect()
}

/// What a comparison comes to.
pub(super) fn compared(verification: &Verification, language: Language) -> Headline {
    let counts: Vec<_> = comparison::counts(verification).into_iter().collect();
    let sampled = verification.report.plan.sampled.as_ref();
    text::conclusion(&Conclusion::Compared { verdict: verification.verdict, counts: &counts, sampled }, language)
}

fn asked(report: &Report, language: Language) -> Vec<String> {
    let Some(asked) = &report.plan.asked else { return Vec::new() };
    let steps = asked.steps.iter().map(|step| text::asked_step(step, language));
    [text::asked(asked, language)].into_iter().chain(steps).collect()
}

/// One line that says whether the cluster does what it should. Nothing where nothing is expected.
pub(super) fn agreement(report: &Report, results: &Results<'_>, language: Language) -> Option<String> {
    let modes = results::modes(&results.facts);
    text::agreement(&report.diagnosis.agreement, &modes, results.facts.pod_network.value(), language)
}

/// What a report comes to. Nothing of a fault that no cause explains.
pub(super) fn headlines(report: &Report, language: Language) -> Vec<Headline> {
    let Report { plan, facts, diagnosis, .. } = report;
    let vantages = plan.vantages.len() + plan.named_pods.len();
    let conclusion = match diagnosis.verdict {
        Verdict::Fault => return causes::headlines(report, language),
        Verdict::Healthy => {
            let checks = vantages * plan.service_targets().count();
            Conclusion::Healthy { checks, vantages, sampled: plan.sampled.as_ref(), outside: risks::worst_outside(&diagnosis.risks) }
        }
        Verdict::Inconclusive if !facts.changed_meanwhile.is_empty() => Conclusion::Changed { what: &facts.changed_meanwhile },
        Verdict::Inconclusive => Conclusion::Inconclusive {
            unmeasured: diagnosis.unmeasured.iter().flat_map(|group| &group.vantages).collect::<BTreeSet<_>>().len(),
            vantages,
            uncovered: &diagnosis.uncovered,
        },
    };
    vec![text::conclusion(&conclusion, language)]
}
