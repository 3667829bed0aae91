//! Alibaba Cloud: ACK with CLB and NLB, ASM, Terway.

use super::{HostnameAnnotation, Loopback, Traits, annotation, lists};
use super::{Prerequisite, Requirement};
use crate::facts::{Facts, NetworkPlugin, Service, ServicePort};

/// The annotation that says what the load balancer dials: `eni` for the pods' own interfaces.
pub const BACKEND_TYPE: &str = "service.beta.kubernetes.io/backend-type";

/// What every annotation of its load balancers begins with.
pub const LOAD_BALANCER: &str = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-";

/// Whether its cloud controller sets ipMode: it does not, by its source in April 2026.
pub(crate) const SETS_IP_MODE: Requirement = Requirement::NotMet;

pub(super) const TRAITS: Traits = Traits {
    provider: "alicloud",
    shows: Some(is_here),
    ends_tls,
    hostname: Some(HostnameAnnotation {
        key: "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-hostname",
        needs: Some(Prerequisite::AlibabaControllerHostname),
    }),
    loopback: Some(Loopback::HttpListener),
};

/// Its marks: annotations of its cloud controller, a gateway of its service mesh, its pod network.
pub(crate) fn is_here(facts: &Facts) -> bool {
    let annotations = &facts.service.annotations;
    let annotated = annotations.keys().any(|key| key.starts_with("service.beta.kubernetes.io/alibaba-cloud-") || key == BACKEND_TYPE);
    annotated || facts.service.istio_gateway().is_some() || terway(facts) == Requirement::Met
}

/// Whether pods have addresses of ENIs.
pub(crate) fn terway(facts: &Facts) -> Requirement {
    match facts.pod_network.value().map(|network| network.plugin) {
        Some(
            NetworkPlugin::Terway
            | NetworkPlugin::TerwayVeth
            | NetworkPlugin::TerwayIpvlan
            | NetworkPlugin::TerwayDataPathV2
            | NetworkPlugin::TerwayExclusiveEni,
        ) => Requirement::Met,
        Some(_) => Requirement::NotMet,
        None => Requirement::Unknown,
    }
}

/// The annotation lists protocols and ports: `https:443,http:80`.
fn ends_tls(service: &Service, port: &ServicePort) -> bool {
    annotation(service, "alibaba-cloud-loadbalancer-protocol-port").is_some_and(|value| lists(value, &format!("https:{}", port.port)))
}

impl Service {
    /// Whether the load balancer is told to dial the pods' own interfaces. A cloud's global setting
    /// does the same without the annotation.
    #[must_use]
    pub fn has_eni_backends(&self) -> bool {
        self.annotations.get(BACKEND_TYPE).is_some_and(|kind| kind == "eni")
    }
}
