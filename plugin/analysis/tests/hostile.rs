//! Reports that somebody else wrote, by hand or with intent: whatever of them can be read goes through everything that
//! commands make of a report, and nothing panics.

mod places;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lbprobe_analysis::acceptance::Acceptance;
use lbprobe_analysis::batch;
use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::{AcceptanceReport, DnsNameCheck, Explanation, OverviewBuilder, Report, Verification, expectations_of};
use lbprobe_analysis::fix_outcome::{FixOutcome, FromOutside};
use lbprobe_analysis::plan::{Network, Plan, PlanOptions};
use lbprobe_analysis::text::{self, Language};
use lbprobe_protocol::Watch;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::places::places;

/// Small reports that fill nearly every field between them; the fuzzers start from them too.
const SEEDS: [&str; 2] =
    [include_str!("../../../fuzz/seeds/report/local-policy.json"), include_str!("../../../fuzz/seeds/report/ipvs.json")];

/// A text that steers a terminal, with a line and an end of its own.
const HOSTILE: &str = "x\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\r\nerror: forged\u{0}";

fn seed(which: usize) -> Value {
    serde_json::from_str(SEEDS[which]).expect("a seed is JSON")
}

/// One thing that is done to a value.
#[derive(Clone, Debug)]
enum Damage {
    /// It is taken away.
    Remove,
    /// Another one takes its place.
    Replace(Value),
    /// One of the same type takes its place, from elsewhere in the document.
    Transplant(Index),
    /// It stands in its list once more.
    Repeat,
}

impl Damage {
    fn apply(&self, document: &mut Value, at: Index) {
        let places = places(document);
        if places.is_empty() {
            return;
        }
        let place = at.get(&places);
        match self {
            Self::Remove => remove(document, place),
            Self::Replace(with) => put(document, place, with.clone()),
            Self::Transplant(from) => {
                let is_alike = |other: &&String| alike(document.pointer(other), document.pointer(place));
                let others: Vec<_> = places.iter().filter(is_alike).filter_map(|other| document.pointer(other)).collect();
                let with = (*from.get(&others)).clone();
                put(document, place, with);
            }
            Self::Repeat => {
                let (list, value) = (place.rsplit_once('/').map(|(list, _)| list), document.pointer(place).cloned());
                if let (Some(Value::Array(items)), Some(value)) = (list.and_then(|list| document.pointer_mut(list)), value) {
                    items.push(value);
                }
            }
        }
    }
}

fn alike(one: Option<&Value>, other: Option<&Value>) -> bool {
    one.map(std::mem::discriminant) == other.map(std::mem::discriminant)
}

fn put(document: &mut Value, place: &str, with: Value) {
    if let Some(value) = document.pointer_mut(place) {
        *value = with;
    }
}

fn remove(document: &mut Value, place: &str) {
    let Some((around, key)) = place.rsplit_once('/') else { return };
    match document.pointer_mut(around) {
        Some(Value::Object(keys)) => drop(keys.remove(&key.replace("~1", "/").replace("~0", "~"))),
        Some(Value::Array(items)) => {
            if let Some(place) = key.parse::<usize>().ok().filter(|place| *place < items.len()) {
                items.remove(place);
            }
        }
        _ => {}
    }
}

/// What no field holds, or hardly any.
fn odd_values() -> Vec<Value> {
    let numbers = [json!(0), json!(1), json!(-1), json!(65_535), json!(u32::MAX), json!(u64::MAX), json!(1e300)];
    let others = [json!(null), json!(true), json!(""), json!(HOSTILE), json!([]), json!({}), json!([[]])];
    numbers.into_iter().chain(others).collect()
}

fn damages() -> impl Strategy<Value = Vec<(Index, Damage)>> {
    let damage = prop_oneof![
        2 => Just(Damage::Remove),
        2 => prop::sample::select(odd_values()).prop_map(Damage::Replace),
        5 => any::<Index>().prop_map(Damage::Transplant),
        3 => Just(Damage::Repeat),
    ];
    prop::collection::vec((any::<Index>(), damage), 1..6)
}

fn expectations() -> Acceptance {
    let expectations = json!({
        "apiVersion": "lbprobe/v1",
        "kind": "Acceptance",
        "services": [{
            "service": "gateway",
            "minimumNodes": 2,
            "expect": [
                { "to": "loadBalancer", "port": 80, "status": 200, "certificate": "shop.example.com", "withinMs": 10, "sourceKept": true },
                { "to": "dnsName", "port": 443, "reachable": false, "from": { "network": "pod", "nodes": "withEndpoint" } },
                { "to": "clusterIp", "port": 443, "sourceKept": false, "from": { "nodes": { "named": ["node1"] } } },
                { "to": "externalIp", "port": 80, "from": { "network": "host", "nodes": "withoutEndpoint" } },
            ],
        }],
    });
    serde_json::from_value(expectations).expect("these are expectations")
}

