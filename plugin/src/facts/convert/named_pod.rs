//! A pod that the user named: whether the probe can be put into it, and what sets it apart from a plain one.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};
use lbprobe_analysis::facts::{HostAlias, Known, NamedPod, OwnInterface, PodDelivery};
use lbprobe_analysis::plan::{Network, SkipReason, Vantage};

/// Marks the pods that kubelet reads from files.
const STATIC: &str = "kubernetes.io/config.mirror";

/// The containers of service meshes' proxies, by their names: Istio and ASM, Linkerd, Kuma, Consul.
const SIDECARS: [&str; 4] = ["istio-proxy", "linkerd-proxy", "kuma-sidecar", "consul-dataplane"];

/// By which programs are told of an HTTP proxy, in either case.
const PROXY_VARIABLES: [&str; 3] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// A pod into which the probe can be put, or why it cannot. Which policies select it is not read here.
pub(crate) fn named_pod(pod: &Pod) -> Result<NamedPod, SkipReason> {
    let metadata = &pod.metadata;
    let phase = pod.status.as_ref().and_then(|status| status.phase.clone()).unwrap_or_default();
    if metadata.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(STATIC)) {
        return Err(SkipReason::StaticPod);
    }
    if metadata.deletion_timestamp.is_some() {
        return Err(SkipReason::NotRunning("Terminating".into()));
    }
    // kubelet starts ephemeral containers before those that initialise the pod, once its network is there.
    let has_network = pod.status.as_ref().is_some_and(|status| status.pod_ip.is_some());
    let has_begun = phase == "Running" || phase == "Pending" && has_network;
    let spec = pod.spec.as_ref().filter(|_| has_begun);
    let Some((spec, node)) = spec.and_then(|spec| Some((spec, spec.node_name.clone()?))) else {
        return Err(SkipReason::NotRunning(phase));
    };
    let network = if spec.host_network == Some(true) { Network::Host } else { Network::Pod };
    Ok(NamedPod {
        namespace: metadata.namespace.clone().unwrap_or_default(),
        name: metadata.name.clone().unwrap_or_default(),
        uid: metadata.uid.clone(),
        vantage: Vantage { node, network },
        sidecar: sidecar(spec),
        policies: Known::default(),
        host_aliases: spec.host_aliases.iter().flatten().filter_map(host_alias).collect(),
        own_dns: own_dns(spec),
        proxy_variables: proxy_variables(spec),
        initialises: phase == "Pending",
        own_interface: own_interface(metadata.annotations.as_ref()),
        delivery: PodDelivery::default(),
    })
}

/// By the annotations of the clouds' own network plugins.
fn own_interface(annotations: Option<&BTreeMap<String, String>>) -> Option<OwnInterface> {
    let annotations = annotations?;
    let is_there = |key: &str| annotations.get(key).is_some_and(|value| !value.is_empty() && value != "false");
    if is_there("k8s.aliyun.com/pod-eni") || is_there("k8s.aliyun.com/pod-networking") {
        Some(OwnInterface::Terway)
    } else if is_there("network.alibabacloud.com/security-group-ids") {
        Some(OwnInterface::AlibabaCompute)
    } else if is_there("vpc.amazonaws.com/pod-eni") {
        Some(OwnInterface::Aws)
    } else {
        None
    }
}

/// The images of a pod's own containers, without its sidecars: what may pull the pod's images may run them. Those first that are on its
/// node for certain, as they run there or have run.
pub(crate) fn own_images(pod: &Pod) -> Vec<String> {
    let status = pod.status.as_ref();
    let [own, before] = [
        status.and_then(|status| status.container_statuses.as_deref()),
        status.and_then(|status| status.init_container_statuses.as_deref()),
    ]
    .map(Option::unwrap_or_default);
    let has_run = |name: &str| {
        let state = own.iter().chain(before).find(|status| status.name == name).and_then(|status| status.state.as_ref());
        state.is_some_and(|state| state.running.is_some() || state.terminated.is_some())
    };
    let spec = pod.spec.as_ref();
    let containers = spec.map(|spec| spec.containers.iter().chain(spec.init_containers.iter().flatten())).into_iter().flatten();
    let own = containers.filter(|container| !SIDECARS.contains(&container.name.as_str()) && container.name != "istio-init");
    let (there, others): (Vec<_>, Vec<_>) = own.partition(|container| has_run(&container.name));
    there.into_iter().chain(others).filter_map(|container| container.image.clone()).collect()
}

/// Sidecars stand among the containers, and from Kubernetes 1.28 on among those that begin before them.
fn sidecar(spec: &PodSpec) -> Option<String> {
    let all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    all.map(|container| container.name.as_str()).find(|name| SIDECARS.contains(name)).map(str::to_owned)
}

/// In the host network ClusterFirst means the node's own servers (core/v1).
fn own_dns(spec: &PodSpec) -> Option<String> {
    let policy = spec.dns_policy.clone().unwrap_or_else(|| "ClusterFirst".into());
    let is_of_cluster = policy == "ClusterFirstWithHostNet" || policy == "ClusterFirst" && spec.host_network != Some(true);
    (!is_of_cluster).then_some(policy)
}

