//! Reads what the API tells of kube-proxy and of the pod network. Nothing of it is needed to
//! probe: what may not be read is unknown, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use futures::join;
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{ConfigMap, Event, Pod};
use kube::Api;
use kube::api::ListParams;
use lbprobe_analysis::facts::{Announcer, AnnouncingProgram, HostPort, Known, KubeProxy, KubeProxyConfig, PodNetwork};

use crate::error::{Access, Error, Request, UnknownFact};
use crate::facts::convert::kube_proxy::{KubeProxyPod, Started};
use crate::facts::convert::{self, SYSTEM_NAMESPACE};
use crate::facts::known;
use crate::kubernetes::{Cluster, list};

/// The labels of its pods, and of its static pods.
const LABELLED: (&str, &[&str]) = (convert::kube_proxy::POD_LABEL.0, &convert::kube_proxy::POD_LABEL.1);
const STATIC: (&str, &[&str]) = (convert::kube_proxy::STATIC_LABEL.0, &[convert::kube_proxy::STATIC_LABEL.1]);

/// Where Events of objects without a namespace are.
const NODE_EVENTS: &str = "default";

/// What can be had of kube-proxy.
pub(super) async fn kube_proxy(cluster: &Cluster) -> (KubeProxy, Vec<KubeProxyPod>) {
    let (config, pods) = join!(config(cluster), pods(cluster, LABELLED));
    let pods = match pods {
        // On GKE it is a static pod without a ConfigMap.
        Ok(pods) if pods.is_empty() && config.is_err() => self::pods(cluster, STATIC).await,
        pods => pods,
    };
    let (releases, pods) = match pods {
        Ok(pods) => (Some(convert::kube_proxy::releases(&pods)).filter(|known| !known.is_empty()).ok_or(UnknownFact::NoRelease), pods),
        Err(reason) => (Err(reason), Vec::new()),
    };
    let not_ready = convert::kube_proxy::not_ready(&pods);
    (KubeProxy { config: known(config), releases: known(releases), not_ready, ..KubeProxy::default() }, pods)
}

async fn config(cluster: &Cluster) -> Result<KubeProxyConfig, UnknownFact> {
    let mut without_config = None;
    for name in convert::kube_proxy::CONFIG_MAPS {
        match config_map(cluster, SYSTEM_NAMESPACE, name).await? {
            Some(data) if convert::kube_proxy::holds_config(&data) => return convert::kube_proxy::config(name, &data),
            Some(data) => without_config = without_config.or(Some((name, data))),
            None => {}
        }
    }
    if let Some((name, data)) = without_config {
        return convert::kube_proxy::config(name, &data);
    }
    Err(UnknownFact::NoConfigMap { namespace: SYSTEM_NAMESPACE, names: convert::kube_proxy::CONFIG_MAPS.join(", ") })
}

async fn config_map(cluster: &Cluster, namespace: &str, name: &str) -> Result<Option<BTreeMap<String, String>>, UnknownFact> {
    let api: Api<ConfigMap> = Api::namespaced(cluster.client.clone(), namespace);
    let access = Access { verb: "get", resource: "configmaps" };
    let found = cluster.request(Request::ReadConfigMap { namespace, name }, access, api.get_opt(name)).await;
    found.map(|found| found.map(|map| map.data.unwrap_or_default())).map_err(reason)
}

async fn pods(cluster: &Cluster, (label, values): (&str, &[&str])) -> Result<Vec<KubeProxyPod>, UnknownFact> {
    let api: Api<Pod> = Api::namespaced(cluster.client.clone(), SYSTEM_NAMESPACE);
    let pods = format!("{label} in ({})", values.join(","));
    let told = |pod| convert::kube_proxy::pod(pod).into_iter().collect();
    list(cluster, api, ListParams::default().labels(&pods), "pods", told).await.map_err(reason)
}

/// The nodes whose Events tell of ipvs mode. A user who may not read those loses nothing else.
pub(super) async fn by_events(cluster: &Cluster) -> Vec<String> {
    let api: Api<Event> = Api::namespaced(cluster.client.clone(), NODE_EVENTS);
    let params = ListParams::default().fields(&format!("reason={},involvedObject.kind=Node", convert::kube_proxy::IPVS_REASON));
    let told = |event| convert::kube_proxy::by_event(event).into_iter().collect();
    list(cluster, api, params, "events", told).await.unwrap_or_default()
}

