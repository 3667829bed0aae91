//! An ASM ingress gateway under externalTrafficPolicy Local: pods of nodes without a gateway pod
//! cannot reach the load balancer's address. The vendor's diagnosis in three steps, and its three
//! fixes with the source address that each leaves to the gateway.

use std::collections::BTreeSet;
use std::net::IpAddr;

use lbprobe_analysis::causes::{CauseKind, Confidence};
use lbprobe_analysis::plan::Network;
use lbprobe_analysis::remedies::Remedy;
use lbprobe_analysis::text::{self, Language};
use lbprobe_lab::Lab;
use lbprobe_lab::addresses::CLIENT;
use lbprobe_lab::gateway::{GatewayKind, Owner};
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::patience::stretched;

use super::scenario::{Diagnosed, Dialled, Subject, curl, deploy_clients, dial, source};
use crate::harness::{deploy_gateway, fresh_lab, kubectl, settle};

const GATEWAY: &str = "istio-ingressgateway";
const MATRIX: [&str; 2] = ["node1 yes pod ok ok ok host ok ok ok", "node2 and node3 no pod timed out ok ok host ok ok ok"];

/// The three steps: the policy, the nodes of the gateway's pods, the nodes of the failing pods.
fn diagnosis_by_hand(lab: &Lab) -> BTreeSet<String> {
    let policy = kubectl(lab, &["get", "svc", GATEWAY, "-n", "istio-system", "-o", "jsonpath={.spec.externalTrafficPolicy}"]);
    assert_eq!(policy, "Local");
    let nodes = "jsonpath={.items[*].spec.nodeName}";
    let with_gateway = kubectl(lab, &["get", "pods", "-n", "istio-system", "-l", "app=istio-ingressgateway", "-o", nodes]);
    let of_clients = kubectl(lab, &["get", "pods", "-l", "app=clients-pod", "-o", nodes]);
    of_clients.split_whitespace().filter(|node| !with_gateway.contains(node)).map(str::to_owned).collect()
}

fn outside(lab: &Lab, address: &str) -> Option<String> {
    curl(lab, Vantage::Client, &[&format!("http://{address}/")])
}

/// The once failing pod reaches the load balancer again.
#[track_caller]
fn pods_are_answered(lab: &Lab, host: &str) {
    for node in ["node2", "node3"] {
        assert!(matches!(dial(lab, node, Network::Pod, host, 80), Dialled::Answered(_)), "a pod on {node} at {host}");
    }
}

fn set_back(lab: &Lab) {
    let spec = r#"{"spec":{"externalTrafficPolicy":"Local","serviceAnnotations":null}}"#;
    kubectl(lab, &["patch", "istiogateway", "ingressgateway", "-n", "istio-system", "--type", "merge", "-p", spec]);
    // The mesh's operator looks once a second.
    std::thread::sleep(stretched(std::time::Duration::from_millis(1500)));
    settle(lab);
}

#[test]
fn pods_on_nodes_without_a_gateway_pod_time_out() {
    let lab = fresh_lab();
    deploy_gateway(&lab, GatewayKind::Istio, &["node1"], "Local", Owner::Istiogateway);
    deploy_clients(&lab);
    let subject = Subject { lab: &lab, service: GATEWAY, namespace: "istio-system", words: &[] };
    let address = subject.address();
    let fault = subject.diagnose();
    fault.first_cause(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed).shows(&MATRIX);
    let by_hand = diagnosis_by_hand(&lab);
    assert_eq!(fault.failing(), by_hand.into_iter().map(|node| (node, Network::Pod)).collect(), "the manual diagnosis agrees");
    assert_eq!(dial(&lab, "node2", Network::Pod, &address, 80), Dialled::TimedOut);
    service_name(&lab, &fault, &address);
    policy_cluster(&lab, &subject, &fault);
    set_back(&lab);
    subject.diagnose().shows(&MATRIX);
    eni_backends(&lab, &subject, &fault);
}

/// Recommended first: nothing changes outside.
fn service_name(lab: &Lab, fault: &Diagnosed, address: &str) {
    let first = &fault.report.diagnosis.causes[0].fixes[0];
    assert!(matches!(&first.remedy, Remedy::DialDnsName { name, .. } if name == "istio-ingressgateway"), "{first:#?}");
    assert_eq!(first.after.as_ref().map(|after| after.failing), Some(0));
    pods_are_answered(lab, "istio-ingressgateway.istio-system");
    assert_eq!(source(outside(lab, address).as_ref()), Some(CLIENT.into()));
}

/// On the resource that owns the Service. Clients outside lose their address.
fn policy_cluster(lab: &Lab, subject: &Subject<'_>, fault: &Diagnosed) {
    let fix = fault.fix("set externalTrafficPolicy to Cluster");
    assert!(fix.remedy.command().is_some_and(|command| command.starts_with("kubectl patch istiogateway ingressgateway")), "{fix:#?}");
    assert!(text::cost(&fix.remedy, Language::English).contains("lose their source address"), "{fix:#?}");
    subject.fix(fix).is_healthy();
    pods_are_answered(lab, &subject.address());
    let answer = outside(lab, &subject.address());
    // In the cloud, or on the node's link to the pod.
    let is_a_nodes = |source: IpAddr| source.to_string().starts_with("198.18.0.") || source == IpAddr::from([10, 244, 1, 1]);
    assert!(source(answer.as_ref()).is_some_and(is_a_nodes), "a node's address: {answer:?}");
}

/// The load balancer dials pods: clients outside keep their address, those inside are answered.
fn eni_backends(lab: &Lab, subject: &Subject<'_>, fault: &Diagnosed) {
    let fix = fault.fix("let the load balancer dial the pods' ENIs");
    assert!(text::cost(&fix.remedy, Language::English).contains("keep their source address"), "{fix:#?}");
    subject.fix(fix).is_healthy();
    pods_are_answered(lab, &subject.address());
    assert_eq!(source(outside(lab, &subject.address()).as_ref()), Some(CLIENT.into()));
}
