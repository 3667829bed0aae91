//! Microsoft Azure: the standard load balancer.

use super::{Loopback, Traits};

pub(super) const TRAITS: Traits =
    Traits { provider: "azure", shows: None, ends_tls: |_, _| false, hostname: None, loopback: Some(Loopback::ClientsElsewhere) };
