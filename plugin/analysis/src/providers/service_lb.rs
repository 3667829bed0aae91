//! ServiceLB of k3s and RKE2: pods with hostPorts on the nodes, whose own addresses are the load balancer's. It does not
//! look at the exclude label; its pods forward with an address of their own.

use super::Traits;
use crate::facts::Announcer;

pub(super) const TRAITS: Traits = Traits { leaves_out: |_| false, keeps_source: |_| false, ..Traits::of_program(Announcer::ServiceLb) };
