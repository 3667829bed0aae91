//! Which source addresses servers saw.

use super::checks::vantages;
use super::named_pods;
use crate::plan::Target;
use crate::results::{SourceOwner, SourceResult};
use crate::words;

/// Addresses that a line names.
const ADDRESSES: usize = 3;

pub(crate) fn result(result: &SourceResult, targets: &[Target]) -> String {
    let SourceResult { targets: at, saw, as_predicted, vantages: from, addresses } = result;
    let from = if from.is_empty() { "from outside".to_owned() } else { format!("from {}", vantages(from)) };
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    let addresses = words::short_list(&addresses, ADDRESSES);
    let saw = match saw {
        SourceOwner::Client => "the client's own".to_owned(),
        SourceOwner::OwnNode => format!("the client's node's ({addresses})"),
        SourceOwner::OtherNode => format!("another node's ({addresses})"),
        SourceOwner::LoadBalancer => format!("the load balancer's ({addresses})"),
        SourceOwner::Endpoint => format!("an endpoint's of this Service, which passes requests on ({addresses})"),
        SourceOwner::Stranger => format!("that of a proxy or NAT in between, no node's ({addresses})"),
    };
    let unlike = if *as_predicted == Some(false) { "; predicted otherwise" } else { "" };
    format!("{}: {saw}, {from}{unlike}", named_pods::listed(at, targets))
}
