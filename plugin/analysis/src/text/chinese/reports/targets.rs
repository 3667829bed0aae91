//! What is dialled, in a sentence, in a cell and above a column. Names are foreign: whoever shows them makes them
//! printable.

use crate::plan::{Target, TargetKind};

/// "198.51.100.1 的端口 80".
pub(crate) fn in_sentence(target: &Target) -> String {
    let host = match &target.kind {
        TargetKind::LoadBalancerIp(ip) | TargetKind::ClusterIp(ip) | TargetKind::ExternalIp(ip) | TargetKind::Address(ip) => ip.to_string(),
        TargetKind::LoadBalancerHostname(name) | TargetKind::PublicName(name) => name.clone(),
        TargetKind::DnsName => "DNS 名称".into(),
        TargetKind::OwnNodePort => "本节点的 NodePort".into(),
        TargetKind::NodePort { node, .. } => format!("{node} 的 NodePort"),
        TargetKind::Endpoint { node: Some(node), address } => format!("{node} 上的 Endpoint {address}"),
        TargetKind::Endpoint { node: None, address } => format!("Endpoint {address}"),
    };
    format!("{host}，端口 {}", target.dialled_port.unwrap_or(target.port))
}

/// "ClusterIP 10.96.0.7": without a port.
pub(crate) fn in_list(kind: &TargetKind) -> String {
    match kind {
        TargetKind::LoadBalancerIp(ip) | TargetKind::ExternalIp(ip) | TargetKind::Address(ip) => ip.to_string(),
        TargetKind::LoadBalancerHostname(name) | TargetKind::PublicName(name) => name.clone(),
        TargetKind::DnsName => "DNS 名称".into(),
        TargetKind::ClusterIp(ip) => format!("ClusterIP {ip}"),
        TargetKind::OwnNodePort => "客户端所在节点的 NodePort".into(),
        TargetKind::NodePort { node, .. } => format!("{node} 的 NodePort"),
        TargetKind::Endpoint { node: Some(node), .. } => format!("{node} 上的 Endpoint"),
        TargetKind::Endpoint { node: None, address } => format!("Endpoint {address}"),
    }
}

pub(crate) fn in_cell(kind: &TargetKind) -> String {
    match kind {
        TargetKind::LoadBalancerIp(ip) | TargetKind::ExternalIp(ip) | TargetKind::Address(ip) => ip.to_string(),
        TargetKind::LoadBalancerHostname(name) | TargetKind::PublicName(name) => name.clone(),
        TargetKind::DnsName => "DNS 名称".into(),
        TargetKind::ClusterIp(ip) => format!("ClusterIP {ip}"),
        TargetKind::OwnNodePort | TargetKind::NodePort { .. } => "NodePort".into(),
        TargetKind::Endpoint { .. } => "Endpoint".into(),
    }
}

pub(crate) fn above_column(kind: &TargetKind) -> String {
    match kind {
        TargetKind::LoadBalancerIp(ip) => format!("LB {ip}"),
        TargetKind::LoadBalancerHostname(name) => format!("LB {name}"),
        // The heading has it whole.
        TargetKind::PublicName(_) => "按名称".into(),
        TargetKind::Address(ip) => ip.to_string(),
        TargetKind::DnsName => "DNS 名称".into(),
        TargetKind::ClusterIp(ip) if ip.is_ipv6() => format!("CLUSTERIP {ip}"),
        TargetKind::ClusterIp(_) => "CLUSTERIP".into(),
        TargetKind::ExternalIp(ip) => format!("EXTERNALIP {ip}"),
        TargetKind::OwnNodePort => "本节点 NODEPORT".into(),
        TargetKind::NodePort { node, .. } => format!("NODEPORT {node}"),
        TargetKind::Endpoint { node: Some(node), .. } => format!("ENDPOINT {node}"),
        TargetKind::Endpoint { node: None, address } => format!("ENDPOINT {address}"),
    }
}
