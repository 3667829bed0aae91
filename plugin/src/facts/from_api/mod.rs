//! Facts from the API server: all requests at once, more only where a list has several pages.

mod around;
mod follow;
mod kube_proxy;
mod named_pods;
mod no_address;
mod resolution;
mod surroundings;
mod users;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use futures::{FutureExt as _, join, try_join};
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::api::ListParams;
use kube::{Api, Resource as _};
use lbprobe_analysis::facts::{Endpoint, Facts, Known, PodPolicy, ServiceType, Unread, UnreadKind};

use self::around::Selector;
pub(crate) use self::follow::{Followed, follow};
use self::kube_proxy::ByDaemonSets;
pub(crate) use self::named_pods::{FoundPod, FoundPods, named_pods, unfit_by_node};
pub(crate) use self::resolution::{resolve, resolve_anything};
pub(crate) use self::users::users_of;
use super::around::{AroundServices, node_ranges};
use super::assemble::ClusterWide;
use super::convert::no_address::Syncs;
use super::convert::{self, NodeLabels, SliceEndpoints};
use super::known;
use crate::error::{Access, Error, MeantService, Request};
use crate::kubernetes::{Cluster, list};
use crate::labels;
use crate::settings::ServiceName;

/// Up to so many nodes, each one's lease is read by itself: a list of thousands for a handful is load.
const FEW_NODES: usize = 20;

/// Services that are read at a time.
const READ_IN_FLIGHT: usize = 10;

/// Where kubelets renew their leases.
const LEASE_NAMESPACE: &str = "kube-node-lease";

/// Namespace and name of a Service.
type FullName = (String, String);

/// What is read around a Service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadScope<'a> {
    /// The namespace of the probe's pods.
    pub(crate) probe_namespace: &'a str,
    /// A label selector of nodes; all where missing.
    pub(crate) selector: Option<&'a str>,
}

/// The facts of one Service that can be dialled, with the nodes that a selector leaves.
pub(crate) async fn facts(cluster: &Cluster, namespace: &str, name: &ServiceName, around: ReadScope<'_>) -> Result<Facts, Error> {
    let (found, (cluster_wide, policies)) = try_join!(Box::pin(found(cluster, namespace, name)), cluster_wide(cluster, around))?;
    found.facts(cluster_wide, &policies, convert::service)
}

/// The facts around something that is none of the cluster's.
pub(crate) async fn facts_elsewhere(
    cluster: &Cluster,
    service: &lbprobe_analysis::facts::Service,
    around: ReadScope<'_>,
) -> Result<Facts, Error> {
    let (cluster_wide, _) = Box::pin(cluster_wide(cluster, around)).await?;
    Ok(cluster_wide.with(service.clone(), Vec::new()))
}

/// The same of one whose load balancer may have no address yet.
pub(crate) async fn facts_to_predict_from(
    cluster: &Cluster,
    namespace: &str,
    name: &ServiceName,
    around: ReadScope<'_>,
) -> Result<Facts, Error> {
    let (found, (cluster_wide, policies)) = try_join!(Box::pin(found(cluster, namespace, name)), cluster_wide(cluster, around))?;
    let mut facts = found.facts(cluster_wide, &policies, convert::service_for_outside)?;
    if facts.service.is_pending() {
        facts.no_address_reasons = no_address::reasons(cluster, &facts.service).await;
    }
    Ok(facts)
}

/// The same for several, in their namespaces: what they share is read once. A Service that is not there, or not to be
/// probed, is an error of its own.
pub(crate) async fn facts_of(
    cluster: &Cluster,
    services: &[(String, ServiceName)],
    around: ReadScope<'_>,
) -> Result<Vec<Result<Facts, Error>>, Error> {
    let reads = services.iter().map(|(namespace, name)| async { Ok(Box::pin(found(cluster, namespace, name)).await) });
    let reads = stream::iter(reads).buffered(READ_IN_FLIGHT).try_collect::<Vec<_>>();
    let (found, (cluster_wide, policies)) = try_join!(reads, cluster_wide(cluster, around))?;
    let mut facts = Vec::new();
    for found in found {
        facts.push(match found {
            Ok(found) => found.facts(cluster_wide.clone(), &policies, convert::service),
            // Without a connection there is nothing to say of any of them.
            Err(cause @ (Error::Unreachable { .. } | Error::Unauthorized { .. } | Error::Overdue { .. })) => return Err(cause),
            Err(cause) => Err(cause),
        });
    }
    Ok(facts)
}

