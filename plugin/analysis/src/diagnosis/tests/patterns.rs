//! The verdict of each pattern, on a cluster of three nodes whose endpoint is on node1.

use std::net::IpAddr;

use lbprobe_protocol::outcome::ECONNREFUSED;
use lbprobe_protocol::{
    Answer, ConnectFailure, Datagram, Exchange, HttpAnswer, HttpFailure, Observation, Outcome, Record, Sample, TlsFailure,
};

use crate::causes::evidence::Evidence;
use crate::causes::finding::{Finding, Pattern};
use crate::causes::{CauseKind, Confidence};
use crate::diagnosis::{Diagnosis, Note, Verdict};
use crate::documents::{Report, Verification};
use crate::facts::{Endpoint, Facts, Ingress, Node, Protocol, Readiness, Service, ServiceChange, ServicePort, TrafficPolicy};
use crate::fixture::in_words;
use crate::kube_proxy::Rule;
use crate::observations::{CheckState, Observations, Probe, ProbeResult, Unmeasured};
use crate::plan::{Network, Plan, PlanOptions, RequestOptions, Target, TargetKind, Vantage};
use crate::remedies::Remedy;
use crate::results::SinceBaseline;

const SILENT: Outcome = Outcome::Connect(ConnectFailure::TimedOut);
const REFUSED: Outcome = Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED));

fn facts(policy: TrafficPolicy, endpoint_nodes: &[&str]) -> Facts {
    let port = |name: &str, port| ServicePort { name: Some(name.into()), ..ServicePort::tcp(port) };
    let service = Service {
        external_traffic_policy: policy,
        cluster_ips: vec![IpAddr::from([10, 96, 0, 7])],
        ports: vec![port("http", 80), port("https", 443)],
        ingress: vec![Ingress::Address { ip: IpAddr::from([198, 51, 100, 1]), ip_mode: None }],
        ..Service::named("istio-system", "istio-ingressgateway")
    };
    Facts {
        endpoints: endpoint_nodes.iter().map(|node| Endpoint::ready([10, 244, 1, 2].into(), node)).collect(),
        nodes: (1..=3).map(|number| Node::named(&format!("node{number}"))).collect(),
        ..Facts::of(service)
    }
}

fn options() -> PlanOptions {
    PlanOptions { samples: 2, ..PlanOptions::default() }
}

/// Each check ends as `outcome` says; a sample beyond the first is answered where `flaky`.
fn observe(plan: &Plan, outcome: impl Fn(&Vantage, &Target) -> [Outcome; 2]) -> Observations {
    let sample = |outcome| Sample { outcome, connect_ms: None, total_ms: 1, answer: None };
    let probe = |vantage: &Vantage| {
        let observation = |target: &Target| Observation {
            check: target.id,
            resolved: None,
            samples: outcome(vantage, target).map(sample).to_vec(),
            follow_ups: Vec::new(),
        };
        let record =
            Record { planned: plan.targets.len(), observations: plan.targets.iter().map(observation).collect(), ..Record::default() };
        Probe { vantage: vantage.clone(), seen: ProbeResult::Record(record) }
    };
    Observations { probes: plan.vantages.iter().map(probe).collect(), ..Observations::default() }
}

fn diagnose(facts: &Facts, failing: impl Fn(&Vantage, &Target) -> Option<Outcome>) -> Diagnosis {
    let plan = Plan::new(facts, &options());
    let observations = observe(&plan, |vantage, target| [failing(vantage, target).unwrap_or(Outcome::Answered); 2]);
    Diagnosis::of(facts, &plan, &observations)
}

fn kinds(diagnosis: &Diagnosis) -> Vec<(CauseKind, Confidence)> {
    diagnosis.causes.iter().map(|cause| (cause.kind(), cause.confidence)).collect()
}

fn at_load_balancer(vantage: &Vantage, target: &Target, nodes: &[&str], network: Network) -> bool {
    target.kind.is_load_balancer() && vantage.network == network && nodes.contains(&vantage.node.as_str())
}

#[test]
fn all_answered_is_healthy() {
    let diagnosis = diagnose(&facts(TrafficPolicy::Local, &["node1"]), |_, _| None);
    assert_eq!(diagnosis.verdict, Verdict::Healthy);
    assert!(diagnosis.causes.is_empty());
}

