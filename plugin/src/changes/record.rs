//! The record of a change on the object itself: whoever comes next, this program after a crash included, finds that it
//! was changed and never verified.
//!
//! Who may write an object's annotations may not be allowed to change the object: a record is untrusted text. It says
//! which run changed what by which strategy, and nothing that is done because it stands there. What puts the change
//! back is in a file of the one who made it ([`super::journal`]), which the record names by its digest.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use lbprobe_analysis::remedies::Strategy;
use lbprobe_analysis::words::printable;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Object;
use super::merge::set;
use crate::error::{Error, NoRecord, PendingChange};

/// The annotation that holds it, for as long as the change is not verified.
pub(super) const ANNOTATION: &str = "lbprobe/fix";

/// Where it stands in an object.
const PATH: [&str; 3] = ["metadata", "annotations", ANNOTATION];

/// The longest text that is read as one.
const MOST_BYTES: usize = 1024;

/// Characters of the reason why a text is no record: what it holds stands in that.
const CAUSE_CHARS: usize = 200;

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Record {
    /// By which run.
    pub(crate) run: RunId,
    /// When, in UTC.
    pub(crate) at: Timestamp,
    /// How.
    pub(crate) strategy: Method,
    /// SHA-256 of the file that says what puts it back.
    pub(crate) digest: Digest,
}

/// A run's id: eight hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct RunId(String);

/// A SHA-256 in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Digest(String);

/// How an object was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) enum Method {
    Strategy(Strategy),
    /// By a patch of the user's own.
    OwnPatch,
}

impl RunId {
    /// Of a run of this program.
    pub(crate) fn new(id: &str) -> Result<Self, NoRecord> {
        let is_id = id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_id { Ok(Self(id.to_owned())) } else { Err(NoRecord::RunId) }
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RunId {
    type Error = NoRecord;

    fn try_from(id: String) -> Result<Self, NoRecord> {
        Self::new(&id)
    }
}

impl Digest {
    /// Of a file's content.
    pub(super) fn of(content: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat())
    }
}

impl TryFrom<String> for Digest {
    type Error = NoRecord;

    fn try_from(digest: String) -> Result<Self, NoRecord> {
        let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_digest { Ok(Self(digest)) } else { Err(NoRecord::Digest) }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Strategy(strategy) => write!(f, "{strategy}"),
            Self::OwnPatch => f.write_str("patch"),
        }
    }
}

impl FromStr for Method {
    type Err = NoRecord;

    fn from_str(word: &str) -> Result<Self, NoRecord> {
        let strategy = Strategy::ALL.into_iter().find(|strategy| strategy.to_string() == word).map(Self::Strategy);
        strategy.or_else(|| (word == "patch").then_some(Self::OwnPatch)).ok_or(NoRecord::Strategy)
    }
}

impl From<Method> for String {
    fn from(method: Method) -> Self {
        method.to_string()
    }
}

impl TryFrom<String> for Method {
    type Error = NoRecord;

    fn try_from(word: String) -> Result<Self, NoRecord> {
        word.parse()
    }
}

impl Record {
    /// What it tells, for a person.
    pub(crate) fn change(&self) -> PendingChange {
        PendingChange { at: self.at, strategy: self.strategy.to_string(), run: self.run.to_string() }
    }

    /// The record that stands on an object.
    pub(crate) fn of(object: &Object) -> Result<Option<Self>, Error> {
        let read = |text| Self::read(text).map_err(|cause| Error::Record { object: object.reference.clone(), cause });
        object.annotation(ANNOTATION).map(read).transpose()
    }

    /// Reads it from the annotation's text, or says why it is none.
    pub(crate) fn read(text: &str) -> Result<Self, NoRecord> {
        if text.len() > MOST_BYTES {
            return Err(NoRecord::TooLong { most: MOST_BYTES });
        }
        serde_json::from_str(text).map_err(|cause| NoRecord::NotUnderstood(printable(&cause.to_string(), CAUSE_CHARS)))
    }

    /// A change with this record beside it, in one patch: there is never one without the other.
    pub(crate) fn with_change(&self, merge: &Value) -> Result<Value, Error> {
        let text = serde_json::to_string(self).map_err(|cause| Error::Output(cause.to_string()))?;
        let mut merge = merge.clone();
        set(&mut merge, &PATH, json!(text));
        Ok(merge)
    }

    /// A change that takes the record away.
    pub(crate) fn forget(mut merge: Value) -> Value {
        set(&mut merge, &PATH, Value::Null);
        merge
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            run: RunId::new("0011aabb").unwrap(),
            at: Timestamp::UNIX_EPOCH,
            strategy: Method::Strategy(Strategy::Cluster),
            digest: Digest::of(b"file"),
        }
    }

    #[test]
    fn a_record_reads_back() {
        let merge = record().with_change(&json!({ "spec": { "externalTrafficPolicy": "Cluster" } })).unwrap();
        assert_eq!(merge["spec"]["externalTrafficPolicy"], "Cluster");
        let text = merge["metadata"]["annotations"][ANNOTATION].as_str().unwrap();
        assert_eq!(Record::read(text), Ok(record()));
    }

    /// Whoever writes annotations puts no order into them: neither a field that is not the record's nor a value of
    /// another form is taken.
    #[test]
    fn what_somebody_else_wrote_is_no_record() {
        let digest = "0".repeat(64);
        let good = json!({ "run": "0011aabb", "at": "2026-01-02T03:04:05Z", "strategy": "cluster", "digest": digest });
        assert!(Record::read(&good.to_string()).is_ok());
        for (key, value) in [
            ("undo", json!({ "spec": { "externalIPs": ["203.0.113.66"] } })),
            ("merge", json!({})),
            ("before", json!("/dev/zero")),
            ("run", json!("../../etc")),
            ("run", json!("0011aabb\u{1b}]0;x\u{7}")),
            ("strategy", json!("x; id")),
            ("at", json!("soon")),
            ("digest", json!("short")),
        ] {
            let mut forged = good.clone();
            forged[key] = value;
            assert!(Record::read(&forged.to_string()).is_err(), "{key}");
        }
        for text in ["", "null", "[]", "1", "{}", "not JSON", &"{".repeat(100_000)] {
            assert!(Record::read(text).is_err());
        }
    }

    #[test]
    fn a_record_is_taken_away_whatever_the_change_is() {
        for merge in [json!({}), json!({ "metadata": null }), json!({ "spec": { "a": 1 }, "metadata": { "annotations": { "b": null } } })] {
            let forgetting = Record::forget(merge.clone());
            assert_eq!(forgetting["metadata"]["annotations"][ANNOTATION], Value::Null, "{forgetting}");
            assert!(forgetting["metadata"]["annotations"].as_object().unwrap().contains_key(ANNOTATION));
            assert_eq!(forgetting.get("spec"), merge.get("spec"));
        }
    }
}
