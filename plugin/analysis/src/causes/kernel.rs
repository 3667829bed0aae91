//! What a node's kernel told of the probe's own connections, as evidence for the cause that explains their failure.

use lbprobe_protocol::{Flow, FlowFrom, Outcome, Step};

use super::evidence::Evidence;
use super::{Cause, CauseKind};
use crate::observations::{KernelLook, KernelSeen};
use crate::plan::{Network, Plan};

/// Puts it first: it is the most direct that there is.
pub(crate) fn add_evidence(causes: &mut [Cause], plan: &Plan, looks: &[KernelLook]) {
    let Some(cause) = causes.iter_mut().find(|cause| cause.kind() == CauseKind::LocalPolicyWithoutLocalEndpoint) else { return };
    for found in looks.iter().filter(|look| !look.has_endpoint).flat_map(|look| of_look(plan, look)) {
        cause.evidence.insert(0, found);
    }
}

/// Of each network the first connection to the load balancer that failed.
fn of_look(plan: &Plan, look: &KernelLook) -> Vec<Evidence> {
    let KernelSeen::Record(record) = &look.seen else { return Vec::new() };
    let is_to_load_balancer = |flow: &&Flow| plan.target(flow.check).is_some_and(|target| target.kind.is_load_balancer());
    let failed: Vec<_> = record.flows.iter().filter(is_to_load_balancer).filter(|flow| flow.outcome != Outcome::Answered).collect();
    let first = |from: FlowFrom| failed.iter().find(|flow| flow.from == from);
    [FlowFrom::Pod, FlowFrom::Host].into_iter().filter_map(|from| of_flow(&look.node, first(from)?)).collect()
}

fn of_flow(node: &str, flow: &Flow) -> Option<Evidence> {
    let (node, destination) = (node.to_owned(), flow.destination);
    let network = match flow.from {
        FlowFrom::Pod => Network::Pod,
        FlowFrom::Host => Network::Host,
    };
    if let Some(Step { table, chain, comment, .. }) = flow.steps.as_deref().and_then(Step::ending) {
        let (table, chain, comment) = (table.clone(), chain.clone(), comment.clone());
        return Some(Evidence::EndsAtRule { node, network, destination, table, chain, comment });
    }
    // ipvs keeps the load balancer's address on the node: what is sent there never leaves it.
    let tracked = flow.tracked.as_ref().filter(|tracked| !tracked.replied && tracked.reply.destination.ip() == destination.ip())?;
    Some(Evidence::ReplyToLoadBalancer { node, destination, server: tracked.reply.source })
}
