//! What a person reads, in 80 and 100 columns, with and without colour.

mod many_nodes;

use std::net::IpAddr;

use lbprobe_analysis::documents::RehearsalBuilder;
use lbprobe_analysis::facts::{Endpoint, Facts, Ingress, Node, Service, ServicePort};
use lbprobe_analysis::fixture::{REFUSED, Scene, ipvs};
use lbprobe_analysis::observations::{Observations, Probe, ProbeResult, Unmeasured};
use lbprobe_analysis::plan::{Network, Plan, PlanOptions, Target, Vantage};
use lbprobe_protocol::{ConnectFailure, Observation, Outcome, Record, Sample};

use super::*;

const SILENT: Outcome = Outcome::Connect(ConnectFailure::TimedOut);

/// Nodes by the given names; the endpoint is on the first of them.
fn facts(names: impl Iterator<Item = String>, addresses: &[&str]) -> Facts {
    let nodes: Vec<_> = names.map(|name| Node::named(&name)).collect();
    let service = Service {
        cluster_ips: vec![IpAddr::from([10, 96, 0, 7])],
        ports: vec![ServicePort::tcp(80), ServicePort::tcp(443)],
        ingress: addresses.iter().map(|ip| Ingress::Address { ip: ip.parse().unwrap(), ip_mode: None }).collect(),
        ..Service::named("istio-system", "istio-ingressgateway")
    };
    Facts { endpoints: vec![Endpoint::ready([10, 244, 1, 2].into(), &nodes[0].name)], nodes, ..Facts::of(service) }
}

fn report(facts: Facts, outcome: impl Fn(&Vantage, &Target) -> Outcome) -> Report {
    report_with(facts, &PlanOptions::default(), outcome)
}

fn report_with(facts: Facts, options: &PlanOptions, outcome: impl Fn(&Vantage, &Target) -> Outcome) -> Report {
    let plan = Plan::new(&facts, options);
    let probe = |vantage: &Vantage| {
        let observation = |target: &Target| {
            let sample = Sample { outcome: outcome(vantage, target), connect_ms: None, total_ms: 1, answer: None };
            Observation { check: target.id, resolved: None, samples: vec![sample], follow_ups: Vec::new() }
        };
        let record =
            Record { planned: plan.targets.len(), observations: plan.targets.iter().map(observation).collect(), ..Record::default() };
        Probe { vantage: vantage.clone(), seen: ProbeResult::Record(record) }
    };
    let observations = Observations { probes: plan.vantages.iter().map(probe).collect(), ..Observations::default() };
    Report::new(facts, plan, observations)
}

fn names(number: u16) -> impl Iterator<Item = String> {
    (1..=number).map(|number| format!("node{number}"))
}

fn policy_fault(vantage: &Vantage, target: &Target) -> Outcome {
    let fails = target.kind.is_load_balancer() && vantage.network == Network::Pod && vantage.node != "node1";
    if fails { SILENT } else { Outcome::Answered }
}

const PLAIN: Style = Style { width: 80, table_width: 80, paint: Ink::Plain, detail: Detail::Brief, language: Language::English };

fn widest(text: &str) -> usize {
    text.lines().filter(|line| !line.trim_start().starts_with('$')).map(|line| line.chars().count()).max().unwrap()
}

#[test]
fn equal_nodes_share_a_row() {
    let text = render(&report(facts(names(100), &["198.51.100.1"]), policy_fault), PLAIN);
    assert!(text.contains("node2, node3 and 97 more"), "{text}");
    assert_eq!(text.lines().filter(|line| line.contains(" host ")).count(), 2, "{text}");
    assert!(widest(&text) <= 80, "{text}");
}

#[test]
fn long_names_and_several_addresses_fit_80_columns() {
    let long = (1..=3).map(|number| format!("cn-hongkong.i-j6c0000000000000000{number}"));
    let text = render(&report(facts(long, &["198.51.100.1", "203.0.113.200", "2001:db8::12:3456"]), policy_fault), PLAIN);
    assert!(widest(&text) <= 80, "{text}");
}

