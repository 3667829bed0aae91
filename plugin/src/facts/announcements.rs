//! From which nodes MetalLB or Cilium announces a Service's address, out of what all Services share: pure.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use lbprobe_analysis::facts::{AnnouncedApart, AnnouncingProgram, CiliumConfig, Facts, Known, NearbyService, Version};
use lbprobe_analysis::providers;

use super::convert::NodeLabels;
use super::convert::cilium::{CiliumAnnouncements, SharedBy};
use super::convert::metallb::{Announced, MetalLb};
use super::convert::surroundings::{self, ServiceAddresses};
use super::known;
use crate::error::UnknownFact;

/// What says it.
#[derive(Clone)]
pub(super) struct Announcements {
    /// The nodes' labels, by which objects choose nodes.
    pub(super) nodes: Arc<NodeLabels>,
    /// All Services with an address.
    pub(super) services: Known<Vec<ServiceAddresses>>,
    pub(super) metallb: Known<MetalLb>,
    /// Where MetalLB's speakers run; none where it has no DaemonSet.
    pub(super) speaker_nodes: Option<BTreeSet<String>>,
    /// MetalLB's, where it is known.
    pub(super) metallb_release: Option<Version>,
    /// Not read where Cilium announces nothing.
    pub(super) cilium: Known<CiliumAnnouncements>,
}

/// MetalLB's release, by its DaemonSet.
pub(super) fn metallb_release(programs: &[AnnouncingProgram]) -> Option<Version> {
    programs.iter().find(|program| program.announcer.is_metallb())?.release
}

impl Announcements {
    /// Notes it of a Service whose other facts are there.
    pub(super) fn note(&self, facts: &mut Facts) {
        let addresses: Vec<_> = facts.service.load_balancer_ips().collect();
        let service = self.announced(&facts.service.namespace, &facts.service.name, &addresses);
        facts.unadvertised_pool = match &self.metallb {
            Known::Value(metallb) if metallb.may_leave_out(service) => known(Err(UnknownFact::MetalLbChoice)),
            Known::Value(metallb) => Known::Value(metallb.unadvertised_pool(service)),
            Known::Unknown(reason) => Known::Unknown(reason.clone()),
        };
        facts.announcing_nodes = self.announcing_nodes(service);
        facts.announced_apart = self.announced_apart(service, facts.nearby_services.value().map(Vec::as_slice).unwrap_or_default());
        if let Some(config) = providers::announcing_cilium(facts) {
            self.note_cilium(facts, config);
        }
    }

    fn announced<'a>(&'a self, namespace: &str, name: &str, addresses: &'a [IpAddr]) -> Announced<'a> {
        // Of every Service of a cluster, labels are looked for only where MetalLB chooses by them.
        let all = self.services.value().filter(|_| self.metallb.value().is_some());
        let labels = all.and_then(|all| surroundings::labels_of(namespace, name, all));
        Announced { addresses, labels, release: self.metallb_release }
    }

    /// Those with a speaker that an advertisement of MetalLB's chooses; nothing where that is all of them.
    fn announcing_nodes(&self, service: Announced<'_>) -> Option<BTreeSet<String>> {
        let advertised = self.metallb.value().and_then(|metallb| metallb.advertised_from(service, &self.nodes));
        let announcing = match (&self.speaker_nodes, advertised) {
            (Some(speakers), Some(advertised)) => speakers.intersection(&advertised).cloned().collect(),
            (Some(speakers), None) => speakers.clone(),
            (None, advertised) => advertised?,
        };
        (announcing.len() < self.nodes.len()).then_some(announcing)
    }

    /// Another Service at the address that MetalLB announces by layer 2 from none of this one's nodes: each has a node of its
    /// own that answers for it (metallb issue 3025).
    fn announced_apart(&self, service: Announced<'_>, nearby: &[NearbyService]) -> Option<AnnouncedApart> {
        let metallb = self.metallb.value()?;
        let with_speaker = |nodes: BTreeSet<String>| match &self.speaker_nodes {
            Some(speakers) => nodes.intersection(speakers).cloned().collect(),
            None => nodes,
        };
        let own = with_speaker(metallb.answered_from(service, &self.nodes)?);
        nearby.iter().find_map(|other| {
            let announced = self.announced(&other.namespace, &other.name, service.addresses);
            let others = with_speaker(metallb.answered_from(announced, &self.nodes)?);
            let is_apart = !own.is_empty() && !others.is_empty() && own.is_disjoint(&others);
            is_apart.then(|| AnnouncedApart {
                service: format!("{}/{}", other.namespace, other.name),
                nodes: others.into_iter().collect(),
                own_nodes: own.iter().cloned().collect(),
            })
        })
    }

    /// One node answers for all Services at an address, whichever of them is announced.
    fn note_cilium(&self, facts: &mut Facts, config: CiliumConfig) {
        let announcing = match (&self.cilium, &self.services) {
            (Known::Value(objects), Known::Value(all)) => {
                let addresses: Vec<_> = facts.service.load_balancer_ips().collect();
                let shared_by = |namespace: &str, name: &str, class: Option<String>| SharedBy {
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                    labels: surroundings::labels_of(namespace, name, all).cloned().unwrap_or_default(),
                    class,
                    addresses: addresses.clone(),
                };
                let own = shared_by(&facts.service.namespace, &facts.service.name, facts.service.load_balancer_class.clone());
                let nearby = facts.nearby_services.value().into_iter().flatten();
                let others = nearby.map(|other| shared_by(&other.namespace, &other.name, None));
                objects.announcing_nodes(config, &[own].into_iter().chain(others).collect::<Vec<_>>(), &self.nodes)
            }
            (Known::Unknown(reason), _) | (_, Known::Unknown(reason)) => Known::Unknown(reason.clone()),
        };
        match announcing {
            Known::Value(announcing) => facts.announcing_nodes = Some(announcing).filter(|announcing| announcing.len() < self.nodes.len()),
            Known::Unknown(reason) => facts.unadvertised_pool = Known::Unknown(reason),
        }
    }
}
