//! A log of a probe that keeps watch is foreign: whatever numbers and times stand in it, outages and gaps add up.

use std::collections::HashMap;

use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::{Report, WatchReport};
use lbprobe_analysis::facts::ServiceChange;
use lbprobe_analysis::plan::Plan;
use lbprobe_analysis::watching::{Changed, ObservedChange, Watching};
use lbprobe_protocol::{ConnectFailure, Outcome, ProbeEvent, ProbeEventKind};
use proptest::prelude::*;

fn plan() -> Plan {
    let report: Report = serde_json::from_str(include_str!("../../../fuzz/seeds/report/local-policy.json")).expect("a seed is a report");
    report.plan
}

fn time() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..30_000u64, 1 => any::<u64>(), 1 => Just(u64::MAX)]
}

fn event() -> impl Strategy<Value = ProbeEvent> {
    let outcomes = vec![Outcome::Answered, Outcome::Interrupted, Outcome::Connect(ConnectFailure::TimedOut)];
    let sample = (0..12u16, prop::sample::select(outcomes), any::<u32>());
    let what = prop_oneof![
        8 => sample.prop_map(|(check, outcome, total_ms)| ProbeEventKind::Sample { check, outcome, total_ms }),
        1 => Just(ProbeEventKind::KubeProxyGone),
        1 => Just(ProbeEventKind::KubeProxyBack),
    ];
    let number = prop_oneof![6 => 0..20u64, 1 => any::<u64>(), 1 => Just(u64::MAX)];
    (number, time(), what).prop_map(|(number, at_ms, what)| ProbeEvent { number, at_ms, what })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn any_events_come_to_a_report(
        events in prop::collection::vec((0..6usize, time(), event()), 0..60),
        changes in prop::collection::vec(time(), 0..4),
        interval_ms in any::<u32>(),
        (from_ms, until_ms) in (time(), time()),
    ) {
        let plan = plan();
        let mut watching = Watching::new(&plan, interval_ms);
        for (index, heard_ms, event) in events {
            let _ = watching.hear(index, heard_ms, event);
        }
        for at_ms in changes {
            watching.changed(ObservedChange { at_ms, what: Changed::Service(ServiceChange::Ports), node: None });
        }
        let report = WatchReport::new("shop/gateway".into(), from_ms, until_ms, watching.end(from_ms, until_ms, &HashMap::new()));
        prop_assert_eq!(report.checks.len(), plan.vantages.len() * plan.service_targets().count());
        for check in &report.checks {
            prop_assert!(check.failed <= check.samples, "{check:?}");
            prop_assert_eq!(check.outages.is_empty(), check.failed == 0, "{:?}", check);
        }
        let is_steady = report.gaps.is_empty() && report.checks.iter().all(|check| check.failed == 0);
        prop_assert!(report.verdict != Verdict::Healthy || is_steady);
        prop_assert!(serde_json::from_value::<WatchReport>(serde_json::to_value(&report).unwrap()).unwrap() == report);
    }
}
