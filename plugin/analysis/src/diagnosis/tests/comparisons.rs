//! Reports beside one another: what became of each vantage, and whether a change stays.

use lbprobe_protocol::Outcome;

use crate::diagnosis::Verdict;
use crate::documents::{Report, Verification};
use crate::facts::{Ingress, Node};
use crate::fix_outcome::{FixOutcome, FromOutside};
use crate::fixture::{ADDRESS, SILENT, Scene, at_load_balancer, cluster_policy, facts};
use crate::observations::CheckState;
use crate::plan::{Network, Plan, Target, TargetKind, Vantage};
use crate::results::SinceBaseline;

/// Pods of these nodes get no answer at the load balancer.
fn silent<'a>(nodes: &'a [&'a str]) -> impl Fn(&Vantage, &Target) -> Option<Outcome> + 'a {
    move |vantage, target| {
        let fails = vantage.network == Network::Pod && nodes.contains(&vantage.node.as_str()) && at_load_balancer(target);
        fails.then_some(SILENT)
    }
}

fn standing(verification: &Verification, node: &str) -> SinceBaseline {
    let is_meant = |vantage: &Vantage| vantage.node == node && vantage.network == Network::Pod;
    verification.vantages.iter().find(|compared| is_meant(&compared.vantage)).unwrap().standing.clone()
}

#[test]
fn each_vantage_is_told_what_became_of_it() {
    let before = Scene::new(facts(), silent(&["node2", "node3"])).report();
    let mut today = cluster_policy();
    today.nodes.remove(0);
    today.nodes.push(Node::named("node4"));
    let verification = Verification::new(&before, Scene::new(today, silent(&["node3"])).report());
    let standings = ["node1", "node2", "node3", "node4"].map(|node| standing(&verification, node));
    assert_eq!(standings, [SinceBaseline::Gone, SinceBaseline::Fixed, SinceBaseline::StillFailing, SinceBaseline::WellNew]);
    assert_eq!(verification.verdict, Verdict::Fault);
    let fixed = verification.vantages.iter().find(|compared| compared.standing == SinceBaseline::Fixed).unwrap();
    let failure = &fixed.failures[0];
    let silent = CheckState::Failed(SILENT);
    assert_eq!((failure.before, failure.now), (Some(silent), Some(CheckState::Reached)));
}

#[test]
fn what_was_measured_before_and_is_not_now_is_never_healthy() {
    let before = Scene::new(facts(), silent(&["node2", "node3"])).report();
    let verification = Verification::new(&before, Scene::new(cluster_policy(), |_, _| None).without("node2").report());
    assert_eq!(standing(&verification, "node2"), SinceBaseline::NotMeasured { reason: "no image".into() });
    assert_eq!((standing(&verification, "node3"), verification.verdict), (SinceBaseline::Fixed, Verdict::Inconclusive));
}

#[test]
fn what_was_seen_outside_before_is_asked_for_again() {
    let inside = || Scene::as_predicted(cluster_policy());
    let from_outside = |failing: Option<Outcome>| inside().outside(move |_| failing).report();
    let verdict = |before: &Report, after: Report| Verification::new(before, after).verdict;
    assert_eq!(verdict(&inside().report(), inside().report()), Verdict::Healthy);
    assert_eq!(verdict(&from_outside(None), inside().report()), Verdict::Inconclusive);
    assert_eq!(verdict(&from_outside(None), from_outside(None)), Verdict::Healthy);
    assert_eq!(verdict(&from_outside(None), from_outside(Some(SILENT))), Verdict::Fault);
}

#[test]
fn a_change_stays_that_helps_and_breaks_nothing() {
    let before = Scene::new(facts(), silent(&["node2", "node3"])).report();
    let judged = |after: &Scene, outside| FixOutcome::of(&Verification::new(&before, after.report()), outside);
    let after = |nodes: &'static [&'static str]| Scene::new(cluster_policy(), silent(nodes));
    assert_eq!(judged(&after(&[]), None), FixOutcome::Fixed);
    assert_eq!(judged(&after(&["node2", "node3"]), None), FixOutcome::NoBetter);
    let node3 = vec![Vantage { node: "node3".into(), network: Network::Pod }];
    let better = judged(&after(&["node3"]), None);
    assert_eq!(better, FixOutcome::Better { failing: node3.clone() });
    assert!(better.is_worth_keeping() && better.is_as_predicted(&node3) && !better.is_as_predicted(&[]));
    let broke = judged(&after(&["node1"]), None);
    assert!(matches!(&broke, FixOutcome::Broke { vantages } if vantages[0].node == "node1") && !broke.is_worth_keeping());
    let outside = |after| Some(FromOutside { before: true, after });
    assert_eq!(judged(&after(&[]), outside(false)), FixOutcome::BrokeOutside);
    assert_eq!(judged(&after(&[]), outside(true)), FixOutcome::Fixed);
    assert_eq!(judged(&after(&["node2", "node3"]).without("node3").without("node2"), None), FixOutcome::NotMeasured);
}

