//! Why nothing was measured from a vantage, as data.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::node_place::{NODE_PLACE, with_word};

/// Why nothing was measured. In documents `code`, `kind` and `args`, and in words `reason` and `hint`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "messages are those of the server, of kubelet or of the runtime")]
pub enum Unmeasured {
    /// The probe needed more memory than its limit.
    OutOfMemory,
    /// The runtime could not start the probe.
    NotStarted { message: String },
    /// SIGTERM ended the probe.
    Terminated,
    /// SIGKILL ended the probe.
    Killed,
    /// The probe ended otherwise; kubelet's word for it, and what the container said.
    Exited { code: i32, word: String, message: String },
    /// The pod failed as a whole.
    PodFailed { word: String, message: String },
    /// The probe's image cannot be pulled.
    ImageNotPulled { message: String },
    /// The node does not have the image that it told of.
    ImageAbsent { message: String },
    /// Something made kubelet pull an image that was to be taken as the node has it; what kubelet said.
    NeverChanged { message: String },
    /// The probe's container cannot be started.
    ContainerNotStarted { message: String },
    /// The image to whose shell the probe was to be sent did not start one.
    ShellNotStarted { image: String, message: String },
    /// Neither the log nor the termination message has an answer.
    NoAnswer,
    /// The probe is of another release.
    OtherRelease { message: String },
    /// Something else than a probe answered: its first line.
    NotAProbe { message: String, line: String },
    /// The answer cannot be used.
    BadAnswer { message: String },
    /// The API server said nothing of the pod.
    ServerSilent { message: String },
    /// A warning says that the pod does not start.
    NotStarting { message: String, namespace: String },
    /// kubelet does not take the pod up; when its lease was renewed last, in seconds before the run.
    KubeletSilent { seconds: u64 },
    /// kubelet has not started the pod in this time.
    StartOverdue { milliseconds: u64 },
    /// The probe has not answered in this time.
    AnswerOverdue { milliseconds: u64 },
    /// The run ended first.
    RunEnded,
    /// Somebody removed the pod.
    PodRemoved,
    /// The API server did not take the pod; what it said, and what helps.
    NotCreated { message: String, hint: Option<String> },
    /// So many of the checks are missing in the answer.
    ChecksMissing { missing: usize, of: usize },
    /// On these ports connections stand, and nobody spoke the protocol that was guessed.
    NobodySpoke { ports: Vec<u16> },
    /// At these UDP ports nothing came back, and nobody answered there from anywhere.
    NobodyAnsweredDatagrams { ports: Vec<u16> },
    /// Another reason, in the words of an error.
    Other { message: String, hint: Option<String> },
}

impl Unmeasured {
    /// kubelet has not started the pod in this time.
    #[must_use]
    pub fn start_overdue(waited: Duration) -> Self {
        Self::StartOverdue { milliseconds: milliseconds(waited) }
    }

    /// The probe has not answered in this time.
    #[must_use]
    pub fn answer_overdue(waited: Duration) -> Self {
        Self::AnswerOverdue { milliseconds: milliseconds(waited) }
    }

    /// The same with [`NODE_PLACE`] for the node's own name, so that those of different nodes are the same.
    pub(crate) fn of_any_node(&self, node: &str) -> Self {
        let mut nameless = self.clone();
        for text in nameless.foreign_texts() {
            *text = with_word(text, node, NODE_PLACE);
        }
        nameless
    }

    fn foreign_texts(&mut self) -> Vec<&mut String> {
        match self {
            Self::NotStarted { message }
            | Self::ImageNotPulled { message }
            | Self::ImageAbsent { message }
            | Self::NeverChanged { message }
            | Self::ContainerNotStarted { message }
            | Self::OtherRelease { message }
            | Self::BadAnswer { message }
            | Self::ServerSilent { message }
            | Self::NotStarting { message, .. } => vec![message],
            Self::Exited { word, message, .. } | Self::PodFailed { word, message } => vec![word, message],
            Self::ShellNotStarted { image, message } => vec![image, message],
            Self::NotAProbe { message, line } => vec![message, line],
            Self::NotCreated { message, hint } | Self::Other { message, hint } => [message].into_iter().chain(hint).collect(),
            Self::OutOfMemory
            | Self::Terminated
            | Self::Killed
            | Self::NoAnswer
            | Self::KubeletSilent { .. }
            | Self::StartOverdue { .. }
            | Self::AnswerOverdue { .. }
            | Self::RunEnded
            | Self::PodRemoved
            | Self::ChecksMissing { .. }
            | Self::NobodySpoke { .. }
            | Self::NobodyAnsweredDatagrams { .. } => Vec::new(),
        }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
