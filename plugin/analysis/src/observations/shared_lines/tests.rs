use lbprobe_protocol::{
    Answer, Certificate, ConnectFailure, FollowUp, FollowedUp, HttpAnswer, HttpVersion, KubeProxyEvidence, NodeEvidence, Observation,
    Outcome, Redirect, RefusalCounts, Sample, Trust,
};
use serde_json::Value;

use super::*;
use crate::diagnosis::Diagnosis;
use crate::facts::{Facts, Node};
use crate::kube_proxy::sample_facts;
use crate::plan::{Plan, PlanOptions};

/// Nodes with names as clouds give them; the endpoint is on the first.
fn cluster(nodes: usize) -> (Facts, Plan) {
    let mut facts = sample_facts();
    let like = facts.nodes[1].clone();
    let node = |number: usize| Node { name: format!("cn-hongkong.i-j6c{number:017}"), ..like.clone() };
    facts.nodes = (1..=nodes).map(node).collect();
    facts.endpoints[0].node = Some(facts.nodes[0].name.clone());
    let plan = Plan::new(&facts, &PlanOptions { samples: 3, ..PlanOptions::default() });
    (facts, plan)
}

fn sample(outcome: Outcome, number: u32) -> Sample {
    let is_answered = outcome == Outcome::Answered;
    Sample { outcome, connect_ms: is_answered.then_some(number % 7), total_ms: number % 97, answer: is_answered.then_some(0) }
}

/// What a probe tells, with times and counts of its own.
fn record(plan: &Plan, vantage: &Vantage, number: u32) -> Record {
    let observation = |target: &crate::plan::Target| {
        let is_lost = target.kind.is_load_balancer() && vantage.network == Network::Pod && number > 2;
        let outcome = if is_lost { Outcome::Connect(ConnectFailure::TimedOut) } else { Outcome::Answered };
        let follow_up = FollowedUp { follow_up: FollowUp::FromNodeAddress, sample: sample(Outcome::Answered, number) };
        Observation {
            check: target.id,
            resolved: None,
            samples: (0..3).map(|nth| sample(outcome, number + nth)).collect(),
            follow_ups: if vantage.network == Network::Host { vec![follow_up] } else { Vec::new() },
        }
    };
    let certificate = Certificate {
        fingerprint: "0123456789abcdef".into(),
        expires: Some(1_790_000_000),
        names: vec!["*.example.com".into()],
        trust: Trust::UnknownIssuer,
    };
    let http = HttpAnswer {
        status: 200,
        version: Some(HttpVersion::Http2),
        server: Some("nginx/1.22.1".into()),
        body: Some("1a2b3c4d".into()),
        source: None,
        behind: None,
    };
    let is_host = vantage.network == Network::Host;
    Record {
        planned: plan.targets.len(),
        interrupted: number.is_multiple_of(50),
        cut: number.is_multiple_of(40),
        observations: plan.targets.iter().map(observation).collect(),
        answers: vec![Answer {
            certificate: Some(certificate),
            http: Some(http),
            redirects: vec![Redirect { status: 301, to: "https://shop.example.com/".into() }],
        }],
        refusals: Some(RefusalCounts { resets: 0, unreachables: number % 3, rate_limited: Some(0) }),
        kube_proxy: is_host.then(|| KubeProxyEvidence {
            mode: Some("iptables".into()),
            release: Some("v1.34.1".into()),
            synced_seconds: Some(number),
            ..KubeProxyEvidence::default()
        }),
        node: is_host.then(|| NodeEvidence { local_endpoints: Some(0), ..NodeEvidence::default() }),
        ..Record::default()
    }
}

fn observations(plan: &Plan) -> Observations {
    let probe = |(number, vantage): (u32, &Vantage)| {
        let seen = if number.is_multiple_of(30) {
            ProbeResult::Nothing(Unmeasured::Other { message: "no image".into(), hint: None })
        } else {
            ProbeResult::Record(record(plan, vantage, number))
        };
        Probe { vantage: vantage.clone(), seen }
    };
    Observations { probes: (1..).zip(&plan.vantages).map(probe).collect(), ..Observations::default() }
}

