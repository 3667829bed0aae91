//! `__complete` and `completion`.

use std::ffi::OsString;

/// What may follow on a command line.
#[derive(Debug)]
pub(crate) struct Complete {
    pub(crate) program: clap::Command,
    /// The words behind the program's name; the last is the one that is being typed, and may be empty.
    pub(crate) words: Vec<OsString>,
}

/// The program that kubectl asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Completion {
    /// It is shown.
    Show,
    /// It is written beside the plugin.
    Install,
}
