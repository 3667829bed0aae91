//! The fix that is the application's: the name to use, the proof that it answers, and who uses the
//! address still.

use lbprobe_analysis::name_proof::NameProof;
use lbprobe_analysis::remedies::Fix;
use lbprobe_analysis::report::Report;

use crate::cli::FixArguments;
use crate::cluster::{self, Cluster};
use crate::error::Error;
use crate::exit::Exit;
use crate::report;

/// Nothing of it is the cluster's to change: the name is shown with what proves it.
pub(super) async fn show(cluster: &Cluster, arguments: &FixArguments, before: &Report, fix: Fix) -> Result<Exit, Error> {
    let mut proof = NameProof::new(before, fix);
    let addresses: Vec<_> = before.facts.service.load_balancer_ips().collect();
    for namespace in &arguments.search_namespace {
        proof.users.push(cluster::users_of(cluster, namespace, &addresses).await);
    }
    report::write_name_proof(&proof, arguments.output)?;
    Ok(if proof.holds() { Exit::Healthy } else { Exit::Fault })
}
