//! Google Cloud: passthrough network load balancers.

use super::{Loopback, Traits};

pub(super) const TRAITS: Traits = Traits { loopback: Some(Loopback::ClientsElsewhereAsBackendAnswersItself), ..Traits::of_cloud("gce") };
