//! Clients outside: the load balancer sends them to node ports, or to the pods themselves.

use serde::{Deserialize, Serialize};

use crate::facts::{Facts, TrafficPolicy};
use crate::providers::{self, ClusterPrice};

/// What becomes of a connection from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outside {
    /// An endpoint takes it and sees the address with which it leaves the load balancer: the
    /// client's own, where that keeps it.
    SourceKept,
    /// An endpoint takes it and sees a node's address.
    SourceLost,
    /// An endpoint takes it and sees the load balancer's address, which hides the client's.
    SourceHidden,
    /// An endpoint takes it and reads the client's address in the PROXY header.
    SourceInHeader,
    /// No endpoint is there to take it.
    Unanswered,
}

/// What becomes of a connection from outside that the load balancer passes on with the client's
/// address. Under policy Local its health checks leave nodes without endpoint out.
#[must_use]
pub fn outside(facts: &Facts) -> Outside {
    let price = providers::cluster_price(facts);
    match facts.service.external_traffic_policy {
        _ if facts.ready_endpoints() == 0 => Outside::Unanswered,
        _ if matches!(price, ClusterPrice::Nothing | ClusterPrice::NothingByDefault) => Outside::SourceKept,
        _ if price == ClusterPrice::HopWithHeader => Outside::SourceInHeader,
        TrafficPolicy::Local if price == ClusterPrice::HopAlone => Outside::SourceHidden,
        TrafficPolicy::Local => Outside::SourceKept,
        TrafficPolicy::Cluster => Outside::SourceLost,
    }
}
