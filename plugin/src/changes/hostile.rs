//! Whoever may write annotations writes records: each text is a record of the known form, or it is none.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::Record;
use super::merge::set;

/// A record as this program writes it.
fn good() -> Value {
    json!({ "run": "0011aabb", "at": "2026-01-02T03:04:05Z", "strategy": "cluster", "digest": "0".repeat(64) })
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "(?s).{0,20}".prop_map(Value::from),
        prop::sample::select(vec!["cluster", "patch", "0011aabb", "2026-01-02T03:04:05Z", "-009999-01-01T00:00:00Z"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![prop::sample::select(vec!["run", "at", "strategy", "digest", "undo"]).prop_map(str::to_owned), "(?s).{0,8}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5).prop_map(|keys| Value::Object(keys.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_a_record_or_none(text in any_json().prop_map(|value| value.to_string())) {
        if let Ok(record) = Record::read(&text) {
            prop_assert!(!record.change().to_string().chars().any(char::is_control), "{record:?}");
        }
    }

    #[test]
    fn a_record_with_another_value_is_the_same_kind_of_record_or_none(key in "run|at|strategy|digest|undo|merge", value in any_json()) {
        let mut forged = good();
        set(&mut forged, &[key.as_str()], value);
        if let Ok(record) = Record::read(&forged.to_string()) {
            prop_assert!(!record.change().to_string().chars().any(char::is_control), "{record:?}");
            let known = ["run", "at", "strategy", "digest"];
            prop_assert!(known.contains(&key.as_str()), "{key} is no part of a record");
        }
    }

    #[test]
    fn a_text_cut_short_or_changed_is_read_or_refused(length in 0..160usize, at in 0..160usize, with in any::<char>()) {
        let text = good().to_string();
        prop_assert!(length >= text.len() || Record::read(&text[..length]).is_err());
        let mut changed: Vec<char> = text.chars().collect();
        let at = at % changed.len();
        changed[at] = with;
        let _ = Record::read(&changed.into_iter().collect::<String>());
    }

    /// What a change and its record become has both in it, whatever the change is.
    #[test]
    fn any_change_takes_a_record(merge in any_json()) {
        let record = Record::read(&good().to_string()).unwrap();
        let both = record.with_change(&merge).unwrap();
        prop_assert!(both["metadata"]["annotations"]["lbprobe/fix"].is_string(), "{both}");
        let without = Record::forget(both);
        prop_assert!(without["metadata"]["annotations"]["lbprobe/fix"].is_null(), "{without}");
    }
}