#[test]
fn ports_that_differ_are_told_apart() {
    let text = render(
        &report(
            facts(names(2), &["198.51.100.1"]),
            |vantage, target| {
                if target.port == 443 { policy_fault(vantage, target) } else { Outcome::Answered }
            },
        ),
        PLAIN,
    );
    assert!(text.contains("80: ok") && text.contains("443: timed out"), "{text}");
}

#[test]
fn colour_only_adds_escapes() {
    let report = report(facts(names(3), &["198.51.100.1"]), policy_fault);
    let coloured = render(&report, Style { paint: Ink::Coloured, ..PLAIN });
    let plain = render(&report, PLAIN);
    assert!(!plain.contains('\u{1b}'));
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        stripped.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    stripped.push_str(rest);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words(&stripped), words(&plain));
    assert!(coloured.contains("\u{1b}[1;31mFAULT\u{1b}[0m"), "{coloured:?}");
}

#[test]
fn what_was_not_measured_is_grouped_by_reason_with_its_hint() {
    let mut report = report(facts(names(5), &["198.51.100.1"]), |_, _| Outcome::Answered);
    for probe in &mut report.observations.probes[4..] {
        probe.seen = ProbeResult::Nothing(Unmeasured::Other { message: "the image cannot be pulled".into(), hint: Some("--image".into()) });
    }
    let text = render(&Report::new(report.facts, report.plan, report.observations), PLAIN);
    assert!(text.contains("INCONCLUSIVE: nothing failed"), "{text}");
    assert!(text.contains("node3, node4 and node5 (pod and host): the image cannot be pulled\n    hint: --image"), "{text}");
}

/// What is none of the Service's stands in a note, and not in the cells of its ports.
#[test]
fn a_listener_beside_the_service_is_none_of_its_cells() {
    let mut facts = ipvs(34);
    facts.service.ports.retain(|port| port.port == 80);
    let scene = Scene::new(facts, |_, target| (target.port == 443).then_some(REFUSED));
    let table = render(&scene.report(), Style { detail: Detail::Explained, ..PLAIN });
    assert!(table.contains("port 443, which the Service does not declare"), "{table}");
    let grid = table.split("Notes").next().unwrap();
    assert!(!grid.contains("refused") && grid.contains("ok"), "{table}");
}

#[test]
fn a_rehearsal_says_what_changes_for_whom_and_what_it_rests_on() {
    let changes = ["mode=nftables", "kube-proxy=1.33.3"].map(|change| change.parse().unwrap()).to_vec();
    let rehearse = |facts: &Facts| {
        let mut builder = RehearsalBuilder::new(PlanOptions::default(), changes.clone());
        builder.add(facts).unwrap();
        let text = rehearsal::render(&builder.build(), PLAIN);
        assert!(widest(&text) <= 80 || text.contains("hint: "), "{text}");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let leaving = rehearse(&ipvs(23));
    for said in [
        "SAFE: mode=nftables kube-proxy=1.33.3 breaks nothing, and changes something for 1 of 1 Service, on 3 nodes (predicted, nothing was changed)",
        "today: kube-proxy in ipvs mode, clusterCIDR 10.244.0.0/16 (ConfigMap kube-system/kube-proxy)",
        "shop/gateway differs host×2 198.51.100.1:80,443 refused timed out",
        "heals pod×2 198.51.100.1:80,443 refused ok",
        "opens pod×3",
        "An order of nodes that breaks least - node2 and node3: 1 change for the better",
        "node ports answer at the primary address of each node alone",
    ] {
        assert!(leaving.contains(said), "{said:?} is missing in {leaving}");
    }
    assert!(!leaving.contains("127.0.0.1"), "ipvs mode serves none there: {leaving}");
    let healthy = rehearse(&ipvs(28));
    assert!(healthy.contains("changes something for 1 of 1 Service") && !healthy.contains("heals"), "{healthy}");
}
