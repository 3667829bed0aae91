//! By the pod's own resolv.conf, asking its servers, which tells how a name failed.

use std::fs;
use std::net::IpAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::Name;
use hickory_resolver::system_conf::parse_resolv_conf;
use lbprobe_protocol::ResolveFailure;

const RESOLV_CONF: &str = "/etc/resolv.conf";

pub(super) struct Resolver {
    servers: Result<TokioResolver, ResolveFailure>,
    cluster_domain: Option<String>,
}

impl Resolver {
    /// By `/etc/resolv.conf`. A missing or unreadable file is the outcome of each name.
    pub(super) fn from_system() -> Self {
        match fs::read(RESOLV_CONF).map_err(|_| ()).and_then(|text| parse_resolv_conf(text).map_err(|_| ())) {
            Ok((config, options)) => Self { cluster_domain: cluster_domain(config.search()), servers: servers(config, options) },
            Err(()) => Self { cluster_domain: None, servers: Err(ResolveFailure::NoConfiguration) },
        }
    }

    /// The cluster's domain, where the search list tells it.
    pub(super) fn cluster_domain(&self) -> Option<&str> {
        self.cluster_domain.as_deref()
    }

    /// The first address of a fully qualified name.
    pub(super) async fn address(&self, name: &str) -> Result<IpAddr, ResolveFailure> {
        let servers = self.servers.as_ref().map_err(|failure| *failure)?;
        let name = Name::from_ascii(name).map_err(|_| ResolveFailure::InvalidName)?;
        let found = servers.lookup_ip(name).await.map_err(|cause| failure(&cause))?;
        found.iter().next().ok_or(ResolveFailure::NoAddress)
    }
}

/// No search list and no tries of its own beyond the check's deadline: the names are fully
/// qualified, and a lost query is an observation.
fn servers(config: ResolverConfig, mut options: ResolverOpts) -> Result<TokioResolver, ResolveFailure> {
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.timeout = Duration::from_secs(2);
    options.attempts = 1;
    options.cache_size = 0;
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        .with_options(options)
        .build()
        .map_err(|_| ResolveFailure::NoConfiguration)
}

/// kubelet writes `NAMESPACE.svc.DOMAIN svc.DOMAIN DOMAIN` into the search list.
fn cluster_domain(search: &[Name]) -> Option<String> {
    search.iter().map(Name::to_ascii).find_map(|name| Some(name.strip_prefix("svc.")?.trim_end_matches('.').to_owned()))
}

fn failure(cause: &NetError) -> ResolveFailure {
    match cause {
        NetError::Timeout => ResolveFailure::TimedOut,
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => ResolveFailure::NoSuchName,
            ResponseCode::NoError => ResolveFailure::NoAddress,
            other => ResolveFailure::ResponseCode(other.into()),
        },
        NetError::Dns(DnsError::ResponseCode(code)) => ResolveFailure::ResponseCode((*code).into()),
        _ => ResolveFailure::NoServer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cluster_domain_comes_from_the_search_list() {
        let text = "search shop.svc.prod.example. svc.prod.example prod.example corp\nnameserver 10.96.0.10\noptions ndots:5\n";
        let (config, _) = parse_resolv_conf(text).unwrap();
        assert_eq!(cluster_domain(config.search()).as_deref(), Some("prod.example"));
        assert_eq!(cluster_domain(&[]), None);
    }

    #[tokio::test]
    async fn a_missing_configuration_is_an_outcome() {
        let resolver = Resolver { servers: Err(ResolveFailure::NoConfiguration), cluster_domain: None };
        assert_eq!(resolver.address("a.example.").await, Err(ResolveFailure::NoConfiguration));
    }
}
