//! Thousands of nodes, each of which fails in a way of its own: the table stays one that a person reads.

use std::num::NonZeroU16;

use lbprobe_analysis::documents::{Explanation, Verification};
use lbprobe_analysis::facts::{DetectLocal, Known, KubeProxyConfig, LocalDetection, ProxyMode, Readiness};
use lbprobe_analysis::plan::TargetKind;
use lbprobe_protocol::{KubeProxyEvidence, NodeEvidence, ResolveFailure};

use super::*;
use crate::report::markdown;
use crate::report::outline::Outline;

const NODES: u16 = 5000;

/// 7 of node7.
fn number(node: &str) -> u16 {
    node.trim_start_matches("node").parse().unwrap()
}

/// Text without its lines' ends.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Nobody agrees with anybody: how connections end, why nothing was measured or probed, what nodes say of themselves.
fn all_different() -> Report {
    let mut facts = facts(names(NODES), &["198.51.100.1"]);
    facts.kube_proxy.config = Known::Value(KubeProxyConfig::read(
        "ConfigMap kube-system/kube-proxy",
        ProxyMode::Iptables.into(),
        LocalDetection { mode: DetectLocal::ClusterCidr, cluster_cidrs: Vec::new(), interface_prefix: None },
    ));
    for node in &mut facts.nodes[4000..] {
        node.readiness = Readiness::NotReady(format!("kubelet has lost number {}", number(&node.name)));
    }
    let mut report = report(facts, |vantage, target| {
        let number = number(&vantage.node);
        if target.kind.is_load_balancer() && number > 1 {
            Outcome::Connect(ConnectFailure::Errno(1000 + 2 * i32::from(number) + i32::from(target.port == 443)))
        } else if target.kind == TargetKind::DnsName && number.is_multiple_of(7) {
            Outcome::Resolve(ResolveFailure::ResponseCode(number))
        } else {
            Outcome::Answered
        }
    });
    for probe in &mut report.observations.probes {
        let number = number(&probe.vantage.node);
        if number.is_multiple_of(3) {
            let (message, hint) = (format!("the pod ended with {number}"), Some(format!("ask for {number}")));
            probe.seen = ProbeResult::Nothing(Unmeasured::Other { message, hint });
        } else if let ProbeResult::Record(record) = &mut probe.seen
            && probe.vantage.network == Network::Host
        {
            record.kube_proxy = Some(KubeProxyEvidence {
                mode: Some("ipvs".into()),
                detect_local: Some("ClusterCIDR".into()),
                cluster_cidr: Some(format!("10.{}.{}.0/24", number / 256, number % 256)),
                ..KubeProxyEvidence::default()
            });
            record.node = Some(NodeEvidence { local_endpoints: Some(number.into()), ..NodeEvidence::default() });
        }
    }
    Report::new(report.facts, report.plan, report.observations)
}

fn is_short(text: &str, most: usize) {
    let lines = text.lines().count();
    assert!(lines <= most, "{lines} lines:\n{text}");
    assert!(widest(text) <= 80, "{text}");
}

#[test]
fn a_report_is_short_on_however_many_nodes_it_fails_each_in_its_own_way() {
    let report = all_different();
    assert!(report.diagnosis.unmeasured.len() > 1000 && report.diagnosis.disagreements.len() > 1000 && report.plan.skipped.len() == 1000);
    let text = render(&report, PLAIN);
    is_short(&text, 70);
    let said = on_one_line(&text);
    for part in ["FAULT", "rows more, of", "reasons more for", "(all of them with -o json)"] {
        assert!(said.contains(part), "{part:?} is missing in {text}");
    }
    is_short(&render(&report, Style { detail: Detail::Everything, ..PLAIN }), 300);
    is_short(&render_explanation(&Explanation::new(report.facts.clone(), report.plan.clone()), PLAIN), 300);
    let comment = markdown::render(&Outline::of(&report, Language::English), Language::English);
    assert!(comment.chars().count() <= 65_000 && comment.starts_with("**FAULT**"), "{} characters", comment.chars().count());
    let verification = Verification::new(&report, report.clone());
    let text = render_verification(&verification, PLAIN);
    is_short(&text, 70);
    assert!(text.contains("rows more, of"), "{text}");
}

#[test]
fn reasons_that_differ_by_the_nodes_name_alone_are_one() {
    let mut report = report(facts(names(200), &["198.51.100.1"]), |_, _| Outcome::Answered);
    for probe in &mut report.observations.probes {
        let message = format!("kubelet on {} did not start the pod within 20 s", probe.vantage.node);
        probe.seen = ProbeResult::Nothing(Unmeasured::Other { message, hint: Some("kubectl describe node NODE".into()) });
    }
    let text = render(&Report::new(report.facts, report.plan, report.observations), PLAIN);
    assert!(text.lines().count() < 25, "{text}");
    let said = on_one_line(&text);
    assert!(said.contains("node1, node2 and 198 more (pod and host): kubelet on NODE did not start the pod within 20 s"), "{text}");
    assert!(said.contains("hint: kubectl describe node NODE, for instance node1"), "{text}");
}

#[test]
fn what_is_left_out_is_told_by_reason() {
    let mut facts = facts(names(100), &["198.51.100.1"]);
    for node in &mut facts.nodes[1..] {
        node.readiness = Readiness::NotReady("Kubelet stopped posting node status.".into());
    }
    facts.nodes[50].os = Some("windows".into());
    let said = on_one_line(&render(&report(facts, |_, _| Outcome::Answered), PLAIN));
    assert!(said.contains("node2, node3 and 96 more: not Ready: Kubelet stopped posting node status."), "{said}");
    assert!(said.contains("node51: windows; the probe runs on Linux only"), "{said}");
}

#[test]
fn a_sample_is_said_also_where_all_is_well() {
    let options = PlanOptions { sample: NonZeroU16::new(2), ..PlanOptions::default() };
    let report = report_with(facts(names(3000), &["198.51.100.1"]), &options, |_, _| Outcome::Answered);
    let said = on_one_line(&render(&report, PLAIN));
    assert!(said.contains("HEALTHY: all 36 checks from 6 vantages answered; 3 of 3,000 nodes were probed (--sample 2)"), "{said}");
    assert!(said.contains("Left out - 2,997 of 3,000 nodes: --sample 2 takes up to 2 of each class"), "{said}");
    let said = on_one_line(&render(&report, Style { detail: Detail::Everything, ..PLAIN }));
    assert!(said.contains("without an endpoint: 2 of 2,999 nodes"), "{said}");
}

#[test]
fn cells_of_many_ports_stay_small() {
    let mut facts = facts(names(2), &["198.51.100.1"]);
    facts.service.ports = (1..=100).map(ServicePort::tcp).collect();
    let report = report(facts, |vantage, target| match (vantage.node.as_str(), target.port) {
        ("node2", 1..=50) => SILENT,
        ("node2", port @ 51..=60) => Outcome::Connect(ConnectFailure::Errno(1000 + i32::from(port))),
        _ => Outcome::Answered,
    });
    let text = render(&report, PLAIN);
    is_short(&text, 80);
    assert!(text.contains("1,2,3 and 47") && !text.contains("1,2,3,4"), "{text}");
}
