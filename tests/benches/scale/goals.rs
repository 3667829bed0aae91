//! The goals, and what is measured for each.

use std::fmt;

use crate::measured::Run;
use crate::stage::{SMALL, Stage};

/// Requests of a run beyond two a pod.
const REQUESTS: u64 = 200;

/// Services beside the one that is probed.
const OTHER_SERVICES: u16 = 500;

/// Rounds of what takes seconds.
const SHORT_ROUNDS: usize = 3;

/// The codes of a run that found the fault, and of one that found some and could not measure the rest.
const FAULT: i32 = 3;
const INCONCLUSIVE: i32 = 4;

/// What is to hold, and what was measured.
#[derive(Debug)]
pub(crate) struct Goal {
    what: String,
    figure: String,
    limit: String,
    /// Why the figure does not count.
    trouble: Option<String>,
    pub(crate) is_met: bool,
}

impl Goal {
    fn at_most<T: PartialOrd + fmt::Display + Copy>(what: String, figure: T, limit: T, unit: &str) -> Self {
        let (shown, most) = (format!("{figure:.2}"), format!("at most {limit:.2} {unit}"));
        Self { what, figure: shown, limit: most, trouble: None, is_met: figure <= limit }
    }

    /// Missed, whatever the figure is, where the plugin did something else.
    fn unless(self, trouble: Option<String>) -> Self {
        let is_met = self.is_met && trouble.is_none();
        Self { trouble, is_met, ..self }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, figure, limit, trouble, is_met } = self;
        let verdict = if *is_met { "ok" } else { "MISSED" };
        write!(f, "{what:<44} {figure:>9}   {limit:<46} {verdict}")?;
        trouble.iter().try_for_each(|trouble| write!(f, ": {trouble}"))
    }
}

/// Floor and run in turn on the first so many nodes.
pub(crate) fn at_scale(stage: &Stage, nodes: u16, rounds: usize) -> Vec<Goal> {
    let (mut floors, mut runs) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        floors.push(tell(nodes, &format!("round {round}"), stage.floor(nodes)));
        runs.push(tell(nodes, &format!("round {round}"), stage.run(nodes, &[])));
    }
    let report = tell(nodes, "as JSON", stage.run(nodes, &["-o", "json"]));
    let answered = median(floors.iter().map(|floor| floor.answered));
    let gone = median(floors.iter().map(|floor| floor.answered + floor.removed));
    let verdicts = median(runs.iter().map(Run::to_verdict)) / answered;
    let ends = median(runs.iter().map(Run::to_gone)) / gone;
    let all = || runs.iter().chain([&report]);
    let most = |of: fn(&Run) -> usize| all().map(of).max().unwrap_or_default();
    let two_a_pod = u64::from(nodes) * 2 * 2;
    let beyond = all().map(|run| run.requests.saturating_sub(two_a_pod)).max().unwrap_or_default();
    let named = |what: &str| format!("{nodes} nodes: {what}");
    vec![
        Goal::at_most(named("verdict"), verdicts, 1.2, "times the floor").unless(unexpected(all(), &[FAULT])),
        Goal::at_most(named("all gone"), ends, 1.1, "times the floor with its removal"),
        Goal::at_most(named("left"), most(|run| run.left), 0, "pods and Jobs"),
        Goal::at_most(named("memory"), megabytes(most(|run| run.kilobytes) * 1024), 100.0, "MB"),
        Goal::at_most(named("requests beyond two a pod"), beyond, REQUESTS, ""),
        Goal::at_most(named("report as JSON"), megabytes(report.bytes), 10.0, "MB"),
    ]
}

/// A run in which every pod fails in its own way.
pub(crate) fn of_failures(stage: &Stage, nodes: u16) -> [Goal; 2] {
    let run = tell(nodes, "all failing", stage.run_failing(nodes));
    let trouble = unexpected([&run], &[FAULT, INCONCLUSIVE]);
    [
        Goal::at_most(format!("{nodes} nodes, all failing: table"), run.lines, 80, "lines").unless(trouble),
        Goal::at_most(format!("{nodes} nodes, all failing: left"), run.left, 0, "pods and Jobs"),
    ]
}

/// A sample of all nodes beside a whole run on the smallest cluster.
pub(crate) fn of_samples(stage: &Stage, nodes: u16, rounds: usize) -> Goal {
    let (mut small, mut samples) = (Vec::new(), Vec::new());
    for _ in 0..rounds.max(SHORT_ROUNDS) {
        small.push(tell(SMALL, "whole", stage.run(SMALL, &[])));
        samples.push(tell(nodes, "sample of 5", stage.run(nodes, &["--sample", "5"])));
    }
    let times = |runs: &[Run]| median(runs.iter().map(|run| run.ended));
    let unit = format!("times a run on {SMALL} nodes");
    Goal::at_most(format!("{nodes} nodes: --sample 5"), times(&samples) / times(&small), 1.5, &unit)
        .unless(unexpected(small.iter().chain(&samples), &[FAULT]))
}

/// An explanation of all Services.
pub(crate) fn of_explanations(stage: &Stage, nodes: u16, rounds: usize) -> Goal {
    stage.add_services(OTHER_SERVICES, nodes);
    let runs: Vec<_> = (0..rounds.max(SHORT_ROUNDS)).map(|_| tell(nodes, "explain -A", stage.explain_all())).collect();
    let what = format!("{nodes} nodes: explain -A, {} Services", OTHER_SERVICES + 1);
    Goal::at_most(what, median(runs.iter().map(|run| run.ended)), 2.0, "s").unless(unexpected(&runs, &[FAULT]))
}

/// Measurements take minutes: each is shown as it comes.
fn tell<T: fmt::Display>(nodes: u16, what: &str, measured: T) -> T {
    eprintln!("{nodes} nodes, {what}: {measured}");
    measured
}

/// What the first run did that ended otherwise than with one of the codes.
fn unexpected<'a>(runs: impl IntoIterator<Item = &'a Run>, codes: &[i32]) -> Option<String> {
    let run = runs.into_iter().find(|run| !run.code.is_some_and(|code| codes.contains(&code)))?;
    let code = run.code.map_or_else(|| "no exit code".into(), |code| format!("exit code {code}"));
    Some(format!("{code}, {}", run.words))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { f64::midpoint(sorted[middle - 1], sorted[middle]) } else { sorted[middle] }
}

fn megabytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes / 1000).unwrap_or(u32::MAX)) / 1000.0
}
