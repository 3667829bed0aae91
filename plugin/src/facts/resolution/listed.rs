//! What there is that may lead to a Service.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use k8s_openapi::api::core::v1::Service as ApiService;
use k8s_openapi::api::networking::v1::IngressClass;
use lbprobe_analysis::facts::{Ingress, Service, ServiceType};
use lbprobe_analysis::plan::{AddressKind, Route, RouteKind, Step};

use super::RouteObject;
use crate::facts::convert;

/// By which external-dns is told a Service's names (external-dns, "Annotations").
const EXTERNAL_DNS: &str = "external-dns.alpha.kubernetes.io/hostname";

/// Everything that may lead to a Service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listed {
    pub(crate) services: Vec<ListedService>,
    pub(crate) node_addresses: BTreeSet<IpAddr>,
    pub(crate) routes: Vec<RouteObject>,
    /// The controller of each IngressClass.
    pub(crate) controllers: BTreeMap<String, String>,
    /// What could not be read, and may lead a name elsewhere.
    pub(crate) unread: Option<Step>,
}

/// A Service with what says who made it, and for which pods.
#[derive(Clone, Debug)]
pub(crate) struct ListedService {
    pub(crate) service: Service,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) selector: BTreeMap<String, String>,
    /// The names that external-dns gives it.
    pub(crate) public_names: Vec<String>,
}

impl From<ApiService> for ListedService {
    fn from(service: ApiService) -> Self {
        let names = service.metadata.annotations.as_ref().and_then(|annotations| annotations.get(EXTERNAL_DNS));
        let names = names.into_iter().flat_map(|names| names.split(',')).map(|name| lower(name.trim()));
        Self {
            public_names: names.collect(),
            labels: service.metadata.labels.clone().unwrap_or_default(),
            selector: service.spec.as_ref().and_then(|spec| spec.selector.clone()).unwrap_or_default(),
            service: convert::any_service(service),
        }
    }
}

impl From<Service> for ListedService {
    /// Of a document that has neither labels nor selector.
    fn from(service: Service) -> Self {
        Self { service, labels: BTreeMap::new(), selector: BTreeMap::new(), public_names: Vec::new() }
    }
}

/// The controller of an IngressClass, by the class' name.
pub(crate) fn controller(class: IngressClass) -> Option<(String, String)> {
    Some((class.metadata.name?, class.spec?.controller?))
}

/// A name as it is compared: without case and the dot at its end.
pub(super) fn lower(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

impl ListedService {
    /// "shop/web".
    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.service.namespace, self.service.name)
    }

    /// Which of its addresses one is.
    pub(super) fn address_kind(&self, address: IpAddr) -> Option<AddressKind> {
        if self.service.load_balancer_ips().any(|ip| ip == address) {
            Some(AddressKind::LoadBalancer)
        } else if self.service.external_ips.contains(&address) {
            Some(AddressKind::ExternalIp)
        } else if self.service.cluster_ips.contains(&address) {
            Some(AddressKind::ClusterIp)
        } else {
            None
        }
    }

    pub(super) fn has_hostname(&self, name: &str) -> bool {
        self.service.ingress.iter().any(|ingress| matches!(ingress, Ingress::Hostname(own) if lower(own) == name))
    }

    pub(super) fn declares(&self, port: u16) -> bool {
        self.service.ports.iter().any(|declared| declared.port == port)
    }

    /// Whether clients outside can have an address for it.
    pub(super) fn is_external(&self) -> bool {
        self.service.service_type != ServiceType::ClusterIp || !self.service.external_ips.is_empty()
    }

    pub(super) fn has_label(&self, key: &str, value: &str) -> bool {
        self.labels.get(key).is_some_and(|own| own == value)
    }
}

impl Listed {
    pub(super) fn route(&self, kind: RouteKind, namespace: &str, name: &str) -> Option<&RouteObject> {
        let is_it = |route: &Route| route.kind == kind && route.namespace == namespace && route.name == name;
        self.routes.iter().find(|object| is_it(&object.route))
    }
}
