//! Pods of applications as vantages: the probe inside them, beside plain pods of their nodes.

use std::time::Duration;

use lbprobe_lab::Lab;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::patience::stretched;

use crate::harness::{
    Fresh, Shared, apply, faulty_lab, fresh_lab_with_gateway, give_sidecar_image, kubectl, lbprobe, nothing_left, root, run_gateway,
};

const GATEWAY: [&str; 3] = ["istio-ingressgateway", "-n", "istio-system"];

/// A namespace with a Deployment on node2, whose pods do nothing.
const CART: &str = include_str!("../manifests/cart.yaml");

/// A pod whose image has a shell, and which does not come past its init container.
const STUCK: &str = include_str!("../manifests/stuck.yaml");

/// A pod with Envoy as its sidecar, which knows no host outside the mesh.
const WITH_SIDECAR: &str = include_str!("../manifests/with-sidecar.yaml");

/// The namespace of a test's pods, until this goes.
struct Cart<'a>(&'a Lab);

impl<'a> Cart<'a> {
    fn deployed(lab: &'a Lab) -> Self {
        apply(lab, CART);
        kubectl(lab, &["rollout", "status", "deployment/cart", "-n", "shop", "--timeout=60s"]);
        Self(lab)
    }
}

impl Drop for Cart<'_> {
    fn drop(&mut self) {
        drop(self.0.run(&["kubectl", "delete", "namespace", "shop", "--now"]));
    }
}

