//! What the user named in the Service's place, and how it leads to the Service.

use std::net::IpAddr;

use crate::plan::{AddressKind, Asked, Step};
use crate::text::chinese::short_list;
pub(crate) use crate::text::english::reports::asked::route;

/// Addresses and Services that a step names.
const NAMED: usize = 4;

pub(crate) fn heading(asked: &Asked) -> String {
    if asked.steps.iter().any(|step| matches!(step, Step::Nowhere { .. })) {
        format!("{} 不指向本集群的任何 Service：", asked.word)
    } else {
        format!("{} 指向这个 Service：", asked.word)
    }
}

pub(crate) fn step(step: &Step) -> String {
    match step {
        Step::ResolvedHere { name, addresses } if addresses.is_empty() => format!("{name} 在本机解析不到地址"),
        Step::ResolvedHere { name, addresses } => format!("{name} 在本机解析为 {}", listed(addresses)),
        Step::Address { address, kind: AddressKind::LoadBalancer } => format!("{address} 是它的负载均衡地址"),
        Step::Address { address, kind: AddressKind::ExternalIp } => format!("{address} 是它的 externalIPs 之一"),
        Step::Address { address, kind: AddressKind::ClusterIp } => format!("{address} 是它的 ClusterIP"),
        Step::NodePort { address, node_port, port } => format!("{address} 是节点的地址，{node_port} 是它的端口 {port} 的 NodePort"),
        Step::StatusHostname { name } => format!("{name} 是它的负载均衡主机名"),
        Step::ClusterName { name } => format!("{name} 是它在集群 DNS 中的名称"),
        Step::ExternalDns { name } => format!("它的 external-dns 注解中有名称 {name}"),
        Step::Serves { route: of, name } => format!("{} 提供 {name}", route(of)),
        Step::AttachedTo { route: of, to } => format!("{} 挂在 {} 上", route(of), route(to)),
        Step::Listener { gateway, name, port } => format!("{} 监听端口 {port}（{name}）", route(gateway)),
        Step::StatusAddress { route: of, address } => format!("{} 的地址是 {address}", route(of)),
        Step::Class { route: of, controller } => format!("{} 属于控制器 {controller}，Service 带有该控制器的标签", route(of)),
        Step::MadeFor { gateway } => format!("从标签看，该 Service 是为 {} 创建的", route(gateway)),
        Step::Selector { gateway } => format!("{} 选择的 Pod 就是该 Service 选择的 Pod", route(gateway)),
        Step::Undeclared { port, declared } => {
            let declared: Vec<_> = declared.iter().map(ToString::to_string).collect();
            format!("它没有声明端口 {port}，只声明了 {}", short_list(&declared, NAMED))
        }
        Step::Nowhere { reason } => reason.clone(),
        Step::AlsoAt { services } => format!("使用同一地址的还有：{}", short_list(services, NAMED)),
        Step::NotRead { resources, reason } => format!("未读到，结论可能因此不同：{}（{reason}）", short_list(resources, NAMED)),
    }
}

fn listed(addresses: &[IpAddr]) -> String {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    short_list(&addresses, NAMED)
}
