//! The lab's cloud: a controller that gives Services of type LoadBalancer an address, and a load
//! balancer that forwards to nodePorts with the client's address kept, as Alibaba Cloud's CLB does.
//!
//! It runs in the network of the cloud's router, which every packet between hosts crosses.

pub mod health;
pub mod ruleset;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::{Node, Service};
use kube::api::{Patch, PatchParams};
use kube::runtime::reflector::{Store, store};
use kube::runtime::{WatchStreamExt as _, reflector, watcher};
use kube::{Api, Client, ResourceExt as _};
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use crate::addresses::load_balancer;
use crate::cloud::ruleset::Listener;
use crate::error::{Context as _, LabError};
use crate::inside::supervisor;

/// How many addresses a Service asks for: its load balancer has all of them. One without it.
pub const ADDRESSES_ANNOTATION: &str = "lab.lbprobe/addresses";

/// Between two looks at Services, nodes and their health. A real cloud takes seconds; the tests
/// wait for it often.
const PERIOD: Duration = Duration::from_millis(200);

/// Runs until it is killed.
pub async fn run(kubeconfig: &Path) -> Result<(), LabError> {
    let client = supervisor::client(kubeconfig).await?;
    let services: Store<Service> = watch(Api::all(client.clone()));
    let nodes: Store<Node> = watch(Api::all(client.clone()));
    let mut written = String::new();
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let services: Vec<_> = services.state().into_iter().filter(|service| is_ours(service)).collect();
        let nodes = ready_nodes(&nodes);
        let addresses = addresses(&services);
        let mut listeners = Vec::new();
        for service in &services {
            let addresses = &addresses[&key(service)];
            if let Err(cause) = publish(&client, service, addresses).await {
                eprintln!("failed to write the status of {}: {cause}", service.name_any());
            }
            let backends = health::backends(service, &nodes).await;
            listeners.extend(listeners_of(service, addresses, &backends));
        }
        let rules = ruleset::write(&listeners);
        if rules != written {
            apply(&rules)?;
            written = rules;
        }
    }
}

/// A cache of all objects of a kind, kept up to date in the background.
fn watch<K>(api: Api<K>) -> Store<K>
where
    K: kube::Resource<DynamicType = ()> + Clone + std::fmt::Debug + Send + Sync + serde::de::DeserializeOwned + 'static,
{
    let (reader, writer) = store();
    let events = reflector(writer, watcher(api, watcher::Config::default())).default_backoff().touched_objects();
    tokio::spawn(events.for_each(|_| std::future::ready(())));
    reader
}

/// Another load balancer class is another controller's: the Service stays without an address.
fn is_ours(service: &Service) -> bool {
    service.spec.as_ref().is_some_and(|spec| spec.type_.as_deref() == Some("LoadBalancer") && spec.load_balancer_class.is_none())
}

fn key(service: &Service) -> (String, String) {
    (service.namespace().unwrap_or_default(), service.name_any())
}

fn ready_nodes(nodes: &Store<Node>) -> Vec<Ipv4Addr> {
    let mut addresses: Vec<_> = nodes.state().iter().filter(|node| is_ready(node)).filter_map(|node| internal_address(node)).collect();
    addresses.sort();
    addresses
}

fn is_ready(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.is_some_and(|conditions| conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True"))
}

fn internal_address(node: &Node) -> Option<Ipv4Addr> {
    let addresses = node.status.as_ref()?.addresses.as_ref()?;
    addresses.iter().find(|address| address.type_ == "InternalIP")?.address.parse().ok()
}

/// The addresses that each Service has or gets: those of its status stay.
fn addresses(services: &[impl AsRef<Service>]) -> BTreeMap<(String, String), Vec<Ipv4Addr>> {
    let mut taken: BTreeSet<Ipv4Addr> = services.iter().flat_map(|service| published(service.as_ref())).collect();
    let mut free = (1..=u8::MAX).map(load_balancer);
    let mut all = BTreeMap::new();
    for service in services.iter().map(AsRef::as_ref) {
        let wanted = service.annotations().get(ADDRESSES_ANNOTATION).and_then(|number| number.parse().ok()).unwrap_or(1);
        let mut addresses = published(service);
        addresses.truncate(wanted);
        while addresses.len() < wanted {
            let Some(address) = free.find(|address| taken.insert(*address)) else { break };
            addresses.push(address);
        }
        all.insert(key(service), addresses);
    }
    all
}

/// The addresses in a Service's status.
fn published(service: &Service) -> Vec<Ipv4Addr> {
    let ingress = service.status.as_ref().and_then(|status| status.load_balancer.as_ref()?.ingress.as_ref());
    ingress.into_iter().flatten().filter_map(|ingress| ingress.ip.as_ref()?.parse().ok()).collect()
}

async fn publish(client: &Client, service: &Service, addresses: &[Ipv4Addr]) -> Result<(), kube::Error> {
    if published(service) == addresses {
        return Ok(());
    }
    let (namespace, name) = key(service);
    let ingress: Vec<_> = addresses.iter().map(|address| json!({ "ip": address })).collect();
    let status = json!({ "status": { "loadBalancer": { "ingress": ingress } } });
    let api: Api<Service> = Api::namespaced(client.clone(), &namespace);
    api.patch_status(&name, &PatchParams::default(), &Patch::Merge(status)).await.map(drop)
}

fn listeners_of(service: &Service, addresses: &[Ipv4Addr], backends: &[Ipv4Addr]) -> Vec<Listener> {
    let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    let mut listeners = Vec::new();
    for port in ports {
        let (Ok(number), Some(Ok(node_port))) = (u16::try_from(port.port), port.node_port.map(u16::try_from)) else { continue };
        for address in addresses {
            listeners.push(Listener {
                address: *address,
                protocol: port.protocol.as_deref().unwrap_or("TCP").to_lowercase(),
                port: number,
                backends: backends.iter().map(|backend| (*backend, node_port)).collect(),
            });
        }
    }
    listeners
}

fn apply(rules: &str) -> Result<(), LabError> {
    let mut nft = Command::new("nft").args(["-f", "-"]).stdin(Stdio::piped()).spawn().to("start nft (Debian's package nftables)")?;
    if let Some(mut input) = nft.stdin.take() {
        input.write_all(rules.as_bytes()).to("speak to nft")?;
    }
    let status = nft.wait().to("wait for nft")?;
    if status.success() { Ok(()) } else { Err(LabError::Command { command: "nft -f -".into(), output: rules.to_owned() }) }
}