#[test]
fn pods_on_nodes_without_endpoint_time_out() {
    let diagnosis = diagnose(&facts(TrafficPolicy::Local, &["node1"]), |vantage, target| {
        at_load_balancer(vantage, target, &["node2", "node3"], Network::Pod).then_some(SILENT)
    });
    assert_eq!(diagnosis.verdict, Verdict::Fault);
    assert_eq!(kinds(&diagnosis), [(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Likely)]);
    let evidence = in_words(&diagnosis.causes[0]);
    assert!(evidence.contains("pods on node2 and node3 time out at 198.51.100.1:80 and 198.51.100.1:443"), "{evidence}");
    assert!(evidence.contains("clusterCIDR"), "{evidence}");
    assert!(matches!(diagnosis.causes[0].fixes[0].remedy, Remedy::DialDnsName { .. }));
}

#[test]
fn pods_and_hosts_refused_points_to_old_ipvs() {
    let diagnosis = diagnose(&facts(TrafficPolicy::Local, &["node1"]), |vantage, target| {
        (target.kind.is_load_balancer() && vantage.node != "node1").then_some(REFUSED)
    });
    assert_eq!(kinds(&diagnosis), [(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed)]);
    // Of all modes and releases this one alone fits.
    let rule = Rule::IpvsEmptyVirtualServer;
    assert!(diagnosis.causes[0].evidence.contains(&Evidence::AsPredicted { rule, modes: None, nodes: Vec::new() }));
}

#[test]
fn only_some_nodes_without_endpoint_failing_is_likely() {
    let diagnosis = diagnose(&facts(TrafficPolicy::Local, &["node1"]), |vantage, target| {
        at_load_balancer(vantage, target, &["node2"], Network::Pod).then_some(SILENT)
    });
    assert_eq!(kinds(&diagnosis), [(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Likely)]);
}

#[test]
fn a_failing_cluster_ip_speaks_against_the_policy() {
    let diagnosis = diagnose(&facts(TrafficPolicy::Local, &["node1"]), |vantage, target| {
        (vantage.node != "node1" && !matches!(target.kind, TargetKind::DnsName)).then_some(SILENT)
    });
    assert_eq!(kinds(&diagnosis), [(CauseKind::Unrecognised, Confidence::Possible)]);
}

#[test]
fn the_inverse_pattern_is_not_the_policy() {
    let diagnosis = diagnose(&facts(TrafficPolicy::Local, &["node1"]), |vantage, target| {
        at_load_balancer(vantage, target, &["node1"], Network::Pod).then_some(SILENT)
    });
    assert_eq!(kinds(&diagnosis), [(CauseKind::Loopback, Confidence::Possible)]);
}

#[test]
fn policy_cluster_is_never_blamed_as_local() {
    let diagnosis = diagnose(&facts(TrafficPolicy::Cluster, &["node1"]), |vantage, target| {
        at_load_balancer(vantage, target, &["node2", "node3"], Network::Pod).then_some(SILENT)
    });
    assert_eq!(kinds(&diagnosis), [(CauseKind::Unrecognised, Confidence::Possible)]);
}

#[test]
fn no_endpoint_is_not_the_policy_either() {
    let diagnosis = diagnose(&facts(TrafficPolicy::Local, &[]), |_, _| Some(REFUSED));
    assert_eq!(kinds(&diagnosis), [(CauseKind::NoEndpoints, Confidence::Confirmed)]);
}

#[test]
fn nothing_answers_although_endpoints_are_ready() {
    let diagnosis = diagnose(&facts(TrafficPolicy::Local, &["node1"]), |_, _| Some(SILENT));
    assert_eq!(kinds(&diagnosis), [(CauseKind::Unreachable, Confidence::Confirmed)]);
}

#[test]
fn one_lost_sample_is_no_health() {
    let facts = facts(TrafficPolicy::Cluster, &["node1"]);
    let plan = Plan::new(&facts, &options());
    let observations =
        observe(&plan, |vantage, _| if vantage.node == "node2" { [SILENT, Outcome::Answered] } else { [Outcome::Answered; 2] });
    let diagnosis = Diagnosis::of(&facts, &plan, &observations);
    assert_eq!(diagnosis.verdict, Verdict::Fault);
    assert_eq!(diagnosis.causes[0].finding, Finding::Unrecognised { pattern: Pattern::NowAndThen });
}

