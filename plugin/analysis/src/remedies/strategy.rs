//! Remedies that can be asked for by name.

use serde::{Deserialize, Serialize};

/// A remedy that can be asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Clients inside dial the Service's DNS name.
    DnsName,
    /// `externalTrafficPolicy: Cluster`.
    Cluster,
    /// ENI backends with policy Cluster.
    Eni,
    /// A second, internal load balancer.
    TwoLoadBalancers,
    /// A hostname in the status, in the address's place.
    Hostname,
    /// `internalTrafficPolicy: Cluster`.
    InternalCluster,
    /// The clients inside in `loadBalancerSourceRanges`.
    SourceRanges,
}

impl Strategy {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::DnsName, Self::Cluster, Self::Eni, Self::TwoLoadBalancers, Self::Hostname, Self::InternalCluster, Self::SourceRanges];
}

impl Strategy {
    /// Its name on the command line, in reports and in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DnsName => "dns-name",
            Self::Cluster => "cluster",
            Self::Eni => "eni",
            Self::TwoLoadBalancers => "two-load-balancers",
            Self::Hostname => "hostname",
            Self::InternalCluster => "internal-cluster",
            Self::SourceRanges => "source-ranges",
        }
    }
}

impl std::fmt::Display for Strategy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
