//! Cilium's LB IPAM with its announcements by layer 2 and BGP. It is no [`Provider`](super::Provider): nodes show no mark of it,
//! and its own condition on a Service alone tells that the address is Cilium's.

use crate::facts::{Announcer, CiliumConfig, Facts};

/// What Cilium is told, where it gave the Service its address: nobody else is there to announce it.
fn own(facts: &Facts) -> Option<CiliumConfig> {
    let others = facts.announcers.value().is_none_or(|announcers| announcers.iter().any(|known| *known != Announcer::ServiceLb));
    let config = facts.pod_network.value().and_then(|network| network.cilium);
    config.filter(|_| facts.service.has_cilium_address && !others)
}

/// The same where it may announce addresses.
#[must_use]
pub fn announcing_cilium(facts: &Facts) -> Option<CiliumConfig> {
    own(facts).filter(|config| config.announces_by_layer_2 || config.announces_by_bgp)
}

/// Whether it gives addresses and announces none.
pub(crate) fn is_silent(facts: &Facts) -> bool {
    own(facts).is_some() && announcing_cilium(facts).is_none()
}