/// A Service with what belongs to it alone.
struct Found {
    service: Service,
    endpoints: Vec<SliceEndpoints>,
    around: AroundServices,
}

impl Found {
    fn facts(
        self,
        cluster_wide: ClusterWide,
        policies: &Policies,
        convert: fn(Service) -> Result<lbprobe_analysis::facts::Service, Error>,
    ) -> Result<Facts, Error> {
        let selector = convert::selector(&self.service);
        let mut facts = cluster_wide.with(convert(self.service)?, self.endpoints);
        let nodes = node_ranges(&facts.nodes);
        self.around.with_policies(policies).add_to(&mut facts, &selector, &nodes);
        Ok(facts)
    }
}

async fn found(cluster: &Cluster, namespace: &str, name: &ServiceName) -> Result<Found, Error> {
    let service = service(cluster, namespace, name).await?;
    let slices = slices_of(service.metadata.name.as_deref().unwrap_or_default());
    let api = Api::namespaced(cluster.client.clone(), namespace);
    let (name, selector) = (convert::full_name(&service), convert::selector(&service));
    let syncs = async { if convert::has_load_balancer(&service) { no_address::syncs(cluster, &name).await } else { Syncs::default() } };
    let (endpoints, around, syncs) = join!(
        list(cluster, api, slices, "endpointslices", |slice| vec![convert::slice_endpoints(slice)]),
        around::around(cluster, &name, &selector),
        syncs,
    );
    Ok(Found { service, endpoints: endpoints?, around: AroundServices { syncs, ..around } })
}

/// A Service and its endpoints once more; none where it is no Service with a load balancer any more.
pub(crate) async fn service_again(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
) -> Result<Option<(lbprobe_analysis::facts::Service, Vec<Endpoint>)>, Error> {
    let api: Api<Service> = Api::namespaced(cluster.client.clone(), namespace);
    let access = Access { verb: "get", resource: "services" };
    let slices = list(cluster, Api::namespaced(cluster.client.clone(), namespace), slices_of(name), "endpointslices", convert::endpoints);
    let (service, endpoints) =
        try_join!(cluster.request(Request::ReadServiceAgain { namespace, name }, access, api.get_opt(name)), slices)?;
    let service = service.and_then(|service| convert::service(service).ok());
    Ok(service.map(|service| (service, convert::merged(endpoints))))
}

/// The NetworkPolicies of all namespaces, which are held against each Service.
type Policies = Known<Arc<Vec<NetworkPolicy>>>;

async fn cluster_wide(cluster: &Cluster, around: ReadScope<'_>) -> Result<(ClusterWide, Policies), Error> {
    let labels = labels::of_probes();
    let ((mut nodes, labels), (kube_proxy, pods_of_kube_proxy), by_daemon_sets, services, (policies, pod_policies), challenges) = try_join!(
        nodes(cluster, around.selector),
        kube_proxy::kube_proxy(cluster).map(Ok),
        kube_proxy::by_daemon_sets(cluster).map(Ok),
        surroundings::service_addresses(cluster).map(Ok),
        surroundings::policies(cluster, around.probe_namespace, &labels).map(Ok),
        surroundings::challenges(cluster).map(Ok),
    )?;
    let ByDaemonSets {
        pod_network,
        refuses_bpf,
        host_ports,
        announcers,
        announcing_programs,
        kube_vip_nodes,
        speakers,
        kube_proxy: by_daemon_set,
    } = by_daemon_sets;
    let ipvs_nodes = if kube_proxy.config.value().is_none() { kube_proxy::by_events(cluster).await } else { Vec::new() };
    convert::note_images(&mut nodes, convert::kube_proxy::images(&pods_of_kube_proxy));
    let pod_network = known(convert::pod_network::or_by_annotation(pod_network, &nodes));
    let sources = convert::kube_proxy::Sources { daemon_set: by_daemon_set, pods: pods_of_kube_proxy, ipvs_nodes };
    let kube_proxy = convert::kube_proxy::completed(kube_proxy, sources, &nodes);
    let kube_vip_nodes = kube_vip_nodes.map(|choice| choice.nodes(&labels));
    let speaker_nodes = convert::speaker_nodes(&speakers, &nodes, &labels);
    let labels = Arc::new(labels);
    let (metallb, cilium, calico) = join!(
        surroundings::metallb(cluster, &announcers),
        surroundings::cilium(cluster, &pod_network),
        surroundings::calico(cluster, &pod_network),
    );
    let (pod_network, unread) = match (pod_network, calico) {
        (Known::Value(network), Ok(settings)) => (Known::Value(settings.apply_to(network, refuses_bpf)), None),
        (network, Ok(_)) => (network, None),
        (network, Err(cause)) => (network, Some(Unread { what: UnreadKind::CalicoSettings, reason: cause.to_string() })),
    };
    let cluster_wide = ClusterWide {
        nodes,
        labels,
        kube_proxy,
        pod_network,
        host_ports,
        announcers,
        announcing_programs,
        kube_vip_nodes,
        speaker_nodes,
        services,
        pod_policies,
        challenges,
        metallb,
        cilium,
        unread: unread.into_iter().collect(),
    };
    Ok((cluster_wide, policies))
}

