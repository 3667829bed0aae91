//! Files that somebody else wrote: whatever is in them is typed or refused, and nothing panics.

use std::collections::BTreeMap;

use lbprobe_analysis::documents::{Report, expectations_of};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{acceptance_in, report_in};
use crate::error::FileProblem;
use crate::facts::from_file::{every_service_in, facts_in};

const REPORT: &str = include_str!("../../../fuzz/seeds/report/local-policy.json");
const OBJECTS: &str = include_str!("../../../fuzz/seeds/objects/cluster.yaml");
const EXPECTATIONS: &str = include_str!("../../../fuzz/seeds/acceptance/all-fields.yaml");

/// Reads a text as every kind of file that there is.
fn read(text: &str) {
    let _ = report_in(text);
    let _ = acceptance_in(text);
    let _ = facts_in(text, None, None, "a test");
    let _ = every_service_in(text, "a test", |_| {});
}

fn refusal(text: &str) -> String {
    facts_in(text, None, None, "a test").unwrap_err().to_string()
}

fn parsed(text: &str) -> Value {
    if text.starts_with('{') {
        serde_json::from_str(text).expect("a seed is JSON")
    } else {
        serde_saphyr::from_str(text).expect("a seed is YAML")
    }
}

/// A document as YAML. A text may be one that cannot be written so.
fn yaml(document: &Value) -> String {
    serde_saphyr::to_string(document).unwrap_or_default()
}

/// JSON pointers to all values of a document, one for each kind: items of a list are of one.
fn places(document: &Value) -> BTreeMap<String, String> {
    fn walk(value: &Value, at: &str, kind: &str, places: &mut BTreeMap<String, String>) {
        let keys: Vec<(String, &str, &Value)> = match value {
            Value::Object(keys) => {
                keys.iter().map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), key.as_str(), value)).collect()
            }
            Value::Array(items) => items.iter().enumerate().map(|(place, item)| (place.to_string(), "*", item)).collect(),
            _ => Vec::new(),
        };
        for (key, shown, value) in keys {
            let (place, kind) = (format!("{at}/{key}"), format!("{kind}/{shown}"));
            walk(value, &place, &kind, places);
            places.insert(kind, place);
        }
    }
    let mut all = BTreeMap::new();
    walk(document, "", "", &mut all);
    all
}

fn odd_values() -> [Value; 12] {
    let kinds = [json!("List"), json!("NodeList"), json!("NodeListList"), json!("Report"), json!("")];
    let [list, nodes, lists, report, empty] = kinds;
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    [list, nodes, lists, report, empty, json!(null), json!(-1), json!(u64::MAX), json!(1e300), json!([]), json!({}), deep]
}

/// The document with odd values in the place of each kind of value.
fn damaged(document: &Value) -> impl Iterator<Item = Value> {
    let places: Vec<_> = places(document).into_values().collect();
    places.into_iter().flat_map(move |place| {
        odd_values().into_iter().map(move |with| {
            let mut damaged = document.clone();
            if let Some(value) = damaged.pointer_mut(&place) {
                *value = with;
            }
            damaged
        })
    })
}

#[test]
fn a_report_with_one_value_of_each_kind_replaced_is_read_or_refused() {
    for report in damaged(&parsed(REPORT)) {
        let text = report.to_string();
        let _ = (report_in(&text), facts_in(&text, None, None, "a test"));
    }
}

#[test]
fn objects_with_one_value_of_each_kind_replaced_are_read_or_refused() {
    for objects in damaged(&parsed(OBJECTS)) {
        for text in [objects.to_string(), yaml(&objects)] {
            let _ = facts_in(&text, None, None, "a test");
            let _ = every_service_in(&text, "a test", |_| {});
        }
    }
}

#[test]
fn expectations_with_one_value_of_each_kind_replaced_are_read_or_refused() {
    for expectations in damaged(&parsed(EXPECTATIONS)) {
        let _ = acceptance_in(&yaml(&expectations));
    }
}

