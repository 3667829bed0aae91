//! Oracle Cloud (oci-cloud-controller-manager). Its load balancers are proxies; network load balancers keep the client's address.

use super::Traits;
use crate::facts::Service;

pub(super) const TRAITS: Traits = Traits {
    // "oci.oraclecloud.com/…" and "oci-network-load-balancer.oraclecloud.com/…".
    annotations: "oci",
    // It fails for a node without one (issues 404 and 423 there).
    machine_ids: &["oci"],
    keeps_source: is_network_load_balancer,
    ..Traits::of_cloud("oci")
};

fn is_network_load_balancer(service: &Service) -> bool {
    service.annotations.get("oci.oraclecloud.com/load-balancer-type").is_some_and(|kind| kind == "nlb")
}
