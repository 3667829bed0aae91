//! The fix that is the application's: the name to use, the proof that it answers, and who uses the
//! address still.

use lbprobe_analysis::documents::{DnsNameCheck, Report};
use lbprobe_analysis::remedies::Fix;

use crate::error::Error;
use crate::exit::Exit;
use crate::facts::from_api;
use crate::kubernetes::Cluster;
use crate::report;
use crate::settings;

/// Nothing of it is the cluster's to change: the name is shown with what proves it.
pub(super) async fn show(cluster: &Cluster, settings: &settings::Fix, before: &Report, fix: Fix) -> Result<Exit, Error> {
    let mut proof = DnsNameCheck::new(before, fix);
    let addresses: Vec<_> = before.facts.service.load_balancer_ips().collect();
    for namespace in &settings.search_namespaces {
        proof.users.push(from_api::users_of(cluster, namespace, &addresses).await);
    }
    report::write_dns_name_check(&proof, before, &settings.outputs)?;
    Ok(if proof.holds() { Exit::Healthy } else { Exit::Fault })
}
