//! The probe pods: what they are, how their answers are fetched, how they are removed.

mod answers;
mod build;
mod clean_up;
mod dry_run;
mod left_over;
mod resume;
mod runner;
mod state;
mod status;
mod watcher;

pub(crate) use build::{Blueprint, ProbePlans, labels, new_run_id};
pub(crate) use clean_up::{clean_up, remove_command};
pub(crate) use dry_run::host_network_refusal;
pub(crate) use left_over::{left_over, remove};
pub(crate) use resume::watch;
pub(crate) use runner::{Progress, Road, Runner};
pub(crate) use watcher::Heard;