#[test]
fn lists_of_what_is_no_object_are_refused() {
    for text in ["kind: NodeListList\nitems:\n- []\n", "kind: ListList\nitems: [text]\n", "kind: ListList\nitems: [1]\n"] {
        let cause = refusal(text);
        assert!(cause.contains("without items"), "{cause}");
        let cause = refusal(&parsed(text).to_string());
        assert!(cause.contains("without items"), "{cause}");
    }
    assert!(refusal("kind: List\nitems: [text]\n").contains("without a kind"));
}

/// kubectl nests none; each level would be a call within a call.
#[test]
fn lists_within_lists_end_somewhere() {
    let depth = 5000;
    let json = format!("{}{}", r#"{"kind":"List","items":["#.repeat(depth), "]}".repeat(depth));
    assert!(refusal(&json).contains("lists within lists"), "{}", refusal(&json));
    let typed = r#"{"kind":"List","items":[{"kind":"NodeList","items":[{"metadata":{"name":"node1"}}]}]}"#;
    assert!(refusal(typed).contains("has no Service"), "{}", refusal(typed));
}

#[test]
fn a_report_of_more_checks_than_any_cluster_has_is_refused_at_once() {
    let mut report: Value = serde_json::from_str(REPORT).unwrap();
    let target = report["plan"]["targets"][0].clone();
    report["plan"]["targets"] = vec![target; 6000].into();
    let vantages: Vec<Value> = (0..6000).map(|number| json!({ "node": format!("node{number}"), "network": "pod" })).collect();
    let nothing = json!({ "nothing": { "kind": "noAnswer" } });
    report["observations"] = vantages.iter().map(|vantage| json!({ "vantage": vantage, "seen": nothing })).collect();
    report["plan"]["vantages"] = vantages.into();
    let cause = report_in(&report.to_string()).unwrap_err();
    assert!(matches!(cause, FileProblem::TooManyChecks(_)), "{cause}");
}

/// Names are quoted where YAML would take them for something else, or worse for a line of its own.
#[test]
fn expectations_made_from_any_report_read_back() {
    let names = ["gateway", "123", "1e3", "null", "true", "on", "~", "a: b", "x\ny: z", "# no", "\"", "x\u{1b}[2J\u{85}\u{202e}", ""];
    for name in names {
        let mut report: Report = serde_json::from_str(REPORT).unwrap();
        report.facts.service.name = name.into();
        report.facts.service.namespace = name.into();
        for probe in &mut report.observations.probes {
            let lbprobe_analysis::observations::ProbeResult::Record(record) = &mut probe.seen else { continue };
            for certificate in record.answers.iter_mut().filter_map(|answer| answer.certificate.as_mut()) {
                certificate.names = vec![name.into()];
            }
        }
        let text = expectations_of(&report);
        let is_a_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let read = match acceptance_in(&text) {
            Ok(read) => read,
            Err(_) if !is_a_name => continue,
            Err(cause) => panic!("{name:?}: {cause}\n{text}"),
        };
        let read = read.acceptance;
        assert_eq!((read.services.len(), read.services[0].service.as_str()), (1, name), "{text}");
        assert_eq!(read.services[0].namespace.as_deref(), Some(name), "{text}");
        assert!(
            read.services[0].expect.iter().filter_map(|expectation| expectation.certificate.as_deref()).all(|seen| seen == name),
            "{text}"
        );
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "(?s).{0,200}",
        "([{}\\[\\],:&*!|>'\"%@`#?-]|[a-z]{1,4}|[0-9]{1,3}|\n|  ){0,60}",
        "apiVersion: lbprobe/v1\nkind: (Report|Acceptance|Facts|List)\n(services|facts|items|plan): (?s).{0,80}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_read_or_refused(text in any_text()) {
        read(&text);
    }

    #[test]
    fn a_file_with_a_part_replaced_is_read_or_refused(
        which in 0..3usize,
        start in any::<prop::sample::Index>(),
        length in 0..40usize,
        with in "(?s).{0,10}|[\\[\\]{}\",:0-9a-z &*|>-]{0,10}",
    ) {
        let mut characters: Vec<char> = [REPORT, OBJECTS, EXPECTATIONS][which].chars().collect();
        let start = start.index(characters.len());
        let end = (start + length).min(characters.len());
        drop(characters.splice(start..end, with.chars()));
        read(&characters.into_iter().collect::<String>());
    }
}
