//! Facts from Kubernetes' own objects, as `kubectl get … -o yaml` prints them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::Metadata;
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{ConfigMap, Endpoints, Event, Pod, Service as ApiService};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{IngressClass, NetworkPolicy};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use lbprobe_analysis::facts::{
    AssumedEndpoints, Challenge, Facts, HairpinSetting, Known, KubeProxy, NoAddressReason, Node, PodNetwork, PodPolicy, Unread, UnreadKind,
};
use serde::de::DeserializeOwned;

use super::Wanted;
use super::workloads::{self, Workload};
use super::{groups, manifests};
use crate::error::{Error, FileProblem, UnknownFact};
use crate::facts::around::{AroundServices, node_ranges};
use crate::facts::assemble::ClusterWide;
use crate::facts::convert::calico::{self, CalicoSettings};
use crate::facts::convert::cilium::{self, CiliumAnnouncements};
use crate::facts::convert::hairpin;
use crate::facts::convert::metallb::{self, MetalLb};
use crate::facts::convert::nginx_paths::{self, PathsOfNoHost};
use crate::facts::convert::nginx_settings::{self, NginxSettings};
use crate::facts::convert::no_address::{self, Syncs, Warning};
use crate::facts::convert::older_slices::BetaSlice;
use crate::facts::convert::servers::{self, IstioGateway};
use crate::facts::convert::surroundings::{self, ServiceAddresses};
use crate::facts::convert::{self, kube_proxy, pod_network};
use crate::facts::known;
use crate::facts::resolution::{self, Asking, Listed, RouteObject};
use crate::labels;
use crate::nearest::nearest;
use crate::saved::{DEFAULT_NAMESPACE, Document, Head};
use crate::settings::{ServiceName, ServiceReference};

/// Lists within lists: kubectl prints one, and of several kinds one in it.
const MOST_LISTS: u8 = 2;

/// Where DaemonSets and NetworkPolicies were before: kubectl of Kubernetes 1.9 writes them so.
const OLDER_VERSIONS: [&str; 3] = ["extensions/v1beta1", "apps/v1beta2", "apps/v1beta1"];

/// The objects of a file that facts are made of.
#[derive(Default)]
struct Objects {
    services: Vec<ApiService>,
    addresses: Vec<ServiceAddresses>,
    slices: Option<Vec<EndpointSlice>>,
    endpoints: Vec<Endpoints>,
    nodes: Vec<convert::ApiNode>,
    /// The data of each, by its namespace and name.
    config_maps: BTreeMap<(String, String), BTreeMap<String, String>>,
    pods: Vec<Pod>,
    workloads: Vec<Workload>,
    /// How many pods autoscalers keep at least, by the namespace, kind and name of what they scale.
    least_replicas: BTreeMap<(String, String, String), u32>,
    daemon_sets: Option<Vec<DaemonSet>>,
    policies: Option<Vec<NetworkPolicy>>,
    /// The version of policies of another project that are not read.
    other_policies: Option<String>,
    challenges: Option<Vec<Challenge>>,
    metallb: MetalLb,
    cilium: CiliumAnnouncements,
    /// The nodes whose kube-proxies tell of ipvs mode by an Event.
    ipvs_nodes: Vec<String>,
    /// What controllers warn of, by the Service that it is about; the last of each Service counts.
    warnings: BTreeMap<(String, String), Warning>,
    syncs: Syncs,
    calico: CalicoSettings,
    /// The ConfigMaps of ingress-nginx that tell of the PROXY header.
    nginx_settings: Vec<NginxSettings>,
    paths_of_no_host: Vec<PathsOfNoHost>,
    istio_gateways: Vec<IstioGateway>,
    has_ingresses: bool,
    routes: Vec<RouteObject>,
    controllers: BTreeMap<String, String>,
    cni_hairpin: Option<HairpinSetting>,
    /// Where the endpoints of Services come from, where the file describes no cluster; empty where it does.
    assumed: BTreeMap<(String, String), AssumedEndpoints>,
}

