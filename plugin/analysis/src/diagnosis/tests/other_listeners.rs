//! Ports at the load balancer's address that the Service does not declare: found by the program itself.

use lbprobe_protocol::{CheckId, Exchange, When};

use crate::coverage::Uncovered;
use crate::diagnosis::{Diagnosis, Verdict};
use crate::facts::{Facts, Ingress, Known, NearbyService, Protocol, ServicePort, TransportPort};
use crate::fixture::{REFUSED, Scene, facts, ipvs};
use crate::plan::{Network, Plan, PlanOptions, Target};
use crate::text::{self, Language};

/// 443 is a listener of the same load balancer that somebody made by hand: the vendor's own case.
fn http_alone(mut facts: Facts) -> Facts {
    facts.service.ports.retain(|port| port.port == 80);
    facts
}

fn is_beside(target: &Target) -> bool {
    target.port == 443
}

fn lines(diagnosis: &Diagnosis) -> String {
    diagnosis.notes.iter().map(|note| text::note(note, Language::English)).collect::<Vec<_>>().join("\n")
}

fn ids(plan: &Plan) -> Vec<CheckId> {
    plan.targets.iter().filter(|target| is_beside(target)).map(|target| target.id).collect()
}

#[test]
fn the_second_port_of_the_web_is_dialled_once_where_ipvs_keeps_the_address() {
    let facts = http_alone(ipvs(34));
    let plan = Plan::new(&facts, &PlanOptions { samples: 3, ..PlanOptions::default() });
    let [id] = ids(&plan)[..] else { panic!("{:?}", plan.targets) };
    let told = plan.for_probe(&facts.service, Network::Pod, 0);
    let check = told.checks.iter().find(|check| check.id == id).unwrap();
    assert_eq!((check.samples, check.when, &check.exchange), (1, When::Unasked, &Exchange::Connect));
    let watched =
        plan.for_watch(&facts.service, Network::Pod, lbprobe_protocol::Watch { interval_ms: 1000, for_ms: 1, kubelet_silence_ms: None });
    assert!(watched.checks.iter().all(|check| check.id != id), "nobody is watched who was not named");
}

#[test]
fn nothing_is_dialled_that_says_nothing() {
    let planned = |facts: &Facts, options: &PlanOptions| ids(&Plan::new(facts, options)).len();
    let options = PlanOptions::default();
    assert_eq!(planned(&http_alone(facts()), &options), 0, "iptables mode leaves other ports to the load balancer");
    let mut made_before = http_alone(facts());
    made_before.service.annotations.insert("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-id".into(), "lb-1".into());
    assert_eq!(planned(&made_before, &options), 1, "nodes may be in another mode");
    let refused = Scene::new(made_before, |_, target| is_beside(target).then_some(REFUSED)).diagnosis();
    assert!(!lines(&refused).contains("443"), "and here none is: {refused:#?}");
    let mut database = http_alone(ipvs(34));
    database.service.ports[0].port = 5432;
    assert_eq!(planned(&database, &options), 0, "no server of the web");
    let mut quic = http_alone(ipvs(34));
    quic.service.ports.push(ServicePort { protocol: Protocol::Udp, ..ServicePort::tcp(443) });
    assert!(Plan::new(&quic, &options).targets.iter().all(|target| !target.other_listener), "the number is the Service's own");
    let named = PlanOptions { ports: [80].into(), ..options };
    assert_eq!(planned(&http_alone(ipvs(34)), &named), 0, "the user has said what matters");
}

#[test]
fn what_fails_there_is_a_note_and_the_service_is_healthy() {
    let scene = Scene::new(http_alone(ipvs(34)), |_, target| is_beside(target).then_some(REFUSED));
    let diagnosis = scene.diagnosis();
    assert_eq!((diagnosis.verdict, diagnosis.causes.len()), (Verdict::Healthy, 0), "{diagnosis:#?}");
    let said = lines(&diagnosis);
    assert!(said.contains("port 443, which the Service does not declare, fails: refused from 6 of 6 vantages"), "{said}");
}

#[test]
fn what_clients_outside_reach_and_those_inside_do_not_is_an_open_question() {
    let scene = || Scene::new(http_alone(ipvs(34)), |_, target| is_beside(target).then_some(REFUSED));
    let diagnosis = scene().outside(|_| None).diagnosis();
    assert_eq!(diagnosis.verdict, Verdict::Inconclusive);
    assert!(diagnosis.uncovered.contains(&Uncovered::OtherListeners { ports: vec![443] }), "{diagnosis:#?}");
    let nobody = scene().outside(|target| is_beside(target).then_some(REFUSED)).diagnosis();
    assert_eq!((nobody.verdict, nobody.causes.len()), (Verdict::Healthy, 0), "{nobody:#?}");
    assert!(!lines(&nobody).contains("443"), "nobody listens there at all: {nobody:#?}");
}

#[test]
fn a_repetition_dials_it_again_while_the_address_is_there() {
    let report = Scene::new(http_alone(ipvs(34)), |_, _| None).report();
    let again = Plan::again(&report.facts, &report);
    assert_eq!((&again.targets, again.skipped.len()), (&report.plan.targets, 0));
    let mut moved = report.facts.clone();
    moved.service.ingress = vec![Ingress::Address { ip: [198, 51, 100, 9].into(), ip_mode: None }];
    let again = Plan::again(&moved, &report);
    assert_eq!(ids(&again).len(), 0, "{again:#?}");
}

#[test]
fn what_the_node_answers_itself_is_told() {
    let diagnosis = Scene::new(http_alone(ipvs(23)), |_, _| None).diagnosis();
    let said = lines(&diagnosis);
    assert!(said.contains("is taken from 6 vantages by something on the node itself"), "{said}");
}

#[test]
fn ports_of_other_services_at_the_address_are_told_where_they_fail() {
    let mut facts = facts();
    let other = NearbyService { namespace: "shop".into(), name: "mail".into(), ports: vec![25], transports: Vec::new() };
    facts.nearby_services = Known::Value(vec![other]);
    let fails = Scene::new(facts.clone(), |_, target| (target.port == 25).then_some(REFUSED)).diagnosis();
    assert_eq!((fails.verdict, fails.causes.len()), (Verdict::Healthy, 0), "{fails:#?}");
    let said = lines(&fails);
    assert!(said.contains("port 25 at the load balancer's address is of Service shop/mail, and fails: refused"), "{said}");
    assert!(!lines(&Scene::new(facts.clone(), |_, _| None).diagnosis()).contains("mail"));
    let of_udp = vec![TransportPort { port: 53, protocol: Protocol::Udp }];
    let dns = NearbyService { namespace: "shop".into(), name: "dns".into(), ports: vec![53], transports: of_udp };
    let beside = |facts: &Facts| Plan::new(facts, &PlanOptions::default()).targets.iter().filter(|target| target.other_listener).count();
    assert_eq!(beside(&Facts { nearby_services: Known::Value(vec![dns]), ..facts.clone() }), 0, "UDP is not dialled by TCP");
    facts.service.ingress.push(Ingress::Address { ip: [198, 51, 100, 2].into(), ip_mode: None });
    assert_eq!(beside(&facts), 0, "which of two addresses is shared is not known");
}
