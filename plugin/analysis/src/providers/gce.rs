//! Google Cloud: passthrough network load balancers.

use super::{Loopback, Traits};

pub(super) const TRAITS: Traits = Traits {
    internal: Some(("networking.gke.io/load-balancer-type", "Internal")),
    // Its guest agent gives it to them, so that they take what the load balancer passes through.
    backends_hold_address: true,
    loopback: Some(Loopback::ClientsElsewhereAsBackendAnswersItself),
    annotations: "networking.gke.io/load-balancer-",
    ..Traits::of_cloud("gce")
};