pub(super) fn facts(
    documents: Vec<Document<'_>>,
    service: Option<&ServiceReference>,
    namespace: Option<&str>,
    file: &str,
) -> Result<(Facts, Asking), Error> {
    let objects = objects(documents, file)?;
    let wanted = Wanted::of(service, namespace, || objects.listed())?;
    objects.facts(wanted, file)
}

/// Hands on the facts of every Service that clients outside have an address for.
pub(super) fn every_service(documents: Vec<Document<'_>>, file: &str, each: impl FnMut(&Facts)) -> Result<(), Error> {
    objects(documents, file)?.every_service(file, each)
}

fn objects(documents: Vec<Document<'_>>, file: &str) -> Result<Objects, Error> {
    let mut objects = Objects::default();
    for document in documents {
        objects.add(&document.kind().unwrap_or_default(), document, 0).map_err(|cause| Error::File { file: file.into(), cause })?;
    }
    if objects.describe_no_cluster() {
        objects.assume_cluster();
    }
    Ok(objects)
}

/// Why a Service has no address yet, as far as its file shows it.
struct NoAddressReasons {
    /// Of MetalLB's, where it is the one that gives addresses.
    by_metallb: Option<NoAddressReason>,
    other: Option<NoAddressReason>,
}

impl NoAddressReasons {
    fn add_to(&self, facts: &mut Facts) {
        if facts.service.is_pending() {
            let by_metallb = self.by_metallb.clone().filter(|_| metallb::is_among(&facts.announcers));
            facts.no_address_reasons = by_metallb.into_iter().chain(self.other.clone()).collect();
        }
    }
}

impl Objects {
    /// Adds an object, or the items of a list that stands in so many others. Other kinds are passed over.
    fn add(&mut self, kind: &str, object: Document<'_>, depth: u8) -> Result<(), FileProblem> {
        if depth > MOST_LISTS {
            return Err(FileProblem::NestedLists);
        }
        if let Some(item_kind) = kind.strip_suffix("List") {
            if item_kind == "EndpointSlice" {
                self.slices.get_or_insert_default();
            }
            self.cilium.add_list(item_kind);
            let is_known = item_kind.is_empty() || groups::is_known(item_kind);
            let items = object.items().ok_or_else(|| FileProblem::BadList(kind.to_owned()));
            // Kinds of others may be called so too.
            let items = if is_known { items? } else { items.unwrap_or_default() };
            // A typed list leaves the kind out of its items.
            return items.into_iter().try_for_each(|item| self.add(item.kind().as_deref().unwrap_or(item_kind), item, depth + 1));
        }
        let object = &object;
        let version = object.head().api_version;
        if !groups::is_expected(kind, &version) {
            // Calico's has the name too, and may hold clients back.
            self.other_policies = self.other_policies.take().or(Some(version).filter(|_| kind == "NetworkPolicy"));
            return Ok(());
        }
        match kind {
            "Service" => self.add_service(in_a_namespace(typed(object)?)),
            "HorizontalPodAutoscaler" => self.least_replicas.extend(workloads::least_replicas(object)),
            "EndpointSlice" => self.slices.get_or_insert_default().push(in_a_namespace(slice(object)?)),
            // Those that another kind of the name has say nothing here.
            "Endpoints" => self.endpoints.extend(typed(object).ok().map(in_a_namespace)),
            "Node" => self.nodes.push(typed(object)?),
            kind if workloads::KINDS.contains(&kind) => self.workloads.extend(workloads::replicated(kind, object)?),
            "Pod" => self.pods.push(in_a_namespace(typed(object)?)),
            "DaemonSet" => self.daemon_sets.get_or_insert_default().push(in_a_namespace(of_older_version(object, "apps/v1")?)),
            "NetworkPolicy" => {
                self.policies.get_or_insert_default().push(in_a_namespace(of_older_version(object, "networking.k8s.io/v1")?));
            }
            "Challenge" => self.challenges.get_or_insert_default().extend(surroundings::challenge(&typed(object)?)),
            // Those of other groups have the name too.
            "Event" => self.add_event(object),
            kind if calico::KINDS.contains(&kind) => {
                if let Ok(object) = object.typed() {
                    self.calico.add(kind, &object);
                }
            }
            kind if kind == metallb::POOL || metallb::ADVERTISEMENTS.contains(&kind) => {
                if let Ok(object) = object.typed() {
                    self.metallb.add(kind, &object);
                }
            }
            kind if cilium::KINDS.iter().any(|known| known.name == kind) => {
                if let Ok(object) = object.typed() {
                    self.cilium.add(kind, &object);
                }
            }
            "IngressClass" => self.add_class(object),
            "Ingress" => {
                self.has_ingresses = true;
                self.paths_of_no_host.extend(object.typed().ok().and_then(|ingress| nginx_paths::of_no_host(&ingress)));
                self.add_route(object);
            }
            "HTTPRoute" | "VirtualService" => self.add_route(object),
            // That of the Gateway API has the name too, and its spec another form.
            "Gateway" => {
                self.add_route(object);
                self.istio_gateways.extend(object.typed().ok().filter(IstioGateway::is_of_istio));
            }
            "ConfigMap" => self.add_config_map(in_a_namespace(typed(object)?)),
            "" => return Err(FileProblem::NoKind),
            _ => {}
        }
        Ok(())
    }

