//! Reads the facts: all requests at once, more only where a list has several pages.

use futures::{FutureExt as _, try_join};
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Node, Service};
use kube::api::ListParams;
use kube::{Api, Resource};
use lbprobe_analysis::facts::Facts;
use serde::de::DeserializeOwned;

use crate::cluster::{Cluster, convert, kube_proxy};
use crate::error::{Access, Error};

/// Objects in one page of a list: bounds what is held of the API's own form at a time.
const PAGE: u32 = 500;

/// Where kubelets renew their leases.
const LEASE_NAMESPACE: &str = "kube-node-lease";

/// The facts of one Service, with the nodes that a selector leaves.
pub(crate) async fn facts(cluster: &Cluster, namespace: &str, name: &str, selector: Option<&str>) -> Result<Facts, Error> {
    let (service, endpoints, nodes, leases, kube_proxy, pod_network) = try_join!(
        service(cluster, namespace, name),
        list(cluster, Api::namespaced(cluster.client.clone(), namespace), slices_of(name), "endpointslices", convert::endpoints),
        list(cluster, Api::all(cluster.client.clone()), nodes_by(selector), "nodes", |node: Node| vec![node]),
        leases(cluster),
        kube_proxy::kube_proxy(cluster).map(Ok),
        kube_proxy::pod_network(cluster).map(Ok),
    )?;
    let nodes = convert::sorted(nodes.into_iter().map(|node| convert::node(node, &leases)).collect());
    Ok(Facts { service: convert::service(service)?, endpoints: convert::once(endpoints), nodes, kube_proxy, pod_network })
}

async fn service(cluster: &Cluster, namespace: &str, name: &str) -> Result<Service, Error> {
    let api: Api<Service> = Api::namespaced(cluster.client.clone(), namespace);
    let access = Access { verb: "get", resource: "services" };
    let found = cluster.request(&format!("read service {namespace}/{name}"), access, api.get_opt(name)).await?;
    found.ok_or_else(|| Error::NoService { namespace: namespace.into(), name: name.into() })
}

fn slices_of(name: &str) -> ListParams {
    ListParams::default().labels(&format!("{}={name}", convert::SERVICE_NAME_LABEL))
}

fn nodes_by(selector: Option<&str>) -> ListParams {
    selector.map_or_else(ListParams::default, |selector| ListParams::default().labels(selector))
}

/// Lists page by page; each object is reduced to what is kept of it as its page comes.
pub(super) async fn list<K, T>(
    cluster: &Cluster,
    api: Api<K>,
    params: ListParams,
    resource: &'static str,
    keep: impl Fn(K) -> Vec<T>,
) -> Result<Vec<T>, Error>
where
    K: Resource + Clone + DeserializeOwned + std::fmt::Debug,
{
    let access = Access { verb: "list", resource };
    let mut params = params.limit(PAGE);
    let mut kept = Vec::new();
    loop {
        let page = cluster.request(&format!("list {resource}"), access, api.list(&params)).await?;
        kept.extend(page.items.into_iter().flat_map(&keep));
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = params.continue_token(&token),
            None => return Ok(kept),
        }
    }
}

/// The ages of kubelets' leases, in seconds. They only sharpen a message: a user who may not read
/// them loses nothing else.
async fn leases(cluster: &Cluster) -> Result<convert::LeaseAges, Error> {
    let now = Timestamp::now();
    let api: Api<Lease> = Api::namespaced(cluster.client.clone(), LEASE_NAMESPACE);
    match list(cluster, api, ListParams::default(), "leases", |lease| convert::lease_age(lease, now).into_iter().collect()).await {
        Ok(ages) => Ok(ages.into_iter().collect()),
        Err(Error::Forbidden { .. } | Error::Api { .. }) => Ok(convert::LeaseAges::new()),
        Err(cause) => Err(cause),
    }
}
