//! By the system itself, as its other programs do: a Mac asks other servers for the names of a VPN, and Windows has no
//! resolv.conf.

use std::net::IpAddr;

use lbprobe_protocol::ResolveFailure;
use tokio::net::lookup_host;

/// Any port: only the address counts.
const ANY_PORT: u16 = 0;

pub(super) struct Resolver;

impl Resolver {
    pub(super) fn from_system() -> Self {
        Self
    }

    /// None: outside a pod no search list tells it.
    #[expect(clippy::unused_self, reason = "a resolver by resolv.conf knows it")]
    pub(super) fn cluster_domain(&self) -> Option<&str> {
        None
    }

    /// The first address of a fully qualified name; IPv4 comes first.
    pub(super) async fn address(&self, name: &str) -> Result<IpAddr, ResolveFailure> {
        let found = lookup_host((name, ANY_PORT)).await.map_err(|_| ResolveFailure::Unresolved)?;
        let mut addresses: Vec<_> = found.map(|address| address.ip()).collect();
        addresses.sort_by_key(IpAddr::is_ipv6);
        addresses.first().copied().ok_or(ResolveFailure::NoAddress)
    }
}
