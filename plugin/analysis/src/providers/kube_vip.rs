//! kube-vip: one node holds the address. It does not look at the exclude label.

use super::Traits;
use crate::facts::Announcer;

pub(super) const TRAITS: Traits = Traits { leaves_out: |_| false, ..Traits::of_program(Announcer::KubeVip) };
