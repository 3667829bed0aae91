use super::*;
use crate::facts::{Known, KubeProxyConfig};
use crate::facts::{KubeProxy, KubeProxyProcess, LocalDetection, ProxyMode, Version};

fn processes(all: &[(&str, Option<ProxyMode>, Option<Version>)]) -> Facts {
    let config = KubeProxyConfig::read(
        "ConfigMap kube-system/kube-proxy",
        ProxyMode::Ipvs.into(),
        LocalDetection { mode: crate::facts::DetectLocal::ClusterCidr, cluster_cidrs: Vec::new(), interface_prefix: None },
    );
    let process = |(node, mode, release): &(&str, _, _)| {
        ((*node).to_owned(), KubeProxyProcess { mode: *mode, release: *release, ..KubeProxyProcess::default() })
    };
    let kube_proxy = KubeProxy { config: Known::Value(config), processes: all.iter().map(process).collect(), ..KubeProxy::default() };
    Facts { kube_proxy, ..crate::kube_proxy::sample_facts() }
}

#[test]
fn a_process_that_differs_from_its_config_map_is_told() {
    let mut facts = processes(&[("node1", Some(ProxyMode::Ipvs), None), ("node2", Some(ProxyMode::Iptables), None)]);
    let found = disagreements(&facts, &Observations::default());
    assert_eq!(found.len(), 1, "{found:?}");
    let source = "ConfigMap kube-system/kube-proxy".to_owned();
    let difference = Difference::Mode { configured: ProxyMode::Ipvs, source: source.clone(), running: ProxyMode::Iptables };
    assert_eq!((&found[0].difference, &found[0].nodes[..]), (&difference, &["node2".to_owned()][..]));
    assert_eq!(modes(&facts), [ProxyMode::Iptables, ProxyMode::Ipvs]);
    let range = |range: &str| LocalDetection {
        mode: crate::facts::DetectLocal::ClusterCidr,
        cluster_cidrs: vec![range.parse().unwrap()],
        interface_prefix: None,
    };
    let node1 = facts.kube_proxy.processes.get_mut("node1").unwrap();
    node1.detection = Some(range("10.244.0.0/16"));
    node1.local_endpoints = Some(0);
    let differences: Vec<_> = disagreements(&facts, &Observations::default()).into_iter().map(|found| found.difference).collect();
    let running = vec!["10.244.0.0/16".parse().unwrap()];
    assert_eq!(differences[1], Difference::ClusterCidr { configured: Vec::new(), source, running });
    assert_eq!(differences[2], Difference::LocalEndpoints { listed: 1, counted: 0 });
}

#[test]
fn a_device_of_an_earlier_mode_is_told() {
    let facts = processes(&[("node1", Some(ProxyMode::Iptables), None), ("node2", Some(ProxyMode::Ipvs), None)]);
    let probe = |node: &str| {
        let own = lbprobe_protocol::NodeEvidence { ipvs_device: true, ..lbprobe_protocol::NodeEvidence::default() };
        let record = lbprobe_protocol::Record { node: Some(own), ..lbprobe_protocol::Record::default() };
        let vantage = crate::plan::Vantage { node: node.into(), network: crate::plan::Network::Host };
        crate::observations::Probe { vantage, seen: crate::observations::ProbeResult::Record(record) }
    };
    let found = disagreements(&facts, &Observations { probes: vec![probe("node1"), probe("node2")], ..Observations::default() });
    let devices: Vec<_> = found.iter().filter(|found| found.difference == Difference::LeftOverDevice).collect();
    assert_eq!(devices.len(), 1);
    assert_eq!(devices[0].nodes, ["node1"]);
}
