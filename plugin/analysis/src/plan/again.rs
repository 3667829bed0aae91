//! The plan of a report once more, for the cluster as it is today.

use std::collections::BTreeSet;

use super::{Network, Plan, PlanOptions, Skip, Target, TargetKind};
use crate::facts::{Facts, Ingress};
use crate::report::Report;

impl Plan {
    /// The same checks from the same vantages as in a report, laid out anew: node ports, endpoints and
    /// nodes may be others by now. Nodes that joined since are probed too, unless the report's own
    /// run was told which nodes to take.
    ///
    /// Where the status had an address and has a hostname now, the address is dialled all the same:
    /// clients may hold on to it.
    #[must_use]
    pub fn again(facts: &Facts, baseline: &Report) -> Self {
        let then = &baseline.plan;
        let mut plan = Self::new(facts, &options(facts, baseline));
        for target in &mut plan.targets {
            if let Some(same) = then.targets.iter().find(|other| other.port == target.port) {
                target.exchange = same.exchange.clone();
                target.protocol_from = same.protocol_from;
            }
        }
        plan.remember(facts, then);
        plan
    }

    /// Adds the load balancer's addresses of another plan that the status does not have any more.
    fn remember(&mut self, facts: &Facts, then: &Self) {
        let has_hostname = facts.service.ingress.iter().any(|ingress| matches!(ingress, Ingress::Hostname(_)));
        for target in &then.targets {
            let TargetKind::LoadBalancerIp(address) = target.kind else { continue };
            let is_known = self.targets.iter().any(|known| known.kind == target.kind && known.port == target.port);
            if is_known {
                continue;
            }
            if has_hostname {
                let id = self.targets.iter().map(|target| target.id).max().map_or(0, |highest| highest.saturating_add(1));
                self.targets.push(Target { id, ..target.clone() });
            } else {
                let skip = Skip { what: address.to_string(), reason: "is no address of the load balancer any more".into() };
                if !self.skipped.contains(&skip) {
                    self.skipped.push(skip);
                }
            }
        }
    }
}

fn options(facts: &Facts, baseline: &Report) -> PlanOptions {
    let then = &baseline.plan;
    let networks: BTreeSet<_> = then.vantages.iter().map(|vantage| vantage.network).collect();
    PlanOptions {
        ports: then.service_targets().map(|target| target.port).collect(),
        samples: then.samples,
        timeout_ms: then.timeout_ms,
        nodes: chosen_nodes(facts, baseline),
        networks: if networks.is_empty() { Network::ALL.into() } else { networks },
        evidence: then.evidence,
        ..PlanOptions::default()
    }
}

/// The nodes that a run was told to take; none where it took all that were fit.
fn chosen_nodes(facts: &Facts, baseline: &Report) -> BTreeSet<String> {
    let then = &baseline.plan;
    let taken: BTreeSet<_> = then.vantages.iter().map(|vantage| vantage.node.as_str()).collect();
    let is_left_out = |name: &str| !taken.contains(name) && then.skipped.iter().all(|skip| skip.what != name);
    if !baseline.facts.nodes.iter().any(|node| is_left_out(&node.name)) {
        return BTreeSet::new();
    }
    let is_there = |name: &&str| facts.nodes.iter().any(|node| node.name == **name);
    taken.into_iter().filter(is_there).map(str::to_owned).collect()
}
