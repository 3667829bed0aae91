//! The record of a change on the object itself: whoever comes next, this program after a crash included,
//! finds what was done and what undoes it.

use jiff::Timestamp;
use lbprobe_analysis::patch::ObjectReference;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Object;
use crate::error::Error;

/// The annotation that holds it, for as long as the change is not verified.
pub(super) const ANNOTATION: &str = "lbprobe/fix";

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// When, in UTC.
    pub(crate) at: Timestamp,
    /// By which strategy, or by a patch of the user's own.
    pub(crate) strategy: String,
    /// What was merged into the object.
    pub(crate) merge: Value,
    /// What puts it back.
    pub(crate) undo: Value,
    /// How many vantages failed before.
    pub(crate) failing: usize,
    /// The file with the report from before, on the machine that made the change.
    pub(crate) before: String,
}

impl Record {
    /// The record that stands on an object.
    pub(crate) fn of(object: &Object) -> Result<Option<Self>, Error> {
        object.annotation(ANNOTATION).map(|text| Self::read(text, &object.reference)).transpose()
    }

    /// Reads it from the annotation's text.
    pub(super) fn read(text: &str, object: &ObjectReference) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|cause| Error::Record { object: object.clone(), cause: cause.to_string() })
    }

    /// The change with this record beside it, in one patch: there is never one without the other.
    pub(crate) fn with_change(&self) -> Result<Value, Error> {
        let text = serde_json::to_string(self).map_err(|cause| Error::Output(cause.to_string()))?;
        let mut merge = self.merge.clone();
        merge["metadata"]["annotations"][ANNOTATION] = json!(text);
        Ok(merge)
    }

    /// What undoes the change and takes the record away.
    pub(crate) fn undo(&self) -> Value {
        with_forgetting(self.undo.clone())
    }

    /// What takes the record away.
    pub(crate) fn forget() -> Value {
        with_forgetting(json!({}))
    }
}

fn with_forgetting(mut merge: Value) -> Value {
    if merge["metadata"].is_null() {
        merge["metadata"] = json!({});
    }
    if merge["metadata"]["annotations"].is_null() {
        merge["metadata"]["annotations"] = json!({});
    }
    merge["metadata"]["annotations"][ANNOTATION] = Value::Null;
    merge
}
