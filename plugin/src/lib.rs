//! The program `kubectl lbprobe` as a library of one function, so that what reads foreign text can be reached by tests
//! that feed it anything.

mod changes;
mod cli;
mod client_certificate;
mod commands;
mod completion;
mod error;
mod exit;
mod facts;
mod files;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod image;
mod kubernetes;
mod labels;
mod mcp;
mod metrics_server;
mod nearest;
mod pages;
mod pause;
mod policies;
mod probes;
mod report;
mod saved;
mod settings;
mod signals;
mod ssh;
mod terminal;

/// Runs the program to its exit code.
#[must_use]
pub fn main() -> std::process::ExitCode {
    if let Some(phases) = pause::list() {
        return commands::ended(terminal::print(&phases, terminal::Form::Text(terminal::Ink::Plain)).map(|()| exit::Exit::Healthy)).into();
    }
    commands::dispatch(cli::parse()).into()
}