fn written(observations: &Observations) -> Value {
    serde_json::to_value(observations).unwrap()
}

fn read(document: &Value) -> Result<Observations, String> {
    serde_json::from_value(document.clone()).map_err(|cause| cause.to_string())
}

#[test]
fn many_vantages_share_lines_and_read_back_with_the_same_diagnosis() {
    let (facts, plan) = cluster(150);
    let seen = observations(&plan);
    let document = written(&seen);
    let lines = document["lines"].as_array().unwrap();
    assert!(lines.len() < 160, "one a host, with its own seconds, and some for all: {}", lines.len());
    assert_eq!(document["probes"].as_array().map(Vec::len), Some(300));
    assert_eq!(document["probes"][0]["checks"][0], "0 ok/1/1/0 ok/2/2/0 ok/3/3/0");
    assert_eq!(document["probes"][29]["nothing"]["reason"], "no image");
    let again = read(&document).unwrap();
    assert_eq!(again, seen);
    assert_eq!(Diagnosis::of(&facts, &plan, &again), Diagnosis::of(&facts, &plan, &seen));
}

#[test]
fn few_vantages_are_a_list_as_ever_and_a_list_of_many_is_read_too() {
    let (_, plan) = cluster(100);
    let seen = observations(&plan);
    let document = written(&seen);
    assert_eq!(document.as_array().map(Vec::len), Some(200));
    assert!(document[0]["seen"]["record"]["observations"].is_array());
    assert_eq!(read(&document).unwrap(), seen);
    let (_, plan) = cluster(101);
    let many = observations(&plan);
    let list = serde_json::to_value(&many.probes).unwrap();
    assert_eq!(read(&list).unwrap(), many, "as reports of earlier releases have it");
}

#[test]
fn a_vantage_takes_some_hundreds_of_bytes() {
    let (_, plan) = cluster(500);
    let seen = observations(&plan);
    let compact = serde_json::to_string(&seen).unwrap().len();
    let list = serde_json::to_string(&seen.probes).unwrap().len();
    assert!(compact < 400 * 1000, "{compact} bytes for 1,000 vantages");
    assert!(compact * 3 < list, "{compact} bytes, {list} as a list");
}

#[test]
fn what_lines_do_not_carry_is_written_in_full() {
    let (_, plan) = cluster(101);
    let mut seen = observations(&plan);
    let ProbeResult::Record(record) = &mut seen.probes[0].seen else { panic!("the first vantage has a record") };
    // Longer than a line of the record may have it.
    record.answers[0].http.as_mut().unwrap().server = Some("x".repeat(300));
    let document = written(&seen);
    assert!(document["probes"][0]["record"].is_object() && document["probes"][0].get("checks").is_none());
    assert_eq!(read(&document).unwrap(), seen);
}

#[test]
fn damage_is_an_error_that_names_the_vantage() {
    let (_, plan) = cluster(101);
    let document = written(&observations(&plan));
    let damaged = |damage: &dyn Fn(&mut Value)| {
        let mut document = document.clone();
        damage(&mut document);
        read(&document).unwrap_err()
    };
    let name = "cn-hongkong.i-j6c00000000000000001 (pod): ";
    let error = damaged(&|document| document["probes"][0]["lines"] = serde_json::json!([70_000]));
    assert!(error.contains(&format!("{name}there is no line 70000")), "{error}");
    let error = damaged(&|document| document["probes"][0]["checks"] = serde_json::json!(["0 zz/1/1/-"]));
    assert!(error.contains(&format!("{name}the probe's record has an unreadable line")), "{error}");
    let error = damaged(&|document| drop(document["probes"][0].as_object_mut().unwrap().remove("planned")));
    assert!(error.contains(&format!("{name}neither a record nor why there is none")), "{error}");
}
