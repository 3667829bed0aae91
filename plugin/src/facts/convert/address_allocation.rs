//! What MetalLB goes by when it gives a Service an address: which it asks for, which are taken, and whether two share one: by
//! the same key, no common port, and under policy Local the same pods (MetalLB, "IP address sharing").

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use k8s_openapi::api::core::v1::Service;
use lbprobe_analysis::facts::{NoAddressReason, NotShared};

/// The annotations of today, and those of before 0.15.
const SHARING_KEYS: [&str; 2] = ["metallb.io/allow-shared-ip", "metallb.universe.tf/allow-shared-ip"];
const WANTED_ADDRESSES: [&str; 2] = ["metallb.io/loadBalancerIPs", "metallb.universe.tf/loadBalancerIPs"];

/// By which a Service asks for a pool.
const POOLS: [&str; 2] = ["metallb.io/address-pool", "metallb.universe.tf/address-pool"];

/// Why a Service does not get the address that it asks for, where another one of these has it. One with a class may be
/// another program's.
pub(crate) fn refusal(pending: &Service, all: &[Service]) -> Option<NoAddressReason> {
    if has_class(pending) {
        return None;
    }
    let wanted = wanted(pending);
    all.iter().find_map(|other| {
        let address = addresses(other).find(|address| wanted.contains(address))?;
        let by =
            format!("{}/{}", other.metadata.namespace.as_deref().unwrap_or_default(), other.metadata.name.as_deref().unwrap_or_default());
        Some(NoAddressReason::NotShared { address, by, why: conflict(pending, other)? })
    })
}

fn has_class(service: &Service) -> bool {
    service.spec.as_ref().is_some_and(|spec| spec.load_balancer_class.is_some())
}

fn conflict(one: &Service, other: &Service) -> Option<NotShared> {
    if sharing_key(one).is_none() || sharing_key(one) != sharing_key(other) {
        Some(NotShared::Key)
    } else if ports(one).intersection(&ports(other)).next().is_some() {
        Some(NotShared::Ports)
    } else if pods(one) != pods(other) {
        Some(NotShared::Pods)
    } else {
        None
    }
}

fn sharing_key(service: &Service) -> Option<String> {
    annotation(service, SHARING_KEYS).filter(|key| !key.is_empty())
}

/// The pods by which the speakers of an address are chosen: under policy Local those of the Service, else none (metallb,
/// `BackendKey`).
fn pods(service: &Service) -> Option<&BTreeMap<String, String>> {
    let spec = service.spec.as_ref()?;
    spec.selector.as_ref().filter(|_| spec.external_traffic_policy.as_deref() == Some("Local"))
}

fn annotation(service: &Service, names: [&str; 2]) -> Option<String> {
    let annotations = service.metadata.annotations.as_ref()?;
    names.iter().find_map(|name| annotations.get(*name)).cloned()
}

fn ports(service: &Service) -> BTreeSet<(i32, String)> {
    let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    ports.map(|port| (port.port, port.protocol.clone().unwrap_or_else(|| "TCP".into()))).collect()
}

fn wanted(service: &Service) -> Vec<IpAddr> {
    let by_annotation = annotation(service, WANTED_ADDRESSES).unwrap_or_default();
    let by_field = service.spec.as_ref().and_then(|spec| spec.load_balancer_ip.clone()).unwrap_or_default();
    by_annotation.split(',').chain([by_field.as_str()]).filter_map(|address| address.trim().parse().ok()).collect()
}

/// Whether a Service takes any address that is free.
pub(crate) fn takes_any(service: &Service) -> bool {
    let is_plain = annotation(service, SHARING_KEYS).is_none() && annotation(service, POOLS).is_none();
    is_plain && !has_class(service) && wanted(service).is_empty()
}

/// The addresses that Services have.
pub(crate) fn taken(services: &[Service]) -> BTreeSet<IpAddr> {
    services.iter().flat_map(addresses).collect()
}

fn addresses(service: &Service) -> impl Iterator<Item = IpAddr> {
    let status = service.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    let ingress = status.into_iter().flat_map(|status| status.ingress.iter().flatten());
    ingress.filter_map(|ingress| ingress.ip.as_ref()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn service(name: &str, key: Option<&str>, port: u16, policy: &str, app: &str, has_address: bool) -> Service {
        let ingress = if has_address { json!([{ "ip": "192.0.2.240" }]) } else { json!([]) };
        let annotations = key.map_or(Value::Null, |key| json!({ "metallb.universe.tf/allow-shared-ip": key }));
        let written = json!({
            "metadata": { "namespace": "shop", "name": name, "annotations": annotations },
            "spec": {
                "loadBalancerIP": "192.0.2.240",
                "externalTrafficPolicy": policy,
                "selector": { "app": app },
                "ports": [{ "port": port }],
            },
            "status": { "loadBalancer": { "ingress": ingress } },
        });
        serde_json::from_value(written).unwrap()
    }

    #[test]
    fn an_address_is_shared_by_key_port_and_pods() {
        let why = |pending: Service, other: Service| match refusal(&pending, &[pending.clone(), other]) {
            Some(NoAddressReason::NotShared { why, by, .. }) => Some((why, by)),
            _ => None,
        };
        let web = |policy| service("web", Some("k"), 80, policy, "web", true);
        let mail = |key, port, policy, app| service("mail", key, port, policy, app, false);
        let by_web = |why| Some((why, "shop/web".to_owned()));
        assert_eq!(why(mail(None, 25, "Cluster", "mail"), web("Cluster")), by_web(NotShared::Key));
        assert_eq!(why(mail(Some("k"), 80, "Cluster", "mail"), web("Cluster")), by_web(NotShared::Ports));
        assert_eq!(why(mail(Some("k"), 25, "Local", "mail"), web("Cluster")), by_web(NotShared::Pods));
        assert_eq!(why(mail(Some("k"), 25, "Local", "web"), web("Local")), None, "the same pods");
        assert_eq!(why(mail(Some("k"), 25, "Local", "web"), web("Cluster")), by_web(NotShared::Pods), "one policy each");
        assert_eq!(
            why(mail(Some(""), 25, "Cluster", "mail"), service("web", Some(""), 80, "Cluster", "web", true)),
            by_web(NotShared::Key)
        );
        assert_eq!(why(mail(Some("k"), 25, "Cluster", "mail"), web("Cluster")), None);
    }
}
