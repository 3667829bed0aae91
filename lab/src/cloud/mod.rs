//! The lab's cloud: a controller that gives Services of type LoadBalancer an address, and a load
//! balancer that forwards with the client's address kept, as Alibaba Cloud's CLB does; its DNS; and
//! the operator of its mesh.
//!
//! It runs in the network of the cloud's router, which every packet between hosts crosses.
//! [`specs`], [`assignments`], [`listeners`] and [`ruleset`] decide; this file acts.

pub mod assignments;
pub mod health;
pub mod listeners;
pub mod mesh;
pub mod pace;
pub mod relay;
pub mod ruleset;
pub mod specs;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::{LoadBalancerIngress, Node, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::{Patch, PatchParams};
use kube::runtime::reflector::{Store, store};
use kube::runtime::{WatchStreamExt as _, reflector, watcher};
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use crate::addresses::ipv6_of;
use crate::cloud::assignments::Assignments;
use crate::cloud::listeners::Listener;
use crate::cloud::pace::Pace;
use crate::cloud::relay::Relay;
use crate::cloud::specs::{Families, LoadBalancerSpec};
use crate::error::{Context as _, LabError};
use crate::inside::{client, names};

/// Between two looks at Services, nodes and their health. A real cloud takes seconds; the tests
/// wait for it often.
const PERIOD: Duration = Duration::from_millis(200);

/// Between two looks of the mesh's operator.
const MESH_PERIOD: Duration = Duration::from_secs(1);

/// Runs until it is killed.
pub async fn run(kubeconfig: &Path) -> Result<(), LabError> {
    let client = client::client(kubeconfig).await?;
    let services: Store<Service> = watch(Api::all(client.clone()));
    let slices: Store<EndpointSlice> = watch(Api::all(client.clone()));
    let nodes: Store<Node> = watch(Api::all(client.clone()));
    tokio::spawn(operate_mesh(client.clone()));
    let mut cloud = Cloud { client, assignments: Assignments::default(), relay: Relay::default(), rules: String::new(), hosts: None };
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut pace = Pace::default();
    loop {
        ticks.tick().await;
        let (services, nodes, slices) = (services.state(), nodes.state(), slices.state());
        if pace.is_due([versions(&services), versions(&nodes), versions(&slices)], Instant::now()) {
            let services: Vec<_> = services.into_iter().filter(|service| is_ours(service)).collect();
            cloud.update(&services, &ready_nodes(&nodes), &slices).await?;
            pace.found(&cloud.rules, Instant::now());
        }
    }
}

/// The versions of these objects: each change makes another one.
fn versions<K: ResourceExt>(objects: &[Arc<K>]) -> BTreeSet<Option<String>> {
    objects.iter().map(|object| object.resource_version()).collect()
}

async fn operate_mesh(client: Client) {
    loop {
        if let Err(cause) = mesh::reconcile(&client).await {
            eprintln!("failed to reconcile IstioGateways: {cause}");
        }
        tokio::time::sleep(MESH_PERIOD).await;
    }
}

/// What the cloud has done so far.
struct Cloud {
    client: Client,
    assignments: Assignments,
    relay: Relay,
    rules: String,
    hosts: Option<String>,
}

impl Cloud {
    async fn update(&mut self, services: &[Arc<Service>], nodes: &[ReadyNode], slices: &[Arc<EndpointSlice>]) -> Result<(), LabError> {
        let specs: Vec<_> = services.iter().map(|service| LoadBalancerSpec::of(service)).collect();
        let published: Vec<_> = services.iter().map(|service| published(service)).collect();
        self.assignments.update(specs.iter().zip(published.iter().map(Vec::as_slice)));
        let slices: Vec<_> = slices.iter().map(AsRef::as_ref).collect();
        let addresses: Vec<_> = nodes.iter().filter(|node| !node.is_excluded).map(|node| node.address).collect();
        let mut listeners = Vec::new();
        for (service, spec) in services.iter().zip(&specs) {
            let own = self.assignments.of(&spec.balancer);
            if let Err(cause) = publish(&self.client, service, spec, own).await {
                eprintln!("failed to write the status of {}: {cause}", service.name_any());
            }
            let healthy = health::backends(service, &addresses).await;
            listeners.extend(listeners::of(service, spec, own, &healthy, &slices));
        }
        self.write_names(&specs)?;
        self.relay.update(&listeners)?;
        self.write_rules(&listeners, nodes)
    }

