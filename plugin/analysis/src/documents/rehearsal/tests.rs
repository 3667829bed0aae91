use std::collections::BTreeMap;

use super::*;
use crate::facts::{Node, ProxyMode, ServiceType, Version};
use crate::fixture;
use crate::kube_proxy::sample_facts;

fn rehearsed(facts: &Facts, changes: &[&str]) -> Rehearsal {
    let changes = changes.iter().map(|change| change.parse().unwrap()).collect();
    let mut builder = RehearsalBuilder::new(PlanOptions::default(), changes);
    builder.add(facts).unwrap();
    builder.build()
}

/// Each transition in a line, without that of the undeclared port.
fn lines(rehearsal: &Rehearsal) -> Vec<String> {
    let transitions = rehearsal.services.iter().flat_map(|service| &service.transitions);
    let line = |transition: &Transition| {
        let word = |expectation: &Expectation| {
            let mut words: Vec<_> = expectation.answers().map(|answer| format!("{:?}", answer.expected)).collect();
            words.dedup();
            words.join("|")
        };
        let Transition { effect, network, today, after, nodes, .. } = transition;
        format!("{effect:?}: {network:?} of {nodes}: {} -> {}", word(today), word(after))
    };
    transitions.filter(|transition| !transition.undeclared).map(line).collect()
}

#[test]
fn leaving_ipvs_turns_refusals_into_timeouts_and_breaks_hosts() {
    let old = rehearsed(&fixture::ipvs(23), &["mode=nftables", "kube-proxy=1.33.3"]);
    assert_eq!(
        lines(&old),
        [
            "FailsOtherwise: Host of 2: Refused -> Dropped",
            "OtherSource: Host of 1: Reached { endpoints: Local, source: LoadBalancer } -> Reached { endpoints: Any, source: Node }",
            "OtherEndpoints: Pod of 1: Reached { endpoints: Local, source: Client } -> Reached { endpoints: Any, source: Client }",
            "Heals: Pod of 2: Refused -> Reached { endpoints: Any, source: Client }",
        ],
        "{old:#?}"
    );
    let undeclared: Vec<_> = old.services[0].transitions.iter().filter(|transition| transition.undeclared).collect();
    assert!(!undeclared.is_empty() && undeclared.iter().all(|transition| transition.effect == Effect::Opens), "{undeclared:#?}");
    assert_eq!((old.outlook(), &old.obstacles[..]), (Outlook::Fine, &[][..]), "{old:#?}");
}

#[test]
fn what_stays_is_no_transition() {
    let facts = fixture::facts();
    let mode = facts.proxy_mode(None).unwrap();
    let same = rehearsed(&facts, &[&format!("mode={mode}")]);
    assert_eq!((same.services.len(), same.unchanged, same.outlook()), (0, 1, Outlook::Fine), "{same:#?}");
    assert_eq!((same.notes, same.obstacles, same.order), (Vec::new(), Vec::new(), Vec::new()));
    let mut with_windows = facts.clone();
    with_windows.nodes[2].os = Some("windows".into());
    let open = rehearsed(&with_windows, &[&format!("mode={mode}")]);
    assert_eq!((open.outlook(), open.uncovered.len()), (Outlook::Depends, 1), "a node of which nothing is predicted: {open:#?}");
    let nothing = RehearsalBuilder::new(PlanOptions::default(), Vec::new()).build();
    assert_eq!(nothing.outlook(), Outlook::Depends, "nothing was looked at");
}

#[test]
fn a_release_without_the_mode_is_an_obstacle() {
    let facts = fixture::ipvs(34);
    let obstacles = |changes: &[&str]| rehearsed(&facts, changes).obstacles;
    let nodes = facts.nodes.len();
    assert_eq!(obstacles(&["kube-proxy=1.40"]), [Obstacle::NoIpvs { release: Version::new(40, 0), nodes }]);
    assert_eq!(rehearsed(&facts, &["kube-proxy=1.40"]).outlook(), Outlook::Fails);
    assert_eq!(obstacles(&["kube-proxy=1.39"]), []);
    assert_eq!(obstacles(&["kube-proxy=1.40", "mode=nftables"]), []);
    assert_eq!(obstacles(&["kube-proxy=1.30", "mode=nftables"]), [Obstacle::NoNftables { release: Version::new(30, 0), nodes }]);
    let told = rehearsed(&facts, &["mode=nftables"]).notes;
    assert_eq!(told, [RehearsalNote::KernelForNftables, RehearsalNote::PrimaryAddresses]);
    assert_eq!(rehearsed(&fixture::facts(), &["mode=ipvs"]).notes, [RehearsalNote::LocalhostNodePorts]);
}