/// Everything that commands make of a report; the report with its diagnosis made again.
fn follow(report: &Report) -> Report {
    let Report { facts, plan, observations, .. } = report.clone();
    let again = Report::new(facts.clone(), plan.clone(), observations.clone());
    let verification = Verification::new(report, again.clone());
    for outside in [None, Some(FromOutside { before: true, after: false })] {
        let _ = text::fix_outcome(&FixOutcome::of(&verification, outside), Language::English);
    }
    let planned = Plan::again(&facts, report);
    for network in Network::ALL {
        let _ = planned.for_probe(&facts.service, network, 0);
        let _ = planned.for_watch(&facts.service, network, Watch { interval_ms: 0, for_ms: 0, kubelet_silence_ms: None });
    }
    let _ = plan.for_outside(&facts.service);
    let _ = plan.widened(&facts, &observations).map(|widened| widened.beyond(&plan));
    let _ = plan.sampled.as_ref().map(|sampled| text::sample_probed(sampled, Language::English));
    let _ = expectations_of(report);
    let _ = AcceptanceReport::new(&expectations(), &[Ok(again.clone())]);
    let _ = Explanation::new(facts.clone(), plan.clone());
    let mut overview = OverviewBuilder::new(PlanOptions::default());
    overview.add(&facts);
    let _ = overview.build().outlook();
    for fix in again.diagnosis.causes.iter().flat_map(|cause| &cause.fixes) {
        let _ = DnsNameCheck::new(report, fix.with_hostname("lb.example.com"));
    }
    let twice = vec![(facts.clone(), plan.clone()), (facts, plan)];
    let _ = batch::for_probe(&twice, Network::Host, 0);
    let _ = batch::reports(twice, observations);
    again
}

#[test]
fn the_seeds_are_reports_with_a_fault_each() {
    for which in 0..SEEDS.len() {
        let report: Report = serde_json::from_value(seed(which)).unwrap();
        assert_eq!(follow(&report).diagnosis.verdict, Verdict::Fault, "{which}");
    }
}

#[test]
fn a_report_with_one_value_of_each_kind_replaced_is_refused_or_followed() {
    let (mut read, mut panicked) = (0, Vec::new());
    for which in 0..SEEDS.len() {
        let seed = seed(which);
        // Items of a list are of one kind.
        let kind =
            |place: &str| place.split('/').map(|key| if key.parse::<usize>().is_ok() { "*" } else { key }).collect::<Vec<_>>().join("/");
        let kinds: BTreeMap<_, _> = places(&seed).into_iter().map(|place| (kind(&place), place)).collect();
        for place in kinds.values() {
            for with in odd_values() {
                let mut damaged = seed.clone();
                put(&mut damaged, place, with.clone());
                let Ok(report) = serde_json::from_value(damaged) else { continue };
                read += 1;
                if catch_unwind(AssertUnwindSafe(|| follow(&report))).is_err() {
                    panicked.push(format!("{place} = {with}"));
                }
            }
        }
    }
    assert!(panicked.is_empty(), "{} of {read}: {panicked:#?}", panicked.len());
    assert!(read > 200, "only {read} were read");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    /// What is read keeps to the promises of a report, and is written and read back.
    #[test]
    fn a_damaged_report_is_refused_or_followed(which in 0..SEEDS.len(), damages in damages()) {
        let mut damaged = seed(which);
        for (at, damage) in &damages {
            damage.apply(&mut damaged, *at);
        }
        if let Ok(report) = serde_json::from_value::<Report>(damaged) {
            let again = follow(&report);
            let is_healthy = again.diagnosis.verdict == Verdict::Healthy;
            prop_assert!(!is_healthy || (again.diagnosis.unmeasured.is_empty() && again.diagnosis.causes.is_empty()));
            let written = serde_json::to_value(&again).unwrap();
            prop_assert_eq!(serde_json::from_value::<Report>(written).unwrap(), again);
        }
    }

    /// The numbers of several Services' checks are told apart however they overlap.
    #[test]
    fn what_was_seen_for_several_services_is_taken_apart(ids in prop::collection::vec(any::<u16>(), 1..12)) {
        let report: Report = serde_json::from_value(seed(0)).unwrap();
        let mut plan = report.plan.clone();
        for (target, id) in plan.targets.iter_mut().zip(&ids) {
            target.id = *id;
        }
        let subjects = vec![(report.facts.clone(), plan.clone()), (report.facts.clone(), report.plan), (report.facts, plan)];
        let asked = batch::for_probe(&subjects, Network::Pod, 0);
        prop_assert_eq!(asked.checks.len(), subjects.iter().map(|(_, plan)| plan.targets.len()).sum::<usize>());
        prop_assert_eq!(batch::reports(subjects, report.observations).len(), 3);
    }
}
