//! A change to kube-proxy, thought through for every Service before it is made: what breaks, what heals, and what changes its way.

mod order;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::node_classes::{Few, NodeClasses};
use super::{DocumentKind, Envelope};
use crate::change::{Change, changed};
use crate::coverage::{self, Uncovered};
use crate::document_form;
use crate::error::CannotApply;
use crate::facts::{Facts, KubeProxyConfig, TrafficPolicy};
use crate::gaps::{self, Gap};
use crate::kube_proxy::Expectation;
use crate::plan::{Network, Plan, PlanOptions, Target};
use crate::prediction::{Outlook, Prediction};
use crate::rehearsal::{Effect, Obstacle, RehearsalNote, are_alike, notes, obstacles};
use crate::remedies::{self, Fix};
pub use order::NodeGroup;
use order::Order;

/// A port that hardly any Service declares: what becomes of those that are not declared shows there.
const UNDECLARED: [u16; 2] = [64_999, 64_998];

/// What a change would do to every Service of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rehearsal {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// The changes, made together on every node.
    pub changes: Vec<Change>,
    /// The Services for which something changes, or for which that is open: worst first.
    pub services: Vec<ServiceRehearsal>,
    /// How many others there are: they stay as they are.
    pub unchanged: usize,
    /// How many nodes were asked about.
    pub nodes: usize,
    /// Why kube-proxy would not start after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obstacles: Vec<Obstacle>,
    /// What changes beside the Services' own addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<RehearsalNote>,
    /// How kube-proxy is configured today; none where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub today: Option<KubeProxyConfig>,
    /// What could not be read, and would have told more.
    #[serde(flatten, with = "document_form")]
    pub unknown: Vec<Gap>,
    /// Of which nodes nothing is predicted: with any of them no change is safe.
    #[serde(flatten, with = "document_form")]
    pub uncovered: Vec<Uncovered>,
    /// The nodes in an order that breaks least while they change one after the other; empty where no order is better than another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<NodeGroup>,
    /// The file that it is made from; none where the cluster was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// What it would do to one Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRehearsal {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `externalTrafficPolicy`.
    pub external_traffic_policy: TrafficPolicy,
    /// What changes, worst first.
    pub transitions: Vec<Transition>,
    /// What to do before, where something breaks: after it the change breaks nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Fix>,
    /// What is not known of it after the change, and does not show in a transition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Uncovered>,
}

/// The same change of some checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// What it is to clients.
    pub effect: Effect,
    /// From which network they dial.
    pub network: Network,
    /// What they dial.
    pub targets: Vec<Target>,
    /// Whether the Service does not declare the port: the load balancer may have a listener there, or not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undeclared: bool,
    /// What becomes of it today.
    pub today: Expectation,
    /// What will become of it.
    pub after: Expectation,
    /// From how many nodes.
    pub nodes: usize,
    /// Some of them.
    pub examples: Vec<String>,
}

impl Rehearsal {
    /// What it comes to.
    #[must_use]
    pub fn outlook(&self) -> Outlook {
        let nothing_looked_at = self.services.is_empty() && self.unchanged == 0;
        let start = match (self.obstacles.is_empty(), nothing_looked_at || !self.uncovered.is_empty()) {
            (false, _) => Outlook::Fails,
            (true, true) => Outlook::Depends,
            (true, false) => Outlook::Fine,
        };
        self.services.iter().map(ServiceRehearsal::outlook).fold(start, Outlook::worse)
    }
}

impl ServiceRehearsal {
    /// What it comes to.
    #[must_use]
    pub fn outlook(&self) -> Outlook {
        let open = if self.open.is_some() { Outlook::Depends } else { Outlook::Fine };
        self.transitions.iter().map(|transition| transition.effect.outlook()).fold(open, Outlook::worse)
    }
}

/// What the change is to the cluster.
#[derive(Debug, Default)]
struct ClusterWide {
    obstacles: Vec<Obstacle>,
    notes: Vec<RehearsalNote>,
    today: Option<KubeProxyConfig>,
    unknown: Vec<Gap>,
    uncovered: Vec<Uncovered>,
    /// The nodes' names, in the order of the facts.
    nodes: Vec<String>,
}

