//! Which network connects the pods, from the DaemonSets that run it and their ConfigMaps.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{Container, ContainerPort};
use lbprobe_analysis::facts::{HostPort, NetworkPlugin, PodNetwork};

use crate::error::UnknownFact;

/// A DaemonSet, as far as it tells of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agent {
    namespace: String,
    name: String,
    calico_bpf: bool,
}

/// A ConfigMap of kube-system that says more about an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Details {
    Cilium,
    Terway,
}

impl Details {
    pub(crate) fn config_map(self) -> &'static str {
        match self {
            Self::Cilium => "cilium-config",
            Self::Terway => "eni-config",
        }
    }
}

/// What a DaemonSet's name tells.
enum Identified {
    Network(NetworkPlugin),
    Ask(Details),
}

/// An agent, where the DaemonSet's name is one of a known network.
pub(crate) fn agent(set: &DaemonSet) -> Option<Agent> {
    let env = containers(set).iter().flat_map(|container| container.env.iter().flatten());
    let calico_bpf = env.into_iter().any(|env| env.name == "FELIX_BPFENABLED" && env.value.as_deref() == Some("true"));
    let agent = Agent { namespace: set.metadata.namespace.clone()?, name: set.metadata.name.clone()?, calico_bpf };
    identified(&agent).map(|_| agent)
}

/// The ports of its nodes that a DaemonSet takes without listening there itself.
pub(crate) fn host_ports(set: &DaemonSet) -> Vec<HostPort> {
    let spec = set.spec.as_ref().and_then(|spec| spec.template.spec.as_ref());
    // On the host network a port is a listener of the node's own.
    if spec.and_then(|spec| spec.host_network) == Some(true) {
        return Vec::new();
    }
    let ports = containers(set).iter().flat_map(|container| container.ports.iter().flatten());
    let of_tcp = ports.filter(|port| port.protocol.as_deref().unwrap_or("TCP") == "TCP");
    let host_port = |port: &ContainerPort| {
        let (namespace, name) = (set.metadata.namespace.clone()?, set.metadata.name.clone()?);
        Some(HostPort { namespace, name, port: u16::try_from(port.host_port?).ok().filter(|port| *port > 0)? })
    };
    of_tcp.filter_map(host_port).collect()
}

fn containers(set: &DaemonSet) -> &[Container] {
    set.spec.as_ref().and_then(|spec| spec.template.spec.as_ref()).map_or(&[], |spec| &spec.containers)
}

fn identified(agent: &Agent) -> Option<Identified> {
    use NetworkPlugin as Plugin;
    Some(match agent.name.as_str() {
        "kube-flannel-ds" | "kube-flannel" => Identified::Network(Plugin::Flannel),
        "calico-node" if agent.calico_bpf => Identified::Network(Plugin::CalicoEbpf),
        "calico-node" | "canal" => Identified::Network(Plugin::Calico),
        "cilium" => Identified::Ask(Details::Cilium),
        "terway-eni" => Identified::Network(Plugin::TerwayExclusiveEni),
        "terway" | "terway-eniip" => Identified::Ask(Details::Terway),
        "kindnet" => Identified::Network(Plugin::Kindnet),
        "aws-node" => Identified::Network(Plugin::AmazonVpc),
        "antrea-agent" => Identified::Network(Plugin::Antrea),
        "weave-net" | "kube-router" => Identified::Network(Plugin::Bridge),
        _ => return None,
    })
}

/// The ConfigMap that has to be read to tell the network.
pub(crate) fn asks(agents: &[Agent]) -> Option<Details> {
    agents.iter().find_map(|agent| match identified(agent) {
        Some(Identified::Ask(details)) => Some(details),
        _ => None,
    })
}

/// The network, or why it cannot be told. `details` is the data of the ConfigMap that
/// [`asks`] names, where it could be read.
pub(crate) fn pod_network(agents: &[Agent], details: Option<&BTreeMap<String, String>>) -> Result<PodNetwork, UnknownFact> {
    let [agent] = agents else {
        let names: Vec<_> = agents.iter().map(|agent| agent.name.as_str()).collect();
        return Err(if names.is_empty() { UnknownFact::NoPodNetwork } else { UnknownFact::SeveralPodNetworks(names.join(", ")) });
    };
    let plugin = match identified(agent) {
        Some(Identified::Network(plugin)) => plugin,
        Some(Identified::Ask(Details::Cilium)) => cilium(details).ok_or(UnknownFact::CiliumSilent)?,
        Some(Identified::Ask(Details::Terway)) => details.map_or(NetworkPlugin::Terway, terway),
        None => return Err(UnknownFact::NoPodNetwork),
    };
    Ok(PodNetwork { plugin, source: format!("DaemonSet {}/{}", agent.namespace, agent.name) })
}

