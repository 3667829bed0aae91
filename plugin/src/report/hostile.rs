//! A hostile text in the place of each text that a document holds: in no form does it steer a terminal, or get a line
//! of its own, on which it could pass for the program's word.

#[path = "../../analysis/tests/places/mod.rs"]
mod places;

use std::collections::{BTreeMap, BTreeSet};

use lbprobe_analysis::acceptance::Acceptance;
use lbprobe_analysis::documents::{AcceptanceReport, Report, WatchReport};
use lbprobe_analysis::facts::ServiceChange;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::places::places;

use super::forms;
use crate::fuzzing;

/// A title for the terminal, a colour by an eight-bit control, a mark that turns the text around, and a line of its own.
const HOSTILE: &str = "x\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\u{61c}\u{7f}\t\r\nerror: forged";

/// What begins a line only where a text got one of its own: no line is wrapped at this width.
const FORGED: &str = "error: forged";
const UNWRAPPED: u16 = 20_000;

/// Maps whose keys are foreign too.
const FOREIGN_KEYS: [&str; 3] = ["/facts/service/annotations/", "/facts/kubeProxy/processes/", "/facts/kubeProxy/releases/value/"];

/// Reports that fill nearly every field between them, diagnosed.
fn reports() -> Vec<Report> {
    let seeds = [include_str!("../../../fuzz/seeds/report/local-policy.json"), include_str!("../../../fuzz/seeds/report/ipvs.json")];
    let diagnosed = |seed: &str| {
        let Report { facts, plan, observations, .. } = serde_json::from_str(seed).expect("a seed is a report");
        Report::new(facts, plan, observations)
    };
    seeds.into_iter().map(diagnosed).collect()
}

/// The document with the hostile text in one place, for each kind of place: items of a list are of one kind.
fn in_each_place(document: &Value) -> BTreeMap<String, Value> {
    let mut damaged = BTreeMap::new();
    for place in places(document) {
        let kind: Vec<_> = place.split('/').map(|key| if key.parse::<usize>().is_ok() { "*" } else { key }).collect();
        let kind = kind.join("/");
        if document.pointer(&place).is_some_and(Value::is_string) {
            damaged.entry(kind.clone()).or_insert_with(|| {
                let mut document = document.clone();
                if let Some(text) = document.pointer_mut(&place) {
                    *text = HOSTILE.into();
                }
                document
            });
        }
        if FOREIGN_KEYS.iter().any(|map| place.starts_with(map) && !place[map.len()..].contains('/')) {
            damaged.entry(format!("{kind} (its key)")).or_insert_with(|| with_key(document, &place));
        }
    }
    damaged
}

/// The document with the hostile text in all places of one of the facts' or the plan's at once: so that a node keeps its
/// pods, for instance.
fn everywhere(document: &Value) -> BTreeMap<String, Value> {
    fn replaced(value: &Value, text: &str) -> Value {
        match value {
            Value::String(own) if own == text => HOSTILE.into(),
            Value::Array(items) => items.iter().map(|item| replaced(item, text)).collect(),
            Value::Object(keys) => {
                let renamed = |key: &String| if key == text { HOSTILE.to_owned() } else { key.clone() };
                keys.iter().map(|(key, value)| (renamed(key), replaced(value, text))).collect()
            }
            other => other.clone(),
        }
    }
    let places = places(document).into_iter().filter(|place| place.starts_with("/facts") || place.starts_with("/plan"));
    let texts: BTreeSet<_> = places.filter_map(|place| document.pointer(&place)?.as_str().map(str::to_owned)).collect();
    texts.into_iter().map(|text| (format!("{text:?} everywhere"), replaced(document, &text))).collect()
}

fn with_key(document: &Value, place: &str) -> Value {
    let mut document = document.clone();
    if let Some((map, key)) = place.rsplit_once('/')
        && let Some(map) = document.pointer_mut(map).and_then(Value::as_object_mut)
        && let Some(value) = map.remove(&key.replace("~1", "/").replace("~0", "~"))
    {
        map.insert(HOSTILE.into(), value);
    }
    document
}

/// What of a document with the hostile text in it goes wrong in a form, and how many such documents there were.
fn wrong<T: Serialize + DeserializeOwned>(document: &T, forms: impl Fn(&T) -> Vec<(String, String)>) -> (usize, Vec<String>) {
    let document = serde_json::to_value(document).expect("a document is JSON");
    let mut read = 0;
    let mut wrong = Vec::new();
    for (kind, damaged) in in_each_place(&document).into_iter().chain(everywhere(&document)) {
        // An address, a mode or a release is none any more.
        let Ok(damaged) = serde_json::from_value::<T>(damaged) else { continue };
        read += 1;
        for (form, text) in forms(&damaged) {
            wrong.extend(fault(&form, &text).map(|fault| format!("{kind}: {form}: {fault}")));
        }
    }
    (read, wrong)
}

