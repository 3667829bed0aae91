//! Microsoft Azure: the standard load balancer.

use super::{Loopback, Traits};

pub(super) const TRAITS: Traits = Traits {
    provider: "azure",
    shows: |facts| facts.nodes.iter().any(|node| node.provider.as_deref() == Some("azure")),
    ends_tls: |_, _| false,
    hostname: None,
    loopback: Some(Loopback::ClientsElsewhere),
};
