//! Selectors that match nothing, and the workload that was probably meant: one letter is wrong, a label is missing, or the namespace
//! is another one. What is merely different belongs to another chart, or to an operator.

use std::collections::BTreeMap;

use lbprobe_analysis::facts::{LabelDifference, NearWorkload};
use strsim::osa_distance;

use super::workloads::Workload;

/// The most labels that may differ.
const MOST_DIFFERENCES: usize = 2;

/// The workload that a selector of a namespace probably means, where it matches none.
pub(super) fn workload(workloads: &[Workload], namespace: &str, selector: &BTreeMap<String, String>) -> Option<NearWorkload> {
    let called = |workload: &Workload| format!("{} {}", workload.kind, workload.name);
    let in_namespace = workloads.iter().filter(|workload| workload.namespace == namespace);
    let by_labels = in_namespace.filter_map(|workload| {
        let labels = differences(&workload.labels, selector)?;
        Some(NearWorkload { workload: called(workload), namespace: None, labels })
    });
    let elsewhere = workloads.iter().find(|workload| workload.is_selected(&workload.namespace, selector));
    let by_namespace = elsewhere.map(|workload| NearWorkload {
        workload: called(workload),
        namespace: Some(workload.namespace.clone()),
        labels: Vec::new(),
    });
    by_labels.min_by_key(|near| near.labels.len()).or(by_namespace)
}

/// What differs, where all of that may be a slip.
fn differences(own: &BTreeMap<String, String>, selector: &BTreeMap<String, String>) -> Option<Vec<LabelDifference>> {
    let mut differences = Vec::new();
    let mut missing = 0;
    for (key, wanted) in selector.iter().filter(|(key, wanted)| own.get(*key) != Some(*wanted)) {
        let found = match own.get(key) {
            Some(value) if is_slip(wanted, value) => Some(format!("{key}={value}")),
            Some(_) => return None,
            None => {
                own.iter().find(|(other, value)| *value == wanted && is_slip(key, other)).map(|(other, value)| format!("{other}={value}"))
            }
        };
        missing += usize::from(found.is_none());
        differences.push(LabelDifference { wanted: format!("{key}={wanted}"), own: found });
    }
    // Without any label in common it is another's.
    let is_near = (1..=MOST_DIFFERENCES).contains(&differences.len()) && missing < selector.len();
    is_near.then_some(differences)
}

/// Whether a word was meant to be the other one. Names that differ in their numbers are different things.
fn is_slip(word: &str, meant: &str) -> bool {
    let letters = |word: &str| word.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let (word, meant) = (letters(word), letters(meant));
    let distance = osa_distance(&word, &meant);
    distance > 0 && distance <= word.chars().count().max(meant.chars().count()) / 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(all: &[(&str, &str)]) -> BTreeMap<String, String> {
        all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn near(own: &[(&str, &str)], selector: &[(&str, &str)]) -> Option<Vec<(String, Option<String>)>> {
        let found = differences(&labels(own), &labels(selector))?;
        Some(found.into_iter().map(|difference| (difference.wanted, difference.own)).collect())
    }

    #[test]
    fn slips_are_told_from_what_is_another() {
        let web = [("app", "web"), ("tier", "front")];
        let slip = |wanted: &str, own: Option<&str>| Some(vec![(wanted.to_owned(), own.map(str::to_owned))]);
        assert_eq!(near(&web, &[("app", "wbe")]), slip("app=wbe", Some("app=web")));
        assert_eq!(near(&web, &[("ap", "web")]), slip("ap=web", Some("app=web")));
        assert_eq!(near(&web, &[("app", "web"), ("stage", "prod")]), slip("stage=prod", None));
        assert_eq!(near(&web, &[("app", "api")]), None);
        assert_eq!(near(&web, &[("stage", "prod")]), None);
        assert_eq!(near(&[("app", "web1")], &[("app", "web2")]), None);
        assert_eq!(near(&[("app", "redis-master")], &[("app", "redis-slave")]), None);
        assert_eq!(near(&web, &[]), None);
    }
}