#[test]
fn a_change_that_breaks_a_redirect_breaks_what_worked() {
    let chain = |outcome| move |_: &Vantage, target: &Target| at_load_balancer(target).then(|| (outcome, Vec::new(), None));
    let fails = |vantage: &Vantage, target: &Target| silent(&["node2"])(vantage, target);
    let before = Scene::new(facts(), fails).chain(chain(Outcome::Answered)).report();
    let judged = |outcome| {
        let after = Scene::new(cluster_policy(), |_, _| None).chain(chain(outcome)).report();
        FixOutcome::of(&Verification::new(&before, after), None)
    };
    assert_eq!(judged(Outcome::Answered), FixOutcome::Fixed);
    assert!(matches!(judged(SILENT), FixOutcome::Broke { .. }), "{:?}", judged(SILENT));
}

#[test]
fn the_address_is_remembered_where_a_hostname_takes_its_place() {
    let before = Scene::new(facts(), silent(&["node2", "node3"])).report();
    let kinds = |ingress: Ingress| {
        let mut today = facts();
        today.service.ingress = vec![ingress];
        let plan = Plan::again(&today, &before);
        let kinds: Vec<_> = plan.targets.iter().filter(|target| target.kind.is_load_balancer()).map(|target| target.kind.clone()).collect();
        (kinds, plan.skipped)
    };
    let name = TargetKind::LoadBalancerHostname("lb.example.com".into());
    let remembered = TargetKind::LoadBalancerIp(ADDRESS);
    let (by_name, skipped) = kinds(Ingress::Hostname("lb.example.com".into()));
    assert_eq!(by_name, [name.clone(), name, remembered.clone(), remembered]);
    assert!(skipped.is_empty(), "{skipped:?}");
    let other = [198, 51, 100, 2].into();
    let (by_address, skipped) = kinds(Ingress::Address { ip: other, ip_mode: None });
    assert_eq!(by_address, [TargetKind::LoadBalancerIp(other), TargetKind::LoadBalancerIp(other)]);
    assert_eq!(skipped[0].reason, crate::plan::SkipReason::NotInStatus);
}

#[test]
fn a_run_on_chosen_nodes_is_repeated_on_them_and_one_on_all_takes_new_ones_too() {
    let all = Scene::new(facts(), |_, _| None).report();
    let mut chosen = all.clone();
    chosen.plan.vantages.retain(|vantage| vantage.node == "node2");
    let mut today = facts();
    today.nodes.push(Node::named("node4"));
    let nodes = |baseline| {
        let mut nodes: Vec<_> = Plan::again(&today, baseline).vantages.into_iter().map(|vantage| vantage.node).collect();
        nodes.dedup();
        nodes
    };
    assert_eq!(nodes(&chosen), ["node2"]);
    assert_eq!(nodes(&all), ["node1", "node2", "node3", "node4"]);
}
