//! MetalLB: in layer 2 one node answers for the address, by BGP every node that announces it.
//!
//! It leaves nodes with the exclude label out from 0.14.0 on (metallb PR 2073). Under policy Local only nodes of endpoints
//! announce, and an endpoint without a node has none.

use super::{Provider, Traits};
use crate::facts::{Announcer, Facts};

pub(super) const TRAITS: Traits = Traits::of_program(Announcer::MetalLb);

pub(super) const ON_ANY_NODE: Traits = Traits { leaves_out: |_| false, ..Traits::of_program(Announcer::MetalLbOnAnyNode) };

/// Whether it makes the load balancer and is known to leave labelled nodes out.
pub(super) fn goes_by_label(facts: &Facts) -> bool {
    Provider::of(facts) == Some(Provider::MetalLb) && facts.known_announcers().any(|known| known == Announcer::MetalLbByLabel)
}

/// The clouds whose networks learn addresses neither by ARP nor by BGP of a node (MetalLB, "Cloud Compatibility").
const DEAF_CLOUDS: [Provider; 4] = [Provider::Aws, Provider::Azure, Provider::DigitalOcean, Provider::Gce];

/// Whether it makes the load balancer.
pub(crate) fn is_of_metallb(facts: &Facts) -> bool {
    matches!(Provider::of(facts), Some(Provider::MetalLb | Provider::MetalLbOnAnyNode))
}

/// Whether it makes the load balancer in a cloud whose network does not hear it.
pub(crate) fn is_not_heard(facts: &Facts) -> bool {
    is_of_metallb(facts) && DEAF_CLOUDS.iter().any(|cloud| cloud.made_nodes(facts))
}