/// The Service of that name, or the one that an Istio gateway of that name owns.
async fn service(cluster: &Cluster, namespace: &str, name: &ServiceName) -> Result<Service, Error> {
    let api: Api<Service> = Api::namespaced(cluster.client.clone(), namespace);
    match name {
        ServiceName::Service(name) => {
            let access = Access { verb: "get", resource: "services" };
            let found = cluster.request(Request::ReadService { namespace, name }, access, api.get_opt(name)).await?;
            match found {
                Some(service) => Ok(service),
                None => {
                    Err(Error::NoService { namespace: namespace.into(), name: name.clone(), meant: meant(cluster, namespace, name).await })
                }
            }
        }
        ServiceName::IstioGateway(name) => {
            let services = list(cluster, api, ListParams::default(), "services", |service| vec![service]).await?;
            let owned = services.into_iter().find(|service| convert::is_owned_by_gateway(service, name));
            owned.ok_or_else(|| Error::NoGateway { namespace: namespace.into(), name: name.clone() })
        }
    }
}

/// The uid of the first node by name, which no other cluster has; nothing where there is no node.
pub(crate) async fn id_of_first_node(cluster: &Cluster) -> Result<Option<String>, Error> {
    let api: Api<convert::ApiNode> = Api::all(cluster.client.clone());
    let access = Access { verb: "list", resource: "nodes" };
    let first = ListParams::default().limit(1);
    let listed = cluster.request(Request::List("nodes"), access, api.list_metadata(&first)).await?;
    Ok(listed.items.into_iter().next().and_then(|node| node.metadata.uid))
}

/// All nodes.
pub(crate) async fn listed_nodes(cluster: &Cluster) -> Result<Vec<lbprobe_analysis::facts::Node>, Error> {
    Ok(nodes(cluster, None).await?.0)
}

/// The addresses that kube-proxy serves in a cluster, each with the Service that has it: "namespace/name".
pub(crate) async fn addresses_of_services(cluster: &Cluster) -> Result<Vec<(IpAddr, String)>, Error> {
    list(cluster, Api::all(cluster.client.clone()), ListParams::default(), "services", |service: Service| convert::own_addresses(&service))
        .await
}

/// The NetworkPolicies that select probe pods in the namespace of the kubeconfig's context.
pub(crate) async fn policies_on_probes(cluster: &Cluster) -> Known<Vec<PodPolicy>> {
    surroundings::pod_policies(cluster, &cluster.namespace, &labels::of_probes()).await
}

/// The Services of a namespace that clients outside have an address for, or are to have one: `most` of them at most.
pub(crate) async fn services_for_outside(
    cluster: &Cluster,
    namespace: &str,
    most: u32,
) -> Result<Vec<lbprobe_analysis::facts::Service>, Error> {
    let api: Api<Service> = Api::namespaced(cluster.client.clone(), namespace);
    let access = Access { verb: "list", resource: "services" };
    let listed = cluster.request(Request::List("services"), access, api.list(&ListParams::default().limit(most))).await?;
    Ok(listed.items.into_iter().filter_map(|service| convert::service_for_outside(service).ok()).collect())
}

/// The Service that is most likely meant by a name that none has; none where the Services may not be read: the error is
/// another.
async fn meant(cluster: &Cluster, namespace: &str, name: &str) -> Option<MeantService> {
    let named = |service: Service| {
        let metadata = service.metadata;
        metadata.namespace.zip(metadata.name).map(|(namespace, name)| MeantService { namespace, name }).into_iter().collect()
    };
    let of = async |api: Api<Service>| list(cluster, api, ListParams::default(), "services", named).await;
    let services = match of(Api::all(cluster.client.clone())).await {
        Err(Error::Forbidden { .. }) => of(Api::namespaced(cluster.client.clone(), namespace)).await,
        other => other,
    };
    MeantService::find(namespace, name, &services.ok()?)
}