impl ClusterWide {
    fn of(today: &Facts, changed: &Facts, options: &PlanOptions) -> Self {
        let uncovered = coverage::list(today, &Plan::new(today, options));
        Self {
            obstacles: obstacles(changed),
            notes: notes(today, changed),
            today: today.kube_proxy.config.value().cloned(),
            unknown: gaps::of_prediction(today),
            uncovered: uncovered.into_iter().filter(Uncovered::is_of_nodes).collect(),
            nodes: today.nodes.iter().map(|node| node.name.clone()).collect(),
        }
    }
}

/// Puts a rehearsal together, Service by Service, as an overview is. All of them are of one cluster.
#[derive(Debug)]
pub struct RehearsalBuilder {
    options: PlanOptions,
    changes: Vec<Change>,
    /// By the source ranges, which tell nodes apart too.
    classes: HashMap<Vec<IpNet>, (NodeClasses, Order)>,
    /// Of the first Service, in whose facts nodes and kube-proxies are those of all.
    cluster: Option<ClusterWide>,
    services: Vec<ServiceRehearsal>,
    unchanged: usize,
    nodes: usize,
}

impl RehearsalBuilder {
    /// Every node counts: no sample is taken.
    #[must_use]
    pub fn new(options: PlanOptions, changes: Vec<Change>) -> Self {
        Self {
            options: PlanOptions { sample: None, ..options },
            changes,
            classes: HashMap::new(),
            cluster: None,
            services: Vec::new(),
            unchanged: 0,
            nodes: 0,
        }
    }

    /// Adds a Service.
    ///
    /// # Errors
    ///
    /// Where the change cannot be made in these facts.
    pub fn add(&mut self, facts: &Facts) -> Result<(), CannotApply> {
        let ranges = &facts.service.load_balancer_source_ranges;
        if !self.classes.contains_key(ranges) {
            let changed = changed(facts, &self.changes)?;
            self.cluster.get_or_insert_with(|| ClusterWide::of(facts, &changed, &self.options));
            let classes = NodeClasses::new(&[facts, &changed], &self.options);
            let order = Order::of(&classes);
            self.nodes = self.nodes.max(order.nodes());
            self.classes.insert(ranges.clone(), (classes, order));
        }
        let Some((classes, order)) = self.classes.get_mut(ranges) else { return Ok(()) };
        let few = classes.few(facts);
        let after = changed(&few.facts, &self.changes)?;
        let plan = Plan::new(&few.facts, &with_undeclared(facts, &self.options));
        let (today, then) = (Prediction::new(&few.facts, &plan), Prediction::new(&after, &plan));
        let transitions = transitions(&plan, (&today, &then), &few);
        for transition in &transitions {
            for node in &transition.vantages {
                order.count(classes, &few, node, transition.found.effect);
            }
        }
        let mut transitions: Vec<_> = transitions.into_iter().map(|found| found.found).collect();
        transitions.sort_by_key(|transition| (transition.effect, transition.network));
        let open = open_after(&after, &plan, &then).filter(|_| transitions.iter().all(|transition| transition.effect != Effect::MayBreak));
        if transitions.is_empty() && open.is_none() {
            self.unchanged += 1;
            return Ok(());
        }
        let breaks = transitions.iter().any(|transition| transition.effect == Effect::Breaks);
        self.services.push(ServiceRehearsal {
            namespace: facts.service.namespace.clone(),
            name: facts.service.name.clone(),
            external_traffic_policy: facts.service.external_traffic_policy,
            first: if breaks { first(&after, &self.options) } else { None },
            transitions,
            open,
        });
        Ok(())
    }

