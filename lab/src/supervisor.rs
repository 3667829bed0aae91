//! Brings a cluster up, in the order in which the parts need one another, and stays.

use std::fs;
use std::io::{self, BufRead as _, Write as _};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{try_join, try_join_all};
use k8s_openapi::api::core::v1::Node as NodeObject;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::json;

use crate::artifacts::Artifacts;
use crate::error::{Context as _, LabError};
use crate::guest;
use crate::inside::client::{client, kubectl_apply};
use crate::inside::components::{Components, Starter};
use crate::inside::node::{Node, NodePrograms, kube_proxy_config};
use crate::inside::resolver::write_resolver_configuration;
use crate::inside::{BIN_FOLDER, Event, LOG_FOLDER, control_plane, kernel_settings, network, pki, readiness};
use crate::options::LabOptions;
use crate::patience::{Overdue, standstill, strides};
use crate::scale;

/// A start in which nothing arrives for so long is given up. All of it takes 10 s on an idle machine, 20 s with guests.
const STANDSTILL: Duration = Duration::from_mins(2);

/// Namespaces whose default ServiceAccount exists when a lab is ready.
const NAMESPACES: [&str; 3] = ["default", "kube-system", "istio-system"];

/// What the cluster's own services need: CoreDNS.
const COREDNS: &str = include_str!("../manifests/coredns.yaml");

/// Runs until the lifeline or the lab ends.
pub async fn supervise(options: &LabOptions) -> Result<(), LabError> {
    watch_lifeline();
    let mut components = Components::new();
    let step = Step::default();
    let starter = components.starter();
    let brought_up = tokio::select! {
        result = bring_up(options, &starter, &step) => result,
        overdue = standstill(STANDSTILL, || (step.reached(), work_of_guests(options))) => Err(step.overdue(&overdue)),
        ended = components.next_ended() => Err(ended.into_error()),
    };
    match brought_up {
        Ok(()) => say(&Event::Ready),
        Err(cause) => {
            say(&Event::Failed { message: cause.to_string() });
            return Err(cause);
        }
    }
    loop {
        let ended = components.next_ended().await;
        let text = format!("{}\n", ended.into_error());
        let _ = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(Path::new(LOG_FOLDER).join("ended.log"))
            .and_then(|mut log| log.write_all(text.as_bytes()));
    }
}

/// The lab ends with the one that started it, unless that one lets it go.
fn watch_lifeline() {
    std::thread::spawn(|| {
        let mut line = String::new();
        match io::stdin().lock().read_line(&mut line) {
            Ok(length) if length > 0 && line.trim() == "detach" => {}
            _ => std::process::exit(1),
        }
    });
}

/// Guests compute while they boot, and nothing of them is seen before they have.
fn work_of_guests(options: &LabOptions) -> Vec<u128> {
    let guests = options.node_names().filter(|node| options.is_guest(node));
    guests.map(|node| strides(guest::work(Path::new("/"), &node), STANDSTILL)).collect()
}

/// What is being waited for, for those who wait and for the error when it does not come.
#[derive(Clone, Default)]
struct Step(Arc<Mutex<Reached>>);

/// How far a start has come.
#[derive(Clone, Default, PartialEq)]
struct Reached {
    /// What is being waited for.
    what: String,
    /// How much has arrived so far: a node's containerd, its DNS, and the like.
    parts: usize,
}

impl Step {
    fn begin(&self, what: &str) {
        say(&Event::Starting { what: what.to_owned() });
        if let Ok(mut reached) = self.0.lock() {
            what.clone_into(&mut reached.what);
        }
    }

    /// Does a part of a step.
    async fn part<T>(&self, work: impl Future<Output = Result<T, LabError>>) -> Result<T, LabError> {
        let done = work.await?;
        if let Ok(mut reached) = self.0.lock() {
            reached.parts += 1;
        }
        Ok(done)
    }

    fn reached(&self) -> Reached {
        self.0.lock().map(|reached| reached.clone()).unwrap_or_default()
    }

    fn overdue(&self, overdue: &Overdue) -> LabError {
        LabError::Other(format!("waited for {}: {overdue}", self.reached().what))
    }
}

