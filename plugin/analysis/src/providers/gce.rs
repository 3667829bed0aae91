//! Google Cloud: passthrough network load balancers.

use super::{Loopback, Traits};

pub(super) const TRAITS: Traits = Traits {
    provider: "gce",
    shows: None,
    ends_tls: |_, _| false,
    hostname: None,
    loopback: Some(Loopback::ClientsElsewhereAsBackendAnswersItself),
};
