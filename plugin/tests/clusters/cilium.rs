//! From which nodes Cilium announces an address, by its own objects (cilium issue 33076): what selects nothing, what is near, and what
//! a file does not show.

use serde_json::{Value, json};

use super::cluster::{Cluster, daemon_set};

const BGP: &[(&str, &str)] = &[("kube-proxy-replacement", "true"), ("enable-bgp-control-plane", "true")];
const LAYER_2: &[(&str, &str)] = &[("kube-proxy-replacement", "true"), ("enable-l2-announcements", "true")];
const NOWHERE: &str = "announces it from no node: no CiliumL2AnnouncementPolicy and no CiliumBGPAdvertisement chooses it for a node";

/// A Service with an address of Cilium's, an endpoint on n1, and these objects.
fn cluster(policy: &str, settings: &[(&str, &str)], objects: &[Value]) -> Cluster {
    let mut cluster = Cluster::with_policy(policy).labelled(0, "bgp");
    cluster.service["metadata"]["labels"] = json!({ "announce": "yes" });
    cluster.service["status"]["conditions"] = json!([{ "type": "cilium.io/IPAMRequestSatisfied", "status": "True", "reason": "satisfied", "lastTransitionTime": "2026-01-01T00:00:00Z", "message": "" }]);
    cluster.daemon_sets = vec![daemon_set("cilium", "quay.io/cilium/cilium:v1.18.4", &[])];
    let data: serde_json::Map<_, _> = settings.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    cluster.others.push(json!({ "kind": "ConfigMap", "metadata": { "namespace": "kube-system", "name": "cilium-config" }, "data": data }));
    cluster.others.extend(objects.iter().cloned());
    cluster
}

fn object(kind: &str, labels: &Value, spec: &Value) -> Value {
    json!({ "apiVersion": "cilium.io/v2alpha1", "kind": kind, "metadata": { "name": "a", "labels": labels }, "spec": spec })
}

/// The three objects of BGP: what an advertisement selects, what a peer chooses, on which nodes.
fn bgp(selector: &Value, chosen: &Value, nodes: &Value) -> [Value; 3] {
    let service = json!({ "addresses": ["LoadBalancerIP"] });
    let advertised = json!({ "advertisements": [{ "advertisementType": "Service", "service": service, "selector": selector }] });
    let peers = json!([{ "name": "tor", "peerASN": 65000, "peerAddress": "192.0.2.254", "peerConfigRef": { "name": "a" } }]);
    [
        object("CiliumBGPAdvertisement", &json!({ "advertise": "bgp" }), &advertised),
        object("CiliumBGPPeerConfig", &json!({}), &json!({ "families": [{ "afi": "ipv4", "safi": "unicast", "advertisements": chosen }] })),
        object(
            "CiliumBGPClusterConfig",
            &json!({}),
            &json!({ "nodeSelector": nodes, "bgpInstances": [{ "name": "one", "localASN": 65001, "peers": peers }] }),
        ),
    ]
}

fn by(key: &str, value: &str) -> Value {
    json!({ "matchLabels": { key: value } })
}

#[test]
fn an_advertisement_that_selects_the_service_is_announced() {
    let chosen = by("advertise", "bgp");
    let of = |selector: Value| cluster("Cluster", BGP, &bgp(&selector, &chosen, &Value::Null));
    of(by("announce", "yes")).expect(0, &["FINE"], &[NOWHERE]);
    // Every Service, as the documentation writes it.
    of(json!({ "matchExpressions": [{ "key": "some", "operator": "NotIn", "values": ["never"] }] })).expect(0, &["FINE"], &[NOWHERE]);
    // A label that each Service has without anybody writing it.
    of(by("io.kubernetes.service.namespace", "shop")).expect(0, &["FINE"], &[NOWHERE]);
}

