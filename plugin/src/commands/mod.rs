//! One file a command; each reads like the data flow.

mod accept;
mod cleanup;
mod diagnose;
mod explain;
mod fix;
mod outside;
mod probe;
mod run;
mod verify;
mod watch;

use std::io::Write as _;

use crate::cli::Command;
use crate::error::Error;
use crate::exit::Exit;

/// Runs a command to its exit code. Errors go to standard error, with their hint.
pub(crate) fn dispatch(command: Command) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => match command {
            Command::Run(arguments) => runtime.block_on(run::run(&arguments)),
            Command::Watch(arguments) => runtime.block_on(Box::pin(watch::watch(&arguments))),
            Command::Accept(arguments) => runtime.block_on(Box::pin(accept::accept(&arguments))),
            Command::Cleanup(arguments) => runtime.block_on(cleanup::cleanup(&arguments)),
            Command::Fix(arguments) => runtime.block_on(Box::pin(fix::fix(&arguments))),
            Command::Verify(arguments) => runtime.block_on(verify::verify(&arguments)),
            Command::Diagnose(arguments) => diagnose::diagnose(&arguments),
            Command::Explain(arguments) => runtime.block_on(explain::explain(&arguments)),
        },
        Err(cause) => Err(Error::Output(cause.to_string())),
    };
    ended.unwrap_or_else(|error| {
        tell(&error);
        error.exit()
    })
}

fn tell(error: &Error) {
    let mut stderr = anstream::stderr().lock();
    // What the server says is shown on a terminal: no control characters of its own.
    let _ = writeln!(stderr, "error: {}", lbprobe_analysis::words::printable(&error.to_string(), 1000));
    if let Some(hint) = error.hint() {
        let _ = writeln!(stderr, "hint: {hint}");
    }
}
