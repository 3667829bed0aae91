//! `kubectl lbprobe`: why pods cannot reach their own cluster's load balancer.

mod changes;
mod cli;
mod cluster;
mod commands;
mod error;
mod exit;
mod pods;
mod report;
mod saved;

fn main() -> std::process::ExitCode {
    commands::dispatch(cli::parse()).into()
}
