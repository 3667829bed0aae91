use std::num::NonZeroU16;

use lbprobe_protocol::{ConnectFailure, Observation, Outcome, Record};

use super::*;
use crate::documents::Report;
use crate::facts::Taint;
use crate::kube_proxy::sample_facts;
use crate::observations::{Probe, ProbeResult, Unmeasured};
use crate::plan::{MANY_NODES, Network, PlanOptions, Target};
use crate::text::{self, Language};

/// Nodes in two zones by turns; the endpoint is on the first.
fn facts(number: usize) -> Facts {
    let mut facts = sample_facts();
    let like = facts.nodes[1].clone();
    let zone = |number: usize| if number.is_multiple_of(2) { "b" } else { "a" };
    let node = |number: usize| Node { name: format!("node{number}"), zone: Some(zone(number).into()), ..like.clone() };
    facts.nodes = (1..=number).map(node).collect();
    facts
}

fn options(per_class: u16) -> PlanOptions {
    PlanOptions { sample: NonZeroU16::new(per_class), ..PlanOptions::default() }
}

fn names(plan: &Plan) -> Vec<&str> {
    let mut names: Vec<_> = plan.vantages.iter().map(|vantage| vantage.node.as_str()).collect();
    names.dedup();
    names
}

fn observe(plan: &Plan, is_lost: impl Fn(&Vantage, &Target) -> bool) -> Observations {
    let probe = |vantage: &Vantage| {
        let observation = |target: &Target| {
            let outcome = if is_lost(vantage, target) { Outcome::Connect(ConnectFailure::TimedOut) } else { Outcome::Answered };
            let sample = lbprobe_protocol::Sample { outcome, connect_ms: None, total_ms: 1, answer: None };
            Observation { check: target.id, resolved: None, samples: vec![sample], follow_ups: Vec::new() }
        };
        let record =
            Record { planned: plan.targets.len(), observations: plan.targets.iter().map(observation).collect(), ..Record::default() };
        Probe { vantage: vantage.clone(), seen: ProbeResult::Record(record) }
    };
    Observations { probes: plan.vantages.iter().map(probe).collect(), ..Observations::default() }
}

/// Pods of one node get no answer at the load balancer.
fn silent_on(node: &str) -> impl Fn(&Vantage, &Target) -> bool + '_ {
    move |vantage, target| vantage.node == node && vantage.network == Network::Pod && target.kind.is_load_balancer()
}

#[test]
fn each_class_gives_so_many_nodes_spread_over_it() {
    let facts = facts(100);
    let plan = Plan::new(&facts, &options(2));
    assert_eq!(names(&plan), ["node1", "node2", "node3", "node51", "node52"]);
    assert_eq!(plan.vantages.len(), 10, "both networks of each");
    assert_eq!(plan.skipped, [], "what a sample leaves out is counted, not listed");
    let sampled = plan.sampled.as_ref().unwrap();
    let numbers: Vec<_> = sampled.classes.iter().map(|class| (class.endpoint, class.nodes, class.probed)).collect();
    assert_eq!(numbers, [(true, 1, 1), (false, 50, 2), (false, 49, 2)]);
    assert_eq!(text::sample_probed(sampled, Language::English), "5 of 100 nodes were probed (--sample 2)");
    assert_eq!(
        text::sampled_class(&sampled.classes[1], Language::English),
        "zone b, kube-proxy 1.34.0, mode iptables, without an endpoint: 2 of 50 nodes"
    );
    assert_eq!(Plan::new(&facts, &options(2)), plan, "the same again");
    assert_eq!(Plan::new(&facts, &PlanOptions::default()).sampled, None);
}

#[test]
fn pools_taints_and_releases_are_classes_of_their_own() {
    let mut facts = facts(100);
    let taint = |value: &str| Taint { key: "dedicated".into(), value: Some(value.into()), effect: "NoSchedule".into() };
    facts.nodes[9].pool = Some("other".into());
    facts.nodes[19].taints = vec![taint("a")];
    facts.nodes[21].taints = vec![taint("b")];
    facts.nodes[29].kube_proxy_version = Some("1.23.17".parse().unwrap());
    let plan = Plan::new(&facts, &options(1));
    assert_eq!(names(&plan), ["node1", "node2", "node3", "node10", "node20", "node30"], "values of taints make no class");
}

