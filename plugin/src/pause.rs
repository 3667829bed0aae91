//! Places where a test stops a debug build, to disturb it just there. A release build never stops.
//!
//! `LBPROBE_PAUSE_AT` names phases, with commas between them. At the first visit to one of them an empty file of its name
//! comes to be in the folder `LBPROBE_PAUSE_FOLDER`, and the program waits for another one with `.go` behind the name.
//! `LBPROBE_PAUSE_AT=list` prints all phases.

use std::path::Path;
use std::time::Duration;

/// Between two looks for the file.
const LOOK: Duration = Duration::from_millis(10);

/// What has just been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    FactsRead,
    JobCreated,
    PodsCreated,
    PodsRunning,
    Answered,
    FactsReadAgain,
    Reported,
    PodsRemoved,
    BeforeChange,
    Changed,
    BetweenProbes,
    BeforeSettle,
    Settled,
    Watching,
}

impl Phase {
    pub(crate) const ALL: [Self; 14] = [
        Self::FactsRead,
        Self::JobCreated,
        Self::PodsCreated,
        Self::PodsRunning,
        Self::Answered,
        Self::FactsReadAgain,
        Self::Reported,
        Self::PodsRemoved,
        Self::BeforeChange,
        Self::Changed,
        Self::BetweenProbes,
        Self::BeforeSettle,
        Self::Settled,
        Self::Watching,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FactsRead => "facts-read",
            Self::JobCreated => "job-created",
            Self::PodsCreated => "pods-created",
            Self::PodsRunning => "pods-running",
            Self::Answered => "answered",
            Self::FactsReadAgain => "facts-read-again",
            Self::Reported => "reported",
            Self::PodsRemoved => "pods-removed",
            Self::BeforeChange => "before-change",
            Self::Changed => "changed",
            Self::BetweenProbes => "between-probes",
            Self::BeforeSettle => "before-settle",
            Self::Settled => "settled",
            Self::Watching => "watching",
        }
    }
}

/// The names of all phases, where a test asks for them in place of a command.
pub(crate) fn list() -> Option<String> {
    let is_asked = cfg!(debug_assertions) && std::env::var("LBPROBE_PAUSE_AT").is_ok_and(|value| value == "list");
    is_asked.then(|| Phase::ALL.map(Phase::name).join("\n") + "\n")
}

/// Stops here where a test wants it.
pub(crate) async fn at(phase: Phase) {
    if !cfg!(debug_assertions) {
        return;
    }
    let (Ok(phases), Ok(folder)) = (std::env::var("LBPROBE_PAUSE_AT"), std::env::var("LBPROBE_PAUSE_FOLDER")) else { return };
    let file = Path::new(&folder).join(phase.name());
    if !phases.split(',').any(|name| name == phase.name()) || file.exists() || std::fs::write(&file, "").is_err() {
        return;
    }
    let go = file.with_extension("go");
    while !go.exists() {
        tokio::time::sleep(LOOK).await;
    }
}