/// What DaemonSets tell.
pub(super) struct ByDaemonSets {
    /// Which network connects the pods.
    pub(super) pod_network: Result<PodNetwork, UnknownFact>,
    /// Whether Calico's agent refuses its eBPF data path, whatever objects say.
    pub(super) refuses_bpf: bool,
    /// Which ports of their nodes they take.
    pub(super) host_ports: Known<Vec<HostPort>>,
    /// Which programs make load balancers.
    pub(super) announcers: Known<BTreeSet<Announcer>>,
    /// The same with their releases.
    pub(super) announcing_programs: Vec<AnnouncingProgram>,
    /// Where kube-vip may run.
    pub(super) kube_vip_nodes: Option<convert::NodeChoice>,
    /// MetalLB's.
    pub(super) speakers: Vec<convert::Speakers>,
    /// How they run kube-proxy, where they do.
    pub(super) kube_proxy: Option<Started>,
}

/// What one of them tells.
struct Told {
    agent: Option<convert::pod_network::Agent>,
    host_ports: Vec<HostPort>,
    announcing_program: Option<AnnouncingProgram>,
    kube_vip_nodes: Option<convert::NodeChoice>,
    speakers: Option<convert::Speakers>,
    kube_proxy: Option<Started>,
    makes_room_for_calico: bool,
}

/// What the DaemonSets of all namespaces tell.
pub(super) async fn by_daemon_sets(cluster: &Cluster) -> ByDaemonSets {
    let api: Api<DaemonSet> = Api::all(cluster.client.clone());
    let told = |set: DaemonSet| {
        vec![Told {
            agent: convert::pod_network::agent(&set),
            host_ports: convert::pod_network::host_ports(&set),
            announcing_program: convert::pod_network::announcing_program(&set),
            kube_vip_nodes: convert::pod_network::kube_vip_nodes(&set),
            speakers: convert::Speakers::of(&set),
            kube_proxy: convert::kube_proxy::by_daemon_set(&set),
            makes_room_for_calico: convert::kube_proxy::makes_room_for_calico(&set),
        }]
    };
    match list(cluster, api, ListParams::default(), "daemonsets", told).await.map_err(reason) {
        Err(reason) => {
            let in_words = reason.to_string();
            let (host_ports, announcers) = (Known::Unknown(in_words.clone()), Known::Unknown(in_words));
            ByDaemonSets {
                pod_network: Err(reason),
                refuses_bpf: false,
                host_ports,
                announcers,
                announcing_programs: Vec::new(),
                kube_vip_nodes: None,
                speakers: Vec::new(),
                kube_proxy: None,
            }
        }
        Ok(mut told) => {
            let agents: Vec<_> = told.iter_mut().filter_map(|told| told.agent.take()).collect();
            let refuses_bpf = agents.iter().any(convert::pod_network::Agent::refuses_bpf);
            let makes_room = told.iter().any(|told| told.makes_room_for_calico) && !refuses_bpf;
            let network = pod_network(cluster, &agents).await;
            ByDaemonSets {
                refuses_bpf,
                pod_network: if makes_room { network.map(convert::pod_network::in_place_of_kube_proxy) } else { network },
                announcers: Known::Value(told.iter().filter_map(|told| Some(told.announcing_program?.announcer)).collect()),
                announcing_programs: told.iter().filter_map(|told| told.announcing_program).collect(),
                kube_vip_nodes: told.iter_mut().find_map(|told| told.kube_vip_nodes.take()),
                speakers: told.iter_mut().filter_map(|told| told.speakers.take()).collect(),
                kube_proxy: convert::kube_proxy::by_daemon_sets(told.iter_mut().filter_map(|told| told.kube_proxy.take())),
                host_ports: Known::Value(told.into_iter().flat_map(|told| told.host_ports).collect()),
            }
        }
    }
}

async fn pod_network(cluster: &Cluster, agents: &[convert::pod_network::Agent]) -> Result<PodNetwork, UnknownFact> {
    let details = match convert::pod_network::asks(agents) {
        Some(asked) => config_map(cluster, asked.namespace, &asked.name).await?,
        None => None,
    };
    convert::pod_network::pod_network(agents, details.as_ref())
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn reason(cause: Error) -> UnknownFact {
    UnknownFact::Request(cause.to_string())
}
