//! `cleanup`: what ended runs have left, removed; what changes were never verified, told.

use lbprobe_analysis::patch::ObjectReference;
use lbprobe_analysis::shell::command;
use lbprobe_analysis::words::printable;

use crate::changes::{self, Record};
use crate::cli::{CleanupArguments, Preview};
use crate::cluster;
use crate::error::Error;
use crate::exit::Exit;
use crate::{pods, report};

/// Characters of a line: names are long, and what is no record may be longer.
const LINE_CHARS: usize = 1000;

/// Removes left-overs, and names changes that wait for an end.
pub(crate) async fn cleanup(arguments: &CleanupArguments) -> Result<Exit, Error> {
    let cluster = cluster::connect(&arguments.kubernetes).await?;
    let own = arguments.kubernetes.namespace.clone().unwrap_or_else(|| cluster.namespace.clone());
    let namespace = (!arguments.all_namespaces).then_some(own.as_str());
    let left = pods::left_over(&cluster, namespace).await?;
    let mut lines: Vec<_> = left.iter().map(ToString::to_string).collect();
    let done = match arguments.preview() {
        Preview::No => {
            pods::remove(&cluster, &left).await?;
            "removed"
        }
        Preview::Yes => "would be removed",
    };
    let place = namespace.map_or_else(|| "all namespaces".to_owned(), |name| format!("namespace {name}"));
    lines.push(format!("{} {done} in {place}", lbprobe_analysis::words::count(left.len(), "object")));
    let pending = changes::pending(&cluster, namespace).await?;
    lines.extend(pending.iter().flat_map(|(object, record)| in_words(object, record)));
    let lines: Vec<_> = lines.iter().map(|line| printable(line, LINE_CHARS)).collect();
    report::write_text(&(lines.join("\n") + "\n"))?;
    Ok(if pending.is_empty() { Exit::Healthy } else { Exit::Inconclusive })
}

/// An object with a record, and what to do about it.
fn in_words(object: &ObjectReference, record: &Result<Record, String>) -> [String; 2] {
    let place = format!("{object} in namespace {}", object.namespace);
    let name = object.to_string();
    match record {
        Ok(record) => {
            let fix = command(&["kubectl", "lbprobe", "fix", &name, "-n", &object.namespace]);
            [format!("{place} {record}"), format!("hint: {fix} --resume, or --undo")]
        }
        Err(cause) => {
            let annotate = command(&["kubectl", "annotate", &name, "-n", &object.namespace, "lbprobe/fix-"]);
            [
                format!("{place} has an annotation lbprobe/fix that is no record of a change: {cause}"),
                format!("hint: {annotate}, once you know who wrote it"),
            ]
        }
    }
}