/// The vendors' last step: what the failing pod sees before and after the fix, in one command each.
#[test]
fn the_failing_pod_is_measured_from_itself_before_and_after_the_fix() {
    let lab: Fresh<Shared> = fresh_lab_with_gateway("Local");
    let cart = Cart::deployed(&lab);
    let from = ["--from", "deploy/cart.shop", "--yes"];
    let before = run_gateway(&lab, &from);
    before.expect(
        3,
        &[
            "self timed out ok ok",
            "on node2: fails like a plain pod there at 198.51.100.1 (port 80 and 443): the cause is not in this pod",
            "FAULT: externalTrafficPolicy is Local",
            "(confirmed)",
        ],
    );
    assert!(before.stderr.contains("as an ephemeral container: it ends by itself"), "{}", before.stderr);
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    std::fs::write(&report, run_gateway(&lab, &[&from[..], &["-o", "json"]].concat()).stdout).unwrap();
    let report = report.display().to_string();
    // A report with named pods tells the same anywhere.
    lbprobe(&lab, &["diagnose", "-f", &report]).expect(3, &["self timed out ok ok", "the cause is not in this pod"]);
    kubectl(
        &lab,
        &["patch", "service", "istio-ingressgateway", "-n", "istio-system", "-p", r#"{"spec":{"externalTrafficPolicy":"Cluster"}}"#],
    );
    std::thread::sleep(stretched(Duration::from_millis(1500)));
    let verify = [&["verify"], &GATEWAY[..], &["--baseline", &report]].concat();
    lbprobe(&lab, &[&verify[..], &from].concat()).expect(
        0,
        &["VERIFIED", "self 198.51.100.1:80,443 timed ok fixed", "on node2: every check is answered, as from a plain pod there"],
    );
    let expectations = folder.path().join("acceptance.yaml");
    std::fs::write(&expectations, lbprobe(&lab, &[&["accept", "--init"], &GATEWAY[..]].concat()).stdout).unwrap();
    let accept = ["accept", "-f", &expectations.display().to_string()];
    lbprobe(&lab, &[&accept[..], &from].concat()).expect(0, &["ACCEPTED", "shop/cart-"]);
    let accepted = lbprobe(&lab, &[&accept[..], &from, &["-o", "json"]].concat());
    let accepted: serde_json::Value = serde_json::from_str(&accepted.stdout).unwrap();
    // Each expectation about pods holds for this one too: 2 ports at the address and at the name.
    let cases = accepted["services"][0]["cases"].as_array().unwrap();
    assert_eq!(cases.iter().filter(|case| case["pod"].is_string() && case["result"] == "passed").count(), 4, "{cases:#?}");
    // Nobody may call that verified from which the fault was reported and which was not asked again.
    lbprobe(&lab, &verify).expect(4, &["INCONCLUSIVE", "in the baseline, but not named in this run; pass --from"]);
    drop(cart);
    nothing_left(&lab);
}

/// What cannot be probed from is told, the run goes on from the nodes, and its exit code says that something is open.
#[test]
fn pods_that_take_no_probe_are_told_and_names_that_nobody_has_too() {
    let lab = faulty_lab();
    let cart = Cart::deployed(&lab);
    run_gateway(&lab, &["--from", "pod/carrt.shop", "--yes"]).expect(1, &["pod \"carrt\" not found in namespace \"shop\""]);
    run_gateway(&lab, &["--from", "deploy/none.shop", "--yes"])
        .expect(1, &["deployment \"none\" not found", "hint: kubectl get deployments"]);
    run_gateway(&lab, &["--from", "svc/cart", "--yes"]).expect(2, &["svc is not a kind that can be probed from"]);
    run_gateway(&lab, &["--from", "deploy/cart.shop"]).expect(1, &["there is no terminal to confirm on", "hint: --yes confirms it"]);
    let ended = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"done","namespace":"shop"},"spec":{"nodeName":"node2","restartPolicy":"Never","containers":[{"name":"done","image":"docker.io/lab/mute:1","imagePullPolicy":"Never"}]}}"#;
    apply(&lab, ended);
    kubectl(&lab, &["wait", "pod/done", "-n", "shop", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=30s"]);
    run_gateway(&lab, &["--from", "pod/done.shop", "--yes"])
        .expect(3, &["shop/done: the pod is Succeeded, not Running", "(confirmed)", "not everything was measured from shop/done"]);
    let manifest = root().join("manifests/rbac.yaml").display().to_string();
    kubectl(&lab, &["apply", "-f", &manifest]);
    kubectl(&lab, &["create", "clusterrolebinding", "named-read", "--clusterrole=lbprobe", "--user=may-from"]);
    kubectl(&lab, &["create", "rolebinding", "named-probe", "--clusterrole=lbprobe-pods", "--user=may-from"]);
    let from = ["--from", "deploy/cart.shop", "--yes", "--as", "may-from"];
    run_gateway(&lab, &from).expect(1, &["cannot get resource \"deployments\"", "hint: kubectl auth can-i get deployments.apps"]);
    // One right less is told in the pod's own line, and the nodes are measured all the same.
    kubectl(&lab, &["create", "role", "looks", "-n", "shop", "--verb=get,list,watch", "--resource=deployments.apps,pods"]);
    kubectl(&lab, &["create", "rolebinding", "looks", "-n", "shop", "--role=looks", "--user=may-from"]);
    run_gateway(&lab, &from).expect(
        3,
        &["cannot patch resource \"pods/ephemeralcontainers\"", "kubectl auth can-i patch pods/ephemeralcontainers", "(confirmed)"],
    );
    kubectl(&lab, &["create", "rolebinding", "from", "-n", "shop", "--clusterrole=lbprobe-from", "--user=may-from"]);
    run_gateway(&lab, &from).expect(3, &["self timed out ok ok", "the cause is not in this pod"]);
    kubectl(&lab, &["delete", "clusterrolebinding/named-read", "rolebinding/named-probe"]);
    drop(cart);
    nothing_left(&lab);
}

/// A real Envoy takes the pod's connections, as Istio's sidecar under REGISTRY_ONLY does. Its node is fine.
/// Gives the pod of this address an interface of its own for another one, from which nothing comes back: what a security group drops is
/// silent too.
const OWN_INTERFACE: &str = r#"
for net in /run/netns/cni-*; do
  nsenter --net=$net ip -4 -o addr show | grep -qF " $0/" && exec nsenter --net=$net sh -c '
    ip link add eth1 type veth peer name eth1peer && ip addr add 192.0.2.77/24 dev eth1 && ip link set eth1peer up && ip link set eth1 up &&
    ip route add $0/32 dev eth1 && ip neigh add $0 lladdr 02:00:00:00:00:01 dev eth1 nud permanent' "$1"
done
exit 1
"#;

#[test]
fn an_interface_of_its_own_that_loses_the_way_is_named() {
    let lab: Fresh<Shared> = fresh_lab_with_gateway("Cluster");
    let _cart = Cart::deployed(&lab);
    let of_cart = |what: &str| kubectl(&lab, &["get", "pods", "-n", "shop", "-o", &format!("jsonpath={{.items[0]{what}}}")]);
    let (name, address) = (of_cart(".metadata.name"), of_cart(".status.podIP"));
    kubectl(&lab, &["annotate", "pod", &name, "-n", "shop", "k8s.aliyun.com/pod-eni=true"]);
    let mut given = lab.command(Vantage::Node("node2"), "sh");
    assert!(given.args(["-c", OWN_INTERFACE, &address, "198.51.100.1"]).status().unwrap().success());
    run_gateway(&lab, &["--from", &format!("pod/{name}.shop"), "--yes"]).expect(
        3,
        &[
            &format!(
                "FAULT: shop/{name} has a network interface of its own, and its security groups or its subnet most likely keep it from"
            ),
            "the pod has an ENI of its own (Terway's annotation k8s.aliyun.com/pod-eni or pod-networking)",
            "a plain pod on node2 is answered there",
            "self timed out ok ok",
        ],
    );
    nothing_left(&lab);
}

#[test]
fn a_sidecar_that_knows_no_host_outside_the_mesh() {
    let lab: Fresh<Shared> = fresh_lab_with_gateway("Cluster");
    give_sidecar_image(&lab, "node2");
    let cart = Cart::deployed(&lab);
    apply(&lab, WITH_SIDECAR);
    kubectl(&lab, &["wait", "pod/with-sidecar", "pod/with-mtls", "-n", "shop", "--for=condition=Ready", "--timeout=60s"]);
    run_gateway(&lab, &["--from", "pod/with-sidecar.shop", "--yes"]).expect(
        3,
        &[
            "FAULT: the sidecar istio-proxy in shop/with-sidecar takes its connections and does not pass them on",
            "(confirmed)",
            "shop/with-sidecar gets HTTP 502 from server envoy at 198.51.100.1:80",
            "a plain pod on node2 is answered there",
            "traffic.sidecar.istio.io/excludeOutboundIPRanges: 198.51.100.1/32",
            "node2 and node3 no pod ok ok ok host ok ok ok",
        ],
    );
    run_gateway(&lab, &["--from", "pod/with-mtls.shop", "--yes", "--node", "node2"]).expect(
        3,
        &[
            "FAULT: the sidecar istio-proxy in shop/with-mtls cannot connect where a plain pod can: it sends TLS to a port that serves plain HTTP",
            "shop/with-mtls gets HTTP 503 from server envoy at 198.51.100.1:80, which says that its connection to the next server failed",
            "(likely)",
            "turn off TLS from the sidecar to",
        ],
    );
    // The other pod of the node has no sidecar, and is answered.
    run_gateway(&lab, &["--from", "deploy/cart.shop", "--yes"]).expect(0, &["HEALTHY", "as from a plain pod there"]);
    drop(cart);
    nothing_left(&lab);
}

/// No image of the probe, no registry, and a pod that runs, or waits in its init container: the program is sent to a shell.
#[test]
fn without_an_image_the_probe_is_sent_to_a_shell_in_the_pod() {
    let lab = faulty_lab();
    let cart = Cart::deployed(&lab);
    apply(&lab, STUCK);
    kubectl(&lab, &["wait", "pod/stuck", "-n", "shop", "--for=jsonpath={.status.podIP}", "--timeout=60s"]);
    let carried = ["--delivery", "configmap", "--yes", "--node", "node2"];
    let from = |pod: &str, more: &[&str]| run_gateway(&lab, &[&["--from", pod], &carried[..], more].concat());
    let sent = from("pod/stuck.shop", &[]);
    sent.expect(3, &["self timed out ok ok", "the cause is not in this pod", "(confirmed)"]);
    assert!(sent.stderr.contains("the container runs docker.io/lab/shell:1, and the probe"), "{}", sent.stderr);
    // The image's own pods have no shell; another's helps.
    from("deploy/cart.shop", &[]).expect(
        3,
        &["shop/cart-", "the image docker.io/lab/pause:1 has no usable shell", "--debug-image names an image with a shell", "(confirmed)"],
    );
    from("deploy/cart.shop", &["--debug-image", "docker.io/lab/shell:1"]).expect(3, &["self timed out ok ok"]);
    // One that cannot be pulled is tried first.
    run_gateway(&lab, &["--from", "pod/stuck.shop", "--image", "registry.invalid/none:1", "--yes", "--node", "node2"])
        .expect(3, &["self timed out ok ok"]);
    let names = kubectl(&lab, &["get", "pod", "stuck", "-n", "shop", "-o", "jsonpath={.status.ephemeralContainerStatuses[*].name}"]);
    // A busy machine has a second try, which adds another container.
    let (sent, pulled): (Vec<_>, Vec<_>) = names.split_whitespace().partition(|name| name.ends_with("-sent"));
    assert!(sent.len() >= 2 && !pulled.is_empty(), "{names}");
    run_gateway(
        &lab,
        &["--from", "pod/stuck.shop", "--image", "kubectl-lbprobe/none:1", "--delivery", "image", "--yes", "--node", "node2"],
    )
    .expect(4, &["the probe's image cannot be pulled"]);
    drop(cart);
    nothing_left(&lab);
}

/// What may add the container and not send to it says so in the pod's own line.
#[test]
fn without_the_right_to_send_the_rest_is_measured() {
    let lab = faulty_lab();
    let cart = Cart::deployed(&lab);
    apply(&lab, STUCK);
    kubectl(&lab, &["wait", "pod/stuck", "-n", "shop", "--for=jsonpath={.status.podIP}", "--timeout=60s"]);
    let manifest = root().join("manifests/rbac.yaml").display().to_string();
    kubectl(&lab, &["apply", "-f", &manifest]);
    kubectl(&lab, &["create", "clusterrolebinding", "send-read", "--clusterrole=lbprobe", "--user=may-not-send"]);
    kubectl(&lab, &["create", "rolebinding", "send-probe", "--clusterrole=lbprobe-pods", "--user=may-not-send"]);
    kubectl(&lab, &["create", "rolebinding", "send-carry", "--clusterrole=lbprobe-carry", "--user=may-not-send"]);
    kubectl(&lab, &["create", "role", "looks", "-n", "shop", "--verb=get,list,watch", "--resource=pods,pods/log"]);
    kubectl(&lab, &["create", "role", "adds", "-n", "shop", "--verb=patch", "--resource=pods/ephemeralcontainers"]);
    for role in ["looks", "adds"] {
        kubectl(&lab, &["create", "rolebinding", role, "-n", "shop", &format!("--role={role}"), "--user=may-not-send"]);
    }
    let from = ["--from", "pod/stuck.shop", "--delivery", "configmap", "--yes", "--node", "node2", "--as", "may-not-send"];
    run_gateway(&lab, &from).expect(3, &["failed to send the probe", "kubectl auth can-i create pods/attach", "(confirmed)"]);
    kubectl(&lab, &["create", "rolebinding", "from", "-n", "shop", "--clusterrole=lbprobe-from", "--user=may-not-send"]);
    run_gateway(&lab, &from).expect(3, &["self timed out ok ok", "the cause is not in this pod"]);
    kubectl(&lab, &["delete", "clusterrolebinding/send-read", "rolebinding/send-probe", "rolebinding/send-carry"]);
    drop(cart);
    nothing_left(&lab);
}