async fn bring_up(options: &LabOptions, starter: &Starter, step: &Step) -> Result<(), LabError> {
    let artifacts = Artifacts::locate()?;
    step.begin("the network");
    prepare(&artifacts, options)?;
    step.begin("the API server");
    control_plane::start_api(starter, &artifacts.kubernetes, options)?;
    control_plane::start_neighbours(starter, &artifacts.workloads)?;
    let nodes = Node::all(options)?;
    let (guests, ordinary): (Vec<_>, Vec<_>) = nodes.iter().partition(|node| options.is_guest(&node.name));
    for guest in &guests {
        guest::start(starter, options, &guest.name)?;
    }
    let client = client(Path::new(pki::ADMIN_KUBECONFIG)).await?;
    let api = async {
        readiness::api(&client).await;
        create_nodes(&client, &nodes).await?;
        let lab_program = std::env::current_exe().to("find this program")?;
        control_plane::start_controllers(starter, &artifacts.kubernetes, &lab_program, options)?;
        step.begin("nodes and DNS");
        let config = config_map(options);
        let apply = move || kubectl_apply(&format!("{COREDNS}\n---\n{config}"));
        tokio::task::spawn_blocking(apply).await.map_err(|cause| LabError::Other(cause.to_string()))?
    };
    let containerds = try_join_all(ordinary.iter().map(|node| step.part(node.start_containerd(starter, &artifacts.image_store))));
    try_join(api, containerds).await?;
    for node in &ordinary {
        let kube_proxy = artifacts.kube_proxy(options.release_of(&node.name))?;
        node.start_kubernetes(starter, &NodePrograms { kubernetes: artifacts.kubernetes.clone(), kube_proxy }, options)?;
    }
    try_join_all(nodes.iter().map(|node| step.part(readiness::node(&client, &node.name)))).await?;
    step.begin("DNS");
    try_join_all(ordinary.iter().map(|node| step.part(readiness::dns(&node.name)))).await?;
    try_join_all(guests.iter().map(|node| step.part(guest::answers(node, &guests)))).await?;
    step.begin("service accounts");
    try_join_all(NAMESPACES.map(|namespace| readiness::default_service_account(&client, namespace))).await?;
    if options.has_fake_nodes() {
        step.begin("fake nodes");
        Box::pin(scale::populate(&client, options.fake_nodes, |what| step.begin(what))).await?;
    }
    Ok(())
}

/// kube-proxy's configuration where clusters publish it, for whoever wants to know its mode.
fn config_map(options: &LabOptions) -> String {
    let config = kube_proxy_config(options).to_string();
    let metadata = json!({ "name": "kube-proxy", "namespace": "kube-system" });
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": { "config.conf": config } }).to_string()
}

fn prepare(artifacts: &Artifacts, options: &LabOptions) -> Result<(), LabError> {
    kernel_settings::cover()?;
    write_resolver_configuration()?;
    let lab_program = std::env::current_exe().to("find this program")?;
    for (name, target) in [("kubectl", &artifacts.kubectl), ("kubectl-lbprobe", &artifacts.plugin), ("lab", &lab_program)] {
        let target = target.canonicalize().to(format!("find {}", target.display()))?;
        symlink(target, Path::new(BIN_FOLDER).join(name)).to(format!("link {name}"))?;
    }
    network::build(options)?;
    pki::make(options)
}

async fn create_nodes(client: &Client, nodes: &[Node]) -> Result<(), LabError> {
    let api: Api<NodeObject> = Api::all(client.clone());
    for node in nodes {
        let object = serde_json::from_value(node.object())?;
        api.create(&PostParams::default(), &object).await?;
        // kubelet would tell it later than kube-proxy asks for it, which on a real node comes after:
        // up to 1.24 that takes 127.0.0.1 instead, and does not look again.
        let addresses: Vec<_> = node.addresses.iter().map(|address| json!({ "type": "InternalIP", "address": address })).collect();
        let status = json!({ "status": { "addresses": addresses } });
        api.patch_status(&node.name, &PatchParams::default(), &Patch::Merge(status)).await?;
    }
    Ok(())
}

/// A caller that does not listen any more is no reason to stop.
fn say(event: &Event) {
    if let Ok(line) = serde_json::to_string(event) {
        let _ = writeln!(io::stdout().lock(), "{line}");
    }
}
