//! `check`: rights, admission, nodes and delivery → what a run would meet. Creates nothing.

mod purposes;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use lbprobe_analysis::batch;
use lbprobe_analysis::documents::Preflight;
use lbprobe_analysis::facts::Node;
use lbprobe_analysis::plan::{Network, Vantage, unfit};
use lbprobe_analysis::preflight::{Admission, DeliveryPlan, Findings, LeftOut, Readiness, Right, Rights, Trial, TriedObject, trials_of};

use super::probe::{limits, run_spec};
use crate::error::{Error, Refusal};
use crate::exit::Exit;
use crate::facts::from_api;
use crate::kubernetes::{self, AskedRight, Cluster, missing};
use crate::probes::{self, Delivery, RunSpec};
use crate::report;
use crate::settings::{Check, Pods};

/// Kinds of pods that are tried, and how many at a time. Pods differ by their tolerations and their image.
const MOST_KINDS: usize = 50;
const KINDS_IN_FLIGHT: usize = 10;

/// Asks, and tells.
pub(crate) async fn check(settings: &Check) -> Result<Exit, Error> {
    let cluster = kubernetes::connect(&settings.connection).await?;
    let probe_namespace = settings.pods.namespace.clone().unwrap_or_else(|| cluster.namespace.clone());
    let services = settings.namespace.as_deref().unwrap_or(&cluster.namespace);
    let mut findings = Findings::default();
    for (purpose, asked) in purposes::all(&probe_namespace, services) {
        let missing = missing(&cluster, &asked).await?.iter().map(right).collect();
        findings.rights.push(Rights { purpose, missing });
    }
    match from_api::listed_nodes(&cluster).await {
        Ok(nodes) => look_at_nodes(&mut findings, &cluster, &settings.pods, &nodes).await?,
        // The rights tell that.
        Err(Error::Forbidden { .. }) => {}
        Err(cause) => return Err(cause),
    }
    let preflight = Preflight::new(probe_namespace, findings);
    report::write_preflight(&preflight, settings.output)?;
    Ok(match preflight.readiness {
        Readiness::Ready => Exit::Healthy,
        Readiness::Partly => Exit::Inconclusive,
        Readiness::NotReady => Exit::Fault,
    })
}

fn right(asked: &AskedRight<'_>) -> Right {
    Right { verb: asked.verb.to_owned(), resource: asked.resource(), namespace: asked.namespace.map(str::to_owned) }
}

async fn look_at_nodes(findings: &mut Findings, cluster: &Cluster, pods: &Pods, nodes: &[Node]) -> Result<(), Error> {
    let mut probed = Vec::new();
    for node in nodes {
        match unfit(node) {
            None => probed.push(node.clone()),
            Some(reason) => match findings.left_out.iter_mut().find(|known| known.reason == reason) {
                Some(known) => known.nodes.push(node.name.clone()),
                None => findings.left_out.push(LeftOut { nodes: vec![node.name.clone()], reason }),
            },
        }
    }
    findings.nodes = probed.len();
    if probed.is_empty() {
        return Ok(());
    }
    let on_both = |node: &Node| Network::ALL.map(|network| Vantage { node: node.name.clone(), network });
    let vantages: Vec<_> = probed.iter().flat_map(on_both).collect();
    let delivery = match Delivery::first(pods.delivery, &pods.image, nodes, &vantages) {
        Ok(delivery) => delivery,
        Err(cause) => {
            let admission = Admission::Refused(cause.to_string());
            findings.objects.push(Trial { object: TriedObject::Pod, nodes: None, admission });
            return Ok(());
        }
    };
    findings.delivery = Some(match delivery.bytes() {
        Some(carried) => DeliveryPlan::ConfigMaps(carried),
        None => DeliveryPlan::Image {
            image: pods.image.reference.clone(),
            without: probes::nodes_without(&pods.image.reference, nodes, &vantages),
        },
    });
    let may_carry = delivery.may_carry().then(|| Delivery::carried(nodes, &vantages));
    let plan = |network| batch::for_probe(&[], network, 0);
    let run_spec = run_spec(cluster, pods, (limits(pods, None, vantages.len()), delivery), plan)?;
    findings.objects = vec![trial(TriedObject::Job, probes::job_refusal(cluster, &run_spec).await)?];
    try_pods(findings, cluster, &run_spec, &probed).await?;
    if run_spec.client_certificate.is_some() {
        findings.objects.push(trial(TriedObject::Secret, probes::secret_refusal(cluster, &run_spec).await)?);
    }
    if let Some(delivery) = may_carry {
        let carried = RunSpec { delivery, ..run_spec };
        findings.objects.push(trial(TriedObject::ConfigMap, probes::config_map_refusal(cluster, &carried).await)?);
    }
    Ok(())
}