fn fault(form: &str, text: &str) -> Option<String> {
    if form.ends_with("could not be written") {
        return Some(text.to_owned());
    }
    if let Some(steering) = fuzzing::steering(text) {
        return Some(format!("it has {steering:?}"));
    }
    let is_read_by_people = !["json", "yaml", "junit"].iter().any(|other| form.ends_with(other));
    if form.ends_with("github")
        && let Some(line) = text.lines().find(|line| !line.starts_with("::"))
    {
        return Some(format!("it has the line {line:?}, which is no command"));
    }
    let forged = text.lines().find(|line| is_read_by_people && line.trim_start().starts_with(FORGED));
    forged.map(|line| format!("it has the line {line:?}"))
}

fn assert_well((read, wrong): (usize, Vec<String>), least: usize) {
    assert!(read >= least, "only {read} documents could be read");
    assert!(wrong.is_empty(), "{} faults in {read} documents, these among them:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}

/// A test for each report: the two take longer than all others together, and side by side half of it.
#[test]
fn no_text_of_a_report_steers_a_terminal_or_forges_a_line() {
    assert_well(wrong(&reports()[0], |report: &Report| fuzzing::forms(report, UNWRAPPED)), 45);
}

#[test]
fn no_text_of_a_report_on_ipvs_does() {
    assert_well(wrong(&reports()[1], |report: &Report| fuzzing::forms(report, UNWRAPPED)), 45);
}

/// It has no causes, and says what it has instead.
#[test]
fn no_text_of_what_changed_during_a_run_does() {
    for report in reports() {
        let Report { mut facts, plan, observations, .. } = report;
        facts.changed_meanwhile = vec![ServiceChange::NotReadAgain { reason: "the server is silent".into() }];
        let changed = Report::new(facts, plan, observations);
        assert_well(wrong(&changed, |report: &Report| fuzzing::forms(report, UNWRAPPED)), 30);
    }
}

#[test]
fn no_text_of_expectations_and_their_results_does() {
    let wanted: Acceptance = serde_json::from_value(json!({
        "apiVersion": "lbprobe/v1",
        "kind": "Acceptance",
        "services": [{
            "service": "gateway",
            "minimumNodes": 9,
            "expect": [
                { "name": "pods reach it", "to": "loadBalancer", "port": 80, "status": 404, "from": { "nodes": { "named": ["node1"] } } },
                { "to": "dnsName", "port": 80, "certificate": "other.example.com" },
                { "to": "clusterIp", "port": 1, "reachable": false },
            ],
        }],
    }))
    .unwrap();
    let reports = reports();
    assert_well(wrong(&wanted, |wanted: &Acceptance| fuzzing::results(wanted, &reports[0], UNWRAPPED)), 5);
    let results = AcceptanceReport::new(&wanted, &reports.into_iter().map(Ok).collect::<Vec<_>>());
    let named = |results: &AcceptanceReport| -> Vec<(String, String)> {
        let forms = forms::of_acceptance(results, UNWRAPPED).unwrap();
        forms.into_iter().map(|(form, text)| (form.to_owned(), text)).collect()
    };
    assert_well(wrong(&results, named), 6);
}

#[test]
fn no_text_of_what_a_watch_saw_does() {
    let vantage = json!({ "node": "node2", "network": "pod" });
    let watched: WatchReport = serde_json::from_value(json!({
        "apiVersion": "lbprobe/v1",
        "kind": "WatchReport",
        "pluginVersion": "0.1.0",
        "service": "shop/gateway",
        "fromMs": 1_700_000_000_000_u64,
        "untilMs": 1_700_000_600_000_u64,
        "intervalMs": 1000,
        "verdict": "fault",
        "checks": [{
            "vantage": vantage,
            "target": { "loadBalancerHostname": "lb.example.com" },
            "port": 443,
            "samples": 600,
            "failed": 3,
            "outages": [{
                "fromMs": 1_700_000_010_000_u64,
                "untilMs": 1_700_000_013_000_u64,
                "outcome": "timed out",
                "samples": 3,
                "coincided": ["kube-proxy on node1 ended"],
                "coincidedCodes": [{ "kind": "kubeProxyEnded", "args": { "node": "node1" } }],
            }],
        }],
        "gaps": [{
            "vantage": vantage,
            "fromMs": 1_700_000_020_000_u64,
            "untilMs": 1_700_000_030_000_u64,
            "reasonCode": { "kind": "notCreated", "args": { "message": "the quota is used up" } },
        }],
        "changes": [{
            "atMs": 1_700_000_009_000_u64,
            "node": "node1",
            "whatCode": { "kind": "kubeProxyEnded", "args": { "node": "node1" } },
        }],
        "unknown": ["what changed: services is forbidden"],
        "unknownCodes": [{ "kind": "changes", "args": { "reason": "services is forbidden" } }],
    }))
    .unwrap();
    let named = |watched: &WatchReport| -> Vec<(String, String)> {
        let forms = forms::of_watch(watched, UNWRAPPED).unwrap();
        forms.into_iter().map(|(form, text)| (form.to_owned(), text)).collect()
    };
    assert_well(wrong(&watched, named), 12);
}

#[test]
fn a_form_that_steers_or_forges_is_noticed() {
    assert!(fault("a report as json", "\u{202e}").is_some());
    assert!(fault("a report as table", &format!("x\n   {FORGED}")).is_some());
    assert_eq!(fault("a report as table", &format!("x {FORGED}\n")), None);
}
