//! nginx-ingress-lb in kube-system, dialled by HTTPS and its public name, which resolves to the load
//! balancer's address inside the cluster too: refused on nodes with ipvs before 1.24, silent on nodes with
//! iptables.

use lbprobe_analysis::causes::{CauseKind, Confidence};
use lbprobe_analysis::plan::Network;
use lbprobe_lab::Lab;
use lbprobe_lab::gateway::{GatewayKind, Owner};
use lbprobe_lab::outside::lab::Vantage;

use super::scenario::{Dialled, Subject, curl, deploy_clients, dial};
use crate::harness::{deploy_gateway, fresh_lab, ipvs_lab, kubectl};

const NAME: &str = "shop.example.com";

fn subject(lab: &Lab) -> Subject<'_> {
    Subject { lab, service: "nginx-ingress-lb", namespace: "kube-system", words: &["--port", "443", "--host", NAME] }
}

fn publish(lab: &Lab) {
    deploy_gateway(lab, GatewayKind::Nginx, &["node1"], "Local", Owner::Nobody);
    deploy_clients(lab);
    let annotation = format!("external-dns.alpha.kubernetes.io/hostname={NAME}");
    kubectl(lab, &["annotate", "--overwrite", "service", "nginx-ingress-lb", "-n", "kube-system", &annotation]);
    let resolve = format!("{NAME}:443:{}", subject(lab).address());
    let outside = curl(lab, Vantage::Client, &["--resolve", &resolve, &format!("https://{NAME}/")]);
    assert!(outside.is_some_and(|answer| answer.starts_with("nginx-ingress-lb")), "outside all is well");
}

#[test]
fn refused_where_ipvs_is_older_than_1_24() {
    let lab = ipvs_lab();
    publish(&lab);
    let fault = subject(&lab).diagnose();
    fault.first_cause(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed).shows(&[
        "node2 no pod refused ok ok host refused ok ok",
        "node3 no pod ok ok ok host timed out ok ok",
        "/proc/net/ip_vs on node2 has a virtual server for the address without any real server",
        "before 1.24, ipvs mode has an empty virtual server on a node without an endpoint, and it refuses",
    ]);
    assert_eq!(dial(&lab, "node2", Network::Pod, NAME, 80), Dialled::Refused, "by its public name");
    assert!(matches!(dial(&lab, "node3", Network::Pod, NAME, 80), Dialled::Answered(_)));
    subject(&lab).fix(fault.fix("set externalTrafficPolicy to Cluster")).is_healthy();
    assert!(matches!(dial(&lab, "node2", Network::Pod, NAME, 80), Dialled::Answered(_)));
}

#[test]
fn silent_where_iptables_takes_pods_for_strangers() {
    let lab = fresh_lab();
    publish(&lab);
    let fault = subject(&lab).diagnose();
    fault.first_cause(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed);
    fault.shows(&["node2 and node3 no pod timed out ok ok host ok ok ok"]);
    assert_eq!(dial(&lab, "node2", Network::Pod, NAME, 80), Dialled::TimedOut, "by its public name");
    subject(&lab).fix(fault.fix("set externalTrafficPolicy to Cluster")).is_healthy();
}