#[test]
fn a_missing_probe_is_never_healthy() {
    let facts = facts(TrafficPolicy::Local, &["node1"]);
    let plan = Plan::new(&facts, &options());
    let mut observations = observe(&plan, |_, _| [Outcome::Answered; 2]);
    let why = Unmeasured::Other { message: "the image cannot be pulled".into(), hint: None };
    observations.probes[3].seen = ProbeResult::Nothing(why.clone());
    observations.probes[4].seen = ProbeResult::Nothing(why);
    let diagnosis = Diagnosis::of(&facts, &plan, &observations);
    assert_eq!(diagnosis.verdict, Verdict::Inconclusive);
    assert_eq!(diagnosis.unmeasured.len(), 1, "one reason, one group");
    assert_eq!(diagnosis.unmeasured[0].vantages.len(), 2);
}

#[test]
fn a_missing_or_interrupted_check_is_never_healthy() {
    let facts = facts(TrafficPolicy::Local, &["node1"]);
    let plan = Plan::new(&facts, &options());
    let mut observations = observe(&plan, |_, _| [Outcome::Answered; 2]);
    if let ProbeResult::Record(record) = &mut observations.probes[0].seen {
        record.observations.pop();
    }
    assert_eq!(Diagnosis::of(&facts, &plan, &observations).verdict, Verdict::Inconclusive);
    let interrupted = observe(&plan, |_, _| [Outcome::Interrupted; 2]);
    assert_eq!(Diagnosis::of(&facts, &plan, &interrupted).verdict, Verdict::Inconclusive);
    assert_eq!(Diagnosis::of(&facts, &plan, &Observations::default()).verdict, Verdict::Inconclusive);
}

#[test]
fn a_wrong_guess_of_the_protocol_is_no_fault() {
    let closed = Outcome::Tls(TlsFailure::Closed);
    let diagnosis = diagnose(&facts(TrafficPolicy::Local, &["node1"]), |vantage, target| {
        let silent = at_load_balancer(vantage, target, &["node2", "node3"], Network::Pod);
        if silent { Some(SILENT) } else { (target.port == 443).then_some(closed) }
    });
    assert_eq!(kinds(&diagnosis), [(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Likely)]);
    assert_eq!(diagnosis.notes[0], Note::GuessedProtocolNotSpoken { port: 443 });
}

/// What a gateway that accepts connections and never says anything shows.
fn hung(target: &Target) -> Outcome {
    if target.port == 443 { Outcome::Tls(TlsFailure::TimedOut) } else { Outcome::Http(HttpFailure::TimedOut) }
}

#[test]
fn silence_is_no_other_protocol_and_no_health() {
    let diagnosis = diagnose(&facts(TrafficPolicy::Cluster, &["node1"]), |_, target| Some(hung(target)));
    assert_eq!((diagnosis.verdict, kinds(&diagnosis)), (Verdict::Inconclusive, Vec::new()));
    let [group] = &diagnosis.unmeasured[..] else { panic!("{:?}", diagnosis.unmeasured) };
    assert_eq!(group.why, Unmeasured::NobodySpoke { ports: vec![80, 443] });
    assert_eq!(group.vantages.len(), 6);
    // Where one of several vantages is answered, the protocol is right, and silence is a failure.
    let some = diagnose(&facts(TrafficPolicy::Cluster, &["node1"]), |vantage, target| (vantage.node != "node1").then(|| hung(target)));
    assert_eq!(some.verdict, Verdict::Fault);
    // Whoever said what is spoken there has said that an answer is due.
    let facts = facts(TrafficPolicy::Cluster, &["node1"]);
    let plan = Plan::new(&facts, &PlanOptions { scheme: Some(crate::plan::Scheme::Http), ..options() });
    let observations = observe(&plan, |_, _| [Outcome::Http(HttpFailure::TimedOut); 2]);
    assert_eq!(Diagnosis::of(&facts, &plan, &observations).verdict, Verdict::Fault);
}

#[test]
fn what_answered_in_the_baseline_is_a_fault_when_it_is_silent() {
    let facts = facts(TrafficPolicy::Cluster, &["node1"]);
    let plan = Plan::new(&facts, &options());
    let mut answered = observe(&plan, |_, _| [Outcome::Answered; 2]);
    for probe in &mut answered.probes {
        let ProbeResult::Record(record) = &mut probe.seen else { continue };
        record.answers = vec![Answer {
            http: Some(HttpAnswer { status: 200, version: None, server: None, body: None, source: None, behind: None }),
            ..Answer::default()
        }];
        record.observations.iter_mut().flat_map(|observation| &mut observation.samples).for_each(|sample| sample.answer = Some(0));
    }
    let baseline = Report::new(facts.clone(), plan, answered);
    let again = Plan::again(&facts, &baseline);
    let silent = observe(&again, |_, target| [hung(target); 2]);
    let verification = Verification::new(&baseline, Report::new(facts, again, silent));
    assert_eq!(verification.verdict, Verdict::Fault);
    assert!(verification.vantages.iter().all(|compared| compared.standing == SinceBaseline::BrokenSince), "{:?}", verification.vantages);
}

