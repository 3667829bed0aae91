//! What a probe sends is foreign: any text is a record, an event or an error, and what is read keeps to the plan.

use std::collections::BTreeSet;

use lbprobe_protocol::record::{CERTIFICATE_NAMES, TEXT_CHARS};
use lbprobe_protocol::{Check, CheckId, Exchange, Host, MOST_DRAINED, Outcome, Plan, ProbeEvent, ProbeEventKind, Record, VERSION, When};
use proptest::prelude::*;

/// Seeds of the fuzzers, which are whole records of two different probes.
const SEEDS: [&str; 2] =
    [include_str!("../../../fuzz/seeds/probe_record/healthy.txt"), include_str!("../../../fuzz/seeds/probe_record/failing.txt")];

fn check(id: CheckId, samples: u8) -> Check {
    Check {
        id,
        host: Host::Node,
        port: 80,
        exchange: Exchange::Connect,
        samples,
        timeout_ms: 3500,
        when: When::AtOnce,
        follow_ups: Vec::new(),
    }
}

fn plan(checks: Vec<Check>) -> Plan {
    Plan { version: VERSION, wait_ms: 0, linger_ms: 0, checks, questions: Vec::new(), watch: None, kernel: None }
}

/// A few checks, with ids that may occur twice and numbers of samples from none to the most.
fn plans() -> impl Strategy<Value = Plan> {
    let id = prop_oneof![0..4u16, any::<u16>()];
    let samples = prop_oneof![0..4u8, any::<u8>()];
    prop::collection::vec((id, samples).prop_map(|(id, samples)| check(id, samples)), 0..6).prop_map(plan)
}

/// A number as a record writes it, or a little beside that.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        30 => (0..5u32).prop_map(|number| number.to_string()),
        1 => any::<u64>().prop_map(|number| number.to_string()),
        1 => any::<i64>().prop_map(|number| number.to_string()),
    ]
}

fn number_or_dash() -> impl Strategy<Value = String> {
    prop_oneof![2 => number(), 1 => Just("-".to_owned())]
}

/// An outcome's code, or a little beside that.
fn code() -> impl Strategy<Value = String> {
    let plain = ["ok", "int", "rn", "ra", "rt", "rf", "ri", "rs", "ct", "tt", "tc", "tn", "tp", "ti", "ht", "hc", "hn", "hi"];
    let numbered = (prop::sample::select(vec!["rc", "ce", "te", "ta", "he"]), number());
    prop_oneof![
        20 => prop::sample::select(plain.to_vec()).prop_map(str::to_owned),
        6 => numbered.prop_map(|(kind, number)| format!("{kind}{number}")),
        1 => "\\PC{0,4}",
    ]
}

fn sample() -> impl Strategy<Value = String> {
    let parts = (code(), number_or_dash(), number(), number_or_dash());
    parts.prop_map(|(code, connect, total, answer)| format!("{code}/{connect}/{total}/{answer}"))
}

/// A word of a check's line.
fn word() -> impl Strategy<Value = String> {
    let follow_up = (prop::sample::select(vec!["b", "p", "h"]), sample());
    prop_oneof![
        20 => sample(),
        6 => follow_up.prop_map(|(which, sample)| format!("{which}:{sample}")),
        1 => "\\PC{0,10}",
    ]
}

/// A word of another line.
fn field() -> impl Strategy<Value = String> {
    let known = prop_oneof![
        number().prop_map(|status| format!("h={status}")),
        "[!-+.-<>-~]{0,12}".prop_map(|server| format!("s={server}")),
        "[0-9a-f]{0,8}".prop_map(|fingerprint| format!("t={fingerprint} v=issuer")),
        "(%[0-9A-F]{2}){0,4}[a-z.]{0,80}".prop_map(|name| format!("n={name}")),
    ];
    prop_oneof![30 => known, 1 => "[ -~]{0,12}"]
}

fn line() -> impl Strategy<Value = String> {
    let joined = |(first, rest): (String, Vec<String>)| [vec![first], rest].concat().join(" ");
    let of_kube_proxy = "mode=[a-z%0-9A-F]{0,80}|healthz=[0-9]{1,5}|eligible=[01]|synced=[0-9]{1,11}|cidr=[0-9.%2C/]{0,20}";
    let of_node = "own=(198.51.100.1|fd00::1|x)|listen=[0-9]{1,5}|ipvs0=1|vs=198.51.100.1/80/0(/10.0.0.1:80){0,6}|local=[0-9]{1,11}";
    prop_oneof![
        8 => (number().prop_map(|id| format!("c {id}")), prop::collection::vec(word(), 0..4)).prop_map(joined),
        4 => (number().prop_map(|index| format!("a {index}")), prop::collection::vec(field(), 0..4)).prop_map(joined),
        1 => (Just("p -".to_owned()), prop::collection::vec(of_kube_proxy, 0..4)).prop_map(joined),
        1 => (Just("n -".to_owned()), prop::collection::vec(of_node, 0..4)).prop_map(joined),
        1 => (number(), number()).prop_map(|(resets, unreachables)| format!("i rst={resets} icmp={unreachables}")),
        1 => number().prop_map(|number| format!("r {number}")),
    ]
}

/// A text in the form of a record, whose last line counts right unless lines lie within lines.
fn texts() -> impl Strategy<Value = String> {
    prop::collection::vec(line(), 0..8).prop_map(|lines| {
        let body = lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
        format!("lbprobe/{VERSION} 3 done full\n{body}end {}\n", lines.len() + 1)
    })
}

