//! `cleanup`: what ended runs have left, removed; what changes were never verified, told.

use std::io::Write as _;

use crate::changes;
use crate::cli::{CleanupArguments, Preview};
use crate::cluster;
use crate::error::Error;
use crate::exit::Exit;
use crate::pods;

/// Removes left-overs, and names changes that wait for an end.
pub(crate) async fn cleanup(arguments: &CleanupArguments) -> Result<Exit, Error> {
    let cluster = cluster::connect(&arguments.kubernetes).await?;
    let own = arguments.kubernetes.namespace.clone().unwrap_or_else(|| cluster.namespace.clone());
    let namespace = (!arguments.all_namespaces).then_some(own.as_str());
    let left = pods::left_over(&cluster, namespace).await?;
    let mut stdout = anstream::stdout();
    for object in &left {
        let _ = writeln!(stdout, "{object}");
    }
    if arguments.preview() == Preview::No {
        pods::remove(&cluster, &left).await?;
    }
    let done = if arguments.preview() == Preview::No { "removed" } else { "would be removed" };
    let place = namespace.map_or_else(|| "all namespaces".to_owned(), |name| format!("namespace {name}"));
    let _ = writeln!(stdout, "{} {done} in {place}", lbprobe_analysis::words::count(left.len(), "object"));
    let pending = changes::pending(&cluster, namespace).await?;
    for (object, record) in &pending {
        let _ = writeln!(stdout, "{object} in namespace {} {record}", object.namespace);
        let _ = writeln!(stdout, "hint: kubectl lbprobe fix {object} -n {} --resume, or --undo", object.namespace);
    }
    Ok(if pending.is_empty() { Exit::Healthy } else { Exit::Inconclusive })
}
