//! The one place that fills facts: from the API server, or from a file.

mod assemble;
mod convert;
pub(crate) mod from_api;
pub(crate) mod from_file;

use lbprobe_analysis::facts::Known;

use crate::error::UnknownFact;

/// The ConfigMaps that hold kube-proxy's configuration, in the order in which they are looked for.
pub(crate) fn kube_proxy_config_maps() -> String {
    convert::kube_proxy::CONFIG_MAPS.join(", ")
}

/// A fact, or why it is not known.
fn known<T>(read: Result<T, UnknownFact>) -> Known<T> {
    read.map_err(|why| why.to_string()).into()
}