    /// The rehearsal: worst first, those that are equally bad by name.
    #[must_use]
    pub fn build(mut self) -> Rehearsal {
        let ClusterWide { obstacles, notes, today, unknown, uncovered, nodes: names } = self.cluster.take().unwrap_or_default();
        self.services.sort_by_cached_key(|service| {
            let worst = service.transitions.first().map(|transition| transition.effect);
            (worst.is_none(), worst, service.namespace.clone(), service.name.clone())
        });
        let order = order::merged(self.classes.into_values().map(|(classes, order)| order.of_each_node(&classes)), &names);
        Rehearsal {
            envelope: Envelope::of(DocumentKind::Rehearsal),
            changes: self.changes,
            services: self.services,
            unchanged: self.unchanged,
            nodes: self.nodes,
            obstacles,
            notes,
            today,
            unknown,
            uncovered,
            order,
            file: None,
        }
    }
}

/// A transition with the few nodes that show it.
struct Found {
    found: Transition,
    vantages: Vec<String>,
}

/// Nodes that a transition names.
const EXAMPLES: usize = 3;

fn transitions(plan: &Plan, (today, then): (&Prediction, &Prediction), few: &Few) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let pairs = today.service_checks(plan).zip(then.service_checks(plan));
    for ((vantage, target, before), (_, _, after)) in pairs.filter(|((_, _, before), (_, _, after))| before != after) {
        let undeclared = !few.facts.service.declares(target.transport());
        let Some(effect) = Effect::of(before, after) else { continue };
        let effect = if undeclared { effect.at_undeclared_port() } else { effect };
        let is_same = |known: &&mut Found| {
            let known = &known.found;
            known.effect == effect
                && known.network == vantage.network
                && known.undeclared == undeclared
                && are_alike((&known.today, before), (&known.after, after))
        };
        match found.iter_mut().find(is_same) {
            Some(known) => known.add(vantage.node.as_str(), target, few),
            None => found.push(Found {
                vantages: vec![vantage.node.clone()],
                found: Transition {
                    effect,
                    network: vantage.network,
                    targets: vec![target.clone()],
                    undeclared,
                    today: before.clone(),
                    after: after.clone(),
                    nodes: few.number(&vantage.node),
                    examples: vec![vantage.node.clone()],
                },
            }),
        }
    }
    found
}

impl Found {
    fn add(&mut self, node: &str, target: &Target, few: &Few) {
        let Transition { targets, nodes, examples, .. } = &mut self.found;
        if targets.iter().all(|known| known.id != target.id) {
            targets.push(target.clone());
        }
        if self.vantages.iter().all(|known| known != node) {
            self.vantages.push(node.to_owned());
            *nodes += few.number(node);
            if examples.len() < EXAMPLES {
                examples.push(node.to_owned());
            }
        }
    }
}

/// The ports of the Service, and one that it does not declare where a load balancer has an address.
fn with_undeclared(facts: &Facts, options: &PlanOptions) -> PlanOptions {
    let declared = facts.service.ports.iter().map(|port| port.port);
    let undeclared = UNDECLARED.into_iter().find(|number| facts.service.ports.iter().all(|port| port.port != *number));
    PlanOptions { ports: declared.chain(undeclared).collect(), ..options.clone() }
}

/// What is open after the change.
fn open_after(after: &Facts, plan: &Plan, then: &Prediction) -> Option<Uncovered> {
    let mut open = coverage::list(after, plan);
    open.extend(coverage::beyond_connecting(after, plan, then));
    let declares = |port: u16| after.service.ports.iter().any(|declared| declared.port == port);
    open.into_iter().find(|what| match what {
        // What the Service's own address waits for, no change of kube-proxy's decides.
        Uncovered::Pending { .. } => false,
        // Of the port that stands for those that are not declared, the transitions tell.
        Uncovered::PassedOn { port, .. } => declares(*port),
        what => !what.is_certain(),
    })
}

/// The first fix after which nothing fails that would.
fn first(after: &Facts, options: &PlanOptions) -> Option<Fix> {
    let plan = Plan::new(after, options);
    let fixes = remedies::for_expectations(after, &plan, &Prediction::new(after, &plan), &[]);
    fixes.into_iter().find(|fix| fix.after.as_ref().is_some_and(|after| after.failing == 0) && fix.caveats.is_empty())
}
