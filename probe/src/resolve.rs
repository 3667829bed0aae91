//! Names to addresses, by the pod's own resolv.conf.

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
use lbprobe_protocol::{Host, NODE_ADDRESS_VARIABLE, ResolveFailure, may_be_a_load_balancers};

const RESOLV_CONF: &str = "/etc/resolv.conf";

/// The cluster's domain where the search list does not tell it: kubelet's usual one.
const USUAL_CLUSTER_DOMAIN: &str = "cluster.local";

/// Resolves the plan's names.
pub(crate) struct Names {
    resolver: Result<TokioResolver, ResolveFailure>,
    cluster_domain: String,
}

impl Names {
    /// By `/etc/resolv.conf`. A missing or unreadable file is the outcome of each name.
    pub(crate) fn from_system() -> Self {
        match fs::read(RESOLV_CONF).map_err(|_| ()).and_then(|text| parse_resolv_conf(text).map_err(|_| ())) {
            Ok((config, options)) => Self { cluster_domain: cluster_domain(config.search()), resolver: resolver(config, options) },
            Err(()) => Self { cluster_domain: USUAL_CLUSTER_DOMAIN.into(), resolver: Err(ResolveFailure::NoConfiguration) },
        }
    }

    /// The first address of a name; IPv4 comes first.
    pub(crate) async fn address(&self, host: &Host) -> Result<IpAddr, ResolveFailure> {
        let name = match host {
            Host::Address(address) => return Ok(*address),
            Host::Node => return node_address().ok_or(ResolveFailure::NoAddress),
            Host::Name(name) => format!("{}.", name.trim_end_matches('.')),
            Host::Service { namespace, name } => format!("{name}.{namespace}.svc.{}.", self.cluster_domain),
        };
        let resolver = self.resolver.as_ref().map_err(|failure| *failure)?;
        let name = Name::from_ascii(name).map_err(|_| ResolveFailure::InvalidName)?;
        let found = resolver.lookup_ip(name).await.map_err(|cause| failure(&cause))?;
        let address = found.iter().next().ok_or(ResolveFailure::NoAddress)?;
        // The cluster's own DNS tells the address of a Service; any other name stands in a status.
        let is_foreign = matches!(host, Host::Name(_));
        if is_foreign && !may_be_a_load_balancers(address) { Err(ResolveFailure::OffLimits) } else { Ok(address) }
    }
}

/// The address of the node on which this runs, as kubelet told it.
pub(crate) fn node_address() -> Option<IpAddr> {
    std::env::var(NODE_ADDRESS_VARIABLE).ok()?.parse().ok()
}

/// No search list and no tries of its own beyond the check's deadline: the names are fully
/// qualified, and a lost query is an observation.
fn resolver(config: ResolverConfig, mut options: ResolverOpts) -> Result<TokioResolver, ResolveFailure> {
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
fn cluster_domain(search: &[Name]) -> String {
    search
        .iter()
        .map(Name::to_ascii)
        .find_map(|name| Some(name.strip_prefix("svc.")?.trim_end_matches('.').to_owned()))
        .unwrap_or_else(|| USUAL_CLUSTER_DOMAIN.into())
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
        assert_eq!(cluster_domain(config.search()), "prod.example");
        assert_eq!(cluster_domain(&[]), "cluster.local");
    }

    #[tokio::test]
    async fn a_missing_configuration_is_an_outcome() {
        let names = Names { resolver: Err(ResolveFailure::NoConfiguration), cluster_domain: "cluster.local".into() };
        assert_eq!(names.address(&Host::Name("a.example".into())).await, Err(ResolveFailure::NoConfiguration));
    }
}
