//! Reads what the API tells of kube-proxy and of the pod network. Nothing of it is needed to
//! probe: what may not be read is unknown, with the reason.

use std::collections::BTreeMap;

use futures::join;
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::Api;
use kube::api::ListParams;
use lbprobe_analysis::facts::{HostPort, Known, KubeProxy, KubeProxyConfig, PodNetwork, Version};

use crate::error::{Access, Error, Request, UnknownFact};
use crate::facts::convert::{self, SYSTEM_NAMESPACE};
use crate::facts::known;
use crate::kubernetes::{Cluster, list};

/// What can be had of kube-proxy.
pub(super) async fn kube_proxy(cluster: &Cluster) -> KubeProxy {
    let (config, releases) = join!(config(cluster), releases(cluster));
    KubeProxy { config: known(config), releases: known(releases), processes: BTreeMap::new() }
}

async fn config(cluster: &Cluster) -> Result<KubeProxyConfig, UnknownFact> {
    for name in convert::kube_proxy::CONFIG_MAPS {
        if let Some(data) = config_map(cluster, name).await? {
            return convert::kube_proxy::config(name, &data);
        }
    }
    Err(UnknownFact::NoConfigMap { namespace: SYSTEM_NAMESPACE, names: convert::kube_proxy::CONFIG_MAPS.join(", ") })
}

async fn config_map(cluster: &Cluster, name: &str) -> Result<Option<BTreeMap<String, String>>, UnknownFact> {
    let api: Api<ConfigMap> = Api::namespaced(cluster.client.clone(), SYSTEM_NAMESPACE);
    let access = Access { verb: "get", resource: "configmaps" };
    let found = cluster.request(Request::ReadConfigMap { namespace: SYSTEM_NAMESPACE, name }, access, api.get_opt(name)).await;
    found.map(|found| found.map(|map| map.data.unwrap_or_default())).map_err(reason)
}

async fn releases(cluster: &Cluster) -> Result<BTreeMap<String, Version>, UnknownFact> {
    let api: Api<Pod> = Api::namespaced(cluster.client.clone(), SYSTEM_NAMESPACE);
    let (label, values) = convert::kube_proxy::POD_LABEL;
    let pods = format!("{label} in ({})", values.join(","));
    let release = |pod| convert::kube_proxy::release(pod).into_iter().collect();
    let releases = list(cluster, api, ListParams::default().labels(&pods), "pods", release).await.map_err(reason)?;
    if releases.is_empty() { Err(UnknownFact::NoRelease) } else { Ok(releases.into_iter().collect()) }
}

/// What DaemonSets tell.
#[derive(Clone)]
pub(super) struct ByDaemonSets {
    /// Which network connects the pods.
    pub(super) pod_network: Known<PodNetwork>,
    /// Which ports of their nodes they take.
    pub(super) host_ports: Known<Vec<HostPort>>,
}

/// What the DaemonSets of all namespaces tell.
pub(super) async fn by_daemon_sets(cluster: &Cluster) -> ByDaemonSets {
    let api: Api<DaemonSet> = Api::all(cluster.client.clone());
    let told = |set: DaemonSet| vec![(convert::pod_network::agent(&set), convert::pod_network::host_ports(&set))];
    match list(cluster, api, ListParams::default(), "daemonsets", told).await.map_err(reason) {
        Err(reason) => ByDaemonSets { pod_network: Known::Unknown(reason.to_string()), host_ports: Known::Unknown(reason.to_string()) },
        Ok(told) => {
            let (agents, host_ports): (Vec<_>, Vec<_>) = told.into_iter().unzip();
            let agents: Vec<_> = agents.into_iter().flatten().collect();
            let pod_network = known(pod_network(cluster, &agents).await);
            ByDaemonSets { pod_network, host_ports: Known::Value(host_ports.into_iter().flatten().collect()) }
        }
    }
}

async fn pod_network(cluster: &Cluster, agents: &[convert::pod_network::Agent]) -> Result<PodNetwork, UnknownFact> {
    let details = match convert::pod_network::asks(agents) {
        Some(details) => config_map(cluster, details.config_map()).await?,
        None => None,
    };
    convert::pod_network::pod_network(agents, details.as_ref())
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn reason(cause: Error) -> UnknownFact {
    UnknownFact::Request(cause.to_string())
}
