//! From where the load balancer is dialled outside the cluster.

use clap::Args;

use crate::settings::{Outside, syntax};

/// From where the load balancer is dialled outside the cluster.
#[derive(Debug, Args)]
pub(super) struct OutsideArguments {
    /// This machine is outside the cluster: dial from here too what clients outside dial
    #[arg(long)]
    outside: bool,
    /// The same from another machine, using your ssh, or from a pod of another cluster
    /// of your kubeconfig, by its context. Nothing stays there
    #[arg(long, value_name = "ssh://HOST|context/NAME", value_parser = syntax::outside, conflicts_with = "outside")]
    outside_from: Option<Outside>,
}

impl OutsideArguments {
    pub(super) fn settings(self) -> Outside {
        match self.outside_from {
            Some(place) => place,
            None if self.outside => Outside::Here,
            None => Outside::NotAsked,
        }
    }
}