#[test]
fn what_selects_nothing_is_announced_from_nowhere() {
    let (mine, chosen) = (by("announce", "yes"), by("advertise", "bgp"));
    let fails = |objects: &[Value]| cluster("Cluster", BGP, objects).expect(4, &["clients outside may fail", NOWHERE, "LBP304"], &["FINE"]);
    fails(&bgp(&by("announce", "no"), &chosen, &Value::Null));
    fails(&bgp(&Value::Null, &chosen, &Value::Null));
    fails(&bgp(&mine, &by("advertise", "other"), &Value::Null));
    fails(&bgp(&mine, &Value::Null, &Value::Null));
    fails(&bgp(&mine, &chosen, &by("rack", "none")));
    let mut other_kind = bgp(&mine, &chosen, &Value::Null);
    other_kind[0]["spec"]["advertisements"][0]["service"]["addresses"] = json!(["ClusterIP"]);
    fails(&other_kind);
    let mut other_peer = bgp(&mine, &chosen, &Value::Null);
    other_peer[1]["metadata"]["name"] = json!("b");
    fails(&other_peer);
}

#[test]
fn a_class_belongs_to_one_way() {
    let with = |class: &str| {
        let mut cluster = cluster("Cluster", BGP, &bgp(&by("announce", "yes"), &by("advertise", "bgp"), &Value::Null));
        cluster.service["spec"]["loadBalancerClass"] = json!(class);
        cluster
    };
    with("io.cilium/bgp-control-plane").expect(0, &["FINE"], &[NOWHERE]);
    with("io.cilium/l2-announcer").expect(4, &[NOWHERE], &["FINE"]);
}

#[test]
fn under_policy_local_a_chosen_node_needs_an_endpoint() {
    let (mine, chosen) = (by("announce", "yes"), by("advertise", "bgp"));
    let said =
        "Cilium may announce the address only from n2, but under externalTrafficPolicy Local only nodes with an endpoint (n1) answer";
    let of = |policy: &str, node: usize| cluster(policy, BGP, &bgp(&mine, &chosen, &by("edge", "true"))).labelled(node, "edge");
    of("Local", 0).expect(0, &["FINE"], &[said]);
    of("Local", 1).expect(4, &[said], &["FINE"]);
    of("Cluster", 1).expect(0, &["FINE"], &[said]);
}

#[test]
fn layer_2_policies_announce_what_they_are_told() {
    let policy = |spec: &Value| [object("CiliumL2AnnouncementPolicy", &json!({}), spec)];
    let any = "Cilium's L2 announcements may come from a node without an endpoint";
    cluster("Cluster", LAYER_2, &policy(&json!({ "loadBalancerIPs": true }))).expect(0, &["FINE"], &[NOWHERE]);
    // What it announces has no default but nothing.
    cluster("Cluster", LAYER_2, &policy(&json!({ "externalIPs": true }))).expect(4, &[NOWHERE], &["FINE"]);
    cluster("Cluster", LAYER_2, &policy(&json!({ "loadBalancerIPs": true, "serviceSelector": by("announce", "no") }))).expect(
        4,
        &[NOWHERE],
        &["FINE"],
    );
    cluster("Local", LAYER_2, &policy(&json!({ "loadBalancerIPs": true }))).expect(4, &[any, "(n2)"], &["FINE"]);
    // On the nodes of endpoints alone nothing can go wrong.
    cluster("Local", LAYER_2, &policy(&json!({ "loadBalancerIPs": true, "nodeSelector": by("bgp", "true") }))).expect(0, &["FINE"], &[any]);
}

/// The older kind, of one object.
#[test]
fn peering_policies_select_no_service_by_default() {
    let of = |selector: &Value| {
        let router = json!({ "localASN": 65001, "serviceSelector": selector, "neighbors": [] });
        let policy = object("CiliumBGPPeeringPolicy", &json!({}), &json!({ "nodeSelector": {}, "virtualRouters": [router] }));
        cluster("Cluster", BGP, &[policy])
    };
    of(&by("announce", "yes")).expect(0, &["FINE"], &[NOWHERE]);
    of(&Value::Null).expect(4, &[NOWHERE], &["FINE"]);
}

/// One node answers for all Services at an address.
#[test]
fn a_service_that_shares_an_announced_address_is_announced() {
    let shared = |label: &str| {
        let mut shared = cluster("Cluster", BGP, &bgp(&by("announce", "other"), &by("advertise", "bgp"), &Value::Null));
        shared.others.push(json!({
            "kind": "Service",
            "metadata": { "namespace": "shop", "name": "mail", "labels": { "announce": label } },
            "spec": { "type": "LoadBalancer", "clusterIP": "10.96.0.9", "ports": [{ "port": 25 }] },
            "status": { "loadBalancer": { "ingress": [{ "ip": "198.51.100.1" }] } },
        }));
        shared
    };
    shared("other").expect(0, &["FINE"], &[NOWHERE]);
    shared("another").expect(4, &[NOWHERE], &["FINE"]);
}