/// A pod of each kind, in the pod network and on the host network.
async fn try_pods(findings: &mut Findings, cluster: &Cluster, run_spec: &RunSpec, nodes: &[Node]) -> Result<(), Error> {
    let kinds = probes::kinds_of_pods(run_spec, nodes);
    findings.not_tried = kinds.iter().skip(MOST_KINDS).map(|kind| kind.nodes.len()).sum();
    let answers = stream::iter(kinds.iter().take(MOST_KINDS)).map(|kind| async {
        let names = kind.nodes.iter().map(|node| node.name.clone()).collect();
        let (Some(first), None) = (kind.nodes.first(), &kind.not_made) else {
            return Ok((names, Admission::Refused(kind.not_made.clone().unwrap_or_default()), None));
        };
        let vantage = Vantage { node: first.name.clone(), network: Network::Host };
        let (pod, host_pod) = match probes::host_pod_admission(cluster, run_spec, &vantage, &first.taints).await {
            Ok(on_host @ Admission::NotAsked(_)) => (on_host.clone(), Some(on_host)),
            // A refusal of the host network alone.
            Ok(on_host) => (Admission::Admitted, Some(on_host)),
            Err(cause) => (admission(Err(cause))?, None),
        };
        Ok::<_, Error>((names, pod, host_pod))
    });
    let answers: Vec<(Vec<String>, Admission, Option<Admission>)> = answers.buffered(KINDS_IN_FLIGHT).try_collect().await?;
    let on_host = answers.iter().filter_map(|(names, _, on_host)| Some((names.clone(), on_host.clone()?))).collect();
    let anywhere = answers.into_iter().map(|(names, pod, _)| (names, pod)).collect();
    findings.objects.extend(trials_of(TriedObject::Pod, anywhere));
    findings.objects.extend(trials_of(TriedObject::HostPod, on_host));
    Ok(())
}

fn trial(object: TriedObject, tried: Result<(), Error>) -> Result<Trial, Error> {
    Ok(Trial { object, nodes: None, admission: admission(tried)? })
}

/// What the server said; without a connection nothing is known of any object.
fn admission(tried: Result<(), Error>) -> Result<Admission, Error> {
    match tried {
        Ok(()) => Ok(Admission::Admitted),
        Err(cause @ (Error::Unreachable { .. } | Error::Unauthorized { .. } | Error::Overdue { .. })) => Err(cause),
        Err(
            Error::NoPod { why: Refusal::NoDryRun(webhook), .. }
            | Error::NoJob { why: Refusal::NoDryRun(webhook), .. }
            | Error::NoConfigMap { why: Refusal::NoDryRun(webhook), .. }
            | Error::NoSecret { why: Refusal::NoDryRun(webhook), .. },
        ) => Ok(Admission::NotAsked(webhook)),
        Err(
            Error::NoPod { message, .. }
            | Error::NoJob { message, .. }
            | Error::NoConfigMap { message, .. }
            | Error::NoSecret { message, .. },
        ) => Ok(Admission::Refused(message)),
        Err(cause) => Ok(Admission::Refused(cause.to_string())),
    }
}
