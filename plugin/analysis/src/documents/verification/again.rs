//! The plan of a report once more, for the cluster as it is today.

use std::collections::{BTreeSet, HashSet};
use std::num::NonZeroU16;

use lbprobe_protocol::{CheckId, Datagram, Exchange, may_be_a_load_balancers};

use crate::documents::Report;
use crate::facts::{Facts, Ingress, TransportPort};
use crate::observations::Matrix;
use crate::plan::{Network, Plan, PlanOptions, ProtocolFrom, RequestOptions, Sampled, Skip, SkipReason, SkipSubject, Target, TargetKind};

impl Plan {
    /// The same checks from the same vantages as in a report, laid out anew: node ports, endpoints and
    /// nodes may be others by now. Nodes that joined since are probed too, unless the report's own
    /// run was told which nodes to take, or took a sample: then it is the same nodes again.
    ///
    /// Where the status had an address and has a hostname now, the address is dialled all the same:
    /// clients may hold on to it.
    #[must_use]
    pub fn again(facts: &Facts, baseline: &Report) -> Self {
        let then = &baseline.plan;
        let mut plan = Self::new(facts, &options(facts, baseline));
        let answered = answered_ports(baseline);
        for target in &mut plan.targets {
            if let Some(same) = then.targets.iter().find(|other| other.transport() == target.transport()) {
                target.exchange = same.exchange.clone();
                target.protocol_from = if answered.contains(&target.transport()) { ProtocolFrom::Baseline } else { same.protocol_from };
            }
        }
        plan.remember(facts, then);
        plan.dial_other_listeners(facts, then);
        // A network that was refused is refused still, and the report says so again.
        plan.skipped.extend(then.skipped.iter().filter(|skip| skip.network().is_some()).cloned());
        plan.sampled = then.sampled.as_ref().map(|sampled| Sampled::of(facts, sampled.per_class, &plan.vantages));
        plan
    }

    /// Adds the load balancer's addresses of another plan that the status does not have any more.
    fn remember(&mut self, facts: &Facts, then: &Self) {
        let has_hostname = facts.service.ingress.iter().any(|ingress| matches!(ingress, Ingress::Hostname(_)));
        for target in then.targets.iter().filter(|target| !target.other_listener) {
            let TargetKind::LoadBalancerIp(address) = target.kind else { continue };
            if !may_be_a_load_balancers(address) {
                continue;
            }
            let is_known = self.targets.iter().any(|known| known.kind == target.kind && known.transport() == target.transport());
            if is_known {
                continue;
            }
            if has_hostname {
                let id = self.next_id();
                self.targets.push(Target { id, ..target.clone() });
            } else {
                let skip = Skip { subject: SkipSubject::Address(address), reason: SkipReason::NotInStatus };
                if !self.skipped.contains(&skip) {
                    self.skipped.push(skip);
                }
            }
        }
    }

    /// Adds the ports beside the Service's own that another plan dials unasked, at the addresses that the load balancer still has.
    fn dial_other_listeners(&mut self, facts: &Facts, then: &Self) {
        let has = |kind: &TargetKind| match kind {
            TargetKind::LoadBalancerIp(address) => facts.service.load_balancer_ips().any(|own| own == *address),
            TargetKind::LoadBalancerHostname(name) => {
                facts.service.ingress.iter().any(|ingress| matches!(ingress, Ingress::Hostname(own) if own == name))
            }
            _ => false,
        };
        let is_beside = |target: &&Target| target.other_listener && has(&target.kind) && !facts.service.declares(target.transport());
        for target in then.targets.iter().filter(is_beside) {
            let id = self.next_id();
            self.targets.push(Target { id, ..target.clone() });
        }
    }

    fn next_id(&self) -> CheckId {
        self.targets.iter().map(|target| target.id).max().map_or(0, |highest| highest.saturating_add(1))
    }
}

/// The ports on which somebody spoke the protocol that was guessed.
fn answered_ports(baseline: &Report) -> BTreeSet<TransportPort> {
    let matrix = Matrix::new(&baseline.plan, &baseline.observations);
    let guessed = matrix.cells().filter(|cell| cell.target.protocol_from == ProtocolFrom::Guess);
    guessed.filter(|cell| cell.answers().next().is_some()).map(|cell| cell.target.transport()).collect()
}

fn options(facts: &Facts, baseline: &Report) -> PlanOptions {
    let then = &baseline.plan;
    let networks: BTreeSet<_> = then.vantages.iter().map(|vantage| vantage.network).collect();
    let nodes = chosen_nodes(facts, baseline);
    // Where none of a sample's nodes is left, another one is taken: never all of thousands.
    let sampled = then.sampled.as_ref().filter(|_| nodes.is_empty());
    PlanOptions {
        ports: then.service_targets().map(|target| target.port).collect(),
        samples: then.samples,
        timeout_ms: then.timeout_ms,
        nodes,
        sample: sampled.and_then(|sampled| NonZeroU16::new(sampled.per_class)),
        networks: if networks.is_empty() { Network::ALL.into() } else { networks },
        evidence: then.evidence,
        redirects: then.redirects,
        asked: then.asked.clone(),
        request: RequestOptions { datagram: users_datagram(then), ..RequestOptions::default() },
        ..PlanOptions::default()
    }
}

/// What the user had said at UDP ports, without which those that no number or name tells of are left out.
fn users_datagram(then: &Plan) -> Option<Datagram> {
    let mut said = then.targets.iter().filter(|target| target.protocol_from == ProtocolFrom::User);
    said.find_map(|target| match &target.exchange {
        Exchange::Udp(datagram) => Some(datagram.clone()),
        _ => None,
    })
}

/// The nodes that a run was told to take, or took as a sample; none where it took all that were fit.
fn chosen_nodes(facts: &Facts, baseline: &Report) -> BTreeSet<String> {
    let then = &baseline.plan;
    let taken: BTreeSet<_> = then.vantages.iter().map(|vantage| vantage.node.as_str()).collect();
    let skipped: HashSet<_> = then.skipped.iter().filter_map(Skip::node).collect();
    let is_left_out = |name: &str| !taken.contains(name) && !skipped.contains(name);
    if then.sampled.is_none() && !baseline.facts.nodes.iter().any(|node| is_left_out(&node.name)) {
        return BTreeSet::new();
    }
    facts.nodes.iter().filter(|node| taken.contains(node.name.as_str())).map(|node| node.name.clone()).collect()
}
