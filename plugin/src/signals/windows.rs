//! Ctrl-C and Ctrl-Break, a console that is closed, and a machine that shuts down.

use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
use tokio::sync::watch;

use super::{Received, tell};
use crate::exit::Exit;

/// Hands on whatever comes, from now on.
pub(super) fn hand_on_all(sender: &watch::Sender<Received>) {
    // Each is a type of its own.
    macro_rules! hand_on {
        ($listen:ident, $exit:expr) => {
            if let Ok(mut signal) = $listen() {
                let sender = sender.clone();
                tokio::spawn(async move {
                    while signal.recv().await.is_some() {
                        tell(&sender, $exit);
                    }
                });
            }
        };
    }
    hand_on!(ctrl_c, Exit::Interrupted);
    hand_on!(ctrl_break, Exit::Interrupted);
    hand_on!(ctrl_close, Exit::HungUp);
    hand_on!(ctrl_shutdown, Exit::Terminated);
}
