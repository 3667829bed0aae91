//! A name that the user gave, as it resolves on each node.

use std::net::IpAddr;

use lbprobe_protocol::{Outcome, ResolveFailure};

use crate::causes::{CauseKind, Confidence};
use crate::coverage::Uncovered;
use crate::diagnosis::{Note, Verdict};
use crate::facts::Facts;
use crate::fixture::{ADDRESS, REFUSED, SILENT, Scene, at_load_balancer, cluster_policy, facts};
use crate::plan::{Asked, Step, Target, TargetKind, Vantage};

const UNRESOLVED: Outcome = Outcome::Resolve(ResolveFailure::TimedOut);
const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 7));

fn by_name(target: &Target) -> bool {
    matches!(target.kind, TargetKind::PublicName(_))
}

fn scene(facts: Facts, failing: impl Fn(&Vantage, &Target) -> Option<Outcome>) -> Scene {
    let asked = Asked { word: "https://shop.example.com/".into(), name: Some("shop.example.com".into()), steps: Vec::new() };
    Scene::asked(facts, asked, failing)
}

fn leads_to(address: IpAddr) -> impl Fn(&Vantage, &Target) -> Option<IpAddr> {
    move |_, target| by_name(target).then_some(address)
}

#[test]
fn a_name_that_leads_elsewhere_stands_beside_what_is_wrong_at_the_load_balancer() {
    let scene = scene(facts(), |vantage, target| match target {
        target if by_name(target) => Some(REFUSED),
        target => (at_load_balancer(target) && vantage.node != "node1").then_some(SILENT),
    });
    let diagnosis = scene.resolving(leads_to(ELSEWHERE)).diagnosis();
    let kinds: Vec<_> = diagnosis.causes.iter().map(|cause| (cause.kind(), cause.confidence)).collect();
    assert!(kinds.contains(&(CauseKind::PublicName, Confidence::Confirmed)), "{kinds:?}");
    let policy = diagnosis.causes.iter().find(|cause| cause.kind() == CauseKind::LocalPolicyWithoutLocalEndpoint).unwrap();
    assert!(!format!("{:?}", policy.evidence).contains("shop.example.com"), "the name is no proof of the policy: {policy:#?}");
}

#[test]
fn a_name_that_leads_to_the_service_has_no_cause_of_its_own() {
    let fails =
        |vantage: &Vantage, target: &Target| ((at_load_balancer(target) || by_name(target)) && vantage.node != "node1").then_some(SILENT);
    let diagnosis = scene(facts(), fails).resolving(leads_to(ADDRESS)).diagnosis();
    let kinds: Vec<_> = diagnosis.causes.iter().map(crate::causes::Cause::kind).collect();
    assert_eq!(kinds, [CauseKind::LocalPolicyWithoutLocalEndpoint]);
}

#[test]
fn a_name_that_does_not_resolve_is_told_apart_from_a_dns_that_does_not_answer() {
    let name_alone = scene(cluster_policy(), |_, target| by_name(target).then_some(UNRESOLVED));
    name_alone.expect(&[(CauseKind::PublicName, Confidence::Confirmed)], &["the load balancer's own address answers"]);
    let no_name = scene(cluster_policy(), |_, target| (by_name(target) || target.kind == TargetKind::DnsName).then_some(UNRESOLVED));
    no_name.expect(&[(CauseKind::ClusterDns, Confidence::Confirmed)], &[]);
}

/// What was asked for answers, and by whom is not known, unless the name leads there on the user's machine as well: a CDN.
#[test]
fn a_name_that_answers_elsewhere_is_healthy_where_it_leads_there_outside_too() {
    let told = |steps: Vec<Step>| {
        let asked = Asked { word: "https://shop.example.com/".into(), name: Some("shop.example.com".into()), steps };
        Scene::asked(cluster_policy(), asked, |_, _| None).resolving(leads_to(ELSEWHERE)).expect(&[], &[])
    };
    let diagnosis = told(Vec::new());
    assert_eq!(diagnosis.verdict, Verdict::Inconclusive);
    let strange = Uncovered::NameElsewhere { name: "shop.example.com".into(), addresses: vec![ELSEWHERE] };
    assert!(diagnosis.uncovered.contains(&strange), "{:#?}", diagnosis.uncovered);
    let note = Note::NameResolves { name: "shop.example.com".into(), address: Some(ELSEWHERE), vantages: None };
    assert!(diagnosis.notes.contains(&note), "{:#?}", diagnosis.notes);
    let here = Step::ResolvedHere { name: "shop.example.com".into(), addresses: vec![ELSEWHERE] };
    assert_eq!(told(vec![here]).verdict, Verdict::Healthy);
}