#[test]
fn nodes_that_are_named_are_all_probed() {
    let nodes = ["node2", "node4", "node6"].map(str::to_owned).into();
    let plan = Plan::new(&facts(100), &PlanOptions { nodes, ..options(1) });
    assert_eq!((names(&plan), plan.sampled.is_none()), (vec!["node2", "node4", "node6"], true));
}

#[test]
fn a_class_that_disagrees_with_itself_gets_more_nodes() {
    let facts = facts(100);
    let plan = Plan::new(&facts, &options(2));
    let first = observe(&plan, silent_on("node51"));
    let wider = plan.widened(&facts, &first).unwrap();
    let of_classes: Vec<_> = wider.sampled.as_ref().unwrap().classes.iter().map(|class| class.probed).collect();
    assert_eq!(of_classes, [1, 2, 10], "four times as many more of that class");
    let rest = wider.beyond(&plan);
    assert_eq!((rest.vantages.len(), rest.targets == plan.targets), (16, true));
    let second = observe(&rest, silent_on("node51"));
    let all = wider.joined([first, second]);
    assert!(all.probes.iter().map(|probe| &probe.vantage).eq(&wider.vantages), "in the plan's order");
    assert_eq!(wider.widened(&facts, &all).unwrap().sampled.unwrap().classes[2].probed, 18);
}

#[test]
fn classes_that_agree_are_left_as_they_are() {
    let facts = facts(100);
    let plan = Plan::new(&facts, &options(2));
    let agree =
        observe(&plan, |vantage, target| vantage.network == Network::Pod && vantage.node != "node1" && target.kind.is_load_balancer());
    assert_eq!(plan.widened(&facts, &agree), None, "classes may differ from one another, and networks too");
    let mut silent = observe(&plan, |_, _| false);
    silent.probes[2].seen = ProbeResult::Nothing(Unmeasured::Other { message: "no image".into(), hint: None });
    assert_eq!(plan.widened(&facts, &silent), None, "what was not measured is no difference");
    let whole = Plan::new(&facts, &PlanOptions::default());
    assert_eq!(whole.widened(&facts, &observe(&whole, silent_on("node3"))), None, "no sample");
    let few = self::facts(4);
    let plan = Plan::new(&few, &options(9));
    assert_eq!(plan.widened(&few, &observe(&plan, silent_on("node2"))), None, "no node is left");
}

#[test]
fn a_sample_is_repeated_on_the_same_nodes() {
    let before = facts(100);
    let plan = Plan::new(&before, &options(2));
    let report = Report::new(before, plan.clone(), observe(&plan, |_, _| false));
    let today = facts(120);
    let again = Plan::again(&today, &report);
    assert_eq!(again.vantages, plan.vantages);
    assert_eq!(text::sample_probed(&again.sampled.unwrap(), Language::English), "5 of 120 nodes were probed (--sample 2)");
    let mut renewed = facts(100);
    renewed.nodes.iter_mut().for_each(|node| node.name.push_str("-new"));
    let again = Plan::again(&renewed, &report);
    assert_eq!(again.sampled.unwrap().probed(), 4, "none of them is left: another sample, not every node");
}

#[test]
fn a_hint_is_due_where_many_nodes_are_probed() {
    let many = facts(MANY_NODES + 1);
    let hint = |facts: &Facts, options: &PlanOptions| Plan::new(facts, options).sample_hint(facts);
    let said = hint(&many, &PlanOptions::default()).unwrap();
    assert_eq!(
        text::sample_hint(said, Language::English),
        "all 501 nodes are probed; --sample 5 takes 5 of each of the 3 classes of nodes, 11 in all"
    );
    assert_eq!(hint(&many, &options(5)), None);
    assert_eq!(hint(&facts(MANY_NODES), &PlanOptions::default()), None);
}

#[test]
fn a_plan_from_before_there_were_samples_is_read() {
    let plan = Plan::new(&facts(3), &PlanOptions::default());
    let mut written = serde_json::to_value(&plan).unwrap();
    assert!(written.get("sampled").is_none());
    written.as_object_mut().unwrap().remove("sampled");
    assert_eq!(serde_json::from_value::<Plan>(written).unwrap(), plan);
    let sampled = Plan::new(&facts(100), &options(2));
    assert_eq!(serde_json::from_str::<Plan>(&serde_json::to_string(&sampled).unwrap()).unwrap(), sampled);
}
