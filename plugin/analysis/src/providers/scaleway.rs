//! Scaleway, whose load balancers are proxies.

use super::{HostnameAnnotation, Traits};

/// `ID,ID` for every port, or `443:ID,ID;8443:ID` (scaleway-cloud-controller-manager, docs/loadbalancer-annotations.md).
const CERTIFICATES: &str = "service.beta.kubernetes.io/scw-loadbalancer-certificate-ids";

fn has_certificate(ids: &str, port: u16) -> bool {
    let of_port = |part: &str| part.split_once(':').is_none_or(|(ports, _)| ports.split(',').any(|word| word.trim().parse() == Ok(port)));
    ids.split(';').filter(|part| !part.trim().is_empty()).any(of_port)
}

pub(super) const TRAITS: Traits = Traits {
    hostname: Some(HostnameAnnotation {
        key: "service.beta.kubernetes.io/scw-loadbalancer-use-hostname",
        value: Some("true"),
        needs: None,
    }),
    internal: Some(("service.beta.kubernetes.io/scw-loadbalancer-private", "true")),
    ends_tls: |service, port| service.annotations.get(CERTIFICATES).is_some_and(|ids| has_certificate(ids, port.port)),
    keeps_source: |_| false,
    // KEP-1860 names it.
    checks_from: |_, _| true,
    annotations: "service.beta.kubernetes.io/scw-loadbalancer-",
    // It takes a node without one out of the backends (scaleway-cloud-controller-manager issue 16).
    machine_ids: &["scaleway"],
    ..Traits::of_cloud("scaleway")
};