    fn write_names(&mut self, specs: &[LoadBalancerSpec]) -> Result<(), LabError> {
        let named = specs.iter().flat_map(|spec| {
            let own = self.assignments.of(&spec.balancer);
            spec.hostname.iter().chain(&spec.public_name).map(move |name| (name.as_str(), own))
        });
        let hosts = names::hosts(named);
        if self.hosts.as_ref() != Some(&hosts) {
            fs::write(names::HOSTS, &hosts).to("write the cloud's names")?;
            self.hosts = Some(hosts);
        }
        Ok(())
    }

    fn write_rules(&mut self, listeners: &[Listener], nodes: &[ReadyNode]) -> Result<(), LabError> {
        let names: Vec<_> = nodes.iter().map(|node| node.name.clone()).collect();
        let rules = ruleset::write(listeners, &names);
        if rules != self.rules {
            apply(&rules)?;
            self.rules = rules;
        }
        Ok(())
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

/// A node that runs.
struct ReadyNode {
    name: String,
    address: Ipv4Addr,
    /// Whether its label keeps it from being a backend.
    is_excluded: bool,
}

/// By address.
fn ready_nodes(nodes: &[Arc<Node>]) -> Vec<ReadyNode> {
    let ready = |node: &Arc<Node>| {
        let is_excluded = node.labels().contains_key("node.kubernetes.io/exclude-from-external-load-balancers");
        is_ready(node).then(|| Some(ReadyNode { name: node.name_any(), address: internal_address(node)?, is_excluded }))?
    };
    let mut nodes: Vec<_> = nodes.iter().filter_map(ready).collect();
    nodes.sort_by_key(|node| node.address);
    nodes
}

fn is_ready(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.is_some_and(|conditions| conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True"))
}

fn internal_address(node: &Node) -> Option<Ipv4Addr> {
    let addresses = node.status.as_ref()?.addresses.as_ref()?;
    addresses.iter().find(|address| address.type_ == "InternalIP")?.address.parse().ok()
}

/// What stands in a Service's status.
fn ingress(service: &Service) -> impl Iterator<Item = &LoadBalancerIngress> {
    let ingress = service.status.as_ref().and_then(|status| status.load_balancer.as_ref()?.ingress.as_ref());
    ingress.into_iter().flatten()
}

/// The addresses there.
fn published(service: &Service) -> Vec<Ipv4Addr> {
    ingress(service).filter_map(|ingress| ingress.ip.as_ref()?.parse().ok()).collect()
}

async fn publish(client: &Client, service: &Service, spec: &LoadBalancerSpec, addresses: &[Ipv4Addr]) -> Result<(), kube::Error> {
    let wanted: Vec<_> = match &spec.hostname {
        Some(hostname) => vec![json!({ "hostname": hostname })],
        None => status_addresses(addresses, spec.families).map(|address| entry(address, spec.ip_mode.as_deref())).collect(),
    };
    // The API server fills ipMode in where it is missing, and keeps the ports of others.
    let present = ingress(service).map(|ingress| match (&ingress.hostname, &ingress.ip) {
        (Some(hostname), _) => json!({ "hostname": hostname }),
        (None, ip) => json!({ "ip": ip, "ipMode": ingress.ip_mode.as_deref().unwrap_or("VIP") }),
    });
    if present.eq(wanted.iter().cloned()) {
        return Ok(());
    }
    let status = json!({ "status": { "loadBalancer": { "ingress": wanted } } });
    let api: Api<Service> = Api::namespaced(client.clone(), &service.namespace().unwrap_or_default());
    api.patch_status(&service.name_any(), &PatchParams::default(), &Patch::Merge(status)).await.map(drop)
}

fn status_addresses(addresses: &[Ipv4Addr], families: Families) -> impl Iterator<Item = IpAddr> {
    let twins = if families == Families::Dual { addresses } else { &[] };
    addresses.iter().map(|address| IpAddr::from(*address)).chain(twins.iter().map(|address| ipv6_of(*address).into()))
}

fn entry(address: IpAddr, ip_mode: Option<&str>) -> Value {
    json!({ "ip": address, "ipMode": ip_mode.unwrap_or("VIP") })
}

fn apply(rules: &str) -> Result<(), LabError> {
    let mut nft = Command::new("nft").args(["-f", "-"]).stdin(Stdio::piped()).spawn().to("start nft (Debian's package nftables)")?;
    if let Some(mut input) = nft.stdin.take() {
        input.write_all(rules.as_bytes()).to("speak to nft")?;
    }
    let status = nft.wait().to("wait for nft")?;
    if status.success() { Ok(()) } else { Err(LabError::Command { command: "nft -f -".into(), output: rules.to_owned() }) }
}
