//! Uneven load under policy Local: the load balancer spreads over nodes, so that pods that share a node
//! share what it gets. Measured at the gateway, from outside, beside the tool's estimate.

use std::collections::BTreeMap;

use lbprobe_analysis::risks::Risk;
use lbprobe_analysis::text::{self, Language};
use lbprobe_lab::Lab;
use lbprobe_lab::gateway::{GatewayKind, Owner};
use lbprobe_lab::outside::lab::Vantage;

use super::scenario::{Diagnosed, Subject};
use crate::harness::{deploy_gateway, eventually, fresh_faulty_lab, kubectl, settle};

const DEPLOYMENT: [&str; 4] = ["deployment", "istio-ingressgateway", "-n", "istio-system"];

/// Connections that are counted.
const CONNECTIONS: usize = 120;

/// What each pod got of so many connections, in percent, least first.
fn shares(lab: &Lab, address: &str) -> Vec<usize> {
    let script = format!("for i in $(seq {CONNECTIONS}); do curl --silent --max-time 10 http://{address}/; done");
    let answers = lab.run_at(Vantage::Client, &["sh", "-c", &script]).unwrap();
    let answers = String::from_utf8_lossy(&answers.stdout).into_owned();
    let mut pods: BTreeMap<&str, usize> = BTreeMap::new();
    for pod in answers.lines().filter_map(|line| line.split_whitespace().next()) {
        *pods.entry(pod).or_default() += 1;
    }
    let mut shares: Vec<_> = pods.into_values().map(|number| (number * 100).div_ceil(CONNECTIONS)).collect();
    shares.sort_unstable();
    shares
}

#[track_caller]
fn about(shares: &[usize], expected: &[usize]) {
    let is_near = |(share, expected): (&usize, &usize)| share.abs_diff(*expected) <= 8;
    assert!(shares.len() == expected.len() && shares.iter().zip(expected).all(is_near), "{shares:?} is not about {expected:?}");
}

fn risk(diagnosed: &Diagnosed) -> Option<String> {
    let risks = &diagnosed.report.diagnosis.risks;
    risks.iter().find(|risk| matches!(risk, Risk::UnevenLoad { .. })).map(|risk| text::risk(risk, Language::English))
}

/// Three pods on two nodes, which the gateway's own anti-affinity would not allow.
fn crowd(lab: &Lab) {
    let patch =
        r#"[{"op":"remove","path":"/spec/template/spec/affinity/podAntiAffinity"},{"op":"replace","path":"/spec/replicas","value":3}]"#;
    kubectl(lab, &[&["patch"], &DEPLOYMENT[..], &["--type", "json", "-p", patch]].concat());
    kubectl(lab, &[&["rollout", "status", "--timeout=60s"], &DEPLOYMENT[..]].concat());
    eventually("three endpoints", std::time::Duration::from_secs(20), || {
        let conditions = "jsonpath={.items[*].endpoints[*].conditions.ready}";
        let selector = "kubernetes.io/service-name=istio-ingressgateway";
        let ready = kubectl(lab, &["get", "endpointslices", "-n", "istio-system", "-l", selector, "-o", conditions]);
        ready.split_whitespace().filter(|ready| *ready == "true").count() == 3
    });
    settle(lab);
}

#[test]
fn pods_of_one_node_share_what_the_node_gets() {
    let lab = fresh_faulty_lab();
    let subject = Subject::gateway(&lab);
    about(&shares(&lab, &subject.address()), &[100]);
    assert_eq!(risk(&subject.diagnose()), None);
    // The gateway's anti-affinity keeps it even.
    deploy_gateway(&lab, GatewayKind::Istio, &["node1", "node2"], "Local", Owner::Nobody);
    about(&shares(&lab, &subject.address()), &[50, 50]);
    assert_eq!(risk(&subject.diagnose()), None);
    crowd(&lab);
    about(&shares(&lab, &subject.address()), &[25, 25, 50]);
    let crowded = subject.diagnose();
    let estimate = risk(&crowded).unwrap_or_else(|| panic!("no risk: {crowded:#?}"));
    assert!(estimate.contains("50 % for each of 1 pod") && estimate.contains("25 % for each of 2 pods"), "{estimate}");
    assert!(estimate.contains("up to 2.0 times as much"), "{estimate}");
    kubectl(&lab, &[&["delete"], &DEPLOYMENT[..]].concat());
}
