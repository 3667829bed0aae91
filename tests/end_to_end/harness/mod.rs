//! A lab to test on, and the plugin called as a user calls it.
//!
//! - [`slots`]: how much of the machine a test takes;
//! - [`labs`]: labs that are shared, and labs of a test's own;
//! - [`objects`]: what a test has left on a shared lab is removed;
//! - [`gateways`]: the workload under test, put where a test wants it;
//! - [`settle`]: until every kube-proxy has written its rules; upgrades of one;
//! - [`waiting`]: until something holds, and looks that are repeated;
//! - [`plugin`]: kubectl and the plugin, to their end or in the background;
//! - [`terminal`]: the plugin on a terminal;
//! - [`failures`]: told as they happen.

mod failures;
mod gateways;
mod labs;
mod objects;
mod plugin;
mod settle;
mod slots;
mod terminal;
mod waiting;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use self::gateways::*;
pub(crate) use self::labs::*;
pub(crate) use self::plugin::*;
pub(crate) use self::settle::*;
pub(crate) use self::slots::*;
pub(crate) use self::terminal::*;
pub(crate) use self::waiting::*;

/// A range that holds no pod: kube-proxy takes pods for strangers.
pub(crate) const OTHER_CIDR: &str = "10.99.0.0/16";

/// Selects whatever a run creates.
pub(crate) const RUN_SELECTOR: &str = "app.kubernetes.io/name=lbprobe";

/// The `lab` program of this build.
pub(crate) fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_lab"))
}

/// The root of the work tree.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A lock that a failed test does not take with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
