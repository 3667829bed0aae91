//! From where the load balancer is dialled outside the cluster.

use clap::Args;

use crate::settings::{Outside, SshHost, syntax};

/// From where the load balancer is dialled outside the cluster.
#[derive(Debug, Args)]
pub(super) struct OutsideArguments {
    /// This machine is outside the cluster: dial from here too what clients outside dial
    #[arg(long)]
    outside: bool,
    /// The same from another machine, using your ssh. Nothing stays on it
    #[arg(long, value_name = "ssh://HOST", value_parser = syntax::ssh_host, conflicts_with = "outside")]
    outside_from: Option<SshHost>,
}

impl OutsideArguments {
    pub(super) fn settings(self) -> Outside {
        match self.outside_from {
            Some(host) => Outside::Ssh(host),
            None if self.outside => Outside::Here,
            None => Outside::NotAsked,
        }
    }
}
