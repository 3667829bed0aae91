//! What the kernels of nodes told.

use lbprobe_protocol::{
    ConnectFailure, Exchange, Flow, FlowFrom, FlowProtocol, Host, KernelRecord, KernelRole, Outcome, StaleEntries, Step, StepVerdict,
    Tracked, Tracking, Tuple,
};

use crate::causes::CauseKind;
use crate::causes::evidence::Evidence;
use crate::coverage::Uncovered;
use crate::diagnosis::{Diagnosis, Verdict};
use crate::fixture::{ADDRESS, Scene, by_cause, cluster_policy, facts};
use crate::observations::{KernelLook, KernelSeen, Observations, Unmeasured};
use crate::plan::{Network, Plan, PlanOptions, TargetKind};
use crate::text::{self, Language};

#[test]
fn one_node_with_an_endpoint_and_one_without_are_looked_at() {
    let mut facts = facts();
    let nodes = |facts: &crate::facts::Facts, options: &PlanOptions| Plan::new(facts, options).nodes_for_kernel(facts);
    let (with, without) = (("node1".to_owned(), true), ("node2".to_owned(), false));
    assert_eq!(nodes(&facts, &PlanOptions::default()), [with.clone(), without]);
    let third = PlanOptions { nodes: ["node3".into()].into(), ..PlanOptions::default() };
    assert_eq!(nodes(&facts, &third), [("node3".to_owned(), false)]);
    facts.nodes[1].os = Some("windows".into());
    assert_eq!(nodes(&facts, &PlanOptions::default()), [with, ("node3".to_owned(), false)]);
}

#[test]
fn the_probe_on_the_host_network_dials_and_the_other_one_waits_for_it() {
    let facts = facts();
    let plan = Plan::new(&facts, &PlanOptions::default());
    let (look, lend) = (plan.for_kernel(&facts, "a", 20_000, Network::Host), plan.for_kernel(&facts, "a", 20_000, Network::Pod));
    assert_eq!(lend.checks, []);
    assert_eq!([&look, &lend].map(|plan| plan.kernel.clone().unwrap().role), [KernelRole::Look, KernelRole::Lend]);
    assert!(look.checks.iter().all(|check| check.exchange == Exchange::Connect && check.samples == 1), "{:?}", look.checks);
    assert!(
        look.checks.len() <= 14 && look.checks[0].host == Host::Address(ADDRESS) && look.checks.iter().any(|check| check.port == 80),
        "{:?}",
        look.checks
    );
    assert_eq!(look.kernel.unwrap().endpoints.unwrap(), facts.endpoints[0].addresses);
    // All of them may time out, from both networks, one after the other.
    let longest: u32 = look.checks.iter().map(|check| 2 * check.timeout_ms).sum();
    assert!(look.wait_ms > longest && lend.wait_ms >= 20_000);
}

#[test]
fn clients_whose_datagrams_lead_to_no_endpoint_are_an_open_question() {
    let scene = Scene::as_predicted(cluster_policy());
    let plan = Plan::new(&scene.facts, &PlanOptions::default());
    let look = |seen| KernelLook { node: "node2".into(), has_endpoint: false, cut: false, seen };
    let diagnosis = |looks| {
        let observations = Observations { kernel: looks, ..scene.observations().clone() };
        Diagnosis::of(&scene.facts, &plan, &observations)
    };
    let (destination, to) = ("198.51.100.1:53".parse().unwrap(), "10.244.1.9:53".parse().unwrap());
    let record = KernelRecord { stale: vec![StaleEntries { check: 0, destination, to, entries: 2 }], ..KernelRecord::default() };
    let stale = diagnosis(vec![look(KernelSeen::Record(record))]);
    assert_eq!(stale.verdict, Verdict::Inconclusive);
    let Some(told @ Uncovered::StaleEntries { .. }) = stale.uncovered.first() else { panic!("{:?}", stale.uncovered) };
    let told = text::uncovered(told, Language::English);
    assert!(told.contains("node2 still forwards 2 flows for 198.51.100.1:53 to 10.244.1.9:53"), "{told}");
    let nothing = diagnosis(vec![look(KernelSeen::Record(KernelRecord::default())), look(KernelSeen::Nothing(Unmeasured::NoAnswer))]);
    assert_eq!(nothing.verdict, Verdict::Healthy, "it was asked for more evidence, and what was measured stands");
}

/// A connection to the load balancer that failed.
fn failed(plan: &Plan, from: FlowFrom) -> Flow {
    let target = plan.targets.iter().find(|target| target.kind == TargetKind::LoadBalancerIp(ADDRESS)).unwrap();
    Flow {
        check: target.id,
        from,
        protocol: FlowProtocol::Tcp,
        source: "10.244.2.4:40000".parse().unwrap(),
        destination: (ADDRESS, 80).into(),
        outcome: Outcome::Connect(ConnectFailure::TimedOut),
        tracking: Tracking::NoEntry,
        virtual_connection: None,
        steps: None,
    }
}

#[test]
fn where_a_packet_ended_is_the_first_line_of_evidence_for_the_policy() {
    let (_, scene) = by_cause().into_iter().find(|(kind, _)| *kind == CauseKind::LocalPolicyWithoutLocalEndpoint).unwrap();
    let plan = Plan::new(&scene.facts, &PlanOptions::default());
    let step = |verdict| Step { table: "ip filter".into(), chain: "KUBE-EXTERNAL-SERVICES".into(), comment: None, by: None, verdict };
    let dropped = Flow { steps: Some(vec![step(StepVerdict::Continue), step(StepVerdict::Drop)]), ..failed(&plan, FlowFrom::Pod) };
    let passed = Flow { steps: Some(vec![step(StepVerdict::Accept)]), ..failed(&plan, FlowFrom::Pod) };
    let server = "10.244.1.2:8080".parse().unwrap();
    let tuple = |source, destination| Tuple { source, destination };
    let own_address = (ADDRESS, 40000).into();
    let tracked = Tracked { original: tuple(own_address, (ADDRESS, 80).into()), reply: tuple(server, own_address), replied: false };
    let awaited = Flow { tracking: Tracking::Entry(tracked), ..failed(&plan, FlowFrom::Host) };
    let evidence = |has_endpoint, flow| {
        let record = KernelRecord { flows: vec![flow], ..KernelRecord::default() };
        let look = KernelLook { node: "node2".into(), has_endpoint, cut: false, seen: KernelSeen::Record(record) };
        let observations = Observations { kernel: vec![look], ..scene.observations().clone() };
        Diagnosis::of(&scene.facts, &plan, &observations).causes[0].evidence[0].clone()
    };
    assert!(matches!(evidence(false, dropped.clone()), Evidence::EndsAtRule { node, network: Network::Pod, .. } if node == "node2"));
    assert!(matches!(evidence(false, awaited), Evidence::ReplyToLoadBalancer { server: replies, .. } if replies == server));
    let by_another =
        Flow { steps: Some(vec![Step { chain: "cali-fw-1".into(), ..step(StepVerdict::Drop) }]), ..failed(&plan, FlowFrom::Pod) };
    let others = [evidence(false, passed), evidence(true, dropped), evidence(false, by_another)];
    assert!(others.iter().all(|found| !matches!(found, Evidence::EndsAtRule { .. })), "{others:?}");
}
