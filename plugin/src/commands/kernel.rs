//! A look into the kernels of one node with an endpoint and one without: by a privileged pod on each, after asking.

use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::observations::{KernelLook, KernelSeen, Observations, ProbeResult, Unmeasured, leave_out_others};
use lbprobe_analysis::plan::{Network, Plan, Vantage};
use lbprobe_analysis::text::messages::{Message, Question};
use lbprobe_protocol::Record;

use super::confirm::agreed;
use super::probe::{LINGER_MS, limits, refused_host_network, run_spec, with_pods};
use crate::error::{Error, KernelLookProblem};
use crate::kubernetes::Cluster;
use crate::probes::{Delivery, HostPods, ResultChannel, RunSpec, Runner, new_run_id};
use crate::report::ProgressLine;
use crate::settings::{Confirmation, KernelEvidence, Pods};
use crate::signals::Attention;
use crate::terminal::say;

/// What the kernels tell of connections to a plan's targets; nothing where nobody asked.
pub(super) async fn look(
    cluster: &Cluster,
    wanted: KernelEvidence,
    pods: &Pods,
    facts: &Facts,
    plan: &Plan,
) -> Result<Vec<KernelLook>, Error> {
    let KernelEvidence::Asked(confirmation) = wanted else { return Ok(Vec::new()) };
    let nodes = plan.nodes_for_kernel(facts);
    if nodes.is_empty() || !plan.has_checks_for_kernel(&facts.service) {
        return Err(Error::KernelLook(KernelLookProblem::NothingToDial));
    }
    agree(&nodes, confirmation).await?;
    let vantage = |node: &str, network| Vantage { node: node.to_owned(), network };
    let vantages: Vec<_> = nodes.iter().flat_map(|(node, _)| [Network::Pod, Network::Host].map(|network| vantage(node, network))).collect();
    let pair = Pair { cluster, facts, plan, vantages: &vantages, pods };
    let mut attention = Attention::begin();
    let seen = match Box::pin(pair.observe(&mut attention)).await {
        // Whoever may write ConfigMaps there would say what a privileged pod runs.
        Err(Error::ImageNotThere { cause, .. }) => {
            return Err(Error::KernelLook(KernelLookProblem::WithoutImage { cause: Some(cause.to_string()) }));
        }
        seen => seen?,
    };
    let told = |(node, has_endpoint)| told_on(&seen, node, has_endpoint);
    let mut looks: Vec<_> = nodes.into_iter().map(told).collect();
    leave_out_others(&mut looks);
    Ok(looks)
}

/// The probe on the host network tells what both of them saw.
fn told_on(observations: &Observations, node: String, has_endpoint: bool) -> KernelLook {
    let is_it = |vantage: &Vantage| vantage.node == node && vantage.network == Network::Host;
    let (cut, seen) = match observations.probes.iter().find(|probe| is_it(&probe.vantage)).map(|probe| probe.seen.clone()) {
        Some(ProbeResult::Record(Record { kernel: Some(kernel), cut, .. })) => (cut, KernelSeen::Record(kernel)),
        Some(ProbeResult::Record(_)) => (false, KernelSeen::Nothing(Unmeasured::Terminated)),
        Some(ProbeResult::Nothing(why)) => (false, KernelSeen::Nothing(why)),
        None => (false, KernelSeen::Nothing(Unmeasured::RunEnded)),
    };
    KernelLook { node, has_endpoint, cut, seen }
}

async fn agree(nodes: &[(String, bool)], confirmation: Confirmation) -> Result<(), Error> {
    let names: Vec<_> = nodes.iter().map(|(node, _)| node.clone()).collect();
    say(Message::KernelLook { nodes: &names });
    let unconfirmed = Error::KernelLook(KernelLookProblem::Unconfirmed);
    agreed(confirmation, Question::LookIntoKernels { nodes: names.len() }, unconfirmed).await
}

/// Two probes on each node.
struct Pair<'a> {
    cluster: &'a Cluster,
    facts: &'a Facts,
    plan: &'a Plan,
    vantages: &'a [Vantage],
    pods: &'a Pods,
}

impl Pair<'_> {
    async fn observe(&self, attention: &mut Attention) -> Result<Observations, Error> {
        let Self { cluster, facts, plan, vantages, pods } = self;
        let delivery = Delivery::first(pods.delivery, &pods.image, &facts.nodes, vantages)?;
        if delivery.bytes().is_some() {
            return Err(Error::KernelLook(KernelLookProblem::WithoutImage { cause: None }));
        }
        let limits = limits(pods, None, vantages.len());
        let start_ms = u32::try_from(limits.start.as_millis()).unwrap_or(u32::MAX);
        let run = new_run_id();
        let made = run_spec(cluster, pods, (limits, delivery), |network| lbprobe_protocol::Plan {
            linger_ms: LINGER_MS,
            ..plan.for_kernel(facts, &run, start_ms, network)
        })?;
        let run_spec = RunSpec { host_pods: HostPods::Privileged, client_certificate: None, ..made };
        if let Some(message) = attention.or(refused_host_network(cluster, &run_spec, vantages)).await? {
            return Err(Error::KernelLook(KernelLookProblem::PodRefused { namespace: run_spec.namespace, message }));
        }
        let runner = Runner { cluster, run_spec: &run_spec, facts, vantages, channel: ResultChannel::Logs };
        let seen = with_pods(&runner, attention, async |attention, live, job| {
            let line = ProgressLine::start(&facts.service.name);
            attention.or(runner.run(job, live, |progress| line.show(progress))).await
        });
        match Box::pin(seen).await? {
            (_, Some(exit)) => Err(Error::Interrupted(exit)),
            (observations, None) => Ok(observations),
        }
    }
}
