//! The other ways in which a load balancer that works outside fails inside, and what cures each.

use lbprobe_analysis::causes::{CauseKind, Confidence};
use lbprobe_analysis::text::{self, Language};
use lbprobe_lab::Lab;
use lbprobe_lab::addresses::CLIENT;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::patience::stretched;

use super::scenario::{Subject, curl, source};
use crate::harness::{fresh_faulty_lab, fresh_lab_with_gateway, kubectl, settle};

const SERVICE: [&str; 4] = ["service", "istio-ingressgateway", "-n", "istio-system"];

fn subject(lab: &Lab) -> Subject<'_> {
    Subject::gateway(lab)
}

fn patch(lab: &Lab, spec: &str) {
    kubectl(lab, &[&["patch"], &SERVICE[..], &["-p", &format!(r#"{{"spec":{spec}}}"#)]].concat());
    settle(lab);
}

fn annotate(lab: &Lab, annotation: &str) {
    kubectl(lab, &[&["annotate", "--overwrite"], &SERVICE[..], &[annotation]].concat());
    // The cloud looks five times a second.
    std::thread::sleep(stretched(std::time::Duration::from_millis(500)));
    settle(lab);
}

#[test]
fn source_ranges_hold_inside_too() {
    let lab = fresh_lab_with_gateway("Cluster");
    patch(&lab, r#"{"loadBalancerSourceRanges":["203.0.113.0/24","198.18.0.0/24"]}"#);
    let fault = subject(&lab).diagnose();
    fault.first_cause(CauseKind::SourceRanges, Confidence::Confirmed);
    let url = format!("http://{}/", subject(&lab).address());
    assert!(curl(&lab, Vantage::Client, &[&url]).is_some(), "clients outside are in range");
    subject(&lab).fix(fault.fix("add the ranges")).is_healthy();
}

/// The DNS name, which is the cure elsewhere, is what fails here.
#[test]
fn an_internal_policy_local_breaks_the_name() {
    let lab = fresh_lab_with_gateway("Cluster");
    patch(&lab, r#"{"internalTrafficPolicy":"Local"}"#);
    let fault = subject(&lab).diagnose();
    fault.first_cause(CauseKind::InternalPolicyWithoutLocalEndpoint, Confidence::Confirmed);
    subject(&lab).fix(fault.fix("set internalTrafficPolicy to Cluster")).is_healthy();
}

/// Policy Local, cured by taking the address out of kube-proxy's hands: by ipMode, or by a status that
/// holds a name. Clients outside keep their address. What remains is the load balancer's own limit: the
/// backend's node does not reach itself through it, and the tool tells it from the fault before.
#[test]
fn an_address_that_kube_proxy_leaves_alone() {
    let lab = fresh_faulty_lab();
    let address = subject(&lab).address();
    let fault = subject(&lab).diagnose();
    fault.first_cause(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed);
    let by_mode = fault.fix("have the cloud controller set ipMode Proxy");
    assert!(by_mode.remedy.command().is_none(), "the controller does it");
    assert!(text::cost(&by_mode.remedy, Language::English).contains("a backend may not reach itself"), "{by_mode:#?}");
    let rest = ["node1 yes pod timed out ok ok host timed out ok ok", "node2 and node3 no pod ok ok ok host ok ok ok"];
    annotate(&lab, "lab.lbprobe/ip-mode=Proxy");
    subject(&lab).diagnose().first_cause(CauseKind::Loopback, Confidence::Likely).shows(&rest);
    annotate(&lab, "lab.lbprobe/ip-mode-");
    // The name is known to the cloud's DNS.
    annotate(&lab, "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-hostname=gateway.example.com");
    let named = subject(&lab).diagnose();
    named.first_cause(CauseKind::Loopback, Confidence::Likely).shows(&rest).shows(&["gateway.example.com"]);
    let outside = curl(&lab, Vantage::Client, &[&format!("http://{address}/")]);
    assert_eq!(source(outside.as_ref()), Some(CLIENT.into()));
}

/// externalIPs are kube-proxy's like the load balancer's address: under Local they fail together.
#[test]
fn external_ips_beside_the_load_balancer() {
    let lab = fresh_faulty_lab();
    patch(&lab, r#"{"externalIPs":["203.0.113.77"]}"#);
    let fault = subject(&lab).diagnose();
    fault.first_cause(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed).shows(&["203.0.113.77"]);
    subject(&lab).fix(fault.fix("set externalTrafficPolicy to Cluster")).is_healthy();
}