    fn add_class(&mut self, object: &Document<'_>) {
        if let Ok(class) = object.typed::<IngressClass>() {
            self.controllers.extend(resolution::controller(class));
        }
    }

    /// A list of one kind leaves the kind out of its items, and their form tells it.
    fn add_route(&mut self, object: &Document<'_>) {
        let head = object.head();
        if let (Some(kind), Ok(value)) = (RouteObject::kind(&head.api_version, &head.kind), object.typed()) {
            self.routes.extend(RouteObject::read(kind, &value));
        }
    }

    /// Everything that may lead to a Service.
    fn listed(&self) -> Listed {
        Listed {
            services: self.services.iter().cloned().map(Into::into).collect(),
            node_addresses: self.nodes.iter().flat_map(convert::node_addresses).collect(),
            routes: self.routes.clone(),
            controllers: self.controllers.clone(),
            unread: None,
        }
    }

    /// One that comes twice, as in files that were put together, is as its last form says: so kubectl would apply it.
    fn add_service(&mut self, service: ApiService) {
        self.addresses.extend(surroundings::service_addresses(&service));
        let is_same = |known: &&mut ApiService| {
            (&known.metadata.name, &known.metadata.namespace) == (&service.metadata.name, &service.metadata.namespace)
        };
        match self.services.iter_mut().find(is_same) {
            Some(known) => *known = service,
            None => self.services.push(service),
        }
    }

    fn add_event(&mut self, object: &Document<'_>) {
        let Ok(event) = object.typed::<Event>() else { return };
        self.syncs.add(&event);
        if let Some(warning) = no_address::warning(&event) {
            let known = self.warnings.entry(warning.service.clone()).or_insert_with(|| warning.clone());
            if warning.seen >= known.seen {
                *known = warning;
            }
        }
        self.ipvs_nodes.extend(kube_proxy::by_event(event));
    }

    fn add_config_map(&mut self, map: ConfigMap) {
        self.metallb.add_config_map(&map);
        self.nginx_settings.extend(nginx_settings::setting(&map));
        self.cni_hairpin = self.cni_hairpin.take().or_else(|| hairpin::setting(&map));
        if let (Some(namespace), Some(name)) = (map.metadata.namespace, map.metadata.name) {
            self.config_maps.insert((namespace, name), map.data.unwrap_or_default());
        }
    }

    /// Whether the Services are as somebody wrote them, and nothing shows where they are to be.
    fn describe_no_cluster(&self) -> bool {
        self.nodes.is_empty() && !self.services.is_empty() && self.services.iter().all(manifests::is_as_written)
    }

