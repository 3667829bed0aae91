//! One file a command; each reads like the data flow.

mod accept;
mod check;
mod cleanup;
mod complete;
mod completion;
mod confirm;
mod diagnose;
mod docs;
mod explain;
mod fix;
mod kernel;
mod manual;
mod mcp;
mod meanwhile;
mod named_pods;
mod other_cluster;
mod outside;
mod overview;
mod policy;
mod probe;
mod prove;
mod rehearse;
mod run;
mod show_image;
mod verify;
mod watch;

use lbprobe_analysis::text::messages::Message;
use lbprobe_analysis::words::printable;

use crate::client_certificate;
use crate::error::Error;
use crate::exit::Exit;
use crate::image;
use crate::settings::Command;
use crate::signals;
use crate::terminal::{language, say};

/// Characters of an error that are shown.
const MOST_CHARS: usize = 1000;

/// Runs a command to its exit code. A signal ends it where nobody in the command attends to signals.
pub(crate) fn dispatch(command: Command) -> Exit {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(cause) => return ended(Err(Error::Output(cause.to_string()))),
    };
    let exit = ended(runtime.block_on(async {
        signals::listen();
        tokio::select! {
            biased;
            // First: a signal that has come counts, however far the command has got just then.
            exit = signals::unattended() => Err(Error::Interrupted(exit)),
            done = Box::pin(run(command)) => done,
        }
    }));
    // A login command that hangs, or a read from a terminal, is not waited for.
    runtime.shutdown_background();
    exit
}

async fn run(command: Command) -> Result<Exit, Error> {
    // A certificate that is of no use is told before anything is done.
    client_certificate::read(command.pods().and_then(|pods| pods.client_certificate.as_ref()))?;
    if let Some(pods) = command.pods()
        && let Some(signer) = &pods.signer
    {
        image::verify(&pods.image.reference, signer).await?;
    }
    match command {
        Command::Run(settings) => run::run(&settings).await,
        Command::Watch(settings) => watch::watch(&settings).await,
        Command::Accept(settings) => accept::accept(&settings).await,
        Command::Cleanup(settings) => cleanup::cleanup(&settings).await,
        Command::Fix(settings) => Box::pin(fix::fix(&settings)).await,
        Command::Verify(settings) => Box::pin(verify::verify(&settings)).await,
        Command::Diagnose(settings) => diagnose::diagnose(&settings),
        Command::Explain(settings) => explain::explain(&settings).await,
        Command::Rehearse(settings) => rehearse::rehearse(&settings).await,
        Command::Prove(settings) => Box::pin(prove::prove(&settings)).await,
        Command::Policy(settings) => policy::policy(&settings),
        Command::Mcp(settings) => mcp::mcp(settings).await,
        Command::Docs(pages) => docs::docs(&pages),
        Command::Check(settings) => Box::pin(check::check(&settings)).await,
        Command::Overview(settings) => overview::overview(&settings).await,
        Command::Complete(settings) => complete::complete(&settings).await,
        Command::Completion(settings) => completion::completion(settings),
        Command::Image(reference) => show_image::show_image(reference),
        Command::Manual(settings) => manual::manual(*settings),
    }
}

/// The exit code. Errors go to standard error, with their hint.
pub(crate) fn ended(ended: Result<Exit, Error>) -> Exit {
    ended.unwrap_or_else(|error| {
        say(Message::Error { cause: &printable(&error.told(language()), MOST_CHARS) });
        if let Some(hint) = error.told_hint(language()) {
            // Whole, however long: a command that is cut does something else.
            say(Message::Hint { hint: &hint });
        }
        error.exit()
    })
}
