//! Thousands of nodes as the few that the model tells apart.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;

use crate::coverage::nodes_at_same_address;
use crate::facts::{Facts, Known, KubeProxy, Node, TrafficPolicy};
use crate::kube_proxy::{Model, NodeKey};
use crate::plan::{Plan, PlanOptions, SkipSubject};

/// The nodes that are asked about, those that the model answers alike together.
#[derive(Debug)]
pub(super) struct NodeClasses {
    /// By name: the node's place in the facts, and its class.
    indices: HashMap<String, (usize, usize)>,
    /// The places of the nodes of each class, in their order.
    members: Vec<Vec<usize>>,
    /// By name: the places of the nodes that nothing is asked about. What is on them may tell where pods are.
    unasked: HashMap<String, usize>,
    /// The places of nodes that share their address with another one: what is said of them is lost in a class.
    at_same_address: Vec<usize>,
    /// The place of the node that has an address: what a Service with it does to that node, it does to no other of its class.
    by_address: HashMap<IpAddr, usize>,
    /// What all Services share, without the nodes.
    around: Facts,
    /// Whether some nodes cannot be asked about.
    pub(super) leaves_out: bool,
}

/// For which nodes one of the few stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StandsFor {
    /// For itself, which has this place in the facts.
    Itself(usize),
    /// For those of a class that do not stand for themselves.
    OthersOfClass(usize),
}

/// Facts with a few nodes that stand for all.
#[derive(Debug)]
pub(super) struct Few {
    pub(super) facts: Facts,
    numbers: HashMap<String, usize>,
    /// The places of the nodes that stand for themselves.
    pub(super) alone: Vec<usize>,
}

impl NodeClasses {
    /// `states` are those of one cluster, which differ in all but the nodes: nodes are of one class where they are alike in each. The
    /// first is the one that [`few`](Self::few) takes its nodes from.
    ///
    /// # Panics
    ///
    /// Without any state.
    pub(super) fn new(states: &[&Facts], options: &PlanOptions) -> Self {
        let facts = states[0];
        let plan = Plan::new(facts, options);
        let asked: HashSet<_> = plan.vantages.iter().map(|vantage| vantage.node.as_str()).collect();
        let models: Vec<_> = states.iter().map(|facts| Model::without_endpoints(facts)).collect();
        let mut classes: HashMap<Vec<NodeKey>, usize> = HashMap::new();
        let mut indices = HashMap::new();
        let mut members: Vec<Vec<usize>> = Vec::new();
        for (index, node) in facts.nodes.iter().enumerate().filter(|(_, node)| asked.contains(node.name.as_str())) {
            let class = *classes.entry(models.iter().map(|model| model.key(node)).collect()).or_insert(members.len());
            if class == members.len() {
                members.push(Vec::new());
            }
            members[class].push(index);
            indices.insert(node.name.clone(), (index, class));
        }
        let others = facts.nodes.iter().enumerate().filter(|(_, node)| !asked.contains(node.name.as_str()));
        let unasked = others.map(|(index, node)| (node.name.clone(), index)).collect();
        let leaves_out = plan.skipped.iter().any(|skip| matches!(skip.subject, SkipSubject::Node(_)));
        let at_same_address = nodes_at_same_address(facts).iter().filter_map(|name| Some(indices.get(name)?.0)).collect();
        let addresses = |(index, node): (usize, &Node)| node.internal_ips.clone().into_iter().map(move |address| (address, index));
        let by_address = facts.nodes.iter().enumerate().flat_map(addresses).collect();
        Self { indices, members, unasked, at_same_address, by_address, around: around(facts), leaves_out }
    }