#[test]
fn nothing_is_told_of_a_service_that_changed_meanwhile() {
    let mut facts = facts(TrafficPolicy::Local, &["node1"]);
    let fails = |vantage: &Vantage, target: &Target| at_load_balancer(vantage, target, &["node2", "node3"], Network::Pod).then_some(SILENT);
    assert_eq!(diagnose(&facts, fails).verdict, Verdict::Fault);
    facts.changed_meanwhile = vec![ServiceChange::Ports];
    for diagnosis in [diagnose(&facts, fails), diagnose(&facts, |_, _| None)] {
        assert_eq!((diagnosis.verdict, kinds(&diagnosis)), (Verdict::Inconclusive, Vec::new()));
    }
}

#[test]
fn a_tls_failure_at_the_load_balancer_alone_is_a_fault() {
    let diagnosis = diagnose(&facts(TrafficPolicy::Local, &["node1"]), |_, target| {
        (target.port == 443 && target.kind.is_load_balancer()).then_some(Outcome::Tls(TlsFailure::NotTls))
    });
    assert_eq!(diagnosis.verdict, Verdict::Fault);
}

#[test]
fn udp_windows_and_unready_nodes_are_left_out_with_reasons() {
    let mut facts = facts(TrafficPolicy::Local, &["node1"]);
    facts.service.ports[1] = ServicePort { name: Some("syslog".into()), protocol: Protocol::Udp, ..ServicePort::tcp(514) };
    facts.nodes[1].os = Some("windows".into());
    facts.nodes[2].readiness = Readiness::NotReady("Kubelet stopped posting node status.".into());
    let plan = Plan::new(&facts, &options());
    assert_eq!(plan.vantages.len(), 2);
    assert!(plan.targets.iter().all(|target| target.port == 80));
    let subjects: Vec<_> =
        plan.skipped.iter().map(|skip| crate::text::skip_subject(&skip.subject, crate::text::Language::English)).collect();
    assert_eq!(subjects, ["node2", "node3", "port 514/UDP"]);
}

/// A datagram without an answer is no fault of kube-proxy's where nobody ever got one: the servers may have none.
#[test]
fn silence_is_a_drop_only_beside_somebody_who_was_answered() {
    const NO_ANSWER: Outcome = Outcome::Connect(ConnectFailure::NoAnswer);
    let mut facts = facts(TrafficPolicy::Local, &["node1"]);
    facts.service.ports = vec![ServicePort { name: Some("dns".into()), protocol: Protocol::Udp, ..ServicePort::tcp(53) }];
    let silent = diagnose(&facts, |_, _| Some(NO_ANSWER));
    assert_eq!((silent.verdict, kinds(&silent)), (Verdict::Inconclusive, Vec::new()));
    let why: Vec<_> = silent.unmeasured.iter().map(|unmeasured| &unmeasured.why).collect();
    assert_eq!(why, [&Unmeasured::NobodyAnsweredDatagrams { ports: vec![53] }; 1]);
    let fails = |vantage: &Vantage, target: &Target| at_load_balancer(vantage, target, &["node2", "node3"], Network::Pod);
    let dropped = diagnose(&facts, |vantage, target| fails(vantage, target).then_some(NO_ANSWER));
    assert_eq!(kinds(&dropped)[0].0, CauseKind::LocalPolicyWithoutLocalEndpoint);
    // Nor is it one from outside, which then was not dialled to the end.
    let plan = Plan::new(&facts, &options());
    let mut observations = observe(&plan, |_, _| [NO_ANSWER; 2]);
    let ProbeResult::Record(record) = observations.probes[0].seen.clone() else { panic!("a record") };
    observations.outside = Some(record);
    let outside = Diagnosis::of(&facts, &plan, &observations);
    assert_eq!((outside.verdict, kinds(&outside), outside.outside.len()), (Verdict::Inconclusive, Vec::new(), 0));
    // TCP at the same port says nothing of UDP.
    facts.service.ports.push(ServicePort { name: Some("dns-tcp".into()), ..ServicePort::tcp(53) });
    let by_tcp = diagnose(&facts, |_, target| (target.protocol == Protocol::Udp).then_some(NO_ANSWER));
    assert_eq!((by_tcp.verdict, kinds(&by_tcp)), (Verdict::Inconclusive, Vec::new()));
}

