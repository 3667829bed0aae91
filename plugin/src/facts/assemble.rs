//! Facts out of what was read, from the API or from a file: pure.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use lbprobe_analysis::facts::{
    Announcer, AnnouncingProgram, Challenge, Endpoint, Facts, HeaderReading, HostPort, Known, KubeProxy, Node, PodNetwork, PodPolicy,
    Service, Slice, TakenNodeAddress, Unread,
};
use lbprobe_analysis::providers;

use super::announcements::{Announcements, metallb_release};
use super::convert::cilium::CiliumAnnouncements;
use super::convert::metallb::MetalLb;
use super::convert::surroundings::{ServiceAddresses, nearby_services, taken_by_others, taken_node_addresses};
use super::convert::{self, NodeLabels, SliceEndpoints};

/// Namespace and name of a Service, with endpoints of it.
pub(super) type EndpointsOf = ((String, String), SliceEndpoints);

/// What all Services of a cluster share.
#[derive(Clone)]
pub(super) struct ClusterWide {
    pub(super) nodes: Vec<Node>,
    /// The nodes' labels: annotations may choose backends by any of them.
    pub(super) labels: Arc<NodeLabels>,
    pub(super) kube_proxy: KubeProxy,
    pub(super) pod_network: Known<PodNetwork>,
    pub(super) host_ports: Known<Vec<HostPort>>,
    pub(super) announcers: Known<BTreeSet<Announcer>>,
    /// Those of them that have a DaemonSet.
    pub(super) announcing_programs: Vec<AnnouncingProgram>,
    /// The nodes that kube-vip's DaemonSet chooses, where it does.
    pub(super) kube_vip_nodes: Option<BTreeSet<String>>,
    /// Where MetalLB's speakers run; none where it has no DaemonSet.
    pub(super) speaker_nodes: Option<BTreeSet<String>>,
    pub(super) services: Known<Vec<ServiceAddresses>>,
    pub(super) pod_policies: Known<Vec<PodPolicy>>,
    pub(super) challenges: Known<Vec<Challenge>>,
    pub(super) metallb: Known<MetalLb>,
    /// Not read where Cilium announces nothing.
    pub(super) cilium: Known<CiliumAnnouncements>,
    /// What could not be read, and matters for every Service.
    pub(super) unread: Vec<Unread>,
}

impl ClusterWide {
    /// The facts of one Service.
    pub(super) fn with(self, service: Service, slices: Vec<SliceEndpoints>) -> Facts {
        let announcements = self.announcements();
        let (slices, endpoints) = apart(slices);
        let mut facts = Facts {
            changed_meanwhile: Vec::new(),
            cni_hairpin: None,
            undeclared_ports: Vec::new(),
            ports_without_gateway: Vec::new(),
            unprivileged_ports: Vec::new(),
            unready_pod: None,
            assumed_endpoints: None,
            nearby_services: of_all(&self.services, |all| nearby_services(&service, all)),
            taken_node_addresses: taken_by_others(&service, &self.taken_node_addresses()),
            selected_backends: selected_backends(&service, &self.labels),
            unadvertised_pool: Known::default(),
            announcing_nodes: None,
            announced_apart: None,
            service,
            endpoints,
            slices: Known::Value(slices),
            announcers: self.announcers,
            announcing_programs: self.announcing_programs,
            kube_vip_nodes: self.kube_vip_nodes,
            nodes: self.nodes,
            kube_proxy: self.kube_proxy,
            pod_network: self.pod_network,
            host_ports: self.host_ports,
            pod_policies: self.pod_policies,
            service_policies: Vec::new(),
            proxy_header: HeaderReading::default(),
            refusing_setting: None,
            taken_path: None,
            unread: self.unread,
            no_address_reasons: Vec::new(),
            failed_sync: None,
            nearest_pod: None,
            challenges: self.challenges,
        };
        announcements.note(&mut facts);
        facts
    }

    fn announcements(&self) -> Announcements {
        Announcements {
            nodes: Arc::clone(&self.labels),
            services: self.services.clone(),
            metallb: self.metallb.clone(),
            speaker_nodes: self.speaker_nodes.clone(),
            metallb_release: metallb_release(&self.announcing_programs),
            cilium: self.cilium.clone(),
        }
    }

    fn taken_node_addresses(&self) -> Vec<TakenNodeAddress> {
        self.services.value().map(|all| taken_node_addresses(&self.nodes, all)).unwrap_or_default()
    }

    /// Hands on the facts of each Service, one after the other: thousands of nodes are held once, and the list of all
    /// Services is not copied for each of them.
    pub(super) fn with_each(self, services: Vec<Service>, slices: impl IntoIterator<Item = EndpointsOf>, mut each: impl FnMut(&mut Facts)) {
        let mut endpoints: HashMap<_, Vec<_>> = HashMap::new();
        for (service, more) in slices {
            endpoints.entry(service).or_default().push(more);
        }
        let (all, labels, announcements) = (self.services.clone(), self.labels.clone(), self.announcements());
        let (taken, unread) = (self.taken_node_addresses(), self.unread.clone());
        let mut facts = self.with(Service::named("", ""), Vec::new());
        for service in services {
            let own = endpoints.remove(&(service.namespace.clone(), service.name.clone()));
            let (slices, endpoints) = apart(own.unwrap_or_default());
            facts.slices = Known::Value(slices);
            facts.endpoints = endpoints;
            facts.nearby_services = of_all(&all, |all| nearby_services(&service, all));
            facts.taken_node_addresses = taken_by_others(&service, &taken);
            facts.selected_backends = selected_backends(&service, &labels);
            facts.unread.clone_from(&unread);
            facts.service = service;
            announcements.note(&mut facts);
            each(&mut facts);
        }
    }
}

/// What slices are, and their endpoints as kube-proxy has them.
fn apart(slices: Vec<SliceEndpoints>) -> (Vec<Slice>, Vec<Endpoint>) {
    let (slices, endpoints): (Vec<_>, Vec<_>) = slices.into_iter().map(|slice| (slice.slice, slice.endpoints)).unzip();
    (slices, convert::merged(endpoints.into_iter().flatten().collect()))
}

fn selected_backends(service: &Service, labels: &NodeLabels) -> Option<BTreeSet<String>> {
    convert::selected(labels, providers::node_selector(service)?)
}

/// What follows for one Service from what all of them share, where that is known.
fn of_all<T, U>(all: &Known<T>, follow: impl FnOnce(&T) -> U) -> Known<U> {
    match all {
        Known::Value(all) => Known::Value(follow(all)),
        Known::Unknown(reason) => Known::Unknown(reason.clone()),
    }
}
