//! A probe that comes to nodes which can pull no image.

use std::time::Duration;

use lbprobe_lab::Lab;

use crate::harness::{apply, eventually, faulty_lab, kubectl, lbprobe, nothing_left, run_gateway, seconds};
use crate::restricted::lab_has_account;

/// That is not everybody's, and no registry is there.
const NOWHERE: &str = "registry.invalid/none:1";

#[test]
fn an_image_that_cannot_be_pulled_is_told_at_once() {
    let lab = faulty_lab();
    let ran = run_gateway(&lab, &["--image", NOWHERE, "--delivery", "image"]);
    ran.expect(4, &["INCONCLUSIVE", "the probe's image cannot be pulled", "hint: --delivery configmap needs no registry"])
        .within(Duration::from_secs(15));
    nothing_left(&lab);
}

#[test]
fn without_a_registry_a_run_goes_on_by_config_maps() {
    let lab = faulty_lab();
    let ran = run_gateway(&lab, &["--image", NOWHERE]);
    ran.expect(3, &["node2 and node3 no pod timed out ok ok", "sending the probe to 3 nodes in ConfigMaps", "(confirmed)"]);
    ran.expect(3, &["the probe's image cannot be pulled", "the probe came in ConfigMaps"]);
    nothing_left(&lab);
    no_config_map_left(&lab);
}

/// Kubelets' heartbeats go by the loader too. Of a name that is none kubelet says so at once.
#[test]
fn a_watch_goes_on_by_config_maps() {
    let lab = faulty_lab();
    let words = ["watch", "istio-ingressgateway", "-n", "istio-system", "--image", "No:Where:1", "--for", &seconds(15), "--interval", "2s"];
    lbprobe(&lab, &words).expect(3, &["sending the probe to 3 nodes in ConfigMaps", "node2", "node3"]);
    nothing_left(&lab);
    no_config_map_left(&lab);
}

#[test]
fn a_restricted_namespace_takes_a_carried_probe() {
    let lab = faulty_lab();
    apply(
        &lab,
        "
apiVersion: v1
kind: Namespace
metadata: {name: carried, labels: {pod-security.kubernetes.io/enforce: restricted}}
",
    );
    lab_has_account(&lab, "carried");
    let ran = run_gateway(&lab, &["--probe-namespace", "carried", "--delivery", "configmap", "--vantage", "pod"]);
    ran.expect(3, &["node2 and node3 no pod timed out ok ok", "the probe came in ConfigMaps"]);
    let tried = ["yes a ConfigMap that carries the probe", "in ConfigMaps, without a registry", "to 3 nodes"];
    lbprobe(&lab, &["check", "--probe-namespace", "carried", "--delivery", "configmap"]).expect(4, &tried);
    nothing_left(&lab);
    no_config_map_left(&lab);
}

/// The Job takes them along.
fn no_config_map_left(lab: &Lab) {
    let left = || kubectl(lab, &["get", "configmaps", "-A", "-l", "app.kubernetes.io/name=lbprobe", "-o", "name"]);
    eventually("ConfigMaps that are removed with their Job", Duration::from_secs(20), || left().is_empty());
}
