//! Those of clouds' controllers, by annotations: their releases are in no object that is read, but Azure's goes by Kubernetes'.

use std::ops::Range;

use super::{Defect, KnownDefect, is_in, is_local};
use crate::facts::{Facts, Service, Version};
use crate::providers::{self, Provider};

/// Azure's controller of releases that write the header into health checks under policy Local.
const AZURE_ASKS_WITH_HEADER: [Range<Version>; 4] = [
    Version::new(0, 0)..Version::new(24, 20),
    Version::new(25, 0)..Version::new(25, 14),
    Version::new(26, 0)..Version::new(26, 10),
    Version::new(27, 0)..Version::new(27, 4),
];

const AZURE_PRIVATE_LINK: [&str; 2] =
    ["service.beta.kubernetes.io/azure-pls-create", "service.beta.kubernetes.io/azure-pls-proxy-protocol"];

const GCE_INTERNAL: [&str; 2] = ["networking.gke.io/load-balancer-type", "cloud.google.com/load-balancer-type"];

const GCE_GLOBAL_ACCESS: &str = "networking.gke.io/internal-load-balancer-allow-global-access";

const VULTR_PORT: &str = "service.beta.kubernetes.io/vultr-loadbalancer-healthcheck-port";

pub(super) fn known(facts: &Facts) -> Vec<KnownDefect> {
    let service = &facts.service;
    let release = facts.nodes.iter().filter_map(|node| node.kubelet_version).min();
    let by_private_link = AZURE_PRIVATE_LINK.iter().all(|key| is_true(service, key)) && is_local(facts);
    let asks_with_header = release.is_some_and(|release| is_in(release, &AZURE_ASKS_WITH_HEADER));
    [
        providers::is_internal_by_default_on_aws(service).then(|| Defect::AwsInternalByDefault.at(Vec::new(), None)),
        is_of_one_region(facts).then(|| Defect::GceRegionAlone.at(Vec::new(), None)),
        (by_private_link && asks_with_header).then(|| Defect::AzurePrivateLinkHeader.at(Vec::new(), release)),
        service.annotations.contains_key(VULTR_PORT).then(|| Defect::VultrHealthCheckPort.at(Vec::new(), None)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Internal, and without global access.
fn is_of_one_region(facts: &Facts) -> bool {
    let is_internal = GCE_INTERNAL.iter().any(|key| facts.service.annotations.get(*key).is_some_and(|value| value == "Internal"));
    let by_class = facts.service.load_balancer_class.as_deref() == Some("networking.gke.io/l4-regional-internal");
    Provider::of(facts) == Some(Provider::Gce) && (is_internal || by_class) && !is_true(&facts.service, GCE_GLOBAL_ACCESS)
}

fn is_true(service: &Service, key: &str) -> bool {
    service.annotations.get(key).is_some_and(|value| value == "true")
}
