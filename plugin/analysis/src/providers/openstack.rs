//! OpenStack: Octavia's load balancers, which are proxies but for those of the OVN provider.

use super::{HostnameAnnotation, Provider, Traits};
use crate::facts::Facts;

pub(super) const TRAITS: Traits = Traits {
    internal: Some(("service.beta.kubernetes.io/openstack-internal-load-balancer", "true")),
    node_selector: Some("loadbalancer.openstack.org/node-selector"),
    hostname: Some(HostnameAnnotation { key: "loadbalancer.openstack.org/hostname", value: None, needs: None }),
    ends_tls: |service, _| service.annotations.contains_key("loadbalancer.openstack.org/default-tls-container-ref"),
    keeps_source: |_| false,
    annotations: "loadbalancer.openstack.org/",
    ..Traits::of_cloud("openstack")
};

/// The annotation by which Octavia asks nodes whether they have an endpoint. The default is `create-monitor` of its
/// controller's configuration, which is off (cloud-provider-openstack, "Exposing applications using services of
/// LoadBalancer type").
const HEALTH_MONITOR: &str = "loadbalancer.openstack.org/enable-health-monitor";

/// Whether nothing shows that it does.
pub(crate) fn lacks_health_monitor(facts: &Facts) -> bool {
    let is_on = facts.service.annotations.get(HEALTH_MONITOR).is_some_and(|value| value.trim() == "true");
    Provider::of(facts) == Some(Provider::OpenStack) && !is_on
}
