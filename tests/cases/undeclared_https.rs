//! A load balancer that the Service shares with something else: 443 is a listener that the Service does
//! not declare. Outside it is answered; where ipvs holds the address it is refused, or before 1.26 a
//! process of the node answers in its place.

use lbprobe_analysis::causes::{CauseKind, Confidence};
use lbprobe_lab::Lab;
use lbprobe_lab::addresses::NEIGHBOUR;
use lbprobe_lab::gateway::{GatewayKind, Owner};
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::patience::stretched;

use super::scenario::{Diagnosed, Subject, curl};
use crate::harness::{apply, deploy_gateway, ipvs_lab, kubectl, lbprobe, settle};

const SERVICE: [&str; 4] = ["service", "istio-ingressgateway", "-n", "istio-system"];

fn subject(lab: &Lab) -> Subject<'_> {
    Subject {
        lab,
        service: "istio-ingressgateway",
        namespace: "istio-system",
        words: &["--port", "80,443", "--host", "neighbour.example.com"],
    }
}

/// A Service of port 80, at whose load balancer another listener was made by hand.
fn share_the_load_balancer(lab: &Lab) {
    deploy_gateway(lab, GatewayKind::Istio, &["node1"], "Cluster", Owner::Nobody);
    let only_http = r#"[{"op":"remove","path":"/spec/ports/1"}]"#;
    kubectl(lab, &[&["patch"], &SERVICE[..], &["--type", "json", "-p", only_http]].concat());
    let listener = format!("lab.lbprobe/listener=443:{NEIGHBOUR}:443");
    // The Service reuses a load balancer that was there before it.
    let reused = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-id=lb-1";
    kubectl(lab, &[&["annotate", "--overwrite"], &SERVICE[..], &[&listener, reused]].concat());
    settle(lab);
}

#[test]
fn refused_inside_and_answered_by_another_server_before_1_26() {
    let lab = ipvs_lab();
    share_the_load_balancer(&lab);
    let subject = subject(&lab);
    let url = format!("https://{}/", subject.address());
    assert_eq!(curl(&lab, Vantage::Client, &[&url]).as_deref(), Some("neighbour 203.0.113.9"), "outside it is answered");
    let fault = subject.diagnose();
    fault.first_cause(CauseKind::UndeclaredPort, Confidence::Confirmed).shows(&[
        "node1 yes pod ok ok ok host ok ok ok",
        "node2 and node3 no pod 80: ok ok ok 443: refused host 80: ok ok ok 443: refused",
        "198.51.100.1 is the node's own address on node2 and node3: packets to it never leave the node",
    ]);
    nobody_has_to_name_the_port(&lab);
    with_a_local_listener(&lab, &subject);
    hostname_annotation(&lab, &fault);
    two_load_balancers(&lab);
}

/// The program finds the listener by itself. What is not the Service's does not make it a fault.
fn nobody_has_to_name_the_port(lab: &Lab) {
    let run = ["run", SERVICE[1], "-n", SERVICE[3], "--host", "neighbour.example.com"];
    let note = "port 443, which the Service does not declare, fails: refused from 4 of 4 vantages in ipvs mode";
    lbprobe(lab, &run).expect(0, &["HEALTHY", note, "(--outside looks)"]);
    let question = "port 443, which the Service does not declare: the load balancer answers there outside";
    lbprobe(lab, &[&run[..], &["--outside"]].concat()).expect(4, &["INCONCLUSIVE", question, note, "198.51.100.1, port 443: ok"]);
}

/// Connections inside go out to the real load balancer: 443 is answered there as it is outside. Port 80
/// leads back to nodes, which is the load balancer's own limit, and no part of this case.
fn hostname_annotation(lab: &Lab, fault: &Diagnosed) {
    let command = fault.fix("keep nodes from intercepting the address").remedy.command().unwrap();
    // Which name is the user's to say.
    let done = lab.run(&["sh", "-c", &command.replace("HOSTNAME", "neighbour.example.com")]).unwrap();
    assert!(done.status.success(), "{done:?}");
    // The cloud looks five times a second.
    std::thread::sleep(stretched(std::time::Duration::from_millis(500)));
    settle(lab);
    let hidden = Subject { words: &["--port", "443", "--host", "neighbour.example.com"], ..subject(lab) }.diagnose();
    // Port 80 was not asked for, and may loop back.
    assert_eq!(hidden.code, 4, "{}", hidden.text);
    hidden.shows(&["node2 and node3 no pod ok host ok", "INCONCLUSIVE: nothing failed", "port 80, which may fail"]).agrees();
    kubectl(lab, &[&["annotate"], &SERVICE[..], &["service.beta.kubernetes.io/alibaba-cloud-loadbalancer-hostname-"]].concat());
}

/// A process on every node that listens on all its addresses, with a certificate of its own.
fn with_a_local_listener(lab: &Lab, subject: &Subject<'_>) {
    apply(lab, include_str!("../manifests/local-https.yaml"));
    kubectl(lab, &["rollout", "status", "daemonset/local-https", "-n", "istio-system", "--timeout=60s"]);
    let wrong = subject.diagnose();
    kubectl(lab, &["delete", "daemonset/local-https", "configmap/local-https", "-n", "istio-system"]);
    kubectl(lab, &["wait", "--for=delete", "pods", "-l", "app=local-https", "-n", "istio-system", "--timeout=40s"]);
    let causes: Vec<_> = wrong.report.diagnosis.causes.iter().map(|cause| (cause.kind(), cause.confidence)).collect();
    assert_eq!(causes, [(CauseKind::UndeclaredPort, Confidence::Confirmed), (CauseKind::WrongServer, Confidence::Confirmed)], "{wrong:#?}");
    // From 1.26 on it is refused even so.
    wrong.shows(&["pods on node3 fail there: refused", "the address is the node's own on node2", "gateway.example.com"]).agrees();
}

/// What listens there outside has a load balancer of its own: inside it is declared and answered.
fn two_load_balancers(lab: &Lab) {
    kubectl(lab, &[&["annotate"], &SERVICE[..], &["lab.lbprobe/listener-"]].concat());
    apply(lab, include_str!("../manifests/neighbour-service.yaml"));
    kubectl(lab, &["wait", "service/neighbour", "--for=jsonpath={.status.loadBalancer.ingress}", "--timeout=20s"]);
    settle(lab);
    let own = Subject { lab, service: "neighbour", namespace: "default", words: &["--host", "neighbour.example.com"] };
    own.diagnose().is_healthy();
    Subject { words: &[], ..subject(lab) }.diagnose().is_healthy();
    kubectl(lab, &["delete", "service/neighbour", "endpointslice/neighbour"]);
}
