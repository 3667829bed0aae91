//! An address of the load balancer of a family that the Service lacks: kube-proxy passes it over, and a load balancer
//! that counts on kube-proxy (MetalLB, kube-vip, ServiceLB) has nobody to answer there.

use std::net::IpAddr;

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::plan::{Network, Target, TargetKind};
use crate::providers::{self, DataPath};
use crate::remedies;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let service = &symptoms.facts.service;
    let addresses: Vec<_> = service.addresses_of_other_family().filter(|address| fails(symptoms, *address)).collect();
    if addresses.is_empty() {
        return None;
    }
    let families = |v6: bool| service.cluster_ips.iter().any(|ip| ip.is_ipv6() == v6);
    let mut evidence = vec![Evidence::ServiceFamilies { ipv4: families(false), ipv6: families(true) }];
    for address in &addresses {
        evidence.extend(Network::ALL.into_iter().filter_map(|network| failure(symptoms, network, *address)));
    }
    Some(Cause {
        finding: Finding::AddressOfOtherFamily { addresses },
        confidence: match providers::data_path(symptoms.facts) {
            DataPath::KubeProxy => Confidence::Confirmed,
            DataPath::Own | DataPath::Unknown => Confidence::Likely,
        },
        evidence,
        fixes: vec![remedies::dual_stack(symptoms.facts).into()],
    })
}

/// Whether an address was dialled, and never with success.
fn fails(symptoms: &Symptoms<'_>, address: IpAddr) -> bool {
    let checks = symptoms.matrix.service_checks().filter(|(_, target, _)| target.kind == TargetKind::LoadBalancerIp(address));
    let mut measured = checks.filter(|(_, _, state)| state.is_measured()).peekable();
    measured.peek().is_some() && measured.all(|(_, _, state)| state.failed_to_connect())
}

fn failure(symptoms: &Symptoms<'_>, network: Network, address: IpAddr) -> Option<Evidence> {
    let is_at = |target: &Target| target.kind == TargetKind::LoadBalancerIp(address);
    let nodes = symptoms.failing_at(network, is_at);
    let outcomes = symptoms.ways_where(network, |target, state| is_at(target) && state.failed_to_connect());
    (!nodes.is_empty()).then(|| Evidence::FailsAtAddress { network, nodes: names(&nodes), address, outcomes })
}
