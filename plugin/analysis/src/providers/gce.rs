//! Google Cloud: passthrough network load balancers.

use super::{Loopback, Traits};

pub(super) const TRAITS: Traits = Traits {
    provider: "gce",
    shows: |facts| facts.nodes.iter().any(|node| node.provider.as_deref() == Some("gce")),
    ends_tls: |_, _| false,
    hostname: None,
    loopback: Some(Loopback::ClientsElsewhereAsBackendAnswersItself),
};
