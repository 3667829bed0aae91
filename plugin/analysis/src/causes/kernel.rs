//! What a node's kernel told of the probe's own connections, as evidence for the cause that explains their failure.

use lbprobe_protocol::{Flow, FlowFrom, Outcome, Step, Tracked};

use super::evidence::Evidence;
use super::{Cause, CauseKind};
use crate::observations::KernelLook;
use crate::plan::{Network, Plan};

/// Puts it first: it is the most direct that there is.
pub(crate) fn add_evidence(causes: &mut [Cause], plan: &Plan, looks: &[KernelLook]) {
    let Some(cause) = causes.iter_mut().find(|cause| cause.kind() == CauseKind::LocalPolicyWithoutLocalEndpoint) else { return };
    let found: Vec<_> = looks.iter().filter(|look| !look.has_endpoint).flat_map(|look| of_look(plan, look)).collect();
    cause.evidence.splice(0..0, found);
}

/// Whether a rule is kube-proxy's own: its chains in iptables' tables, and its table of nftables. What another one ends, the policy does not
/// explain.
fn is_of_kube_proxy(step: &Step) -> bool {
    step.chain.starts_with("KUBE-") || step.table.ends_with(" kube-proxy")
}

/// Of each network the first connection to the load balancer that failed.
fn of_look(plan: &Plan, look: &KernelLook) -> Vec<Evidence> {
    let Some(record) = look.record() else { return Vec::new() };
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
    if let Some(step @ Step { table, chain, comment, .. }) = flow.steps.as_deref().and_then(Step::ending) {
        if !is_of_kube_proxy(step) {
            return None;
        }
        let (table, chain, comment) = (table.clone(), chain.clone(), comment.clone());
        return Some(Evidence::EndsAtRule { node, network, destination, table, chain, comment });
    }
    // ipvs keeps the load balancer's address on the node: what is sent there never leaves it.
    let is_awaited = |tracked: &&Tracked| !tracked.replied && tracked.reply.destination.ip() == destination.ip();
    let tracked = flow.tracking.entry().filter(|_| flow.from == FlowFrom::Host).filter(is_awaited)?;
    Some(Evidence::ReplyToLoadBalancer { node, destination, server: tracked.reply.source })
}
