//! Inside the namespaces: from an empty network to a cluster whose DNS answers.
//!
//! Every path below is private to the lab: `/run` is its own tmpfs.

pub mod client;
pub mod components;
pub mod control_plane;
pub mod init;
pub mod kernel_settings;
pub mod names;
pub mod network;
pub mod node;
pub mod pki;
pub mod readiness;
pub mod resolver;
pub mod service_link;

use serde::{Deserialize, Serialize};

/// All of the lab's files.
pub const STATE_FOLDER: &str = "/run/lab";
/// kubectl and the plugin, first on the PATH of `lab exec`.
pub const BIN_FOLDER: &str = "/run/lab/bin";
/// A log for each component.
pub const LOG_FOLDER: &str = "/run/lab/log";

/// What a starting lab tells its caller, a JSON line each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "event")]
pub enum Event {
    /// Something is being waited for.
    Starting {
        /// In words for a person.
        what: String,
    },
    /// The cluster is usable.
    Ready,
    /// The lab has ended itself.
    Failed {
        /// Which component, with the end of its log.
        message: String,
    },
}
