//! Facts out of what was read, from the API or from a file: pure.

use std::collections::HashMap;

use lbprobe_analysis::facts::{Challenge, Endpoint, Facts, HostPort, Known, KubeProxy, Node, PodNetwork, PodPolicy, Service};

use super::convert;
use super::convert::surroundings::{ServiceAddresses, neighbours};

/// Namespace and name of a Service, with endpoints of it.
pub(super) type EndpointsOf = ((String, String), Vec<Endpoint>);

/// What all Services of a cluster share.
#[derive(Clone)]
pub(super) struct ClusterWide {
    pub(super) nodes: Vec<Node>,
    pub(super) kube_proxy: KubeProxy,
    pub(super) pod_network: Known<PodNetwork>,
    pub(super) host_ports: Known<Vec<HostPort>>,
    pub(super) services: Known<Vec<ServiceAddresses>>,
    pub(super) pod_policies: Known<Vec<PodPolicy>>,
    pub(super) challenges: Known<Vec<Challenge>>,
}

impl ClusterWide {
    /// The facts of one Service. Endpoints may be there more than once, from several slices.
    pub(super) fn with(self, service: Service, endpoints: Vec<Endpoint>) -> Facts {
        Facts {
            changed_meanwhile: Vec::new(),
            neighbours: known_neighbours(&service, &self.services),
            service,
            endpoints: convert::merged(endpoints),
            nodes: self.nodes,
            kube_proxy: self.kube_proxy,
            pod_network: self.pod_network,
            host_ports: self.host_ports,
            pod_policies: self.pod_policies,
            challenges: self.challenges,
        }
    }

    /// Hands on the facts of each Service, one after the other: thousands of nodes are held once, and the list of all
    /// Services is not copied for each of them.
    pub(super) fn with_each(self, services: Vec<Service>, slices: impl IntoIterator<Item = EndpointsOf>, mut each: impl FnMut(&Facts)) {
        let mut endpoints: HashMap<_, Vec<_>> = HashMap::new();
        for (service, more) in slices {
            endpoints.entry(service).or_default().extend(more);
        }
        let all = self.services.clone();
        let mut facts = self.with(Service::named("", ""), Vec::new());
        for service in services {
            let own = endpoints.remove(&(service.namespace.clone(), service.name.clone()));
            facts.endpoints = convert::merged(own.unwrap_or_default());
            facts.neighbours = known_neighbours(&service, &all);
            facts.service = service;
            each(&facts);
        }
    }
}

fn known_neighbours(service: &Service, all: &Known<Vec<ServiceAddresses>>) -> Known<Vec<lbprobe_analysis::facts::Neighbour>> {
    match all {
        Known::Value(all) => Known::Value(neighbours(service, all)),
        Known::Unknown(reason) => Known::Unknown(reason.clone()),
    }
}