    fn assume_cluster(&mut self) {
        self.workloads.extend(self.daemon_sets.iter().flatten().filter_map(Workload::daemon_set));
        self.workloads.extend(self.pods.iter().filter_map(Workload::pod));
        self.workloads.iter_mut().for_each(|workload| workload.scale(&self.least_replicas));
        let written: Vec<_> = std::mem::take(&mut self.endpoints).into_iter().flat_map(convert::older_slices::of_endpoints).collect();
        self.slices.get_or_insert_default().extend(written);
        let slices = self.slices.as_deref().unwrap_or_default();
        let cluster = manifests::assume(&mut self.services, &self.workloads, slices);
        self.addresses = self.services.iter().filter_map(surroundings::service_addresses).collect();
        self.nodes = cluster.nodes;
        self.pods = cluster.pods;
        self.slices.get_or_insert_default().extend(cluster.slices);
        self.assumed = cluster.endpoints;
    }

    fn facts(mut self, wanted: Wanted, file: &str) -> Result<(Facts, Asking), Error> {
        let services = self.services.clone();
        let service = self.take_service(wanted.name.as_ref(), wanted.namespace.as_deref(), file)?;
        let around = self.around_services();
        let mut assumed = std::mem::take(&mut self.assumed);
        let selector = convert::selector(&service);
        let reasons = self.no_address_reasons(&service, &services);
        let service = convert::service_for_outside(service)?;
        let cluster_wide = self.cluster_wide(file)?;
        let is_own = |slice: &EndpointSlice| convert::service_of(slice) == Some((service.namespace.clone(), service.name.clone()));
        let endpoints = self.take_slices(file)?.into_iter().filter(is_own).map(convert::slice_endpoints).collect();
        let mut facts = cluster_wide.with(service, endpoints);
        facts.assumed_endpoints = assumed.remove(&(facts.service.namespace.clone(), facts.service.name.clone()));
        let nodes = node_ranges(&facts.nodes);
        around.add_to(&mut facts, &selector, &nodes);
        reasons.add_to(&mut facts);
        Ok((facts, wanted.asking))
    }

    fn no_address_reasons(&self, service: &ApiService, all: &[ApiService]) -> NoAddressReasons {
        let not_shared = convert::address_allocation::refusal(service, all);
        let takes_any = convert::address_allocation::takes_any(service);
        let all_taken = self.metallb.all_taken(&convert::address_allocation::taken(all)).filter(|_| takes_any);
        let not_automatic = self.metallb.none_is_automatic().filter(|_| takes_any);
        let by_metallb = not_shared
            .or(all_taken.map(|addresses| NoAddressReason::PoolsFull { addresses }))
            .or(not_automatic.map(|pools| NoAddressReason::PoolsNotAutomatic { pools }));
        let (namespace, name) = convert::full_name(service);
        let pod = || self.pods.iter().find_map(|pod| no_address::pod_not_scheduled(pod, &namespace, &name));
        let sets = || self.daemon_sets.as_deref().unwrap_or_default();
        let taken = || no_address::port_taken(sets(), &namespace, &name);
        let nowhere = || no_address::no_node_chosen(sets(), &namespace, &name);
        let told = self.warnings.get(&(namespace.clone(), name.clone())).map(|warning| warning.reason.clone());
        // The scheduler says that a port is taken, and not by whom.
        NoAddressReasons { by_metallb, other: told.or_else(nowhere).or_else(taken).or_else(pod) }
    }

    fn around_services(&self) -> AroundServices {
        AroundServices {
            policies: Arc::new(self.policies.clone().unwrap_or_default()),
            nginx_settings: self.nginx_settings.clone(),
            taken_path: nginx_paths::taking_health_checks(&self.paths_of_no_host),
            servers: self.pods.iter().filter_map(servers::server).collect(),
            pod_labels: self.pods.iter().flat_map(servers::labels_by_address).collect(),
            // Istio's gateway may serve Ingresses too, at ports that no Gateway names.
            istio_gateways: if self.has_ingresses { Vec::new() } else { self.istio_gateways.clone() },
            cni_hairpin: self.cni_hairpin.clone(),
            syncs: self.syncs.clone(),
            no_address_reasons: Vec::new(),
            unread: self.other_policies.iter().map(|reason| Unread { what: UnreadKind::NetworkPolicies, reason: reason.clone() }).collect(),
        }
    }

