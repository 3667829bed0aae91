//! The record of a change on the object itself: whoever comes next, this program after a crash included,
//! finds what was done and what undoes it.

use std::fmt;

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
    /// The file with the report from before, on the machine that made the change.
    pub(crate) before: String,
}

impl fmt::Display for Record {
    /// As it stands behind the object's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "was changed at {} by strategy {}, and that was never verified", self.at, self.strategy)
    }
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

/// Indexing makes what is missing on the way.
fn with_forgetting(mut merge: Value) -> Value {
    merge["metadata"]["annotations"][ANNOTATION] = Value::Null;
    merge
}
