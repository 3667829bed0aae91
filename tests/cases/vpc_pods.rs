//! Pods on the cloud's own network, as with Terway's ENIs: what they send to the load balancer goes past
//! their node and its kube-proxy, to the real one. Policy Local is no fault there as long as the load
//! balancer dials pods; the tool says that what it expected of kube-proxy is not what these pods see.

use lbprobe_lab::LabOptions;
use lbprobe_lab::addresses::CLIENT;
use lbprobe_lab::gateway::{GatewayKind, Owner};
use lbprobe_lab::options::PodNetwork;
use lbprobe_lab::outside::lab::Vantage;

use super::scenario::{Subject, curl, source};
use crate::harness::{OTHER_CIDR, kubectl, lbprobe, place_gateway, settle, slot, start_with};

#[test]
fn pods_go_past_kube_proxy() {
    let _slot = slot();
    let options = LabOptions { pod_network: PodNetwork::Vpc, cluster_cidr: OTHER_CIDR.into(), ..LabOptions::default() };
    let lab = start_with("vpc-pods", options);
    place_gateway(&lab, GatewayKind::Istio, &["node1"], "Local", Owner::Nobody);
    // Dialled from outside before any pod has started, it would be refused for want of endpoints.
    settle(&lab);
    // A load balancer that dials nodes gets no answer: pods reply by their own interface, past the node.
    let run = ["run", "istio-ingressgateway", "-n", "istio-system", "--dial-all", "--outside"];
    let past_node = [
        "FAULT: endpoints on node1 reply past the node that forwards to them",
        "[LBP025]",
        "the node port of node1, which has an endpoint, answers its own host and times out from the hosts of node2 and node3",
        "198.51.100.1:80 and 198.51.100.1:443 fail from outside the cluster: timed out",
    ];
    lbprobe(&lab, &run).expect(3, &past_node);
    let eni = "service.beta.kubernetes.io/backend-type=eni";
    kubectl(&lab, &["annotate", "service", "istio-ingressgateway", "-n", "istio-system", eni]);
    settle(&lab);
    let subject = Subject::gateway(&lab);
    let outside = curl(&lab, Vantage::Client, &[&format!("http://{}/", subject.address())]);
    assert_eq!(source(outside.as_ref()), Some(CLIENT.into()), "{outside:?}");
    let diagnosed = subject.diagnose();
    assert_eq!(diagnosed.code, 0, "{diagnosed:#?}");
    diagnosed.shows(&["node2 and node3 no pod ok, expected timed out ok ok host ok ok ok", "a pod network that bypasses kube-proxy"]);
}