fn cilium(details: Option<&BTreeMap<String, String>>) -> Option<NetworkPlugin> {
    match details?.get("kube-proxy-replacement").map(String::as_str) {
        Some("true" | "strict") => Some(NetworkPlugin::CiliumKubeProxyReplacement),
        Some("false" | "disabled") | None => Some(NetworkPlugin::Cilium),
        Some(_) => None,
    }
}

/// Terway's own configuration is JSON under `eni_conf`, with a line such as
/// `"eniip_virtual_type": "Veth"` in that or in the CNI's part.
fn terway(details: &BTreeMap<String, String>) -> NetworkPlugin {
    let written = details.values().find_map(|text| {
        let (_, rest) = text.split_once("\"eniip_virtual_type\"")?;
        rest.split('"').nth(1).map(str::to_ascii_lowercase)
    });
    match written.as_deref() {
        Some("veth" | "policyroute") => NetworkPlugin::TerwayVeth,
        Some("ipvlan") => NetworkPlugin::TerwayIpvlan,
        Some("datapathv2") => NetworkPlugin::TerwayDataPathV2,
        _ => NetworkPlugin::Terway,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agents(sets: &[serde_json::Value]) -> Vec<Agent> {
        sets.iter().cloned().filter_map(|set| agent(&serde_json::from_value(set).unwrap())).collect()
    }

    fn set(name: &str) -> serde_json::Value {
        serde_json::json!({ "metadata": { "namespace": "kube-system", "name": name } })
    }

    fn details(key: &str, value: &str) -> BTreeMap<String, String> {
        [(key.to_owned(), value.to_owned())].into()
    }

    #[test]
    fn networks_are_told_by_their_daemon_sets() {
        let agents = agents(&[set("kube-flannel-ds"), set("node-exporter")]);
        let network = pod_network(&agents, None).unwrap();
        assert_eq!((network.plugin, network.source.as_str()), (NetworkPlugin::Flannel, "DaemonSet kube-system/kube-flannel-ds"));
    }

    #[test]
    fn ports_of_the_node_are_those_that_are_forwarded_over_tcp() {
        let with = |spec: serde_json::Value| {
            let mut set = set("edge");
            set["spec"] = serde_json::json!({ "selector": {}, "template": { "spec": spec } });
            let found = host_ports(&serde_json::from_value(set).unwrap());
            found.into_iter().map(|found| (found.namespace, found.name, found.port)).collect::<Vec<_>>()
        };
        let ports = serde_json::json!([
            { "containerPort": 8080, "hostPort": 80 }, { "containerPort": 53, "hostPort": 53, "protocol": "UDP" }, { "containerPort": 9090 },
        ]);
        let containers = serde_json::json!([{ "name": "edge", "ports": ports }]);
        assert_eq!(with(serde_json::json!({ "containers": containers })), [("kube-system".into(), "edge".into(), 80)]);
        assert_eq!(with(serde_json::json!({ "hostNetwork": true, "containers": containers })), []);
    }

    #[test]
    fn calico_says_in_its_environment_whether_it_replaces_kube_proxy() {
        let mut calico = set("calico-node");
        calico["spec"] = serde_json::json!({ "selector": {}, "template": { "spec": { "containers": [
            { "name": "calico-node", "env": [{ "name": "FELIX_BPFENABLED", "value": "true" }] },
        ] } } });
        assert_eq!(pod_network(&agents(&[calico]), None).unwrap().plugin, NetworkPlugin::CalicoEbpf);
        assert_eq!(pod_network(&agents(&[set("calico-node")]), None).unwrap().plugin, NetworkPlugin::Calico);
    }

    #[test]
    fn terway_and_cilium_say_it_in_a_config_map() {
        let terway = agents(&[set("terway-eniip")]);
        assert_eq!(asks(&terway), Some(Details::Terway));
        for (text, plugin) in [
            (r#"{ "eniip_virtual_type": "IPVlan" }"#, NetworkPlugin::TerwayIpvlan),
            (r#"{"eniip_virtual_type":"Veth"}"#, NetworkPlugin::TerwayVeth),
            ("{}", NetworkPlugin::Terway),
        ] {
            assert_eq!(pod_network(&terway, Some(&details("10-terway.conf", text))).unwrap().plugin, plugin);
        }
        let cilium = agents(&[set("cilium")]);
        let replaces = details("kube-proxy-replacement", "true");
        assert_eq!(pod_network(&cilium, Some(&replaces)).unwrap().plugin, NetworkPlugin::CiliumKubeProxyReplacement);
        assert!(pod_network(&cilium, None).is_err());
    }

    #[test]
    fn none_and_several_are_no_answer() {
        assert_eq!(pod_network(&[], None), Err(UnknownFact::NoPodNetwork));
        assert_eq!(
            pod_network(&agents(&[set("cilium"), set("calico-node")]), None),
            Err(UnknownFact::SeveralPodNetworks("cilium, calico-node".into()))
        );
    }
}