fn host_alias(alias: &k8s_openapi::api::core::v1::HostAlias) -> Option<HostAlias> {
    Some(HostAlias { address: alias.ip.parse().ok()?, names: alias.hostnames.clone().unwrap_or_default() })
}

fn proxy_variables(spec: &PodSpec) -> Vec<String> {
    let of_container = |container: &Container| {
        let names = container.env.iter().flatten().map(|variable| variable.name.clone());
        names.filter(|name| PROXY_VARIABLES.iter().any(|known| name.eq_ignore_ascii_case(known))).collect::<Vec<_>>()
    };
    let mut names: Vec<_> = spec.containers.iter().flat_map(of_container).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(change: impl FnOnce(&mut serde_json::Value)) -> Result<NamedPod, SkipReason> {
        let mut pod = json!({
            "metadata": { "namespace": "shop", "name": "cart" },
            "spec": {
                "nodeName": "node2",
                "containers": [
                    { "name": "cart", "env": [{ "name": "https_proxy", "value": "http://proxy:3128" }, { "name": "PATH", "value": "/" }] },
                    { "name": "istio-proxy" },
                ],
                "hostAliases": [{ "ip": "192.0.2.7", "hostnames": ["shop.example.com"] }],
            },
            "status": { "phase": "Running" },
        });
        change(&mut pod);
        named_pod(&serde_json::from_value(pod).unwrap())
    }

    #[test]
    fn what_sets_a_pod_apart_is_read() {
        let pod = read(|_| {}).unwrap();
        assert_eq!((pod.to_string().as_str(), pod.vantage.to_string().as_str()), ("shop/cart", "node2 (pod)"));
        assert_eq!((pod.sidecar.as_deref(), &pod.proxy_variables[..]), (Some("istio-proxy"), &["https_proxy".to_owned()][..]));
        assert_eq!(pod.alias("shop.example.com"), Some([192, 0, 2, 7].into()));
        let native = read(|pod| {
            pod["spec"]["containers"].as_array_mut().unwrap().pop();
            pod["spec"]["initContainers"] = json!([{ "name": "linkerd-proxy", "restartPolicy": "Always" }]);
            pod["spec"]["hostNetwork"] = json!(true);
        });
        let native = native.unwrap();
        assert_eq!((pod.own_dns.as_deref(), native.own_dns.as_deref()), (None, Some("ClusterFirst")));
        assert_eq!((native.sidecar.as_deref(), native.vantage.network), (Some("linkerd-proxy"), Network::Host));
    }

    #[test]
    fn an_interface_of_its_own_is_told_by_the_annotation_of_the_networks_plugin() {
        let by = |annotations: serde_json::Value| read(|pod| pod["metadata"]["annotations"] = annotations).unwrap().own_interface;
        assert_eq!(by(json!({ "k8s.aliyun.com/pod-eni": "true" })), Some(OwnInterface::Terway));
        assert_eq!(by(json!({ "k8s.aliyun.com/pod-eni": "false" })), None);
        assert_eq!(by(json!({ "network.alibabacloud.com/security-group-ids": "sg-1,sg-2" })), Some(OwnInterface::AlibabaCompute));
        assert_eq!(by(json!({ "vpc.amazonaws.com/pod-eni": "[{\"eniId\":\"eni-1\"}]" })), Some(OwnInterface::Aws));
    }

    #[test]
    fn the_images_of_a_pods_own_containers_are_read() {
        let container = |name: &str, image: &str| json!({ "name": name, "image": image });
        let ran =
            |name: &str| json!({ "name": name, "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": { "running": {} } });
        let pod = json!({
            "spec": {
                "containers": [container("istio-proxy", "istio/proxyv2:1.27"), container("cart", "shop/cart:7")],
                "initContainers": [container("migrate", "shop/migrate:3")],
            },
            "status": { "initContainerStatuses": [ran("migrate")] },
        });
        let images = own_images(&serde_json::from_value(pod).unwrap());
        assert_eq!(images, ["shop/migrate:3", "shop/cart:7"], "the pod initialises, and its own image may not be there");
    }

    #[test]
    fn a_pod_that_takes_no_container_is_left_out_with_the_reason() {
        let mirror = read(|pod| pod["metadata"]["annotations"] = json!({ STATIC: "hash" }));
        assert_eq!(mirror, Err(SkipReason::StaticPod));
        let ended = read(|pod| pod["status"]["phase"] = json!("Succeeded"));
        assert_eq!(ended, Err(SkipReason::NotRunning("Succeeded".into())));
        let going = read(|pod| pod["metadata"]["deletionTimestamp"] = json!("2026-11-28T00:00:00Z"));
        assert_eq!(going, Err(SkipReason::NotRunning("Terminating".into())));
        let waiting = read(|pod| {
            pod["status"]["phase"] = json!("Pending");
            pod["spec"].as_object_mut().unwrap().remove("nodeName");
        });
        assert_eq!(waiting, Err(SkipReason::NotRunning("Pending".into())));
        let initialises = read(|pod| pod["status"] = json!({ "phase": "Pending", "podIP": "10.244.2.7" }));
        assert_eq!(initialises.map(|pod| (pod.to_string(), pod.initialises)), Ok(("shop/cart".to_owned(), true)));
    }
}