/// The same number by TCP and by UDP are two ports, and what the user had said there is said again.
#[test]
fn a_baseline_tells_udp_from_tcp() {
    let mut facts = facts(TrafficPolicy::Cluster, &["node1"]);
    let udp = ServicePort { name: Some("game".into()), protocol: Protocol::Udp, ..ServicePort::tcp(443) };
    facts.service.ports = vec![ServicePort { name: Some("https".into()), ..ServicePort::tcp(443) }, udp];
    let said = Datagram::Payload { hex: "00".into() };
    let request = RequestOptions { datagram: Some(said.clone()), ..RequestOptions::default() };
    let plan = Plan::new(&facts, &PlanOptions { request, ..options() });
    let answered = observe(&plan, |_, _| [Outcome::Answered; 2]);
    let baseline = Report::new(facts.clone(), plan.clone(), answered);
    let again = Plan::again(&facts, &baseline);
    assert_eq!(again.targets, plan.targets);
    let by_udp = |target: &&Target| target.protocol == Protocol::Udp;
    assert!(again.targets.iter().filter(by_udp).all(|target| target.exchange == Exchange::Udp(said.clone())));
    let fails = observe(&again, |_, target| [if target.protocol == Protocol::Udp { REFUSED } else { Outcome::Answered }; 2]);
    let verification = Verification::new(&baseline, Report::new(facts, again, fails));
    let broken: Vec<_> = verification.vantages.iter().flat_map(|compared| &compared.failures).collect();
    assert!(!broken.is_empty() && broken.iter().all(|failure| failure.before == Some(CheckState::Reached)), "{broken:?}");
}

/// Whoever may write a status does not say how long a run takes, and what is not dialled is not well.
#[test]
fn addresses_beyond_measure_are_left_out_and_not_promised() {
    let mut facts = facts(TrafficPolicy::Cluster, &["node1"]);
    let addresses = (0..20_000_u32).map(|number| std::net::Ipv4Addr::from(0x0b00_0000 + number).into());
    facts.service.ingress = addresses.map(|ip| Ingress::Address { ip, ip_mode: None }).collect();
    let plan = Plan::new(&facts, &options());
    assert_eq!((plan.targets.len(), plan.targets_left_out.is_some()), (crate::plan::MOST_TARGETS, true));
    assert!(plan.skipped.iter().any(|skip| matches!(skip.subject, crate::plan::SkipSubject::Targets(_))), "{:?}", plan.skipped);
    assert_eq!(crate::prediction::Prediction::new(&facts, &plan).outlook(&plan), crate::prediction::Outlook::Depends);
    assert_eq!(diagnose(&facts, |_, _| None).verdict, Verdict::Inconclusive);
}

#[test]
fn a_report_reads_back_and_repeats_its_diagnosis() {
    let facts = facts(TrafficPolicy::Local, &["node1"]);
    let plan = Plan::new(&facts, &options());
    let observations = observe(&plan, |vantage, target| {
        [if at_load_balancer(vantage, target, &["node2", "node3"], Network::Pod) { SILENT } else { Outcome::Answered }; 2]
    });
    let report = crate::documents::Report::new(facts, plan, observations);
    let text = serde_json::to_string(&report).unwrap();
    let read: crate::documents::Report = serde_json::from_str(&text).unwrap();
    assert_eq!(read, report);
    assert_eq!(Diagnosis::of(&read.facts, &read.plan, &read.observations), report.diagnosis);
}

#[test]
fn names_that_do_not_resolve_are_a_matter_of_dns() {
    let unresolved = Outcome::Resolve(lbprobe_protocol::ResolveFailure::TimedOut);
    let diagnosis =
        diagnose(&facts(TrafficPolicy::Local, &["node1"]), |_, target| (target.kind == TargetKind::DnsName).then_some(unresolved));
    assert_eq!(kinds(&diagnosis), [(CauseKind::ClusterDns, Confidence::Confirmed)]);
    // Beside another cause, it is one of two.
    let both = diagnose(&facts(TrafficPolicy::Local, &["node1"]), |vantage, target| {
        let at_name = (target.kind == TargetKind::DnsName && vantage.node == "node2").then_some(unresolved);
        at_name.or(at_load_balancer(vantage, target, &["node2", "node3"], Network::Pod).then_some(SILENT))
    });
    let expected = [(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Likely), (CauseKind::ClusterDns, Confidence::Likely)];
    assert_eq!(kinds(&both), expected);
    // A name that resolves and does not answer is another matter.
    let silent = diagnose(&facts(TrafficPolicy::Local, &["node1"]), |_, target| (target.kind == TargetKind::DnsName).then_some(SILENT));
    assert_eq!(kinds(&silent), [(CauseKind::Unrecognised, Confidence::Possible)]);
}

