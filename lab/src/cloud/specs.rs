//! What a Service asks of the cloud, by the annotations of Alibaba Cloud's controller and a few of
//! the lab's own for what is set up elsewhere in a real cloud. Pure.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::Service;
use kube::ResourceExt as _;

/// What every annotation of Alibaba Cloud's load balancers begins with.
const CLOUD: &str = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-";
/// Of Terway: the load balancer dials pods.
const BACKEND_TYPE: &str = "service.beta.kubernetes.io/backend-type";
/// Of external-dns: a public name for the load balancer's address.
const PUBLIC_NAME: &str = "external-dns.alpha.kubernetes.io/hostname";
/// How many addresses the load balancer has; one without it.
pub const ADDRESSES: &str = "lab.lbprobe/addresses";
/// The `ipMode` in the status; none without it.
const IP_MODE: &str = "lab.lbprobe/ip-mode";
/// `off`: a backend does not reach itself through its load balancer.
const LOOPBACK: &str = "lab.lbprobe/loopback";
/// A listener that was made by hand, past the controller: `443:198.18.0.3:443`.
const BY_HAND: &str = "lab.lbprobe/listener";

/// What a load balancer is to be for one Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancerSpec {
    /// Services that name the same one share its addresses.
    pub balancer: Balancer,
    /// From where it is reached.
    pub reach: Reach,
    /// How many addresses it has.
    pub addresses: usize,
    /// Where it sends connections.
    pub backends: Backends,
    /// The name in the status, in the address's place.
    pub hostname: Option<String>,
    /// A name that resolves to the address, and is not in the status.
    pub public_name: Option<String>,
    /// `ipMode` in the status.
    pub ip_mode: Option<String>,
    /// Whether a backend reaches itself.
    pub loopback: Loopback,
    /// Ports at which TLS ends.
    pub tls: BTreeSet<u16>,
    /// Whether connections begin with a PROXY header.
    pub header: Header,
    /// A port that leads past the cluster.
    pub by_hand: Option<ByHand>,
    /// Whether each address has an IPv6 address beside it.
    pub families: Families,
}

/// The families of a load balancer's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Families {
    /// IPv4.
    Single,
    /// IPv4 and IPv6.
    Dual,
}

impl Families {
    fn of(service: &Service) -> Self {
        let mut families = service.spec.iter().flat_map(|spec| spec.ip_families.iter().flatten());
        if families.any(|family| family == "IPv6") { Self::Dual } else { Self::Single }
    }
}

/// Which load balancer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Balancer {
    /// By its id, as it exists in the cloud.
    Id(String),
    /// One for this Service alone, by namespace and name.
    Own(String, String),
}

/// From where a load balancer is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// From everywhere.
    Internet,
    /// From the hosts of the cloud only.
    Intranet,
}

/// Where a load balancer sends connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backends {
    /// Node ports.
    Nodes,
    /// Pods themselves.
    Pods,
}

/// Whether a backend reaches itself through its load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loopback {
    /// It does.
    Works,
    /// Its connections are lost.
    Lost,
}

/// What a load balancer says to its backends first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// Nothing.
    None,
    /// The PROXY header, with the client's address.
    Proxy,
}

/// A listener that no Service declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// The load balancer's port.
    pub port: u16,
    /// Where it leads.
    pub server: (Ipv4Addr, u16),
}

impl LoadBalancerSpec {
    /// Reads them; what is not understood is as if it were not there.
    #[must_use]
    pub fn of(service: &Service) -> Self {
        let annotation = |key: &str| service.annotations().get(key).map(String::as_str);
        let cloud = |key: &str| annotation(&format!("{CLOUD}{key}"));
        let own = || Balancer::Own(service.namespace().unwrap_or_default(), service.name_any());
        Self {
            balancer: cloud("id").map_or_else(own, |id| Balancer::Id(id.to_owned())),
            reach: if cloud("address-type") == Some("intranet") { Reach::Intranet } else { Reach::Internet },
            addresses: annotation(ADDRESSES).and_then(|number| number.parse().ok()).unwrap_or(1),
            backends: if annotation(BACKEND_TYPE) == Some("eni") { Backends::Pods } else { Backends::Nodes },
            hostname: cloud("hostname").map(str::to_owned),
            public_name: annotation(PUBLIC_NAME).map(str::to_owned),
            ip_mode: annotation(IP_MODE).map(str::to_owned),
            loopback: if annotation(LOOPBACK) == Some("off") { Loopback::Lost } else { Loopback::Works },
            tls: cloud("protocol-port").map(tls_ports).unwrap_or_default(),
            header: if cloud("proxy-protocol") == Some("on") { Header::Proxy } else { Header::None },
            by_hand: annotation(BY_HAND).and_then(by_hand),
            families: Families::of(service),
        }
    }
}

/// `https:443,http:80`: the ports of https.
fn tls_ports(protocols: &str) -> BTreeSet<u16> {
    protocols.split(',').filter_map(|protocol| protocol.strip_prefix("https:")?.parse().ok()).collect()
}

fn by_hand(words: &str) -> Option<ByHand> {
    let [port, address, server_port] = words.split(':').collect::<Vec<_>>().try_into().ok()?;
    Some(ByHand { port: port.parse().ok()?, server: (address.parse().ok()?, server_port.parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

    use super::*;

    fn spec(annotations: &[(&str, &str)]) -> LoadBalancerSpec {
        let annotations = annotations.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let metadata = ObjectMeta {
            name: Some("gateway".into()),
            namespace: Some("mesh".into()),
            annotations: Some(annotations),
            ..ObjectMeta::default()
        };
        LoadBalancerSpec::of(&Service { metadata, ..Service::default() })
    }

    #[test]
    fn a_service_without_annotations_has_a_public_load_balancer_of_its_own() {
        let spec = spec(&[]);
        assert_eq!(spec.balancer, Balancer::Own("mesh".into(), "gateway".into()));
        assert_eq!((spec.reach, spec.addresses, spec.backends), (Reach::Internet, 1, Backends::Nodes));
    }

    #[test]
    fn the_controllers_annotations_are_read() {
        let spec = spec(&[
            ("service.beta.kubernetes.io/backend-type", "eni"),
            ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-id", "lb-1"),
            ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", "intranet"),
            ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-hostname", "shop.example.com"),
            ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-protocol-port", "https:443,http:80"),
            ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-proxy-protocol", "on"),
            ("lab.lbprobe/listener", "443:198.18.0.3:8443"),
        ]);
        assert_eq!(spec.balancer, Balancer::Id("lb-1".into()));
        assert_eq!((spec.reach, spec.backends), (Reach::Intranet, Backends::Pods));
        assert_eq!(spec.hostname.as_deref(), Some("shop.example.com"));
        assert_eq!((spec.tls, spec.header), ([443].into(), Header::Proxy));
        assert_eq!(spec.by_hand, Some(ByHand { port: 443, server: (Ipv4Addr::new(198, 18, 0, 3), 8443) }));
    }
}