    /// The facts of a Service with the nodes that its endpoints name or that have its addresses, and the first other one of each
    /// class.
    pub(super) fn few(&self, facts: &Facts) -> Few {
        let mut named: BTreeMap<usize, usize> = named_nodes(facts).filter_map(|name| self.indices.get(name).copied()).collect();
        let with_its_address: Vec<_> = facts.service.external_addresses().filter_map(|address| self.by_address.get(&address)).collect();
        let alone = self.at_same_address.iter().chain(with_its_address.iter().copied());
        named.extend(alone.filter_map(|index| self.indices.get(&facts.nodes.get(*index)?.name).copied()));
        let mut named_of: HashMap<usize, usize> = HashMap::new();
        for class in named.values() {
            *named_of.entry(*class).or_default() += 1;
        }
        let alone = named.keys().copied().collect();
        let mut numbers: BTreeMap<usize, usize> = named.keys().map(|index| (*index, 1)).collect();
        for (class, members) in self.members.iter().enumerate() {
            let others = members.len() - named_of.get(&class).copied().unwrap_or_default();
            let first = members.iter().find(|index| !named.contains_key(*index));
            numbers.extend(first.map(|first| (*first, others)));
        }
        let shows_pods = |index: &usize| facts.nodes.get(*index).is_some_and(|node| !node.pod_addresses.is_empty());
        let with_endpoint = named_nodes(facts).filter_map(|name| self.unasked.get(name).copied());
        // They too bind the address of another node.
        let is_of_a_node = !with_its_address.is_empty();
        let others = self.unasked.values().copied().filter(|index| is_of_a_node || shows_pods(index));
        numbers.extend(with_endpoint.chain(others).map(|index| (index, 1)));
        // In the order of all nodes: the first rule that is told is that of the first node that fails.
        let taken = numbers.into_iter().filter_map(|(index, number)| Some((facts.nodes.get(index)?.clone(), number)));
        let (nodes, numbers): (Vec<_>, Vec<_>) = taken.unzip();
        let numbers = nodes.iter().map(|node| node.name.clone()).zip(numbers).collect();
        let mut few = self.around.clone();
        few.service.clone_from(&facts.service);
        few.endpoints.clone_from(&facts.endpoints);
        few.nearby_services.clone_from(&facts.nearby_services);
        few.taken_node_addresses.clone_from(&facts.taken_node_addresses);
        few.slices.clone_from(&facts.slices);
        few.selected_backends.clone_from(&facts.selected_backends);
        few.announcing_nodes = announcing_nodes(facts);
        few.announced_apart.clone_from(&facts.announced_apart);
        few.unadvertised_pool.clone_from(&facts.unadvertised_pool);
        few.service_policies.clone_from(&facts.service_policies);
        few.proxy_header.clone_from(&facts.proxy_header);
        few.refusing_setting.clone_from(&facts.refusing_setting);
        few.taken_path.clone_from(&facts.taken_path);
        few.unread.clone_from(&facts.unread);
        few.no_address_reasons.clone_from(&facts.no_address_reasons);
        few.nearest_pod.clone_from(&facts.nearest_pod);
        few.undeclared_ports.clone_from(&facts.undeclared_ports);
        few.ports_without_gateway.clone_from(&facts.ports_without_gateway);
        few.unprivileged_ports.clone_from(&facts.unprivileged_ports);
        few.unready_pod.clone_from(&facts.unready_pod);
        few.assumed_endpoints.clone_from(&facts.assumed_endpoints);
        few.kube_proxy = of_nodes(&facts.kube_proxy, &nodes);
        few.nodes = nodes;
        Few { facts: few, numbers, alone }
    }
}

impl NodeClasses {
    /// For which nodes one of the few stands; nothing of a node that is not asked about.
    pub(super) fn stands_for(&self, few: &Few, node: &str) -> Option<StandsFor> {
        let (index, class) = *self.indices.get(node)?;
        Some(if few.alone.contains(&index) { StandsFor::Itself(index) } else { StandsFor::OthersOfClass(class) })
    }

    /// The places of the nodes of each class.
    pub(super) fn members(&self) -> &[Vec<usize>] {
        &self.members
    }
}

impl Few {
    /// For how many nodes one of them stands.
    pub(super) fn number(&self, node: &str) -> usize {
        self.numbers.get(node).copied().unwrap_or(1)
    }
}

/// Under policy Local those with an endpoint count, which are all there; else whether there is any.
fn announcing_nodes(facts: &Facts) -> Option<BTreeSet<String>> {
    let is_local = facts.service.external_traffic_policy == TrafficPolicy::Local;
    facts.announcing_nodes.clone().filter(|nodes| is_local || nodes.is_empty())
}

/// The nodes of endpoints, and those to which hints give one.
fn named_nodes(facts: &Facts) -> impl Iterator<Item = &str> {
    facts.endpoints.iter().flat_map(|endpoint| endpoint.node.iter().chain(&endpoint.for_nodes)).map(String::as_str)
}

/// Neither nodes nor what predictions do not look at: it is copied for every Service.
fn around(facts: &Facts) -> Facts {
    let mut around = facts.clone();
    around.nodes = Vec::new();
    around.endpoints = Vec::new();
    around.kube_proxy = KubeProxy::default();
    around.pod_policies = Known::default();
    around.challenges = Known::default();
    around
}

fn of_nodes(all: &KubeProxy, nodes: &[Node]) -> KubeProxy {
    KubeProxy {
        config: all.config.clone(),
        releases: match &all.releases {
            Known::Value(releases) => Known::Value(only(releases, nodes)),
            Known::Unknown(reason) => Known::Unknown(reason.clone()),
        },
        // Of all nodes: one of them stands for none that is Ready.
        not_ready: all.not_ready.clone(),
        without_pod: all.without_pod.clone(),
        too_few_ready: all.too_few_ready,
        processes: only(&all.processes, nodes),
    }
}

fn only<T: Clone>(all: &BTreeMap<String, T>, nodes: &[Node]) -> BTreeMap<String, T> {
    nodes.iter().filter_map(|node| Some((node.name.clone(), all.get(&node.name)?.clone()))).collect()
}
