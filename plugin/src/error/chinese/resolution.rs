//! Why no Service is found for what a user named.

use std::net::IpAddr;

use lbprobe_analysis::plan::Route;
use lbprobe_analysis::shell::quoted;
use lbprobe_analysis::text::{self, Language};

use crate::error::{NotResolved, route_resource};

pub(super) fn not_resolved(why: &NotResolved) -> String {
    match why {
        NotResolved::NoServiceAt { address } => format!("本集群没有地址为 {address} 的 Service"),
        NotResolved::NodeWithoutPort { address } => format!("{address} 是节点的地址，而一个节点有很多 Service"),
        NotResolved::NoNodePort { address, node_port } => {
            format!("{address} 是节点的地址，而没有 Service 的 NodePort 是 {node_port}")
        }
        NotResolved::NoServiceOfName { name, addresses } => {
            format!("不知道本集群有哪个 Service 叫 {name}{}", here(addresses.as_deref()))
        }
        NotResolved::Several { what, services } => format!("{what} 处有多个 Service：{}", text::short_list(services, 8, Language::Chinese)),
        NotResolved::NoRoute { kind, name, namespace, .. } => {
            let place = namespace.as_ref().map(|namespace| format!("在命名空间 {namespace:?} 中")).unwrap_or_default();
            format!("{place}找不到 {} {name:?}", route_resource(*kind))
        }
        NotResolved::SeveralRoutes { kind, name, namespaces } => {
            let namespaces = text::list(namespaces, Language::Chinese);
            format!("{} {name:?} 在多个命名空间中都有：{namespaces}", route_resource(*kind))
        }
        NotResolved::NoGatewayOfRoute { route } => format!("{} 没有挂到任何存在的 Gateway 上", said(route)),
        NotResolved::RouteWithoutService { route, addresses } => {
            format!("{} {}，而且不知道哪个 Service 接收它的连接", said(route), status(addresses))
        }
        NotResolved::LoadBalancerOfCloud { route, controller } => {
            format!("{} 属于 {controller}，其负载均衡自己访问 Pod 或 NodePort：没有 Service 持有它的地址", said(route))
        }
    }
}

fn said(route: &Route) -> String {
    text::route(route, Language::Chinese)
}

fn here(addresses: Option<&[IpAddr]>) -> String {
    match addresses {
        None => String::new(),
        Some([]) => "；它在本机上无法解析".into(),
        Some(addresses) => {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            format!("；它在本机上解析为 {}，那里没有 Service", text::short_list(&addresses, 4, Language::Chinese))
        }
    }
}

/// Behind the route and a space.
fn status(addresses: &[String]) -> String {
    match addresses {
        [] => "的 status 中没有地址".into(),
        addresses => format!("的地址是 {}", text::short_list(addresses, 4, Language::Chinese)),
    }
}

/// Commands alone are the same in each language.
pub(super) fn hint(why: &NotResolved) -> String {
    match why {
        NotResolved::NoServiceAt { .. } | NotResolved::NoServiceOfName { .. } => {
            "kubectl get services -A 显示所有地址；指定 Service 本身，并用 -n 指定其命名空间。仍要探测它：kubectl lbprobe run --any".into()
        }
        NotResolved::NodeWithoutPort { address: IpAddr::V4(address) } => format!("{address}:NODEPORT，带上 NodePort"),
        NotResolved::NodeWithoutPort { address: IpAddr::V6(address) } => format!("[{address}]:NODEPORT，带上 NodePort"),
        NotResolved::SeveralRoutes { .. } => "用 -n 指定其中一个".into(),
        NotResolved::NoNodePort { .. } => "kubectl get services -A 显示所有 NodePort".into(),
        NotResolved::Several { .. } => "指定其中一个，并用 -n 指定其命名空间".into(),
        NotResolved::NoRoute { elsewhere: Some(namespace), .. } => format!("-n {}，那里有这个名称的对象", quoted(namespace)),
        NotResolved::NoGatewayOfRoute { route } | NotResolved::RouteWithoutService { route, .. } => {
            let (kind, name, namespace) = (route_resource(route.kind), quoted(&route.name), quoted(&route.namespace));
            format!("kubectl describe {kind} {name} -n {namespace}；或指定 Service 本身")
        }
        NotResolved::LoadBalancerOfCloud { .. } => "指定它后面的 Service，以查看该 Service 自己的地址".into(),
        NotResolved::NoRoute { elsewhere: None, .. } => why.hint(),
    }
}
