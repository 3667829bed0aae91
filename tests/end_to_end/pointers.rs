//! What a ticket says in the Service's place: URLs, addresses and routes.

use lbprobe_lab::Lab;
use lbprobe_lab::addresses::{NEIGHBOUR, POD_RANGE};
use lbprobe_lab::outside::lab::Vantage;

use crate::harness::{apply, faulty_lab, kubectl, lab_with_gateway, lbprobe, nothing_left, root};

/// The kinds that are not Kubernetes' own, and one object of each that leads to the gateway.
const KINDS: &str = include_str!("../manifests/routes.yaml");
const OBJECTS: &str = include_str!("../manifests/route-objects.yaml");

/// What leads to the gateway, with the port that is dialled.
const POINTERS: [(&str, &str); 13] = [
    ("198.51.100.1:443", "198.51.100.1 is its load balancer's address"),
    ("198.51.100.1", "198.51.100.1 is its load balancer's address"),
    ("http://istio-ingressgateway.istio-system.svc.cluster.local/", "is its name in the cluster's DNS"),
    ("https://pay.example.com/pay", "Ingress default/pay serves pay.example.com"),
    ("pay.example.com", "Ingress default/pay has the address 198.51.100.1"),
    ("ingress/pay", "Ingress default/pay has the address 198.51.100.1"),
    ("gateway/edge", "Gateway default/edge has the address 198.51.100.1"),
    ("httproute/shop", "HTTPRoute default/shop is attached to Gateway default/edge"),
    ("https://shop.example.org/cart", "HTTPRoute default/shop serves shop.example.org"),
    ("gateway/front", "Istio Gateway default/front selects the pods that the Service selects"),
    ("virtualservice/stock", "VirtualService default/stock is attached to Istio Gateway default/front"),
    ("https://stock.example.net/stock", "VirtualService default/stock serves stock.example.net"),
    ("https://other.example.net", "Istio Gateway default/front serves other.example.net"),
];

/// The routes of a test, until this goes.
struct Routes<'a>(&'a Lab);

impl<'a> Routes<'a> {
    fn applied(lab: &'a Lab) -> Self {
        apply(lab, KINDS);
        let kinds = ["gateways.gateway.networking.k8s.io", "httproutes.gateway.networking.k8s.io", "gateways.networking.istio.io"];
        for kind in kinds.into_iter().chain(["virtualservices.networking.istio.io"]) {
            kubectl(lab, &["wait", "--for=condition=Established", &format!("crd/{kind}"), "--timeout=20s"]);
        }
        apply(lab, OBJECTS);
        // Its controller's word.
        let status = r#"{"status":{"loadBalancer":{"ingress":[{"ip":"198.51.100.1"}]}}}"#;
        for ingress in ["pay", "astray"] {
            kubectl(lab, &["patch", "ingress", ingress, "--subresource=status", "--type=merge", "-p", status]);
        }
        Self(lab)
    }
}

impl Drop for Routes<'_> {
    fn drop(&mut self) {
        drop(self.0.run(&["kubectl", "delete", "ingress", "pay", "astray"]));
        let kinds = "gateways.gateway.networking.k8s.io httproutes.gateway.networking.k8s.io gateways.networking.istio.io \
                     virtualservices.networking.istio.io";
        drop(self.0.run(&["sh", "-c", &format!("kubectl delete crd {kinds}")]));
    }
}

/// A firewall on the way that knows the nodes and not the pods, until this goes.
struct Firewall<'a>(&'a Lab);

impl<'a> Firewall<'a> {
    fn between_pods_and_neighbour(lab: &'a Lab) -> Self {
        let firewall = Self(lab);
        firewall.rule("-I");
        firewall
    }

    fn rule(&self, what: &str) {
        let neighbour = NEIGHBOUR.to_string();
        let done = self.0.run_at(Vantage::Cloud, &["iptables", what, "FORWARD", "-s", POD_RANGE, "-d", &neighbour, "-j", "DROP"]);
        assert!(done.as_ref().is_ok_and(|done| done.status.success()), "{done:?}");
    }
}

impl Drop for Firewall<'_> {
    fn drop(&mut self) {
        self.rule("-D");
    }
}