/// The facts of every Service that clients outside have an address for, or are to have one, one after the other, so that
/// thousands of nodes are held once.
pub(crate) async fn every_service(cluster: &Cluster, around: ReadScope<'_>, mut each: impl FnMut(&Facts)) -> Result<(), Error> {
    let keep = |service: Service| {
        let (name, selector) = (convert::full_name(&service), convert::selector(&service));
        convert::external(service).map(|service| (service, name, selector)).into_iter().collect()
    };
    let (services, slices, (cluster_wide, policies)) = try_join!(
        list(cluster, Api::<Service>::all(cluster.client.clone()), ListParams::default(), "services", keep),
        list(cluster, Api::all(cluster.client.clone()), ListParams::default(), "endpointslices", convert::endpoints_of),
        cluster_wide(cluster, around),
    )?;
    let around = around_each(cluster, &services).await;
    let selectors: BTreeMap<_, _> = services.iter().map(|(_, name, selector)| (name.clone(), selector.clone())).collect();
    let mut nodes = None;
    cluster_wide.with_each(services.into_iter().map(|(service, ..)| service).collect(), slices, |facts| {
        let name = (facts.service.namespace.clone(), facts.service.name.clone());
        if let (Some(around), Some(selector)) = (around.get(&name), selectors.get(&name)) {
            let nodes = nodes.get_or_insert_with(|| node_ranges(&facts.nodes));
            around.clone().with_policies(&policies).add_to(facts, selector, nodes);
        }
        each(facts);
    });
    Ok(())
}

/// What may hold clients back from each Service, and why it has no address yet.
async fn around_each(
    cluster: &Cluster,
    services: &[(lbprobe_analysis::facts::Service, FullName, Selector)],
) -> BTreeMap<FullName, AroundServices> {
    let reads = services.iter().map(async |(service, name, selector)| {
        let mut around = around::around(cluster, name, selector).await;
        if service.is_pending() {
            around.no_address_reasons = no_address::reasons(cluster, service).await;
        } else if service.service_type == ServiceType::LoadBalancer {
            around.syncs = no_address::syncs(cluster, name).await;
        }
        (name.clone(), around)
    });
    stream::iter(reads).buffer_unordered(READ_IN_FLIGHT).collect().await
}

fn slices_of(name: &str) -> ListParams {
    ListParams::default().labels(&format!("{}={name}", convert::SERVICE_NAME_LABEL))
}

fn nodes_by(selector: Option<&str>) -> ListParams {
    selector.map_or_else(ListParams::default, |selector| ListParams::default().labels(selector))
}

/// The nodes that a selector leaves, with the ages of their kubelets' leases, and their labels. Of few nodes their own
/// leases are read.
async fn nodes(cluster: &Cluster, selector: Option<&str>) -> Result<(Vec<lbprobe_analysis::facts::Node>, NodeLabels), Error> {
    let listed = list(cluster, Api::all(cluster.client.clone()), nodes_by(selector), "nodes", |node: convert::ApiNode| vec![node]);
    let (nodes, leases) = if selector.is_none() {
        try_join!(listed, leases(cluster, ListParams::default()))?
    } else {
        let nodes = listed.await?;
        let leases = if nodes.len() <= FEW_NODES {
            let names = nodes.iter().filter_map(|node| node.meta().name.clone());
            let each = names.map(|name| leases(cluster, ListParams::default().fields(&format!("metadata.name={name}"))));
            stream::iter(each).buffer_unordered(READ_IN_FLIGHT).try_concat().await?
        } else {
            leases(cluster, ListParams::default()).await?
        };
        (nodes, leases)
    };
    let leases: convert::LeaseAges = leases.into_iter().collect();
    // Of some of the nodes alone nothing follows for a load balancer's backends.
    let labels = if selector.is_none() { convert::labels(nodes.iter()) } else { NodeLabels::new() };
    Ok((convert::sorted(nodes.into_iter().map(|node| convert::node(node, &leases)).collect()), labels))
}

/// The ages of kubelets' leases, in seconds. They only sharpen a message: a user who may not read
/// them loses nothing else.
async fn leases(cluster: &Cluster, params: ListParams) -> Result<Vec<(String, u64)>, Error> {
    let now = Timestamp::now();
    let api: Api<Lease> = Api::namespaced(cluster.client.clone(), LEASE_NAMESPACE);
    match list(cluster, api, params, "leases", |lease| convert::lease_age(lease, now).into_iter().collect()).await {
        Ok(ages) => Ok(ages),
        Err(Error::Forbidden { .. } | Error::Api { .. } | Error::EndlessList { .. }) => Ok(Vec::new()),
        Err(cause) => Err(cause),
    }
}
