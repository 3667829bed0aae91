//! Names to addresses.

#[cfg(target_os = "linux")]
mod by_resolv_conf;
#[cfg(not(target_os = "linux"))]
mod by_system;

use std::net::IpAddr;

use lbprobe_protocol::{Host, NODE_ADDRESS_VARIABLE, ResolveFailure, may_be_a_load_balancers};

#[cfg(target_os = "linux")]
use self::by_resolv_conf::Resolver;
#[cfg(not(target_os = "linux"))]
use self::by_system::Resolver;

/// The cluster's domain where the search list does not tell it: kubelet's usual one.
const USUAL_CLUSTER_DOMAIN: &str = "cluster.local";

/// Resolves the plan's names.
pub(crate) struct Names {
    resolver: Resolver,
}

impl Names {
    /// As this system is configured.
    pub(crate) fn from_system() -> Self {
        Self { resolver: Resolver::from_system() }
    }

    /// The first address of a name; IPv4 comes first.
    pub(crate) async fn address(&self, host: &Host) -> Result<IpAddr, ResolveFailure> {
        let name = match host {
            Host::Address(address) => return Ok(*address),
            Host::Node => return node_address().ok_or(ResolveFailure::NoAddress),
            Host::Name(name) => format!("{}.", name.trim_end_matches('.')),
            Host::Service { namespace, name } => {
                format!("{name}.{namespace}.svc.{}.", self.resolver.cluster_domain().unwrap_or(USUAL_CLUSTER_DOMAIN))
            }
        };
        let address = self.resolver.address(&name).await?;
        // The cluster's own DNS tells the address of a Service; any other name stands in a status.
        let is_foreign = matches!(host, Host::Name(_));
        if is_foreign && !may_be_a_load_balancers(address) { Err(ResolveFailure::OffLimits) } else { Ok(address) }
    }
}

/// The address of the node on which this runs, as kubelet told it.
pub(crate) fn node_address() -> Option<IpAddr> {
    std::env::var(NODE_ADDRESS_VARIABLE).ok()?.parse().ok()
}
