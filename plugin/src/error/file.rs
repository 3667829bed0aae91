//! What is wrong with a file, as it stands behind "failed to read FILE: it".

use lbprobe_analysis::documents::API_VERSION;

use super::WrongWord;

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FileProblem {
    #[error("is not a file's name")]
    NoName,
    #[error("is not a regular file")]
    NotRegular,
    #[error("cannot be opened: {0}")]
    NotOpened(String),
    #[error("cannot be read: {0}")]
    NotRead(String),
    #[error("cannot be written: {0}")]
    NotWritten(String),
    #[error("is larger than {}", size(*.0))]
    TooLarge(u64),
    #[error("is not UTF-8 text")]
    NotText,
    #[error("is compressed, and no whole archive, as a bundle is")]
    NoArchive,
    #[error("is an archive without report.json, and so no bundle of this program")]
    NoReportInBundle,
    #[error("is empty")]
    Empty,
    #[error("is text, not Kubernetes objects")]
    NoObjects,
    #[error("is not valid JSON: {0}")]
    NotJson(String),
    #[error("is neither JSON nor YAML: {0}")]
    NotYaml(String),
    #[error("is larger than {} of YAML: as JSON it takes less memory (-o json)", size(*.0))]
    TooMuchYaml(u64),
    #[error("has more than {0} objects")]
    TooManyObjects(usize),
    #[error("has lists within lists")]
    NestedLists,
    #[error("has a {0} without items, or with too many")]
    BadList(String),
    #[error("has an object without a kind")]
    NoKind,
    #[error("has {} {} that cannot be understood: {cause}", with_article(kind.as_deref().unwrap_or("object")), name.as_deref().unwrap_or("without a name"))]
    ObjectNotUnderstood { kind: Option<String>, name: Option<String>, cause: String },
    #[error("has facts that cannot be understood: {0}")]
    FactsNotUnderstood(String),
    #[error("cannot be understood: {0}")]
    NotUnderstood(String),
    #[error("names no apiVersion; this program reads {API_VERSION}")]
    NoVersion,
    #[error("is of version {0}; this program reads {API_VERSION}")]
    OtherVersion(String),
    #[error("is of kind {kind} and version {version}, not {wanted} of {API_VERSION}")]
    OtherKind { kind: String, version: String, wanted: &'static str },
    #[error("has no nodes")]
    NoNodes,
    #[error("has no EndpointSlices, so that nothing is known of the endpoints")]
    NoSlices,
    #[error("has two different nodes named {0}")]
    TwoNodes(String),
    #[error("has no Service of type LoadBalancer or NodePort, nor one with externalIPs")]
    NoExternalService,
    #[error("has no Service {name}{}", nearest.as_ref().map(|name| format!("; did you mean {name}?")).unwrap_or_default())]
    NoService { name: String, nearest: Option<String> },
    #[error("has facts of service {0} only")]
    OtherService(String),
    #[error("has no Report")]
    NoReport,
    #[error("has more checks than any cluster ({0})")]
    TooManyChecks(usize),
    #[error("has observations from other vantages than those of its plan")]
    OtherVantages,
    #[error("has a wrong {field} in its plan: {cause}")]
    WrongInPlan { field: &'static str, cause: WrongWord },
    #[error("has a wrong {field} of service {service:?}: {cause}")]
    WrongInService { field: &'static str, service: String, cause: WrongWord },
    #[error("is another program's")]
    OfAnother,
    #[error("expects nothing")]
    ExpectsNothing,
    #[error("is not the file that was written when the object was changed")]
    NotAsWritten,
    #[error("is of another change")]
    OtherChange,
    #[error("changes more than strategy {0} does")]
    ChangesMore(String),
}

fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") }
}

/// A kind of objects as it is spoken of: an EndpointSlice, a Service.
fn with_article(kind: &str) -> String {
    let is_vowel = kind.starts_with(|first: char| "aeioAEIO".contains(first));
    format!("{} {kind}", if is_vowel { "an" } else { "a" })
}
