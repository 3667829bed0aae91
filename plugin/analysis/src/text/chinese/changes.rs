//! The words for what of a Service is not what it was.

use std::fmt::Display;

use super::short_list;
use crate::facts::{Address, EndpointName, EndpointTurn, IpMode, ServiceChange};

/// Values that a line names.
const NAMED: usize = 4;

pub(crate) fn change(change: &ServiceChange) -> String {
    match change {
        ServiceChange::ExternalTrafficPolicy { from, to } => changed("externalTrafficPolicy 由", from, to),
        ServiceChange::InternalTrafficPolicy { from, to } => changed("internalTrafficPolicy 由", from, to),
        ServiceChange::ClusterIps { from, to } => changed("ClusterIP 由", &listed(from), &listed(to)),
        ServiceChange::LoadBalancer { from, to } => changed("负载均衡地址由", &addresses(from), &addresses(to)),
        ServiceChange::ExternalIps { from, to } => changed("externalIPs 由", &listed(from), &listed(to)),
        ServiceChange::SourceRanges { from, to } => changed("loadBalancerSourceRanges 由", &listed(from), &listed(to)),
        ServiceChange::HealthCheckNodePort => "healthCheckNodePort 变了，说明 externalTrafficPolicy 被改过又改了回来".into(),
        ServiceChange::ServiceProxy { from, to } => {
            let proxy = |name: &Option<String>| name.clone().unwrap_or_else(|| "kube-proxy".into());
            changed("为该 Service 提供代理的程序由", &proxy(from), &proxy(to))
        }
        ServiceChange::Ports => "端口有变更".into(),
        ServiceChange::Annotations => "面向云控制器的注解有变更".into(),
        ServiceChange::Endpoint { endpoint, state } => format!("{}{}", name(endpoint), turned(*state)),
        ServiceChange::EndpointGone { endpoint } => format!("{}已消失", name(endpoint)),
        ServiceChange::NoLoadBalancer => "该 Service 不再有集群外地址".into(),
        ServiceChange::NotReadAgain { reason } => format!("未能再次读取该 Service，是否有变更未知：{reason}"),
    }
}

/// `what` ends with the verb, before which a space stands behind Latin letters alone.
fn changed(what: &str, from: &impl Display, to: &impl Display) -> String {
    format!("{what} {from} 变为 {to}")
}

fn listed(items: &[impl Display]) -> String {
    if items.is_empty() {
        return "(空)".into();
    }
    short_list(&items.iter().map(ToString::to_string).collect::<Vec<_>>(), NAMED)
}

fn addresses(addresses: &[Address]) -> String {
    let address = |address: &Address| match address {
        Address::Ip { ip, ip_mode: Some(IpMode::Proxy) } => format!("{ip} (ipMode Proxy)"),
        Address::Ip { ip, ip_mode: Some(IpMode::Vip) | None } => ip.to_string(),
        Address::Hostname { name } => name.clone(),
    };
    listed(&addresses.iter().map(address).collect::<Vec<_>>())
}

fn name(endpoint: &EndpointName) -> String {
    let node = endpoint.node.as_ref().map_or_else(|| "未知节点上的".to_owned(), |node| format!("节点 {node} 上的"));
    let address = endpoint.address.map(|address| format!("{address} ")).unwrap_or_default();
    format!("{node} Endpoint {address}")
}

const fn turned(state: EndpointTurn) -> &'static str {
    match state {
        EndpointTurn::Ready => "已就绪",
        EndpointTurn::TerminatingAndServing => "正在终止，但仍在提供服务",
        EndpointTurn::Terminating => "正在终止",
        EndpointTurn::NotReady => "未就绪",
    }
}