#[test]
fn internal_policy_local_breaks_the_name() {
    let mut facts = facts(TrafficPolicy::Cluster, &["node1"]);
    facts.service.internal_traffic_policy = TrafficPolicy::Local;
    let without_endpoint = |vantage: &Vantage, target: &Target| vantage.node != "node1" && !target.kind.is_load_balancer();
    let diagnosis = diagnose(&facts, |vantage, target| without_endpoint(vantage, target).then_some(SILENT));
    assert_eq!(kinds(&diagnosis), [(CauseKind::InternalPolicyWithoutLocalEndpoint, Confidence::Confirmed)]);
    // With the external policy Local too, both are told.
    facts.service.external_traffic_policy = TrafficPolicy::Local;
    let diagnosis = diagnose(&facts, |vantage, _| (vantage.node != "node1").then_some(SILENT));
    let expected = [
        (CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed),
        (CauseKind::InternalPolicyWithoutLocalEndpoint, Confidence::Confirmed),
    ];
    assert_eq!(kinds(&diagnosis), expected);
    // A node with an endpoint that fails too is something else.
    facts.service.external_traffic_policy = TrafficPolicy::Cluster;
    let diagnosis = diagnose(&facts, |_, target| (!target.kind.is_load_balancer()).then_some(SILENT));
    assert_eq!(kinds(&diagnosis), [(CauseKind::Unrecognised, Confidence::Possible)]);
}

#[test]
fn source_ranges_without_the_pods_are_told() {
    let mut facts = crate::kube_proxy::sample_facts();
    facts.service.external_traffic_policy = TrafficPolicy::Cluster;
    facts.service.load_balancer_source_ranges = vec!["10.244.1.0/24".parse().unwrap()];
    let out_of_range = |vantage: &Vantage, target: &Target| {
        target.kind.is_load_balancer() && (vantage.network == Network::Host || vantage.node == "node2")
    };
    let diagnosis = diagnose(&facts, |vantage, target| out_of_range(vantage, target).then_some(SILENT));
    assert_eq!(kinds(&diagnosis)[0], (CauseKind::SourceRanges, Confidence::Confirmed));
    // The same silence without ranges is something else.
    facts.service.load_balancer_source_ranges.clear();
    let diagnosis = diagnose(&facts, |vantage, target| out_of_range(vantage, target).then_some(SILENT));
    assert_eq!(kinds(&diagnosis), [(CauseKind::Unrecognised, Confidence::Possible)]);
}

#[test]
fn only_nodes_with_an_endpoint_failing_is_a_loopback() {
    let on_endpoint_node = |vantage: &Vantage, target: &Target| target.kind.is_load_balancer() && vantage.node == "node1";
    let mut facts = facts(TrafficPolicy::Local, &["node1"]);
    let diagnosis = diagnose(&facts, |vantage, target| on_endpoint_node(vantage, target).then_some(SILENT));
    assert_eq!(kinds(&diagnosis), [(CauseKind::Loopback, Confidence::Possible)], "kube-proxy takes the address");
    facts.service.ingress = vec![Ingress::Hostname("lb.example.com".into())];
    let diagnosis = diagnose(&facts, |vantage, target| on_endpoint_node(vantage, target).then_some(SILENT));
    assert_eq!(kinds(&diagnosis), [(CauseKind::Loopback, Confidence::Likely)]);
    // With an endpoint on every node there is no contrast to tell it by.
    facts.endpoints.clear();
    facts.endpoints = self::facts(TrafficPolicy::Local, &["node1", "node2", "node3"]).endpoints;
    let diagnosis = diagnose(&facts, |_, target| target.kind.is_load_balancer().then_some(SILENT));
    assert_eq!(kinds(&diagnosis), [(CauseKind::Unrecognised, Confidence::Possible)]);
}
