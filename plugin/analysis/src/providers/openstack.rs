//! OpenStack: Octavia's load balancers, which are proxies but for those of the OVN provider.

use super::{HostnameAnnotation, Traits};

pub(super) const TRAITS: Traits = Traits {
    internal: Some(("service.beta.kubernetes.io/openstack-internal-load-balancer", "true")),
    node_selector: Some("loadbalancer.openstack.org/node-selector"),
    hostname: Some(HostnameAnnotation { key: "loadbalancer.openstack.org/hostname", needs: None }),
    ends_tls: |service, _| service.annotations.contains_key("loadbalancer.openstack.org/default-tls-container-ref"),
    keeps_source: |_| false,
    ..Traits::of_cloud("openstack")
};
