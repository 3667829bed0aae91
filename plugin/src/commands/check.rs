//! `check`: rights, admission, nodes and delivery → what a run would meet. Creates nothing.

mod purposes;

use lbprobe_analysis::batch;
use lbprobe_analysis::documents::Preflight;
use lbprobe_analysis::facts::Node;
use lbprobe_analysis::plan::{Network, Vantage, unfit};
use lbprobe_analysis::preflight::{DeliveryPlan, LeftOut, Readiness, Right, Rights, Trial, TriedObject};

use super::probe::{limits, run_spec};
use crate::error::Error;
use crate::exit::Exit;
use crate::facts::from_api;
use crate::kubernetes::{self, AskedRight, Cluster, missing};
use crate::probes::{self, Delivery, RunSpec};
use crate::report;
use crate::settings::{Check, Pods};

/// Asks, and tells.
pub(crate) async fn check(settings: &Check) -> Result<Exit, Error> {
    let cluster = kubernetes::connect(&settings.connection).await?;
    let probe_namespace = settings.pods.namespace.clone().unwrap_or_else(|| cluster.namespace.clone());
    let services = settings.namespace.as_deref().unwrap_or(&cluster.namespace);
    let mut preflight = Preflight::new(probe_namespace.clone());
    for (purpose, asked) in purposes::all(&probe_namespace, services) {
        let missing = missing(&cluster, &asked).await?.iter().map(right).collect();
        preflight.rights.push(Rights { purpose, missing });
    }
    match from_api::listed_nodes(&cluster).await {
        Ok(nodes) => look_at_nodes(&mut preflight, &cluster, &settings.pods, &nodes).await?,
        // The rights tell that.
        Err(Error::Forbidden { .. }) => {}
        Err(cause) => return Err(cause),
    }
    let exit = match preflight.readiness() {
        Readiness::Ready => Exit::Healthy,
        Readiness::Partly => Exit::Inconclusive,
        Readiness::NotReady => Exit::Fault,
    };
    report::write_preflight(&preflight, settings.output)?;
    Ok(exit)
}

fn right(asked: &AskedRight<'_>) -> Right {
    Right { verb: asked.verb.to_owned(), resource: asked.resource(), namespace: asked.namespace.map(str::to_owned) }
}

async fn look_at_nodes(preflight: &mut Preflight, cluster: &Cluster, pods: &Pods, nodes: &[Node]) -> Result<(), Error> {
    let mut vantages = Vec::new();
    for node in nodes {
        match unfit(node) {
            None => vantages.extend(Network::ALL.map(|network| Vantage { node: node.name.clone(), network })),
            Some(reason) => match preflight.left_out.iter_mut().find(|known| known.reason == reason) {
                Some(known) => known.nodes.push(node.name.clone()),
                None => preflight.left_out.push(LeftOut { nodes: vec![node.name.clone()], reason }),
            },
        }
    }
    preflight.nodes = vantages.len() / Network::ALL.len();
    let Some(first) = vantages.first() else { return Ok(()) };
    let delivery = match Delivery::first(pods.delivery, &pods.image, nodes, &vantages) {
        Ok(delivery) => delivery,
        Err(cause) => {
            preflight.objects.push(Trial { object: TriedObject::Pod, refused: Some(cause.to_string()) });
            return Ok(());
        }
    };
    preflight.delivery = Some(match delivery.bytes() {
        Some(carried) => DeliveryPlan::ConfigMaps(carried),
        None => DeliveryPlan::Image {
            image: pods.image.reference.clone(),
            without: probes::nodes_without(&pods.image.reference, nodes, &vantages),
        },
    });
    let plan = |network| batch::for_probe(&[], network, 0);
    let run_spec = run_spec(cluster, pods, (limits(pods, None, vantages.len()), delivery), plan)?;
    preflight.objects = trials(cluster, &run_spec, first).await?;
    Ok(())
}

/// The objects of a run, tried one after the other: what refuses the Job says enough of the rest.
async fn trials(cluster: &Cluster, run_spec: &RunSpec, vantage: &Vantage) -> Result<Vec<Trial>, Error> {
    let mut trials = vec![Trial { object: TriedObject::Job, refused: refusal(probes::job_refusal(cluster, run_spec).await)? }];
    let on_host = Vantage { network: Network::Host, ..vantage.clone() };
    match probes::host_network_refusal(cluster, run_spec, &on_host).await {
        Ok(refused) => {
            trials.push(Trial { object: TriedObject::Pod, refused: None });
            trials.push(Trial { object: TriedObject::HostPod, refused });
        }
        Err(cause) => trials.push(Trial { object: TriedObject::Pod, refused: refusal(Err(cause))? }),
    }
    if run_spec.delivery.bytes().is_some() {
        let refused = refusal(probes::config_map_refusal(cluster, run_spec).await)?;
        trials.push(Trial { object: TriedObject::ConfigMap, refused });
    }
    Ok(trials)
}

/// A refusal in the server's words; without a connection nothing is known of any of them.
fn refusal(tried: Result<(), Error>) -> Result<Option<String>, Error> {
    match tried {
        Ok(()) => Ok(None),
        Err(cause @ (Error::Unreachable { .. } | Error::Unauthorized { .. } | Error::Overdue { .. })) => Err(cause),
        Err(Error::NoPod { message, .. } | Error::NoJob { message, .. } | Error::NoConfigMap { message, .. }) => Ok(Some(message)),
        Err(cause) => Ok(Some(cause.to_string())),
    }
}
