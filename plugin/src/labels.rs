//! The labels of probe pods.

use std::collections::BTreeMap;

/// The labels that the pods of every run carry: what policies select them by.
pub(crate) fn of_probes() -> BTreeMap<String, String> {
    [("app.kubernetes.io/name", "lbprobe"), ("sidecar.istio.io/inject", "false")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}
