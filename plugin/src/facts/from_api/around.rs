//! Reads what may hold clients back from one Service: its pods, and what its servers are told. Nothing of it is needed to
//! probe: what may not be read is said.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use futures::join;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use k8s_openapi::api::networking::v1::{Ingress, NetworkPolicy};
use kube::Api;
use kube::api::ListParams;
use lbprobe_analysis::facts::{Known, TakenPath, Unread, UnreadKind};

use super::FullName;
use super::resolution::ISTIO;
use super::surroundings::of_some_version;
use crate::error::{Access, Error, Request};
use crate::facts::around::AroundServices;
use crate::facts::convert::nginx_paths;
use crate::facts::convert::nginx_settings::{self, NginxSettings};
use crate::facts::convert::servers::{self, IstioGateway, Server};
use crate::kubernetes::{Cluster, list, names};

/// A Service's selector.
pub(super) type Selector = BTreeMap<String, String>;

/// Of a Service with more pods than that the first ones are looked at: they come from one template, and thousands are load.
const MOST_PODS: u32 = 200;

/// A pod's server, and its labels by its addresses.
type ServingPod = (Option<Server>, Vec<(IpAddr, BTreeMap<String, String>)>);

/// What is read in a Service's namespace, and of what else its servers look at.
pub(super) async fn around(cluster: &Cluster, (namespace, _): &FullName, selector: &Selector) -> AroundServices {
    if selector.is_empty() {
        return AroundServices::default();
    }
    let (pods, (settings, taken_path)) = join!(pods(cluster, namespace, selector), of_nginx(cluster, namespace, selector));
    let mut around = AroundServices::default();
    match pods {
        Ok(pods) => {
            let (servers, labels): (Vec<_>, Vec<_>) = pods.into_iter().unzip();
            around.servers = servers.into_iter().flatten().collect();
            around.pod_labels = labels.into_iter().flatten().collect::<HashMap<_, _>>();
        }
        Err(cause) => around.note(UnreadKind::Pods, &cause),
    }
    match settings {
        Ok(settings) => around.nginx_settings = settings,
        Err(cause) => around.note(UnreadKind::NginxSettings, &cause),
    }
    match taken_path {
        Ok(taken) => around.taken_path = taken,
        Err(cause) => around.note(UnreadKind::Ingresses, &cause),
    }
    if around.servers.iter().any(|server| server.is_istio_proxy) {
        match istio_gateways(cluster).await {
            Ok(gateways) => around.istio_gateways = gateways,
            Err(cause) => around.note(UnreadKind::IstioGateways, &cause),
        }
    }
    around
}

impl AroundServices {
    /// The same with the NetworkPolicies of the cluster.
    pub(super) fn with_policies(mut self, policies: &Known<Arc<Vec<NetworkPolicy>>>) -> Self {
        match policies {
            Known::Value(policies) => self.policies = Arc::clone(policies),
            Known::Unknown(reason) => {
                self.unread.insert(0, Unread { what: UnreadKind::NetworkPolicies, reason: reason.clone() });
            }
        }
        self
    }

    fn note(&mut self, what: UnreadKind, cause: &Error) {
        self.unread.push(Unread { what, reason: cause.to_string() });
    }
}

/// Those that the selector matches; where it matches none, others of the namespace, one of which may be meant.
async fn pods(cluster: &Cluster, namespace: &str, selector: &Selector) -> Result<Vec<ServingPod>, Error> {
    let labels: Vec<_> = selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let api: Api<Pod> = Api::namespaced(cluster.client.clone(), namespace);
    let access = Access { verb: "list", resource: "pods" };
    let first = ListParams::default().limit(MOST_PODS);
    let mut pods = cluster.request(Request::List("pods"), access, api.list(&first.clone().labels(&labels.join(",")))).await?;
    if pods.items.is_empty() {
        pods = cluster.request(Request::List("pods"), access, api.list(&first)).await?;
    }
    Ok(pods.items.iter().map(|pod| (servers::server(pod), servers::labels_by_address(pod))).collect())
}

type OfNginx = (Result<Vec<NginxSettings>, Error>, Result<Option<TakenPath>, Error>);

/// What ingress-nginx is told; nothing where the servers are others.
async fn of_nginx(cluster: &Cluster, namespace: &str, selector: &Selector) -> OfNginx {
    if !nginx_settings::selects(selector) {
        return (Ok(Vec::new()), Ok(None));
    }
    let maps: Api<ConfigMap> = Api::namespaced(cluster.client.clone(), namespace);
    let setting = |map: ConfigMap| nginx_settings::setting(&map).into_iter().collect();
    let ingresses: Api<Ingress> = Api::all(cluster.client.clone());
    let paths = |ingress: Ingress| nginx_paths::of_no_host(&ingress).into_iter().collect();
    let (settings, paths) = join!(
        list(cluster, maps, ListParams::default(), "configmaps", setting),
        list(cluster, ingresses, ListParams::default(), "ingresses", paths),
    );
    (settings, paths.map(|paths| nginx_paths::taking_health_checks(&paths)))
}

/// None where there are Ingresses too: Istio's gateway may serve these at ports that no Gateway names.
async fn istio_gateways(cluster: &Cluster) -> Result<Vec<IstioGateway>, Error> {
    if !names::<Ingress>(cluster, "ingresses", 1).await?.is_empty() {
        return Ok(Vec::new());
    }
    let kind = ("networking.istio.io", "Gateway", ISTIO);
    let objects = of_some_version(cluster, kind, "gateways", "gateways.networking.istio.io").await?;
    Ok(objects.into_iter().filter_map(|object| serde_json::from_value(object).ok()).filter(IstioGateway::is_of_istio).collect())
}
