//! Everything that is said to a person. Findings are data; what they are called stands here and nowhere else, a folder
//! for each language, so that a text can be changed without reading what finds it.

mod chinese;
mod english;
pub mod messages;
pub mod reports;

use std::borrow::Cow;

use lbprobe_protocol::Flow;
use serde::Serialize;

use crate::acceptance::{CaseResult, Expectation, NodeClass, Shortfall};
use crate::admission::AdmissionRule;
use crate::causes::evidence::Evidence;
use crate::causes::finding::Finding;
use crate::coverage::Uncovered;
use crate::diagnosis::{Note, Proof, UnmeasuredChecks};
use crate::facts::{Facts, KubeProxyConfig, LocalPorts, NamedPod, PodNetwork, ProxyMode, ServiceChange, TransportPort};
use crate::fix_outcome::{FixOutcome, FromOutside};
use crate::gaps::Gap;
use crate::ignoring::Ignored;
use crate::kube_proxy::{self, Condition, Rule};
use crate::lint::LintSubject;
use crate::observations::{CheckState, KernelLook, Receiver, Unmeasured};
use crate::plan::{Asked, Route, SampleHint, Sampled, SampledClass, SkipReason, SkipSubject, Step, Target, TargetKind, Vantage};
use crate::prediction::{Agreement, Contradiction, Outlook, PossibleReason, Reason};
use crate::preflight::{DeliveryPlan, Rights, Trial};
use crate::rehearsal::{Effect, Held, Mismatch, NodeProof, Obstacle, RehearsalNote};
use crate::remedies::{After, Caveat, Fix, Need, Prerequisite, Remedy, Requirement};
use crate::results::{Difference, Disagreement, NamedPodResult, OutsideCheck, PacketPath, SinceBaseline, SourceResult};
use crate::risks::Risk;
use crate::watching::{Changed, Outage, Seconds, Turn, WatchGapReason, WatchUnknown};
use crate::words;
use messages::{Message, Place, Question};
use reports::{
    BundleContents, Conclusion, Headline, Label, Losses, Metric, NotShown, Now, PacketPathInWords, PageWords, ProofCounts, RehearsalCounts,
    Rest, Silence, Title, WatchHeading,
};

/// What something is said in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese, in simplified characters.
    Chinese,
}

