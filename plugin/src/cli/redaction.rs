//! Whether what is written has stand-ins for names and addresses.

use std::hash::{BuildHasher as _, RandomState};

use clap::Args;
use lbprobe_analysis::redaction::Redaction;

/// `--redact`, for commands that write what they have found.
#[derive(Debug, Args)]
pub(super) struct RedactionArguments {
    /// Replace names and addresses by stand-ins in all that is written. Equal names stay equal, and addresses stay in their ranges.
    /// With a KEY that nobody can guess, several reports have the same stand-ins
    #[arg(long, value_name = "KEY", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    redact: Option<String>,
}

impl RedactionArguments {
    pub(super) fn settings(self) -> Option<Redaction> {
        self.redact.map(|key| if key.is_empty() { Redaction::with_key(&fresh_key()) } else { Redaction::with_key(key.as_bytes()) })
    }
}

/// 128 bits that the operating system gave, spread over 256: each state's keys are random, and its hash of nothing depends on both.
fn fresh_key() -> Vec<u8> {
    (0..4).flat_map(|_| RandomState::new().hash_one(0_u8).to_be_bytes()).collect()
}