    /// Every Service that clients outside have an address for, one after the other.
    fn every_service(mut self, file: &str, mut each: impl FnMut(&Facts)) -> Result<(), Error> {
        // Of manifests without a Service there is nothing to say.
        if self.services.is_empty() && self.nodes.is_empty() {
            return Ok(());
        }
        let around = self.around_services();
        let mut assumed = std::mem::take(&mut self.assumed);
        let selectors: BTreeMap<_, _> =
            self.services.iter().map(|service| (convert::full_name(service), convert::selector(service))).collect();
        let none = BTreeMap::new();
        let is_pending = |service: &&ApiService| convert::external((*service).clone()).is_some_and(|service| service.is_pending());
        let pending = self.services.iter().filter(is_pending);
        let reasons: BTreeMap<_, _> =
            pending.map(|service| (convert::full_name(service), self.no_address_reasons(service, &self.services))).collect();
        let cluster_wide = self.cluster_wide(file)?;
        let services = self.services.drain(..).filter_map(convert::external).collect();
        let slices = self.take_slices(file)?;
        let mut nodes = None;
        cluster_wide.with_each(services, slices.into_iter().flat_map(convert::endpoints_of), |facts| {
            let name = (facts.service.namespace.clone(), facts.service.name.clone());
            facts.assumed_endpoints = assumed.remove(&name);
            let nodes = nodes.get_or_insert_with(|| node_ranges(&facts.nodes));
            around.add_to(facts, selectors.get(&name).unwrap_or(&none), nodes);
            if let Some(reasons) = reasons.get(&name) {
                reasons.add_to(facts);
            }
            each(facts);
        });
        Ok(())
    }

    /// The EndpointSlices, or what Endpoints say where a file has none. A Service that has no endpoint has an empty one:
    /// a file without any does not show what there is.
    fn take_slices(&mut self, file: &str) -> Result<Vec<EndpointSlice>, Error> {
        match self.slices.take() {
            Some(slices) => Ok(slices),
            None if self.endpoints.is_empty() => Err(Error::File { file: file.into(), cause: FileProblem::NoSlices }),
            None => Ok(self.endpoints.drain(..).flat_map(convert::older_slices::of_endpoints).collect()),
        }
    }

