//! Google Cloud: passthrough network load balancers.

use super::{Loopback, Traits};

pub(super) const TRAITS: Traits = Traits {
    internal: Some(("networking.gke.io/load-balancer-type", "Internal")),
    loopback: Some(Loopback::ClientsElsewhereAsBackendAnswersItself),
    ..Traits::of_cloud("gce")
};
