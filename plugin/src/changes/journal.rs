//! What was changed and what puts it back: in a file of the one who made the change, as nobody else can be trusted with it.

use std::path::{Path, PathBuf};

use lbprobe_analysis::documents::API_VERSION;
use lbprobe_analysis::patch::{ObjectReference, Patch};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::merge::set;
use super::record::{Digest, Method, Record, RunId};
use crate::error::{Error, FileProblem};
use crate::files;

/// The largest file that is read as one.
const MOST_BYTES: u64 = 1 << 20;

/// A change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Journal {
    api_version: String,
    kind: String,
    pub(crate) run: RunId,
    pub(crate) strategy: Method,
    /// What was changed.
    pub(crate) patch: Patch,
    /// What is merged to put it back.
    pub(crate) undo: Value,
    /// The report from before, as a file's name in the same folder.
    pub(crate) before: String,
}

/// What puts a change back, and where that comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Undo {
    /// From the file of whoever made it.
    Recorded(Value),
    /// No file is here: by what the strategy changes, everywhere alike.
    Computed(Value),
}

impl Journal {
    /// Of a change that is about to be made.
    pub(crate) fn new(run: RunId, strategy: Method, patch: Patch, object: &Value, before: String) -> Self {
        let undo = patch.inverse(object);
        Self { api_version: API_VERSION.into(), kind: "Change".into(), run, strategy, patch, undo, before }
    }

    /// Where it is kept for an object of that name.
    fn path(folder: &Path, object: &ObjectReference, run: &RunId) -> PathBuf {
        folder.join(format!("lbprobe-{}-{}.{run}.change.json", object.namespace, object.name))
    }

    /// Keeps it; the record of the same change.
    pub(crate) fn save(&self, folder: &Path, at: jiff::Timestamp) -> Result<(PathBuf, Record), Error> {
        let content = serde_json::to_vec_pretty(self).map_err(|cause| Error::Output(cause.to_string()))?;
        let path = Self::path(folder, &self.patch.object, &self.run);
        files::write(&path, &content).map_err(|cause| Error::Save { file: path.display().to_string(), cause })?;
        let record = Record { run: self.run.clone(), at, strategy: self.strategy, digest: Digest::of(&content) };
        Ok((path, record))
    }

    /// The file that belongs to a record; none where there is none in the folder. One that is another's, or was
    /// changed since, is an error.
    pub(crate) fn of_record(folder: &Path, object: &ObjectReference, record: &Record) -> Result<Option<Self>, Error> {
        let path = Self::path(folder, object, &record.run);
        if !path.exists() {
            return Ok(None);
        }
        let error = |cause: FileProblem| Error::Journal { file: path.display().to_string(), cause };
        let content = files::read(&path, MOST_BYTES).map_err(error)?;
        if Digest::of(&content) != record.digest {
            return Err(error(FileProblem::NotAsWritten));
        }
        let journal: Self = serde_json::from_slice(&content).map_err(|cause| error(FileProblem::NotUnderstood(cause.to_string())))?;
        journal.check(object, record).map(|()| Some(journal)).map_err(error)
    }

    fn check(&self, object: &ObjectReference, record: &Record) -> Result<(), FileProblem> {
        let touches_more = |merge: &Value| !Patch { object: object.clone(), merge: merge.clone() }.is_of_a_strategy();
        if self.api_version != API_VERSION || self.kind != "Change" {
            return Err(FileProblem::OtherKind { kind: self.kind.clone(), version: self.api_version.clone(), wanted: "Change" });
        }
        if (&self.patch.object, &self.run, self.strategy) != (object, &record.run, record.strategy) {
            return Err(FileProblem::OtherChange);
        }
        if self.strategy != Method::OwnPatch && [&self.patch.merge, &self.undo].into_iter().any(touches_more) {
            return Err(FileProblem::ChangesMore(self.strategy.to_string()));
        }
        Ok(())
    }
}

impl Undo {
    /// What puts a change back that a record tells of.
    pub(crate) fn of(folder: &Path, object: &ObjectReference, record: &Record) -> Result<Self, Error> {
        match Journal::of_record(folder, object, record)? {
            Some(journal) => Ok(Self::Recorded(journal.undo)),
            None => computed(object, record.strategy).map(Self::Computed).ok_or_else(|| Error::NoUndo {
                object: Box::new(object.clone()),
                strategy: record.strategy.to_string(),
                folder: folder.display().to_string(),
            }),
        }
    }

    /// What is merged.
    pub(crate) fn merge(&self) -> &Value {
        match self {
            Self::Recorded(merge) | Self::Computed(merge) => merge,
        }
    }
}

