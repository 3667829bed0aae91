//! Those of clouds' controllers, by annotations: their releases are in no object that is read, but Azure's goes by Kubernetes'.

use std::ops::Range;

use super::{Defect, KnownDefect, is_in, is_local};
use crate::facts::{Facts, Service, Version};
use crate::providers;

/// Azure's controller of releases that write the header into health checks under policy Local.
const AZURE_ASKS_WITH_HEADER: [Range<Version>; 4] = [
    Version::new(0, 0)..Version::new(24, 20),
    Version::new(25, 0)..Version::new(25, 14),
    Version::new(26, 0)..Version::new(26, 10),
    Version::new(27, 0)..Version::new(27, 4),
];

const AZURE_PRIVATE_LINK: [&str; 2] =
    ["service.beta.kubernetes.io/azure-pls-create", "service.beta.kubernetes.io/azure-pls-proxy-protocol"];

const VULTR_PORT: &str = "service.beta.kubernetes.io/vultr-loadbalancer-healthcheck-port";

pub(super) fn known(facts: &Facts) -> Vec<KnownDefect> {
    let service = &facts.service;
    let release = facts.nodes.iter().filter_map(|node| node.kubelet_version).min();
    let by_private_link = AZURE_PRIVATE_LINK.iter().all(|key| is_true(service, key)) && is_local(facts);
    let asks_with_header = release.is_some_and(|release| is_in(release, &AZURE_ASKS_WITH_HEADER));
    [
        providers::is_internal_by_default_on_aws(service).then(|| Defect::AwsInternalByDefault.at(Vec::new(), None)),
        (by_private_link && asks_with_header).then(|| Defect::AzurePrivateLinkHeader.at(Vec::new(), release)),
        service.annotations.contains_key(VULTR_PORT).then(|| Defect::VultrHealthCheckPort.at(Vec::new(), None)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn is_true(service: &Service, key: &str) -> bool {
    service.annotations.get(key).is_some_and(|value| value == "true")
}