#[test]
fn whatever_leads_to_the_service_is_taken_from_the_cluster_and_from_a_file() {
    let lab = faulty_lab();
    let routes = Routes::applied(&lab);
    let kinds = "services,endpointslices,nodes,networkpolicies,configmaps,daemonsets,ingresses,ingressclasses,\
                 gateways.gateway.networking.k8s.io,httproutes,gateways.networking.istio.io,virtualservices";
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), kubectl(&lab, &["get", kinds, "-A", "-o", "json"])).unwrap();
    let file = file.path().display().to_string();
    for (place, (word, step)) in POINTERS.into_iter().enumerate() {
        let heading = ["Service istio-system/istio-ingressgateway, load balancer 198.51.100.1", "leads to this Service:", step];
        lbprobe(&lab, &["explain", word]).expect(3, &heading);
        // Each kind once more from the file.
        if place % 3 == 0 {
            lbprobe(&lab, &["explain", word, "-n", "default", "-f", &file]).expect(3, &heading);
        }
    }
    // The route's port, protocol, host and path are what is dialled; no -n, as the address says which Service it is.
    let ran = lbprobe(&lab, &["ingress/pay", "--node", "node2", "--vantage", "pod", "-o", "json"]);
    ran.expect(3, &[]);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let exchange = &report["plan"]["targets"][0]["exchange"]["https"];
    assert_eq!((&exchange["sni"], &exchange["request"]["path"]), (&"pay.example.com".into(), &"/pay".into()), "{exchange}");
    let node = lab.run(&["sh", "-c", "kubectl get node node3 -o jsonpath='{.status.addresses[0].address}'"]).unwrap();
    let port = kubectl(&lab, &["get", "service", "istio-ingressgateway", "-n", "istio-system", "-o", "jsonpath={.spec.ports[0].nodePort}"]);
    let node_port = format!("{}:{port}", String::from_utf8_lossy(&node.stdout));
    lbprobe(&lab, &["explain", &node_port]).expect(3, &["the node port of its port 80"]);
    for (words, error, hint) in [
        (&["203.0.113.9:443"][..], "error: no Service of this cluster has the address 203.0.113.9", "hint: kubectl get services -A"),
        (&["https://nobody.example.com"], "is known by the name nobody.example.com; it does not resolve on this machine", "hint: "),
        (&["ingress/pay", "-n", "istio-system"], "ingresses.networking.k8s.io \"pay\" not found in namespace", "hint: -n default"),
        (&["https://me:secret@pay.example.com"], "a user name or a password", "error: invalid value"),
    ] {
        let code = if words[0].contains('@') { 2 } else { 1 };
        lbprobe(&lab, &[&["explain"], words].concat()).expect(code, &[error, hint]);
    }
    drop(routes);
    nothing_left(&lab);
}

#[test]
fn a_name_is_dialled_as_it_resolves_on_each_node() {
    let lab = lab_with_gateway(&["node1"], "Cluster");
    let _routes = Routes::applied(&lab);
    lbprobe(&lab, &["run", "https://pay.example.com/pay"]).expect(
        0,
        &["BY NAME", "HEALTHY", "pay.example.com resolves to 198.51.100.1 from everywhere inside", "does not resolve on this machine"],
    );
    lbprobe(&lab, &["run", "http://astray.example.com/", "--node", "node2,node3"]).expect(
        3,
        &[
            "FAULT: inside the cluster, the name astray.example.com leads to 198.51.100.250, which the Service does not have (confirmed)",
            "from there the load balancer's own address answers",
        ],
    );
    // What was asked then is measured again, and nothing else is called verified.
    let baseline = tempfile::NamedTempFile::new().unwrap();
    let asked = ["run", "https://pay.example.com/pay", "--node", "node2", "--vantage", "pod", "-o", "json"];
    std::fs::write(baseline.path(), lbprobe(&lab, &asked).stdout).unwrap();
    let baseline = baseline.path().display().to_string();
    lbprobe(&lab, &["verify", "http://astray.example.com/", "--baseline", &baseline]).expect(
        1,
        &["is of https://pay.example.com/pay, not of http://astray.example.com/", "hint: name https://pay.example.com/pay again"],
    );
    lbprobe(&lab, &["verify", "https://pay.example.com/pay", "--baseline", &baseline])
        .expect(0, &["https://pay.example.com/pay leads to this Service", "VERIFIED"]);
    nothing_left(&lab);
}