/// The opposite of a strategy, by its name alone: none where what was there before it cannot be known.
fn computed(object: &ObjectReference, method: Method) -> Option<Value> {
    use lbprobe_analysis::providers::{self, BACKEND_TYPE};
    use lbprobe_analysis::remedies::Strategy;
    let without = |annotations: &mut dyn Iterator<Item = &'static str>| {
        let annotations: Map<_, _> = annotations.map(|annotation| (annotation.to_owned(), Value::Null)).collect();
        if object.is_service() {
            json!({ "metadata": { "annotations": annotations } })
        } else {
            json!({ "spec": { "serviceAnnotations": annotations } })
        }
    };
    match method {
        Method::Strategy(Strategy::Cluster) => Some(json!({ "spec": { "externalTrafficPolicy": "Local" } })),
        Method::Strategy(Strategy::InternalCluster) => Some(json!({ "spec": { "internalTrafficPolicy": "Local" } })),
        Method::Strategy(Strategy::Hostname) => Some(without(&mut providers::hostname_annotations())),
        Method::Strategy(Strategy::Eni) => {
            let mut merge = without(&mut [BACKEND_TYPE].into_iter());
            set(&mut merge, &["spec", "externalTrafficPolicy"], json!("Local"));
            Some(merge)
        }
        Method::OwnPatch | Method::Strategy(Strategy::SourceRanges | Strategy::DnsName | Strategy::TwoLoadBalancers) => None,
    }
}

#[cfg(test)]
mod tests {
    use lbprobe_analysis::remedies::Strategy;

    use super::*;

    fn object(kind: &str) -> ObjectReference {
        ObjectReference { api_version: "v1".into(), kind: kind.into(), namespace: "shop".into(), name: "gateway".into() }
    }

    fn journal(strategy: Method, merge: Value) -> Journal {
        let patch = Patch { object: object("Service"), merge };
        let was = json!({ "metadata": { "name": "gateway" }, "spec": { "externalTrafficPolicy": "Local" } });
        Journal::new(RunId::new("0011aabb").unwrap(), strategy, patch, &was, "before.json".into())
    }

    fn policy_cluster() -> Value {
        json!({ "spec": { "externalTrafficPolicy": "Cluster" } })
    }

    #[test]
    fn a_journal_puts_back_what_was_and_belongs_to_its_record() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal(Method::Strategy(Strategy::Cluster), policy_cluster());
        let (path, record) = journal.save(folder.path(), jiff::Timestamp::UNIX_EPOCH).unwrap();
        let object = object("Service");
        assert_eq!(Journal::of_record(folder.path(), &object, &record).unwrap().unwrap(), journal);
        let undo = Undo::of(folder.path(), &object, &record).unwrap();
        assert_eq!(undo, Undo::Recorded(json!({ "spec": { "externalTrafficPolicy": "Local" } })));
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push(' ');
        std::fs::write(&path, text).unwrap();
        assert!(Journal::of_record(folder.path(), &object, &record).is_err(), "a file that was changed is not obeyed");
    }

    #[test]
    fn without_the_file_only_what_the_strategy_is_known_to_change_is_put_back() {
        let folder = tempfile::tempdir().unwrap();
        let record =
            |strategy| Record { run: RunId::new("0011aabb").unwrap(), at: jiff::Timestamp::UNIX_EPOCH, strategy, digest: Digest::of(b"") };
        for strategy in Strategy::ALL {
            for kind in ["Service", "IstioGateway"] {
                let object = object(kind);
                if let Ok(undo) = Undo::of(folder.path(), &object, &record(Method::Strategy(strategy))) {
                    let merge = undo.merge().clone();
                    assert!(Patch { object, merge: merge.clone() }.is_of_a_strategy(), "{strategy}: {merge}");
                }
            }
        }
        let undo = Undo::of(folder.path(), &object("IstioGateway"), &record(Method::Strategy(Strategy::Eni))).unwrap();
        let annotations = json!({ "service.beta.kubernetes.io/backend-type": null });
        assert_eq!(undo.merge(), &json!({ "spec": { "serviceAnnotations": annotations, "externalTrafficPolicy": "Local" } }));
        assert!(Undo::of(folder.path(), &object("Service"), &record(Method::OwnPatch)).is_err());
    }

    #[test]
    fn a_file_that_changes_more_than_its_strategy_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let wide = json!({ "spec": { "externalTrafficPolicy": "Cluster", "externalIPs": ["203.0.113.66"] } });
        for (strategy, is_taken) in [(Method::Strategy(Strategy::Cluster), false), (Method::OwnPatch, true)] {
            let (_, record) = journal(strategy, wide.clone()).save(folder.path(), jiff::Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(Journal::of_record(folder.path(), &object("Service"), &record).is_ok(), is_taken, "{strategy}");
        }
    }
}