    fn cluster_wide(&mut self, file: &str) -> Result<ClusterWide, Error> {
        if self.nodes.is_empty() {
            return Err(Error::File { file: file.into(), cause: FileProblem::NoNodes });
        }
        let no_leases = convert::LeaseAges::new();
        let labels = Arc::new(convert::labels(self.nodes.iter()));
        let mut nodes = convert::sorted(self.nodes.drain(..).map(|node| convert::node(node, &no_leases)).collect());
        if let Some(pair) = nodes.windows(2).find(|pair| pair[0].name == pair[1].name && pair[0] != pair[1]) {
            return Err(Error::File { file: file.into(), cause: FileProblem::TwoNodes(pair[0].name.clone()) });
        }
        nodes.dedup_by(|a, b| a.name == b.name);
        convert::note_pod_addresses(&mut nodes, self.pods.iter().filter_map(convert::pod_addresses));
        let daemon_sets = self.daemon_sets.take().ok_or(UnknownFact::NotInFile("DaemonSets"));
        let (kube_proxy, pods) = self.kube_proxy();
        let daemon_set =
            daemon_sets.as_ref().ok().and_then(|sets| kube_proxy::by_daemon_sets(sets.iter().filter_map(kube_proxy::by_daemon_set)));
        let sources = kube_proxy::Sources { daemon_set, pods, ipvs_nodes: std::mem::take(&mut self.ipvs_nodes) };
        let announcers: Known<BTreeSet<_>> =
            known(daemon_sets.as_ref().map_err(Clone::clone).map(|sets| sets.iter().filter_map(pod_network::announcer).collect()));
        let has_metallb = metallb::is_among(&announcers);
        let kube_vip_nodes = daemon_sets.iter().flatten().find_map(pod_network::kube_vip_nodes).map(|choice| choice.nodes(&labels));
        let speakers: Vec<_> = daemon_sets.iter().flatten().filter_map(convert::Speakers::of).collect();
        Ok(ClusterWide {
            cilium: Known::Value(std::mem::take(&mut self.cilium)),
            unread: Vec::new(),
            speaker_nodes: convert::speaker_nodes(&speakers, &nodes, &labels),
            kube_proxy: kube_proxy::completed(kube_proxy, sources, &nodes),
            announcers,
            announcing_programs: daemon_sets.iter().flatten().filter_map(pod_network::announcing_program).collect(),
            kube_vip_nodes,
            pod_network: known(match &daemon_sets {
                Ok(sets) => self.pod_network(sets, &nodes),
                Err(not_read) => pod_network::or_by_annotation(Err(not_read.clone()), &nodes),
            }),
            host_ports: known(daemon_sets.map(|sets| sets.iter().flat_map(pod_network::host_ports).collect())),
            nodes,
            labels,
            services: Known::Value(std::mem::take(&mut self.addresses)),
            pod_policies: known(self.policies.take().ok_or(UnknownFact::NotInFile("NetworkPolicies")).map(selecting_the_probe)),
            challenges: known(self.challenges.take().ok_or(UnknownFact::NotInFile("Challenges"))),
            metallb: if has_metallb { std::mem::take(&mut self.metallb).of_file() } else { Known::default() },
        })
    }

    fn take_service(&mut self, name: Option<&ServiceName>, namespace: Option<&str>, file: &str) -> Result<ApiService, Error> {
        let has_any = self.services.iter().any(convert::has_load_balancer);
        let is_meant = |service: &ApiService| match name {
            Some(ServiceName::Service(name)) => service.metadata.name.as_ref() == Some(name),
            Some(ServiceName::IstioGateway(name)) => convert::is_owned_by_gateway(service, name),
            None => convert::has_load_balancer(service) || !has_any && convert::is_external_without_load_balancer(service),
        };
        let unnamed = |name: &ServiceName| {
            let names = self.services.iter().filter_map(|service| service.metadata.name.as_deref());
            FileProblem::NoService { name: name.to_string(), nearest: nearest(&name.to_string(), names).map(str::to_owned) }
        };
        let unknown = name.map_or(FileProblem::NoExternalService, unnamed);
        let mut meant: Vec<ApiService> = self.services.drain(..).filter(is_meant).collect();
        meant.retain(|service| namespace.is_none_or(|namespace| service.metadata.namespace.as_deref() == Some(namespace)));
        let shown = |service: &ApiService| {
            let metadata = &service.metadata;
            format!("{}/{}", metadata.namespace.as_deref().unwrap_or("default"), metadata.name.as_deref().unwrap_or_default())
        };
        meant.dedup_by(|a, b| a == b);
        match meant.len() {
            1 => Ok(meant.remove(0)),
            0 => Err(Error::File { file: file.into(), cause: unknown }),
            _ => {
                let names: Vec<_> = meant.iter().map(shown).collect();
                Err(Error::SeveralServices { file: file.into(), names: names.join(", ") })
            }
        }
    }

    fn config_map(&self, namespace: &str, name: &str) -> Option<&BTreeMap<String, String>> {
        self.config_maps.get(&(namespace.to_owned(), name.to_owned()))
    }

