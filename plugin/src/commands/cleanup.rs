//! `cleanup`: what ended runs have left, removed; what changes were never verified, told.

use lbprobe_analysis::patch::ObjectReference;
use lbprobe_analysis::shell::command;
use lbprobe_analysis::text;
use lbprobe_analysis::text::messages::Message;
use lbprobe_analysis::words::printable;

use crate::changes::{self, Record};
use crate::error::{Error, NoRecord};
use crate::exit::Exit;
use crate::kubernetes;
use crate::settings::{Cleanup, Namespaces, Preview};
use crate::terminal::language;
use crate::{probes, report};

/// Characters of a line: names are long, and what is no record may be longer.
const LINE_CHARS: usize = 1000;

/// Removes left-overs, and names changes that wait for an end.
pub(crate) async fn cleanup(settings: &Cleanup) -> Result<Exit, Error> {
    let cluster = kubernetes::connect(&settings.connection).await?;
    let namespace = match &settings.namespaces {
        Namespaces::All => None,
        Namespaces::Named(name) => Some(name.as_str()),
        Namespaces::OfContext => Some(cluster.namespace.as_str()),
    };
    let left = probes::left_over(&cluster, namespace).await?;
    let mut lines: Vec<_> = left.iter().map(left_over).collect();
    let objects = left.len();
    let done = match settings.preview {
        Preview::No => {
            probes::remove(&cluster, &left).await?;
            Message::CleanedUp { objects, namespace }
        }
        Preview::Yes => Message::WouldCleanUp { objects, namespace },
    };
    lines.push(text::message(done, language()));
    let pending = changes::pending(&cluster, namespace).await?;
    lines.extend(pending.iter().flat_map(|(object, record)| in_words(object, record)));
    let lines: Vec<_> = lines.iter().map(|line| printable(line, LINE_CHARS)).collect();
    report::write_text(&(lines.join("\n") + "\n"))?;
    Ok(if pending.is_empty() { Exit::Healthy } else { Exit::Inconclusive })
}

fn left_over(left: &probes::LeftOver) -> String {
    text::message(Message::LeftOver { object: &left.object(), namespace: &left.namespace }, language())
}

/// An object with a record, and what to do about it.
fn in_words(object: &ObjectReference, record: &Result<Record, NoRecord>) -> [String; 2] {
    let name = object.to_string();
    let said = |message: Message<'_>| text::message(message, language());
    match record {
        Ok(record) => {
            let fix = command(&["kubectl", "lbprobe", "fix", &name, "-n", &object.namespace]);
            [said(Message::PendingIn { object, record: &record.change().to_string() }), said(Message::PendingHint { command: &fix })]
        }
        Err(cause) => {
            let annotate = command(&["kubectl", "annotate", &name, "-n", &object.namespace, "lbprobe/fix-"]);
            [said(Message::NoRecordIn { object, cause: &cause.to_string() }), said(Message::NoRecordHint { command: &annotate })]
        }
    }
}