/// What holds of a record, wherever it comes from.
fn keeps_to(record: &Record, plan: &Plan) -> Result<(), TestCaseError> {
    let mut seen = BTreeSet::new();
    for observation in &record.observations {
        let most = plan.checks.iter().filter(|check| check.id == observation.check).map(|check| usize::from(check.samples)).max();
        prop_assert!(most.is_some_and(|most| observation.samples.len() <= most), "{observation:?}");
        prop_assert!(seen.insert(observation.check), "{} twice", observation.check);
        let follow_ups: BTreeSet<_> = observation.follow_ups.iter().map(|made| made.follow_up).collect();
        prop_assert_eq!(follow_ups.len(), observation.follow_ups.len());
        let samples = observation.samples.iter().chain(observation.follow_ups.iter().map(|made| &made.sample));
        for answer in samples.filter_map(|sample| sample.answer) {
            prop_assert!(usize::from(answer) < record.answers.len());
        }
    }
    let certificates = record.answers.iter().filter_map(|answer| answer.certificate.as_ref());
    let servers = record.answers.iter().filter_map(|answer| answer.http.as_ref()?.server.as_ref());
    let kube_proxy = record.kube_proxy.iter().flat_map(|said| [&said.mode, &said.release, &said.detect_local, &said.cluster_cidr]);
    for text in certificates.clone().flat_map(|certificate| &certificate.names).chain(servers).chain(kube_proxy.flatten()) {
        prop_assert!(text.chars().count() <= TEXT_CHARS && !text.chars().any(char::is_control), "{text:?}");
    }
    for certificate in certificates {
        prop_assert!(certificate.names.len() <= CERTIFICATE_NAMES);
    }
    for server in record.node.iter().flat_map(|node| &node.virtual_servers) {
        prop_assert!(server.drained.len() <= MOST_DRAINED);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn what_is_read_keeps_to_the_plan_and_reads_back(text in texts(), plan in plans()) {
        if let Ok(record) = Record::from_text(&text, &plan) {
            keeps_to(&record, &plan)?;
            prop_assert_eq!(Record::from_text(&record.to_text(), &plan), Ok(record));
        }
    }

    #[test]
    fn any_text_is_a_record_or_an_error(text in "(?s)(.{0,40}\n)?(lbprobe/[0-9]{1,2})?.{0,200}", plan in plans()) {
        if let Ok(record) = Record::from_text(&text, &plan) {
            keeps_to(&record, &plan)?;
        }
    }

    #[test]
    fn a_record_that_is_cut_to_a_budget_is_said_to_be(seed in 0..SEEDS.len(), budget in 0..1000usize) {
        let plan = plan((0..3).map(|id| check(id, 3)).collect());
        let whole = Record::from_text(SEEDS[seed], &plan).unwrap();
        let text = whole.to_text_within(budget);
        // Header and last line are there whatever the budget is.
        prop_assert!(text.len() <= budget.max(60), "{} bytes", text.len());
        let read = Record::from_text(&text, &plan).unwrap();
        prop_assert!(read.cut || read == whole);
        prop_assert!(read.observations.iter().all(|observation| whole.observations.iter().any(|known| known.check == observation.check)));
    }

    #[test]
    fn every_event_reads_back(number in any::<u64>(), at_ms in any::<u64>(), check in any::<u16>(), code in code(), total_ms in any::<u32>()) {
        let sample = Outcome::from_code(&code).map(|outcome| ProbeEventKind::Sample { check, outcome, total_ms });
        for what in [sample, Some(ProbeEventKind::KubeProxyGone), Some(ProbeEventKind::KubeProxyBack)].into_iter().flatten() {
            let event = ProbeEvent { number, at_ms, what };
            prop_assert_eq!(ProbeEvent::from_line(&event.to_line()), Some(event));
        }
    }

    #[test]
    fn any_line_is_an_event_or_none(line in "(w|k)?( [0-9]{0,25}| -1| ct| gone| \\PC{0,5}){0,7}") {
        if let Some(event) = ProbeEvent::from_line(&line) {
            prop_assert_eq!(ProbeEvent::from_line(&event.to_line()), Some(event));
        }
    }

    #[test]
    fn an_outcome_has_one_code(code in code()) {
        if let Some(outcome) = Outcome::from_code(&code) {
            prop_assert_eq!(Outcome::from_code(&outcome.code()), Some(outcome));
        }
    }
}

#[test]
fn a_text_that_ends_early_is_never_taken_for_whole() {
    let plan = plan((0..3).map(|id| check(id, 3)).collect());
    for whole in SEEDS {
        assert!(Record::from_text(whole, &plan).is_ok() && Record::is_whole(whole), "{whole}");
        for length in 0..whole.len() {
            let cut = &whole[..length];
            let read = Record::from_text(cut, &plan);
            // The end of the last line itself says nothing.
            if length < whole.len() - 1 {
                assert!(read.is_err(), "{cut}");
            }
            // Whoever stops to read a log at a whole record has one.
            assert!(!Record::is_whole(cut) || read.is_ok(), "{cut}");
        }
    }
}

#[test]
fn many_answers_are_read_as_far_as_the_plan_allows() {
    let small = plan(vec![check(0, 1)]);
    let large = plan((0..4).map(|id| check(id, u8::MAX)).collect());
    let answers = (0..=u16::MAX).map(|index| format!("a {index}\n")).collect::<Vec<_>>().concat();
    let text = format!("lbprobe/{VERSION} 1 done full\n{answers}c 0 ok/1/1/65535\nend {}\n", usize::from(u16::MAX) + 3);
    assert!(Record::from_text(&text, &small).is_err());
    let record = Record::from_text(&text, &large).unwrap();
    assert_eq!(record.observations[0].samples[0].answer, Some(u16::MAX));
}