/// What is none of the cluster's is dialled from everywhere, where the user says so.
#[test]
fn what_no_service_has_is_probed_where_the_user_says_so() {
    let lab = faulty_lab();
    let target = format!("https://{NEIGHBOUR}/");
    lbprobe(&lab, &["run", &target])
        .expect(1, &["no Service of this cluster has the address", "To probe it anyway: kubectl lbprobe run --any"]);
    let heading = [&format!("{NEIGHBOUR}, which no Service of this cluster has"), "leads to no Service of this cluster:"];
    lbprobe(&lab, &["run", &target, "--any"]).expect(0, &[&heading[..], &["HEALTHY"]].concat());
    let address = NEIGHBOUR.to_string();
    lbprobe(&lab, &["run", &address, "--any"]).expect(1, &["no Service says which ports", "--port PORT"]);
    lbprobe(&lab, &["run", &address, "--any", "--port", "443", "--node", "node2"]).expect(0, &["HEALTHY"]);
    let firewall = Firewall::between_pods_and_neighbour(&lab);
    let held = lbprobe(&lab, &["run", &target, "--any", "-o", "json"]);
    drop(firewall);
    let baseline = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(baseline.path(), &held.stdout).unwrap();
    let baseline = baseline.path().display().to_string();
    let fault = format!("FAULT: {NEIGHBOUR}:443 does not answer pods, and answers the hosts of their nodes (likely)");
    let advice = "whether their addresses are masqueraded or routed back";
    lbprobe(&lab, &["diagnose", "-f", &baseline]).expect(3, &[&heading[..], &[&fault, advice]].concat());
    lbprobe(&lab, &["verify", &target, "--any", "--baseline", &baseline]).expect(0, &["fixed"]);
    lbprobe(&lab, &["run", "nobody.example.com:443", "--any"])
        .expect(3, &["FAULT: nobody.example.com does not resolve inside the cluster", "does not resolve on this machine"]);
    nothing_left(&lab);
}

/// Which of the routes may not be read is said, and what can be found without them is found.
#[test]
fn a_user_who_may_not_read_routes_is_told_so() {
    let lab = faulty_lab();
    let _routes = Routes::applied(&lab);
    kubectl(&lab, &["apply", "-f", &root().join("manifests/rbac.yaml").display().to_string()]);
    kubectl(&lab, &["create", "clusterrolebinding", "pointer-read", "--clusterrole=lbprobe", "--user=may-point"]);
    let explain = |word: &str| lbprobe(&lab, &["explain", word, "--as", "may-point"]);
    let to_service = explain("198.51.100.1:443");
    to_service.expect(4, &["leads to this Service:"]);
    assert!(!to_service.stdout.contains("not read, and may"), "an address needs no more: {}", to_service.stdout);
    explain("ingress/pay").expect(1, &["error: failed to list ingresses", "hint: kubectl auth can-i list ingresses.networking.k8s.io"]);
    kubectl(&lab, &["create", "clusterrole", "pointer-ingresses", "--verb=list", "--resource=ingresses.networking.k8s.io"]);
    kubectl(&lab, &["create", "clusterrolebinding", "pointer-ingresses", "--clusterrole=pointer-ingresses", "--user=may-point"]);
    explain("https://pay.example.com/")
        .expect(4, &["Ingress default/pay serves pay.example.com", "not read, and may say otherwise: gateways"]);
    explain("httproute/shop").expect(1, &["error: failed to list httproutes", "hint: kubectl auth can-i list httproutes"]);
    kubectl(&lab, &["create", "clusterrolebinding", "pointer-routes", "--clusterrole=lbprobe-routes", "--user=may-point"]);
    for word in ["ingress/pay", "httproute/shop", "virtualservice/stock", "https://pay.example.com/"] {
        let explained = explain(word);
        explained.expect(4, &["leads to this Service:"]);
        assert!(!explained.stdout.contains("not read, and may"), "{}", explained.stdout);
    }
    kubectl(&lab, &["delete", "clusterrole/pointer-ingresses", "clusterrolebinding/pointer-ingresses"]);
    kubectl(&lab, &["delete", "clusterrolebinding/pointer-read", "clusterrolebinding/pointer-routes"]);
}
