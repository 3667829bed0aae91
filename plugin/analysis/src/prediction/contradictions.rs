//! Contradictions in documents: a list with an entry for each; of many, one for those that differ only by the vantage.

use std::collections::HashMap;

use lbprobe_protocol::CheckId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Contradiction;
use crate::kube_proxy::Expectation;
use crate::plan::{SPELLED_OUT, Vantage};

/// An entry of many.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    vantages: Vec<&'a Vantage>,
    target: CheckId,
    expected: &'a Expectation,
    seen: &'a str,
}

/// An entry of either form.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    vantage: Option<Vantage>,
    #[serde(default)]
    vantages: Vec<Vantage>,
    target: CheckId,
    expected: Expectation,
    seen: String,
}

/// Many are put in the order in which they are written: those of an entry one after another.
pub(super) fn in_order(mut all: Vec<Contradiction>) -> Vec<Contradiction> {
    if all.len() > SPELLED_OUT {
        let mut sorted: Vec<_> = indices(&all).into_iter().zip(all).collect();
        sorted.sort_by_key(|(index, _)| *index);
        all = sorted.into_iter().map(|(_, contradiction)| contradiction).collect();
    }
    all
}

/// Of each the index of its entry.
fn indices(all: &[Contradiction]) -> Vec<usize> {
    let mut entries: HashMap<(CheckId, &Expectation, &str), usize> = HashMap::new();
    let mut indices = Vec::with_capacity(all.len());
    for Contradiction { target, expected, seen, .. } in all {
        let next = entries.len();
        indices.push(*entries.entry((*target, expected, seen.as_str())).or_insert(next));
    }
    indices
}

pub(super) fn serialize<S: Serializer>(all: &[Contradiction], serializer: S) -> Result<S::Ok, S::Error> {
    if all.len() <= SPELLED_OUT {
        return all.serialize(serializer);
    }
    let mut entries: Vec<Written<'_>> = Vec::new();
    for (index, Contradiction { vantage, target, expected, seen }) in indices(all).into_iter().zip(all) {
        match entries.get_mut(index) {
            Some(entry) => entry.vantages.push(vantage),
            None => entries.push(Written { vantages: vec![vantage], target: *target, expected, seen }),
        }
    }
    entries.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Contradiction>, D::Error> {
    let entries = Vec::<Read>::deserialize(deserializer)?;
    let of_entry = |Read { vantage, vantages, target, expected, seen }: Read| {
        let each = vantage.into_iter().chain(vantages);
        each.map(move |vantage| Contradiction { vantage, target, expected: expected.clone(), seen: seen.clone() })
    };
    Ok(entries.into_iter().flat_map(of_entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube_proxy::{Answer, Expected, Rule};
    use crate::plan::Network;
    use crate::prediction::Agreement;

    fn agreement(number: usize) -> Agreement {
        let expected = Expectation::Certain(Answer { expected: Expected::Dropped, rule: Rule::NoLocalEndpoint });
        let contradiction = |number: usize| Contradiction {
            vantage: Vantage { node: format!("node{number}"), network: Network::Pod },
            target: 0,
            expected: expected.clone(),
            seen: if number < 3 { "refused" } else { "ok" }.into(),
        };
        // Those that are seen alike do not stand beside one another.
        let all = (3..=number).chain([1, 2]).chain([number + 1]).map(contradiction).collect();
        Agreement { contradictions: in_order(all), ..Agreement::default() }
    }

    #[test]
    fn many_are_written_once_for_all_vantages_and_read_back() {
        let many = agreement(SPELLED_OUT + 1);
        let written = serde_json::to_value(&many).unwrap();
        let numbers: Vec<_> =
            written["contradictions"].as_array().unwrap().iter().map(|entry| entry["vantages"].as_array().map(Vec::len)).collect();
        assert_eq!(numbers, [Some(SPELLED_OUT), Some(2)]);
        assert_eq!(serde_json::from_value::<Agreement>(written).unwrap(), many);
    }

    #[test]
    fn few_have_an_entry_each() {
        let few = agreement(5);
        let written = serde_json::to_value(&few).unwrap();
        assert_eq!(written["contradictions"][0]["vantage"]["node"], "node3");
        assert_eq!(serde_json::from_value::<Agreement>(written).unwrap(), few);
    }
}
