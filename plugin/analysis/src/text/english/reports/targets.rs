//! What is dialled, in a sentence, in a cell and above a column. Names are foreign: whoever shows them makes them
//! printable.

use crate::plan::{Target, TargetKind};

/// "198.51.100.1, port 80".
pub(crate) fn in_sentence(target: &Target) -> String {
    let host = match &target.kind {
        TargetKind::LoadBalancerIp(ip) | TargetKind::ClusterIp(ip) | TargetKind::ExternalIp(ip) | TargetKind::Address(ip) => ip.to_string(),
        TargetKind::LoadBalancerHostname(name) | TargetKind::PublicName(name) => name.clone(),
        TargetKind::DnsName => "the DNS name".into(),
        TargetKind::OwnNodePort => "its own node port".into(),
        TargetKind::NodePort { node, .. } => format!("{node}'s node port"),
        TargetKind::Endpoint { node: Some(node), address } => format!("the endpoint {address} on {node}"),
        TargetKind::Endpoint { node: None, address } => format!("the endpoint {address}"),
    };
    format!("{host}, port {}", target.dialled_port.unwrap_or(target.port))
}

/// "the ClusterIP 10.96.0.7": without a port.
pub(crate) fn in_list(kind: &TargetKind) -> String {
    match kind {
        TargetKind::LoadBalancerIp(ip) | TargetKind::ExternalIp(ip) | TargetKind::Address(ip) => ip.to_string(),
        TargetKind::LoadBalancerHostname(name) | TargetKind::PublicName(name) => name.clone(),
        TargetKind::DnsName => "the DNS name".into(),
        TargetKind::ClusterIp(ip) => format!("the ClusterIP {ip}"),
        TargetKind::OwnNodePort => "the client's own node port".into(),
        TargetKind::NodePort { node, .. } => format!("{node}'s node port"),
        TargetKind::Endpoint { node: Some(node), .. } => format!("the endpoint on {node}"),
        TargetKind::Endpoint { node: None, address } => format!("the endpoint {address}"),
    }
}

pub(crate) fn in_cell(kind: &TargetKind) -> String {
    match kind {
        TargetKind::LoadBalancerIp(ip) | TargetKind::ExternalIp(ip) | TargetKind::Address(ip) => ip.to_string(),
        TargetKind::LoadBalancerHostname(name) | TargetKind::PublicName(name) => name.clone(),
        TargetKind::DnsName => "DNS name".into(),
        TargetKind::ClusterIp(ip) => format!("ClusterIP {ip}"),
        TargetKind::OwnNodePort | TargetKind::NodePort { .. } => "node port".into(),
        TargetKind::Endpoint { .. } => "endpoint".into(),
    }
}

pub(crate) fn above_column(kind: &TargetKind) -> String {
    match kind {
        TargetKind::LoadBalancerIp(ip) => format!("LB {ip}"),
        TargetKind::LoadBalancerHostname(name) => format!("LB {name}"),
        // The heading has it whole.
        TargetKind::PublicName(_) => "BY NAME".into(),
        TargetKind::Address(ip) => ip.to_string(),
        TargetKind::DnsName => "DNS NAME".into(),
        TargetKind::ClusterIp(ip) if ip.is_ipv6() => format!("CLUSTERIP {ip}"),
        TargetKind::ClusterIp(_) => "CLUSTERIP".into(),
        TargetKind::ExternalIp(ip) => format!("EXTERNALIP {ip}"),
        TargetKind::OwnNodePort => "OWN NODEPORT".into(),
        TargetKind::NodePort { node, .. } => format!("NODEPORT {node}"),
        TargetKind::Endpoint { node: Some(node), .. } => format!("ENDPOINT {node}"),
        TargetKind::Endpoint { node: None, address } => format!("ENDPOINT {address}"),
    }
}
