//! Those of programs that bring an address to nodes.

use std::ops::Range;

use super::{Defect, KnownDefect, is_local, zero};
use crate::facts::{Announcer, AnnouncingProgram, Facts, Node, Version};

/// MetalLB's election goes by nodes with an endpoint, and by the Service's name.
const METALLB_BY_ENDPOINT: Range<Version> = zero(7, 0)..zero(11, 0);

const METALLB_LEAVES_OUT_CORDONED: Range<Version> = zero(14, 9)..zero(15, 0);

const SERVICE_LB_DROPS: Range<Version> = zero(4, 0)..zero(4, 4);

/// kube-vip writes none of its rules in these.
const KUBE_VIP_FILTERS_NOTHING: Range<Version> = Version { major: 1, minor: 0, patch: 0 }..Version { major: 1, minor: 0, patch: 3 };

pub(super) fn known(facts: &Facts) -> Vec<KnownDefect> {
    facts.announcing_programs.iter().flat_map(|program| of_program(facts, program)).collect()
}

fn of_program(facts: &Facts, program: &AnnouncingProgram) -> Vec<KnownDefect> {
    let release = program.release;
    let is_of = |range: &Range<Version>| release.is_some_and(|release| range.contains(&release));
    let serves = facts.known_announcers().any(|known| known.program() == program.announcer.program());
    let found = |defect: Defect, nodes: Option<Vec<String>>| nodes.map(|nodes| defect.at(nodes, release));
    let shares = || facts.nearby_services.value().is_some_and(|others| !others.is_empty()).then(Vec::new);
    let all = match program.announcer {
        _ if !serves => Vec::new(),
        announcer if announcer.is_metallb() => vec![
            found(Defect::MetalLbNeedsEndpoint, without_speaker(facts).filter(|_| is_of(&METALLB_BY_ENDPOINT))),
            found(Defect::MetalLbSharesAddress, shares().filter(|_| is_of(&METALLB_BY_ENDPOINT))),
            found(Defect::MetalLbLeavesOutCordoned, cordoned(facts).filter(|_| is_of(&METALLB_LEAVES_OUT_CORDONED))),
        ],
        Announcer::ServiceLb => {
            let nodes = with_addresses_beside(facts);
            vec![found(
                Defect::ServiceLbDropsLocal,
                Some(nodes).filter(|nodes| is_of(&SERVICE_LB_DROPS) && is_local(facts) && !nodes.is_empty()),
            )]
        }
        announcer => {
            let holder = facts.service.kube_vip_host().map(str::to_owned).into_iter().collect();
            let filters = program.filters_ports && !is_of(&KUBE_VIP_FILTERS_NOTHING);
            let elects = announcer == Announcer::KubeVipByService;
            vec![found(Defect::KubeVipFilters, filters.then_some(holder)), found(Defect::KubeVipSharesAddress, shares().filter(|_| elects))]
        }
    };
    all.into_iter().flatten().collect()
}

/// Nodes with an endpoint, where no speaker runs on any of them, under policy Cluster: under policy Local that is so in any release.
fn without_speaker(facts: &Facts) -> Option<Vec<String>> {
    let speakers = facts.announcing_nodes.as_ref()?;
    let serving = facts.serving_nodes();
    let is_apart = !serving.is_empty() && serving.iter().all(|node| !speakers.contains(*node));
    (is_apart && !is_local(facts)).then(|| serving.into_iter().map(str::to_owned).collect())
}

/// Those that could announce the address, where all of them are cordoned.
fn cordoned(facts: &Facts) -> Option<Vec<String>> {
    let serving = facts.serving_nodes();
    let is_meant = |node: &&Node| !is_local(facts) || serving.contains(node.name.as_str());
    let meant: Vec<_> = facts.nodes.iter().filter(is_meant).collect();
    (!meant.is_empty() && meant.iter().all(|node| node.unschedulable)).then(|| meant.iter().map(|node| node.name.clone()).collect())
}

/// Nodes with an endpoint and an address that is not in the status, which kube-proxy does not take for the Service's.
fn with_addresses_beside(facts: &Facts) -> Vec<String> {
    let serving = facts.serving_nodes();
    let is_known = |ip: &std::net::IpAddr| facts.service.load_balancer_ips().any(|known| known == *ip);
    let has_other = |node: &&Node| node.internal_ips.iter().chain(&node.external_ips).any(|ip| !is_known(ip));
    let nodes = facts.nodes.iter().filter(|node| serving.contains(node.name.as_str())).filter(has_other);
    nodes.map(|node| node.name.clone()).collect()
}
