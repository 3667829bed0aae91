//! kube-vip: one node holds the address. It does not look at the exclude label.

use super::Traits;
use crate::facts::{Announcer, Service};

pub(super) const TRAITS: Traits = Traits { leaves_out: |_| false, ..Traits::of_program(Announcer::KubeVip) };

/// In which kube-vip writes the node that announces the Service's address.
pub(super) const HOST: &str = "kube-vip.io/vipHost";

/// The node from which kube-vip announces the address now, where it says so.
pub(crate) fn host(service: &Service) -> Option<&str> {
    service.annotations.get(HOST).map(String::as_str).filter(|node| !node.is_empty())
}
