//! Oracle Cloud (oci-cloud-controller-manager). Its load balancers are proxies; network load balancers keep the client's address.

use super::Traits;
use crate::facts::Service;

pub(super) const TRAITS: Traits = Traits {
    // "oci.oraclecloud.com/…" and "oci-network-load-balancer.oraclecloud.com/…".
    annotations: "oci",
    // It fails for a node without one (issues 404 and 423 there).
    machine_ids: &["oci"],
    keeps_source,
    ..Traits::of_cloud("oci")
};

fn keeps_source(service: &Service) -> bool {
    let says = |key: &str, value: &str| service.annotations.get(key).is_some_and(|said| said == value);
    let is_network = says("oci.oraclecloud.com/load-balancer-type", "nlb");
    is_network && !says("oci-network-load-balancer.oraclecloud.com/is-preserve-source", "false")
}
