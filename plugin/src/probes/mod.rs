//! The probe pods: what they are, how their answers are fetched, how they are removed.

mod admission;
mod answers;
mod attempts;
mod build;
mod carried;
mod clean_up;
mod clock;
mod creation;
mod delivery;
mod dry_run;
mod job;
mod left_over;
mod lines;
mod live_pods;
mod pod_requests;
mod result_channel;
mod run_state;
mod runner;
mod state;
mod status;
mod warnings;
mod watcher;

pub(crate) use build::{ProbePlans, RunLimits, RunSpec, new_run_id};
pub(crate) use carried::carried_sizes;
pub(crate) use clean_up::{clean_up, remove_command};
pub(crate) use creation::patiently;
pub(crate) use delivery::{Delivery, nodes_without};
pub(crate) use dry_run::{config_map_refusal, host_pod_admission, job_refusal, kinds_of_pods};
pub(crate) use job::{RunJob, create as create_job, create_config_maps, keep_alive};
pub(crate) use left_over::{LeftOver, left_over, remove};
pub(crate) use live_pods::LivePods;
pub(crate) use result_channel::ResultChannel;
pub(crate) use run_state::RunProgress;
pub(crate) use runner::Runner;
pub(crate) use watcher::Heard;