#[test]
fn peers_of_another_family_do_not_get_the_address() {
    let of = |afi: &str| {
        let mut objects = bgp(&by("announce", "yes"), &by("advertise", "bgp"), &Value::Null);
        objects[1]["spec"]["families"][0]["afi"] = json!(afi);
        cluster("Cluster", BGP, &objects)
    };
    of("ipv4").expect(0, &["FINE"], &[NOWHERE]);
    of("ipv6").expect(4, &[NOWHERE], &["FINE"]);
}

/// The older kind has its nodes alone, and two of it for one node are none; of two newer ones it is not known which one counts.
#[test]
fn a_node_has_one_configuration() {
    let newer = || bgp(&by("announce", "yes"), &by("advertise", "bgp"), &Value::Null);
    let router = |selector: &Value| json!({ "localASN": 65001, "serviceSelector": selector, "neighbors": [] });
    let older = |selector: &Value| object("CiliumBGPPeeringPolicy", &json!({}), &json!({ "virtualRouters": [router(selector)] }));
    cluster("Cluster", BGP, &[newer().to_vec(), vec![older(&Value::Null)]].concat()).expect(4, &[NOWHERE], &["FINE"]);
    let announcing = older(&by("announce", "yes"));
    cluster("Cluster", BGP, &[announcing.clone(), announcing]).expect(4, &[NOWHERE], &["FINE"]);
    let mut second = newer()[2].clone();
    second["spec"]["bgpInstances"] = json!([]);
    cluster("Cluster", BGP, &[newer().to_vec(), vec![second]].concat()).expect(
        4,
        &["whether the address is announced"],
        &["FINE", NOWHERE],
    );
}

/// What is known of one way is enough where it takes every node; an empty list is read.
#[test]
fn what_was_read_decides_as_far_as_it_goes() {
    let both: Vec<_> = [BGP, LAYER_2].concat();
    let policy = object("CiliumL2AnnouncementPolicy", &json!({}), &json!({ "loadBalancerIPs": true }));
    cluster("Cluster", &both, &[policy]).expect(0, &["FINE"], &[NOWHERE]);
    let empty = json!({ "apiVersion": "cilium.io/v2alpha1", "kind": "CiliumL2AnnouncementPolicyList", "items": [] });
    cluster("Cluster", LAYER_2, &[empty]).expect(4, &[NOWHERE], &["FINE"]);
    let mut aggregated = bgp(&by("announce", "other"), &by("advertise", "bgp"), &Value::Null);
    aggregated[0]["spec"]["advertisements"][0]["service"]["aggregationLengthIPv4"] = json!(24);
    cluster("Cluster", BGP, &aggregated).expect(4, &["whether the address is announced"], &["FINE", NOWHERE]);
    let excluded = "node.kubernetes.io/exclude-from-external-load-balancers";
    let all = bgp(&by("announce", "yes"), &by("advertise", "bgp"), &Value::Null);
    cluster("Cluster", BGP, &all).labelled(0, excluded).labelled(1, excluded).expect(0, &["FINE"], &["leave out"]);
}

#[test]
fn a_file_without_the_objects_leaves_it_open() {
    cluster("Cluster", BGP, &[]).expect(4, &["whether the address is announced"], &["FINE", NOWHERE]);
    let unreadable = object("CiliumBGPAdvertisement", &json!({}), &json!({ "advertisements": "none of it" }));
    cluster("Cluster", BGP, &[unreadable]).expect(4, &["whether the address is announced"], &["FINE", NOWHERE]);
    // The way before the control plane has a ConfigMap, which is not read.
    cluster("Cluster", &[("kube-proxy-replacement", "true"), ("bgp-announce-lb-ip", "true")], &[]).expect(
        4,
        &["whether the address is announced"],
        &["FINE", NOWHERE],
    );
    let mut given_by_another = cluster("Cluster", BGP, &bgp(&Value::Null, &Value::Null, &Value::Null));
    given_by_another.service["status"]["conditions"] = json!([]);
    given_by_another.expect(0, &["FINE"], &[NOWHERE]);
}
