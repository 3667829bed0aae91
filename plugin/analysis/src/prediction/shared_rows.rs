//! A prediction in documents: a list with a row for each vantage; of many vantages each different row once.

use std::collections::HashMap;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Prediction;
use crate::error::NoRow;
use crate::kube_proxy::Expectation;
use crate::list_or_object::ListOrObject;
use crate::plan::SPELLED_OUT;

type Row = Arc<[Expectation]>;

/// The form of many rows.
#[derive(Serialize, Deserialize)]
struct SharedRows {
    /// The different rows.
    classes: Vec<Row>,
    /// Of each vantage, which of them is its own.
    rows: Vec<usize>,
}

impl SharedRows {
    fn of(all: &[Row]) -> Self {
        let mut indices: HashMap<&[Expectation], usize> = HashMap::new();
        let mut classes: Vec<Row> = Vec::new();
        let mut rows = Vec::with_capacity(all.len());
        for row in all {
            let index = *indices.entry(row).or_insert(classes.len());
            if index == classes.len() {
                classes.push(row.clone());
            }
            rows.push(index);
        }
        Self { classes, rows }
    }

    /// None where a vantage names a row that is not there.
    fn spelled_out(&self) -> Option<Vec<Row>> {
        self.rows.iter().map(|index| self.classes.get(*index).cloned()).collect()
    }
}

impl Serialize for Prediction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.rows.len() <= SPELLED_OUT { self.rows.serialize(serializer) } else { SharedRows::of(&self.rows).serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Prediction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match ListOrObject::<Vec<Row>, SharedRows>::deserialize(deserializer)? {
            ListOrObject::List(rows) => Ok(Self { rows }),
            ListOrObject::Object(shared) => {
                let rows = shared.spelled_out().ok_or_else(|| D::Error::custom(NoRow))?;
                Ok(Self { rows })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Node;
    use crate::kube_proxy::sample_facts;
    use crate::plan::{Plan, PlanOptions};

    fn predicted(nodes: usize) -> Prediction {
        let mut facts = sample_facts();
        let like = facts.nodes[1].clone();
        facts.nodes.extend((3..=nodes).map(|number| Node { name: format!("node{number}"), ..like.clone() }));
        Prediction::new(&facts, &Plan::new(&facts, &PlanOptions::default()))
    }

    #[test]
    fn rows_of_few_vantages_are_a_list_and_of_many_are_shared() {
        let (few, many) = (predicted(100), predicted(101));
        let [few_written, many_written] = [&few, &many].map(|prediction| serde_json::to_value(prediction).unwrap());
        assert_eq!(few_written.as_array().map(Vec::len), Some(200));
        assert_eq!(many_written["rows"].as_array().map(Vec::len), Some(202));
        assert!(many_written["classes"].as_array().is_some_and(|classes| classes.len() < 10), "{}", many_written["classes"]);
        for (prediction, written) in [(few, few_written), (many, many_written)] {
            assert_eq!(serde_json::from_value::<Prediction>(written).unwrap(), prediction);
        }
    }

    #[test]
    fn a_row_that_is_not_there_is_an_error() {
        let error = serde_json::from_str::<Prediction>(r#"{"classes":[],"rows":[0]}"#).unwrap_err().to_string();
        assert!(error.contains("a row of expectations that is not there"), "{error}");
        assert!(serde_json::from_str::<Prediction>("7").is_err());
    }
}