/// For each line a public function that has the language as its last argument, and says it by the function of that
/// path in the language's folder.
macro_rules! in_each_language {
    ($($(#[$about:meta])* $name:ident($($argument:ident: $kind:ty),*) -> $said:ty = $($path:ident)::+;)*) => {$(
        $(#[$about])*
        #[must_use]
        pub fn $name($($argument: $kind,)* language: Language) -> $said {
            match language {
                Language::English => english::$($path)::+($($argument),*),
                Language::Chinese => chinese::$($path)::+($($argument),*),
            }
        }
    )*};
}

in_each_language! {
    /// A rule in half a sentence, as it stands behind "because".
    rule(rule: Rule) -> &'static str = rules::rule;

    /// What is left out, as the subject of [`skip_reason`].
    skip_subject(subject: &SkipSubject) -> String = skips::subject;

    /// Why it is left out, as what is said of the subject.
    skip_reason(reason: &SkipReason) -> String = skips::reason;

    /// What a cause states, in one sentence.
    finding(finding: &Finding) -> String = findings::finding;

    /// A line of evidence.
    evidence(evidence: &Evidence) -> String = evidence::evidence;

    /// A cause that is ruled out, and by what.
    proof(proof: &Proof) -> String = ruled_out::proof;

    /// What could explain a contradiction.
    possible_reason(reason: &PossibleReason) -> String = possible_reasons::possible_reason;

    /// A risk, in a sentence or two.
    risk(risk: &Risk) -> String = risks::risk;

    /// The same with its code, by which it can be ignored.
    coded_risk(risk: &Risk) -> String = risks::coded;

    /// What can be done about a risk.
    advice(risk: &Risk) -> Cow<'static, str> = risks::advice;

    /// What is to be done.
    remedy(remedy: &Remedy) -> String = remedies::what;

    /// At what price.
    cost(remedy: &Remedy) -> String = remedies::cost;

    /// Why a remedy does not help, or only in part; nothing where there is no reason.
    caveats(caveats: &[Caveat]) -> Option<String> = remedies::caveats;

    /// What a remedy needs.
    prerequisite(prerequisite: Prerequisite) -> &'static str = remedies::prerequisite;

    /// Whether it is there.
    requirement(requirement: Requirement) -> &'static str = remedies::requirement;

    /// What a word in a cell of what is expected means, where it does not say so itself.
    legend(expected: kube_proxy::Expected) -> Option<&'static str> = reports::checks::legend;

    /// A fact that is not known, and what it would have told.
    gap(gap: &Gap) -> String = gaps::gap;

    /// What was neither predicted nor measured.
    uncovered(what: &Uncovered) -> String = coverage::uncovered;

    /// The same with its code.
    coded_uncovered(what: &Uncovered) -> String = coverage::coded;

    /// What a change is to the clients of some checks.
    effect(effect: Effect) -> &'static str = reports::rehearsal::effect;

    /// What a rehearsal comes to.
    rehearsal(counts: &RehearsalCounts<'_>) -> Headline = reports::rehearsal::headline;

    /// Why kube-proxy would not start.
    obstacle(obstacle: &Obstacle) -> String = reports::rehearsal::obstacle;

    /// What changes beside the Services' own addresses.
    rehearsal_note(note: RehearsalNote) -> &'static str = reports::rehearsal::note;

    /// Nodes for which a change does the same.
    node_group(nodes: usize, examples: &[String], breaks: usize, heals: usize) -> String = reports::rehearsal::node_group;

    /// What a rehearsal's proof comes to.
    rehearsal_proof(counts: &ProofCounts<'_>) -> Headline = reports::rehearsal::proof;

    /// The Service, and how its checks before the change go with the prediction.
    proof_today(service: &str, today: &Held) -> String = reports::rehearsal::proof_today;

    /// A node's kube-proxy before the change and after.
    proof_kube_proxy(proof: &NodeProof) -> String = reports::rehearsal::proof_kube_proxy;

    /// Checks beside a rehearsal, in a cell.
    proof_checks(held: Option<&Held>) -> String = reports::rehearsal::proof_checks;

    /// A check that did not end as was said before.
    mismatch(of: &Mismatch) -> String = reports::rehearsal::mismatch;

    /// What an exit code means, for an agent; none where the command did not end by itself.
    exit_code(code: Option<i32>) -> &'static str = reports::agents::exit_code;

    /// What to do for a Service before a change.
    before_change(service: &str, remedy: &str) -> String = reports::rehearsal::first;

    /// In how many ways Services change.
    changed_ways(number: usize) -> String = reports::rehearsal::changed_ways;

    /// Services that a change leaves as they are.
    unchanged(number: usize) -> String = reports::rehearsal::unchanged;

    /// Services that are not shown.
    more_services(number: usize) -> String = reports::rehearsal::more;

    /// What stands first in a bundle.
    bundle(contents: &BundleContents) -> String = reports::bundle::bundle;

    /// The same in a list of other things.
    ignored_finding(ignored: &Ignored) -> String = reports::lint::ignored_finding;

    /// What is said of an object that does not meet a rule.
    admission_message(rule: AdmissionRule) -> String = reports::policies::message;

    /// A code that is to be ignored.
    ignored(ignored: &Ignored) -> String = reports::lint::ignored;

    /// A note.
    note(note: &Note) -> String = notes::note;

    /// Why nothing was measured from a vantage.
    unmeasured(why: &Unmeasured) -> String = unmeasured::reason;

    /// What can be done about it.
    hint(why: &Unmeasured) -> Option<String> = unmeasured::hint;

    /// Why nothing was measured from some vantages, with the node's name where there is only one.
    unmeasured_reason(group: &UnmeasuredChecks) -> String = unmeasured::reason_of;

    /// What can be done about it: for the node, or for one of them.
    unmeasured_hint(group: &UnmeasuredChecks) -> Option<String> = unmeasured::hint_of;

    /// Why an expectation is not met, or cannot be judged.
    shortfall(shortfall: &Shortfall) -> String = shortfalls::shortfall;

    /// The name of the case that so many nodes are measured.
    minimum_nodes(minimum: usize) -> String = shortfalls::minimum_nodes;

    /// What of a Service is not what it was.
    service_change(change: &ServiceChange) -> String = changes::change;
}

/// Conditions, as documents list them and as each stands behind "if".
#[must_use]
pub fn conditions(conditions: &[Condition], language: Language) -> Vec<String> {
    match language {
        Language::English => conditions.iter().map(english::conditions::condition).collect(),
        Language::Chinese => conditions.iter().map(chinese::conditions::condition).collect(),
    }
}

/// Why nothing is known of a vantage of which nobody says why.
#[must_use]
pub fn left_out(language: Language) -> &'static str {
    match language {
        Language::English => english::skips::LEFT_OUT,
        Language::Chinese => chinese::skips::LEFT_OUT,
    }
}

/// A [`Difference`] in its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DifferenceInWords {
    /// What it is about: "kube-proxy's mode".
    pub about: &'static str,
    /// What the API says, and where.
    pub api: String,
    /// What the nodes say.
    pub nodes_say: String,
    /// What explains it.
    pub explanation: &'static str,
}

in_each_language! {
    /// Where the API and the nodes differ.
    difference(difference: &Difference) -> DifferenceInWords = disagreements::difference;
}

in_each_language! {
    /// How many nodes of a sample were probed.
    sample_probed(sampled: &Sampled) -> String = samples::probed;

    /// A class of nodes, and how many of it were probed.
    sampled_class(class: &SampledClass) -> String = samples::class;

    /// Advice for somebody who has all nodes of a large cluster probed.
    sample_hint(hint: SampleHint) -> String = samples::hint;

    /// What is expected; its own name where it has one.
    expectation(expectation: &Expectation) -> String = expectations::expectation;

    /// Nodes by whether they have an endpoint.
    node_class(class: NodeClass) -> &'static str = expectations::node_class;

    /// Above what fails today in a file of expectations.
    fails_today(state: &str) -> String = expectations::fails_today;

    /// What a command says while it works.
    message(message: Message<'_>) -> String = messages::message;

    /// A question to a person.
    question(question: Question<'_>) -> String = messages::question;

    /// The title of a list.
    title(title: Title<'_>) -> String = reports::lists::title;

    /// A line with what stands before it.
    labelled(label: Label, text: &str) -> String = reports::lists::labelled;

    /// What of a list is not shown.
    rest(rest: Rest) -> String = reports::lists::rest;

    /// A table that is folded.
    rows(number: usize) -> String = reports::lists::rows;

    /// How much a brief report does not show; nothing where it shows all.
    not_shown(what: &NotShown) -> Option<String> = reports::lists::not_shown;

    /// The same without where it is.
    rest_alone(rest: Rest) -> String = reports::lists::rest_alone;

    /// A list of which only the number is shown.
    number_alone(of: Title<'_>, number: usize) -> String = reports::lists::number_alone;

    /// What a document comes to.
    conclusion(of: &Conclusion<'_>) -> Headline = reports::conclusions::conclusion;

    /// Where an object has one of the load balancer's addresses in it.
    place(place: Place<'_>) -> String = messages::place_of_address;

    /// What became of a vantage since the baseline.
    since_baseline(standing: &SinceBaseline) -> &'static str = reports::conclusions::since_baseline;

    /// What is dialled, in a sentence.
    target_in_sentence(target: &Target) -> String = reports::targets::in_sentence;

    /// A check, by what is dialled and from where.
    check_from(target: &Target, from: &str) -> String = reports::checks::check_from;

    /// What is dialled, in a cell.
    target_in_cell(kind: &TargetKind) -> String = reports::targets::in_cell;

    /// What is dialled, above a column.
    target_above_column(kind: &TargetKind) -> String = reports::targets::above_column;

    /// The Service of a report, with its endpoints.
    service_heading(facts: &Facts) -> String = reports::headings::service;

    /// What the user named in the Service's place.
    asked(of: &Asked) -> String = reports::asked::heading;

    /// How that leads to the Service: a step of it.
    asked_step(step: &Step) -> String = reports::asked::step;

    /// An object that leads requests to a Service, with its kind.
    route(of: &Route) -> String = reports::asked::route;

    /// What is left out of the names of nodes.
    shared_part_of_names(part: &str) -> String = reports::headings::shared_part_of_names;

    /// The Service of an acceptance.
    service_name(name: &str) -> String = reports::headings::service_name;

    /// How kube-proxy is configured.
    kube_proxy(config: &KubeProxyConfig, mode: ProxyMode) -> String = reports::headings::kube_proxy;

    /// What answers for Services in kube-proxy's place.
    service_proxy(network: &PodNetwork) -> String = reports::headings::service_proxy;

    /// Whether the cluster does what it should; nothing where nothing is expected.
    agreement(of: &Agreement, modes: &[ProxyMode], network: Option<&PodNetwork>) -> Option<String> = reports::headings::agreement;

    /// How a check has ended, in a cell.
    check_state(state: CheckState) -> String = outcomes::check_state;

    /// The outlook of a Service in a cell.
    outlook(of: Outlook) -> &'static str = reports::headings::outlook;

    /// The nodes that a sample passes over.
    sampled(of: &Sampled) -> String = reports::headings::sampled;

    /// What the proof of a name is about.
    dns_name_check(dial: &[String]) -> String = reports::headings::dns_name_check;

    /// Whether a node has an endpoint.
    has_endpoint(ports: &LocalPorts) -> String = reports::checks::has_endpoint;
    /// A port in a list, with its protocol where that is not TCP.
    port(port: TransportPort) -> String = reports::checks::port;

    /// A cell that is not as expected.
    instead(seen: &str, expected: &str) -> String = reports::checks::instead;

    /// A cell of what is expected.
    expected(expectation: &kube_proxy::Expectation) -> String = reports::checks::expected;

    /// How an expectation of an acceptance ended.
    case_result(result: &CaseResult) -> &'static str = reports::checks::case_result;

    /// The first vantages, and how many more there are.
    vantages(all: &[Vantage]) -> String = reports::checks::vantages;

    /// What was seen otherwise than expected.
    contradiction(of: &Contradiction, target: Option<&Target>) -> String = reports::checks::contradiction;

    /// How a check from outside ended.
    outside_check(check: &OutsideCheck, target: &Target) -> String = reports::checks::outside;

    /// A named pod at the beginning of its row.
    named_pod_in_row(pod: &NamedPod) -> String = reports::named_pods::in_row;

    /// A cell of a check that was answered with an error.
    http_status(status: u16) -> String = reports::named_pods::http_status;

    /// What a named pod came to, beside a plain pod of its node.
    named_pod(result: &NamedPodResult, targets: &[Target]) -> String = reports::named_pods::result;

    /// A connection of the probe's own, as a kernel told of it: how it ended, then what is known of it, a line each.
    kernel_flow(look: &KernelLook, flow: &Flow, received_by: Option<Receiver<'_>>) -> Vec<String> = reports::kernel::flow;

    /// What a look into a kernel did not tell.
    kernel_gaps(look: &KernelLook) -> Vec<String> = reports::kernel::gaps;

    /// Which source address servers saw.
    source(result: &SourceResult, targets: &[Target]) -> String = reports::sources::result;

    /// Where the API and the nodes differ, in a sentence.
    disagreement(found: &Disagreement) -> String = reports::checks::disagreement;

    /// Why checks are expected to end as they are.
    reason(of: &Reason) -> String = reports::checks::reason;

    /// A fix by its name for `fix --strategy`, where it has one.
    fix_by_strategy(fix: &Fix) -> String = reports::fixes::by_strategy;

    /// What a command says of a Service of an overview.
    explain_hint(command: &str) -> String = reports::headings::explain_hint;

    /// What another measures of it.
    run_hint(command: &str) -> String = reports::headings::run_hint;

    /// The rights of a purpose.
    rights(rights: &Rights) -> String = reports::preflight::rights;

    /// What became of asking the server about an object.
    trial(trial: &Trial) -> String = reports::preflight::trial;

    /// Nodes whose pods it was not asked about.
    not_tried(nodes: usize) -> String = reports::preflight::not_tried;

    /// How the probe would come to the nodes.
    delivery(plan: &DeliveryPlan) -> String = reports::preflight::delivery;

    /// The probe's image, by its reference, and the bytes that nodes of each architecture are sent without it.
    probe_image(reference: &str, carried: &[(&str, usize)]) -> String = reports::image::image;

    /// The way of a packet, station by station.
    packet_path(path: &PacketPath<'_>, facts: &Facts) -> PacketPathInWords = reports::packet_paths::packet_path;

    /// A fix in one line.
    fix_in_short(fix: &Fix) -> String = reports::fixes::in_short;

    /// What a fix needs, and whether it is there.
    need(need: &Need) -> String = reports::fixes::need;

    /// What is expected after a fix.
    after(after: &After) -> String = reports::fixes::after;

    /// What a change has brought inside.
    fix_outcome(outcome: &FixOutcome) -> String = reports::fixes::outcome;

    /// What it has brought outside.
    from_outside(outside: FromOutside) -> &'static str = reports::fixes::from_outside;

    /// What a watch is about.
    watch_heading(watch: &WatchHeading<'_>) -> String = reports::watches::heading;

    /// What checks have lost.
    losses(of: &Losses<'_>) -> String = reports::watches::losses;

    /// An outage; `from` and `until` are times of day.
    outage(outage: &Outage, from: &str, until: Option<&str>) -> String = reports::watches::outage;

    /// When nothing was heard, and why.
    silence(of: &Silence<'_>) -> String = reports::watches::silence;

    /// Why nothing was heard.
    gap_reason(reason: &WatchGapReason) -> String = reports::watches::gap_reason;

    /// What changed while a watch went on.
    changed(what: &Changed) -> String = reports::watches::changed;

    /// What a metric stands for.
    metric_help(metric: Metric) -> &'static str = reports::metrics::help;

    /// What a code of a checker of files stands for.
    lint_title(subject: &LintSubject<'_>) -> &'static str = reports::lint::title;

    /// What a watch does not know.
    watch_unknown(what: &WatchUnknown) -> String = reports::watches::unknown;

    /// How checks stand while a watch goes on.
    now(now: Now, elapsed: Seconds) -> String = reports::watches::now;

    /// A check that was lost, or is back.
    turn(turn: &Turn) -> String = reports::watches::turn;

    /// A vantage from which nothing is heard, and why.
    not_heard(vantage: &Vantage, why: &str) -> String = reports::watches::not_heard;

    /// A vantage that is heard again.
    heard_again(vantage: &str) -> String = reports::watches::heard_again;

    /// What a watch is called while it begins.
    watching(service: &str) -> String = reports::watches::watching;
}

/// The fixed words of a page for a browser.
#[must_use]
pub const fn page(language: Language) -> PageWords {
    match language {
        Language::English => english::reports::pages::WORDS,
        Language::Chinese => chinese::reports::pages::WORDS,
    }
}

/// What an agent is told of all tools together.
#[must_use]
pub const fn agent_instructions(language: Language) -> &'static str {
    match language {
        Language::English => english::reports::agents::INSTRUCTIONS,
        Language::Chinese => chinese::reports::agents::INSTRUCTIONS,
    }
}

/// Fixed words of a report.
#[derive(Clone, Copy, Debug)]
pub struct Fixed {
    /// The columns of checks by node, before those of the targets.
    pub nodes_by_target: [&'static str; 3],
    /// The cell of a node of which nothing is known.
    pub not_known: &'static str,
    /// Where a pod's own row has the network of others.
    pub named_pod: &'static str,
    /// The columns of a comparison.
    pub comparison: [&'static str; 5],
    /// The columns of an acceptance.
    pub acceptance: [&'static str; 3],
    /// The columns of an overview.
    pub overview: [&'static str; 7],
    /// The columns of a rehearsal.
    pub rehearsal: [&'static str; 6],
    /// What stands below it.
    pub rehearsal_legend: &'static str,
    /// The columns of its proof.
    pub proof: [&'static str; 4],
    /// What stands below that.
    pub proof_legend: &'static str,
    /// What two of them count.
    pub overview_legend: &'static str,
    /// The outlook of a Service of which clients outside may get no answer.
    pub fine_inside: &'static str,
    /// The outlook of a Service whose load balancer has no address yet.
    pub no_address: &'static str,
    /// What that means.
    pub fine_inside_legend: &'static str,
    /// The outlook of a Service of which they will get none.
    pub fails_outside: &'static str,
    /// What that means.
    pub fails_outside_legend: &'static str,
    /// What stands out where nothing is left but what is ignored.
    pub ignored: &'static str,
    /// The outlook of a Service of which nothing else is left.
    pub fine_but_for_ignored: &'static str,
    /// An overview without a Service.
    pub no_service: &'static str,
    /// Above a file of expectations; several lines.
    pub expectations: &'static str,
    /// Above the number of nodes in it.
    pub minimum_nodes: &'static str,
    /// Where users of an address are looked for.
    pub search_hint: &'static str,
    /// A namespace in which there is none.
    pub no_user: &'static str,
    /// Where the rights of each command are written down.
    pub rights_hint: &'static str,
    /// Before what is so, and what is not.
    pub yes_and_no: (&'static str, &'static str),
}

/// The fixed words of a language, from its folder.
macro_rules! fixed_of {
    ($language:ident) => {
        Fixed {
            nodes_by_target: $language::reports::headings::NODES_BY_TARGET,
            not_known: $language::reports::headings::NOT_KNOWN,
            named_pod: $language::reports::headings::NAMED_POD,
            comparison: $language::reports::headings::COMPARISON,
            acceptance: $language::reports::headings::ACCEPTANCE,
            overview: $language::reports::headings::OVERVIEW,
            rehearsal: $language::reports::rehearsal::COLUMNS,
            rehearsal_legend: $language::reports::rehearsal::LEGEND,
            proof: $language::reports::rehearsal::PROOF_COLUMNS,
            proof_legend: $language::reports::rehearsal::PROOF_LEGEND,
            overview_legend: $language::reports::headings::OVERVIEW_LEGEND,
            fine_inside: $language::reports::headings::FINE_INSIDE,
            no_address: $language::reports::headings::NO_ADDRESS,
            fine_inside_legend: $language::reports::headings::FINE_INSIDE_LEGEND,
            fails_outside: $language::reports::headings::FAILS_OUTSIDE,
            fails_outside_legend: $language::reports::headings::FAILS_OUTSIDE_LEGEND,
            ignored: $language::reports::lint::IGNORED,
            fine_but_for_ignored: $language::reports::lint::FINE_BUT_FOR_IGNORED,
            no_service: $language::reports::headings::NO_SERVICE,
            expectations: $language::expectations::HEADING,
            minimum_nodes: $language::expectations::MINIMUM_NODES,
            search_hint: $language::reports::headings::SEARCH_HINT,
            no_user: $language::reports::headings::NO_USER,
            rights_hint: $language::reports::headings::RIGHTS_HINT,
            yes_and_no: $language::reports::headings::YES_AND_NO,
        }
    };
}

/// Words of a report that are always the same.
#[must_use]
pub const fn fixed(language: Language) -> Fixed {
    match language {
        Language::English => fixed_of!(english),
        Language::Chinese => fixed_of!(chinese),
    }
}

/// Things in a sentence: "a, b and c".
#[must_use]
pub fn list<S: AsRef<str>>(items: &[S], language: Language) -> String {
    match language {
        Language::English => words::list(items),
        Language::Chinese => chinese::list(items),
    }
}

/// As [`list`], but no more than `most` of them by name.
#[must_use]
pub fn short_list<S: AsRef<str>>(items: &[S], most: usize, language: Language) -> String {
    match language {
        Language::English => words::short_list(items, most),
        Language::Chinese => chinese::short_list(items, most),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    /// Where things are said to a person: the words themselves, what is wrong with what was read, the command line's help.
    const WITH_WORDS: [&str; 5] = ["text/chinese", "text/english", "error.rs", "error", "cli"];

    /// Literals that look like sentences: by them other programs' words are recognised, and the file of expectations is
    /// made.
    const OTHER_PROGRAMS: [&str; 7] = [
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
        "cannot create resource",
        "failed calling webhook \\",
        "failed to sync configmap cache",
        "failed to sync secret cache",
        "pods {name:?} is forbidden: ",
        "Pod {name:?} is invalid: ",
    ];

    /// Tests, by their files' names.
    const TESTS: [&str; 7] = ["tests", "tests.rs", "hostile.rs", "snapshots", "snapshots.rs", "fixture", "fuzzing.rs"];

    fn sources(path: &Path) -> Vec<PathBuf> {
        if path.is_file() {
            return vec![path.to_owned()];
        }
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        let names = || TESTS.iter().chain(&WITH_WORDS);
        entries.filter(|path| !names().any(|name| path.ends_with(name))).flat_map(|path| sources(&path)).collect()
    }

    /// Commands are no sentences.
    const PROGRAMS: [&str; 2] = ["kubectl ", "ipvsadm "];

    /// String literals of three words and more, without comments, attributes, commands and tests.
    fn sentences(source: &str) -> Vec<&str> {
        let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let lines = code.lines().map(str::trim_start).filter(|line| !line.starts_with("//") && !line.starts_with("#["));
        let literals = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
        let is_a_command = |literal: &str| PROGRAMS.iter().any(|program| literal.starts_with(program));
        let literals = literals.filter(|literal| !is_a_command(literal) && !OTHER_PROGRAMS.contains(literal));
        literals.filter(|literal| literal.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count() >= 3).collect()
    }

    #[test]
    fn sentences_are_found_and_other_literals_are_not() {
        let source = "/// \"a b c d\"\nlet a = \"one two three\"; let b = \"camelCase\";\n#[serde(rename = \"x y z\")]\n";
        assert_eq!(sentences(source), ["one two three"]);
    }

    #[test]
    fn nothing_is_said_elsewhere() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folders = [own.join("src"), own.join("../src")];
        let files: Vec<_> = folders.iter().flat_map(|folder| sources(folder)).collect();
        assert!(files.len() > 200, "all sources of the plugin are looked at, not {}", files.len());
        let files = files.iter().filter(|path| path.extension().is_some_and(|it| it == "rs"));
        let found = files.flat_map(|path| {
            let source = fs::read_to_string(path).unwrap();
            sentences(&source).into_iter().map(|said| format!("{}: {said}", path.display())).collect::<Vec<_>>()
        });
        assert_eq!(found.collect::<Vec<_>>(), Vec::<String>::new());
    }
}
