//! What is known of each cloud, a file a cloud: by which marks it shows, what annotations tell its controller, and how
//! its load balancers treat a backend's own connections.

pub mod alibaba;
mod aws;
mod azure;
mod digital_ocean;
mod gce;
mod hetzner;
mod prerequisite;

use serde::{Deserialize, Serialize};

use crate::facts::{Facts, Service, ServicePort};

pub use alibaba::BACKEND_TYPE;
pub use prerequisite::{Prerequisite, Requirement};

/// A cloud of which something is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cloud {
    /// Alibaba Cloud.
    Alibaba,
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure.
    Azure,
    /// DigitalOcean.
    DigitalOcean,
    /// Google Cloud.
    Gce,
    /// Hetzner Cloud.
    Hetzner,
}

/// What is known of a cloud.
pub(crate) struct Traits {
    /// The beginning of its nodes' `spec.providerID`.
    pub(crate) provider: &'static str,
    /// By which facts it shows, where that is not by who made the nodes.
    pub(crate) shows: Option<fn(&Facts) -> bool>,
    /// Whether annotations tell it to end TLS on a port.
    pub(crate) ends_tls: fn(&Service, &ServicePort) -> bool,
    /// How it puts a hostname into the status, in the address's place.
    pub(crate) hostname: Option<HostnameAnnotation>,
    /// What helps where its load balancers do not bring a backend's connection back to it.
    pub(crate) loopback: Option<Loopback>,
}

/// An annotation that puts a hostname into the status, in the address's place.
pub(crate) struct HostnameAnnotation {
    /// Its key.
    pub(crate) key: &'static str,
    /// What it needs.
    pub(crate) needs: Option<Prerequisite>,
}

/// What helps where a backend cannot reach itself through the load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Loopback {
    /// No preservation of the client's address (AWS, network load balancers).
    NoClientIpPreservation,
    /// Clients on nodes that are no backends, because a backend gets nothing back (Azure, internal).
    ClientsElsewhere,
    /// Clients on nodes that are no backends, because a backend answers itself (Google Cloud, internal).
    ClientsElsewhereAsBackendAnswersItself,
    /// An HTTP or HTTPS listener (Alibaba Cloud).
    HttpListener,
}

impl Cloud {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Alibaba, Self::Aws, Self::Azure, Self::DigitalOcean, Self::Gce, Self::Hetzner];

    pub(crate) const fn traits(self) -> &'static Traits {
        match self {
            Self::Alibaba => &alibaba::TRAITS,
            Self::Aws => &aws::TRAITS,
            Self::Azure => &azure::TRAITS,
            Self::DigitalOcean => &digital_ocean::TRAITS,
            Self::Gce => &gce::TRAITS,
            Self::Hetzner => &hetzner::TRAITS,
        }
    }

    /// What helps where its load balancers do not bring a backend's connection back to it.
    pub(crate) const fn loopback(self) -> Option<Loopback> {
        self.traits().loopback
    }

    /// Whether the cluster shows its marks.
    pub(crate) fn is_here(self, facts: &Facts) -> bool {
        let Traits { provider, shows, .. } = self.traits();
        let made_nodes = || facts.nodes.iter().any(|node| node.provider.as_deref() == Some(provider));
        shows.map_or_else(made_nodes, |shows| shows(facts))
    }
}

/// Whether annotations tell some cloud's controller to end TLS on a port. One cloud's annotations mean nothing to
/// another, so that all may be asked.
pub(crate) fn ends_tls(service: &Service, port: &ServicePort) -> bool {
    Cloud::ALL.iter().any(|cloud| (cloud.traits().ends_tls)(service, port))
}

/// The annotations that put a hostname into a status, of any cloud.
pub fn hostname_annotations() -> impl Iterator<Item = &'static str> {
    Cloud::ALL.iter().filter_map(|cloud| Some(cloud.traits().hostname.as_ref()?.key))
}

/// Whether the load balancer is a cloud's, which forwards by itself. Where no cloud made the nodes, it only brings packets
/// to a node, and kube-proxy does the rest (MetalLB, kube-vip, ServiceLB).
pub(crate) fn has_own_data_path(facts: &Facts) -> bool {
    let made =
        |node: &crate::facts::Node| node.provider.as_deref().is_some_and(|by| Cloud::ALL.iter().any(|cloud| cloud.traits().provider == by));
    facts.nodes.iter().any(made)
}

/// What helps on the cloud that made the nodes.
pub(crate) fn loopback(facts: &Facts) -> Option<Loopback> {
    let provider = facts.nodes.iter().find_map(|node| node.provider.as_deref())?;
    Cloud::ALL.iter().map(|cloud| cloud.traits()).find(|traits| traits.provider == provider)?.loopback
}

/// The value of an annotation of cloud controllers.
fn annotation<'a>(service: &'a Service, name: &str) -> Option<&'a str> {
    service.annotations.get(&format!("service.beta.kubernetes.io/{name}")).map(String::as_str)
}

/// Whether a list of words between commas has a word.
fn lists(value: &str, word: &str) -> bool {
    value.split(',').any(|listed| listed.trim() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_tell_where_tls_ends() {
        let ends = |annotations: &[(&str, &str)], port: u16| {
            let mut service = Service::named("shop", "gateway");
            for (name, value) in annotations {
                service.annotations.insert(format!("service.beta.kubernetes.io/{name}"), (*value).into());
            }
            ends_tls(&service, &ServicePort { name: Some(format!("p{port}")), ..ServicePort::tcp(port) })
        };
        let alibaba = [("alibaba-cloud-loadbalancer-protocol-port", "http:80, https:443")];
        assert_eq!((ends(&alibaba, 443), ends(&alibaba, 80)), (true, false));
        let aws = |ports| [("aws-load-balancer-ssl-cert", "arn"), ("aws-load-balancer-ssl-ports", ports)];
        assert_eq!((ends(&aws("p443"), 443), ends(&aws("443"), 80), ends(&aws("*"), 80)), (true, false, true));
        assert!(ends(&aws("*")[..1], 8443), "all ports where none is named");
        assert_eq!((ends(&[("do-loadbalancer-tls-ports", "443")], 443), ends(&[], 443)), (true, false));
    }
}