    fn kube_proxy(&self) -> (KubeProxy, Vec<kube_proxy::KubeProxyPod>) {
        let maps = || kube_proxy::CONFIG_MAPS.iter().filter_map(|name| Some((*name, self.config_map(convert::SYSTEM_NAMESPACE, name)?)));
        let found = maps().find(|(_, data)| kube_proxy::holds_config(data)).or_else(|| maps().next());
        let config = found.map_or_else(|| Err(UnknownFact::NoConfigMapInFile), |(name, data)| kube_proxy::config(name, data));
        let (label, values) = kube_proxy::POD_LABEL;
        let of_kube_proxy = |pod: &&Pod| {
            let labels = || pod.metadata.labels.iter().flatten();
            labels()
                .any(|(key, value)| (key == label && values.contains(&value.as_str())) || (&**key, &**value) == kube_proxy::STATIC_LABEL)
        };
        let pods: Vec<_> = self.pods.iter().filter(of_kube_proxy).cloned().filter_map(kube_proxy::pod).collect();
        let (releases, not_ready) = (kube_proxy::releases(&pods), kube_proxy::not_ready(&pods));
        let releases = match (pods.is_empty(), releases.is_empty()) {
            (true, _) => Err(UnknownFact::NoPodsInFile),
            (false, true) => Err(UnknownFact::NoRelease),
            (false, false) => Ok(releases),
        };
        let known = KubeProxy { config: known(config), releases: known(releases), not_ready, ..KubeProxy::default() };
        (known, pods)
    }

    fn pod_network(&self, sets: &[DaemonSet], nodes: &[Node]) -> Result<PodNetwork, UnknownFact> {
        let agents: Vec<_> = sets.iter().filter_map(pod_network::agent).collect();
        let details = pod_network::asks(&agents).and_then(|asked| self.config_map(asked.namespace, &asked.name));
        let network = pod_network::or_by_annotation(pod_network::pod_network(&agents, details), nodes)?;
        let refuses_bpf = agents.iter().any(pod_network::Agent::refuses_bpf);
        let makes_room = sets.iter().any(kube_proxy::makes_room_for_calico) && !refuses_bpf;
        let network = if makes_room { pod_network::in_place_of_kube_proxy(network) } else { network };
        Ok(self.calico.apply_to(network, refuses_bpf))
    }
}

/// A file does not tell in which namespace the probe would run: every policy may matter.
fn selecting_the_probe(policies: Vec<NetworkPolicy>) -> Vec<PodPolicy> {
    let labels = labels::of_probes();
    policies.into_iter().filter_map(|policy| surroundings::pod_policy(policy, &labels)).collect()
}

fn of_object(head: &Head, cause: String) -> FileProblem {
    let kind = Some(head.kind.clone()).filter(|kind| !kind.is_empty());
    FileProblem::ObjectNotUnderstood { kind, name: head.name().map(str::to_owned), cause }
}

/// An EndpointSlice of today's version, or of the one before.
/// As kubectl would make it: manifests may leave the namespace out.
fn in_a_namespace<T: Metadata<Ty = ObjectMeta>>(mut object: T) -> T {
    object.metadata_mut().namespace.get_or_insert_with(|| DEFAULT_NAMESPACE.into());
    object
}

fn slice(object: &Document<'_>) -> Result<EndpointSlice, FileProblem> {
    typed(object).or_else(|cause| object.typed::<BetaSlice>().map(EndpointSlice::from).map_err(|_| cause))
}

/// An object whose kind had the same form in the groups where it was before, which kubectl of that time writes.
fn of_older_version<T: DeserializeOwned>(object: &Document<'_>, version: &str) -> Result<T, FileProblem> {
    typed(object).or_else(|cause| {
        let Ok(serde_json::Value::Object(mut fields)) = object.typed() else { return Err(cause) };
        if !fields.get("apiVersion").and_then(serde_json::Value::as_str).is_some_and(|own| OLDER_VERSIONS.contains(&own)) {
            return Err(cause);
        }
        fields.insert("apiVersion".into(), version.into());
        serde_json::from_value(fields.into()).map_err(|_| cause)
    })
}

fn typed<T: DeserializeOwned>(object: &Document<'_>) -> Result<T, FileProblem> {
    object.typed().map_err(|cause| of_object(&object.head(), cause))
}