/// What is told of classes of nodes is what each node would tell.
#[test]
fn classes_tell_what_each_node_would() {
    let mut facts = fixture::facts();
    let extra = (4..12).map(|number| {
        let mut node = Node::named(&format!("node{number}"));
        node.kube_proxy_version = Some(Version::new(if number % 2 == 0 { 34 } else { 23 }, 0));
        node.pod_cidrs = vec![format!("10.244.{number}.0/24").parse().unwrap()];
        node.internal_ips = vec![format!("192.0.2.{number}").parse().unwrap()];
        node
    });
    facts.nodes.extend(extra);
    let mut compared = 0;
    for service_type in [ServiceType::LoadBalancer, ServiceType::NodePort] {
        for policy in [TrafficPolicy::Local, TrafficPolicy::Cluster] {
            for mode in [ProxyMode::Iptables, ProxyMode::Ipvs, ProxyMode::Nftables] {
                for change in ["mode=ipvs", "mode=nftables", "mode=iptables", "kube-proxy=1.36", "clusterCIDR=10.99.0.0/16"] {
                    let mut facts = facts.clone();
                    (facts.service.service_type, facts.service.external_traffic_policy) = (service_type, policy);
                    Change::Mode(mode).apply(&mut facts).unwrap();
                    compared += compare(&facts, change);
                }
            }
        }
    }
    assert!(compared > 100, "{compared}");
}

/// By effect and network, how many nodes; that of the rehearsal equals what two predictions of all nodes say.
fn compare(facts: &Facts, change: &str) -> usize {
    let change: Change = change.parse().unwrap();
    let mut builder = RehearsalBuilder::new(PlanOptions::default(), vec![change.clone()]);
    builder.add(facts).unwrap();
    let rehearsal = builder.build();
    let mut after = facts.clone();
    change.apply(&mut after).unwrap();
    let plan = Plan::new(facts, &with_undeclared(facts, &PlanOptions::default()));
    let (today, then) = (Prediction::new(facts, &plan), Prediction::new(&after, &plan));
    let mut seen: BTreeMap<(Effect, Network, bool), std::collections::BTreeSet<&str>> = BTreeMap::new();
    for ((vantage, target, before), (_, _, then)) in today.service_checks(&plan).zip(then.service_checks(&plan)) {
        let undeclared = !facts.service.declares(target.transport());
        if let Some(effect) = Effect::of(before, then) {
            let effect = if undeclared { effect.at_undeclared_port() } else { effect };
            seen.entry((effect, vantage.network, undeclared)).or_default().insert(&vantage.node);
        }
    }
    let mut told: BTreeMap<(Effect, Network, bool), usize> = BTreeMap::new();
    for Transition { effect, network, undeclared, nodes, .. } in rehearsal.services.iter().flat_map(|service| &service.transitions) {
        let known = told.entry((*effect, *network, *undeclared)).or_default();
        *known = (*known).max(*nodes);
    }
    assert!(told.keys().eq(seen.keys()), "{change}: {told:?}, and {seen:?}: {rehearsal:#?}");
    for (key, nodes) in &seen {
        assert!(told[key] <= nodes.len() && told[key] > 0, "{change} {key:?}: {told:?}, and {nodes:?}");
    }
    // All groups of nodes together are all nodes.
    let in_order: usize = rehearsal.order.iter().map(|group| group.nodes).sum();
    assert!(rehearsal.order.is_empty() || in_order == facts.nodes.len(), "{change}: {:#?}", rehearsal.order);
    seen.len()
}

#[test]
fn another_pod_network_heals_what_it_answers_itself() {
    let of = |changes: &[&str]| rehearsed(&sample_facts(), changes);
    let effects =
        |rehearsal: &Rehearsal| rehearsal.services.iter().flat_map(|service| &service.transitions).map(|to| to.effect).collect::<Vec<_>>();
    let cilium = of(&["cni=cilium@1.18"]);
    assert!(effects(&cilium).contains(&Effect::Heals) && !effects(&cilium).contains(&Effect::Breaks), "{:?}", lines(&cilium));
    assert_eq!(cilium.notes, [RehearsalNote::OtherPodNetwork]);
    // From 1.19 on nodes without an endpoint may fail (cilium issue 45252).
    assert!(!effects(&of(&["cni=cilium@1.19"])).contains(&Effect::Heals));
    assert_eq!(of(&["cni=flannel"]).services, []);
    // Nothing of kube-proxy's is in the way where it is not needed.
    let ipvs = |changes: &[&str]| rehearsed(&fixture::ipvs(28), changes).obstacles.len();
    assert_eq!((ipvs(&["kube-proxy=1.40"]), ipvs(&["kube-proxy=1.40", "cni=cilium@1.18"])), (1, 0));
}
