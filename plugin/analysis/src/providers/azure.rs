//! Microsoft Azure: the standard load balancer.

use super::{Loopback, Traits, is_excluded};

pub(super) const TRAITS: Traits = Traits {
    loopback: Some(Loopback::ClientsElsewhere),
    // `excludeMasterFromStandardLB` is on by default.
    leaves_out: |node| is_excluded(node) || node.control_plane || node.master,
    ..Traits::of_cloud("azure")
};
