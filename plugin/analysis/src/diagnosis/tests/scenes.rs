use std::net::IpAddr;

use lbprobe_protocol::{
    FollowUp, HttpAnswer, HttpFailure, HttpVersion, KubeProxyEvidence, NodeEvidence, Outcome, Redirect, TlsFailure, VirtualServer,
};

use crate::causes::evidence::Evidence;
use crate::causes::{CauseKind, Confidence};
use crate::coverage::Uncovered;
use crate::diagnosis::{Diagnosis, Note, Proof, Verdict};
use crate::facts::{
    Challenge, Distribution, Facts, HostPort, Ingress, Known, NetworkPlugin, PodNetwork, PodPolicy, PolicyConcern, ServicePolicy,
    TrafficPolicy, Version,
};
use crate::fixture::{ADDRESS, REFUSED, SILENT, Scene, at_load_balancer, cluster_policy, facts, ipvs};
use crate::kube_proxy::Rule;
use crate::plan::{Network, Target, TargetKind, Vantage};
use crate::prediction::PossibleReason;
use crate::providers::{Loopback, Provider};
use crate::remedies::{Remedy, Upgrade};

const CLOSED: Outcome = Outcome::Http(HttpFailure::Closed);
const NOT_TLS: Outcome = Outcome::Tls(TlsFailure::NotTls);

/// Nodes without an endpoint, at the load balancer.
fn without_endpoint(vantage: &Vantage, target: &Target) -> bool {
    at_load_balancer(target) && vantage.node != "node1"
}

#[test]
fn ipvs_hosts_are_proved_by_the_second_shot() {
    let fails = |vantage: &Vantage, target: &Target| without_endpoint(vantage, target) && vantage.network == Network::Host;
    let scene = Scene::new(ipvs(34), |vantage, target| fails(vantage, target).then_some(SILENT))
        .follow_up(FollowUp::FromNodeAddress, |_, _| Some(Outcome::Answered));
    let cause = (CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed);
    scene.expect(
        &[cause],
        &["the hosts on node2 and node3 connect when they dial from the node's own address", "kube-ipvs0 holds the address"],
    );
}

#[test]
fn endpoints_that_terminate_still_make_their_node_one_with_endpoint() {
    let mut facts = ipvs(23);
    for node in &mut facts.nodes {
        node.kube_proxy_version = Some(Version::new(34, 1));
    }
    facts.endpoints[0].ready = false;
    facts.endpoints[0].terminating = true;
    let scene =
        Scene::new(facts, |vantage, target| (without_endpoint(vantage, target) && vantage.network == Network::Host).then_some(SILENT));
    let cause = (CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed);
    scene.expect(&[cause], &["endpoints that terminate and still serve are on node1 only"]);
}

/// A connection lost in a busy minute, at the node with the endpoint or on the way to the ClusterIP.
#[test]
fn what_is_lost_elsewhere_does_not_hide_the_policy() {
    let lost_at = |node: &'static str, network: Network, is_lost: fn(&Target) -> bool| {
        Scene::new(ipvs(24), move |vantage, target| {
            let expected = vantage.network == Network::Host && without_endpoint(vantage, target);
            let is_stray = vantage.node == node && vantage.network == network && target.port == 80 && is_lost(target);
            (expected || is_stray).then_some(SILENT)
        })
        .kube_proxies(|_| KubeProxyEvidence {
            mode: Some("ipvs".into()),
            release: Some("v1.24.17".into()),
            ..KubeProxyEvidence::default()
        })
    };
    let policy = [(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Likely)];
    let not_explained = [
        "the failing nodes (except node1) have no local endpoint",
        "on node1 time out at 198.51.100.1:80: the policy does not explain this",
    ];
    for network in Network::ALL {
        lost_at("node1", network, at_load_balancer).expect(&policy, &not_explained);
    }
    lost_at("node2", Network::Host, |target| target.kind.is_cluster_ip())
        .expect(&policy, &["the hosts on node2 time out at 198.51.100.1:80 and 198.51.100.1:443: the policy does not"]);
}

#[test]
fn an_upgrade_meets_endpoints_that_terminate() {
    let mut facts = cluster_policy();
    facts.endpoints[0].ready = false;
    facts.endpoints[0].terminating = true;
    facts.nodes[2].kube_proxy_version = Some(Version::new(25, 0));
    // Whatever goes on to the load balancer is answered by the other nodes.
    let scene = Scene::new(facts, |vantage, target| {
        let passed_on = vantage.network == Network::Host && target.kind.is_load_balancer();
        let own = vantage.node == "node3" && !target.kind.is_endpoint() && !passed_on;
        let at_node_3 = matches!(&target.kind, TargetKind::NodePort { node, .. } if node == "node3");
        (at_node_3 || (own && !matches!(target.kind, TargetKind::NodePort { .. }))).then_some(REFUSED)
    });
    scene.expect(&[(CauseKind::NoEndpoints, Confidence::Confirmed)], &["kube-proxy on node3 does not use them"]);
}

#[test]
fn metal_lb_with_ipvs_is_the_same_policy() {
    let mut facts = ipvs(23);
    facts.service.annotations.insert("metallb.io/ip-allocated-from-pool".into(), "default".into());
    let scene = Scene::new(facts, |vantage, target| {
        let own_node_port = target.kind == TargetKind::OwnNodePort && vantage.node != "node1";
        (without_endpoint(vantage, target) || own_node_port).then_some(REFUSED)
    });
    let diagnosis = scene.expect(&[(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed)], &["empty virtual server"]);
    assert!(diagnosis.causes[0].fixes.iter().any(|fix| fix.remedy == Remedy::UpgradeKubeProxy { until: Upgrade::IpvsFallback }));
}

/// A port without a listener hides neither the policy at the other port, nor does the policy hide it.
#[test]
fn a_port_without_listener_stands_beside_the_policy() {
    let fails = |vantage: &Vantage, target: &Target| match target.port {
        _ if without_endpoint(vantage, target) && vantage.network == Network::Pod => Some(SILENT),
        443 => Some(REFUSED),
        _ => None,
    };
    let mut facts = facts();
    if let Known::Value(config) = &mut facts.kube_proxy.config {
        config.detection.cluster_cidrs = vec!["10.99.0.0/16".parse().unwrap()];
    }
    let diagnosis = Scene::new(facts.clone(), fails).expect(
        &[(CauseKind::NobodyListens, Confidence::Confirmed), (CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed)],
        &["10.244.1.2 itself refuses port 443, even when the host of its own node dials", "time out at 198.51.100.1:80"],
    );
    let explanations = &diagnosis.agreement.explanations;
    assert!(matches!(explanations[0], PossibleReason::NobodyListens { .. }), "{explanations:?}");
    // From elsewhere a policy may refuse it.
    let elsewhere = move |vantage: &Vantage, target: &Target| {
        fails(vantage, target).filter(|_| !(target.kind.is_endpoint() && vantage.node == "node1"))
    };
    let own = |vantage: &Vantage, target: &Target| target.port == 443 && target.kind.is_endpoint() && vantage.node == "node1";
    let answered_there = Scene::new(facts.clone(), elsewhere).diagnosis();
    assert!(answered_there.causes.iter().all(|cause| cause.kind() != CauseKind::NobodyListens), "{:?}", answered_there.causes);
    let timed_out_there =
        Scene::new(facts, move |vantage, target| if own(vantage, target) { Some(SILENT) } else { fails(vantage, target) });
    let likely = timed_out_there.diagnosis();
    assert!(likely.causes.iter().any(|cause| (cause.kind(), cause.confidence) == (CauseKind::NobodyListens, Confidence::Likely)));
}

#[test]
fn nodes_that_differ_are_explained_one_by_one() {
    let mut facts = ipvs(23);
    facts.nodes[2].kube_proxy_version = Some(Version::new(24, 0));
    // node2 refuses pods and hosts; on node3 pods are well, and hosts time out.
    let scene = Scene::new(facts, |vantage, target| match (vantage.node.as_str(), vantage.network) {
        ("node2", _) if at_load_balancer(target) => Some(REFUSED),
        ("node3", Network::Host) if at_load_balancer(target) => Some(SILENT),
        _ => None,
    });
    // That pods on node3 are well without an endpoint is what its release does.
    scene.expect(
        &[(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed)],
        &["does on node2: before 1.24, ipvs mode has an empty virtual server", "does on node3: kube-ipvs0 holds the address"],
    );
}

#[test]
fn an_undeclared_port_on_a_held_address_is_refused() {
    let fails = |target: &Target| target.port == 8443;
    let scene = Scene::with_ports(ipvs(34), &[80, 8443], |_, target| fails(target).then_some(REFUSED)).nodes(|_| NodeEvidence {
        own_addresses: vec![ADDRESS],
        ipvs_device: true,
        ..NodeEvidence::default()
    });
    let diagnosis = scene.expect(
        &[(CauseKind::UndeclaredPort, Confidence::Confirmed)],
        &["the Service declares no port 8443", "198.51.100.1 is the node's own address on node1, node2 and node3", "refused"],
    );
    assert!(matches!(&diagnosis.causes[0].fixes[0].remedy, Remedy::DeclarePorts { ports, .. } if ports[..] == [8443]));
    // Where kube-proxy is not involved, the load balancer itself refuses.
    let scene = Scene::with_ports(facts(), &[80, 8443], |_, target| fails(target).then_some(REFUSED));
    scene.expect(&[(CauseKind::UndeclaredPort, Confidence::Possible)], &["kube-proxy is not involved"]);
}

#[test]
fn a_process_of_the_node_answers_on_an_undeclared_port() {
    let evidence = |node: &str| NodeEvidence {
        own_addresses: vec![ADDRESS],
        listening: if node == "node2" { vec![8443] } else { Vec::new() },
        ipvs_device: true,
        ..NodeEvidence::default()
    };
    let scene = Scene::with_ports(ipvs(23), &[8443], |vantage, _| (vantage.node != "node2").then_some(REFUSED))
        .certificate(|_, _| Some("node.example.com"))
        .nodes(evidence);
    let expected = [(CauseKind::UndeclaredPort, Confidence::Confirmed), (CauseKind::WrongServer, Confidence::Confirmed)];
    scene.expect(&expected, &["certificate 0000000000000010 (node.example.com)", "a process listens on this port at all addresses"]);
    // Alone, with nothing that fails, it is a fault all the same.
    let alone = Scene::with_ports(ipvs(23), &[8443], |_, _| None).certificate(|_, _| Some("node.example.com")).nodes(|_| evidence("node2"));
    assert_eq!(alone.expect(&[(CauseKind::WrongServer, Confidence::Confirmed)], &[]).verdict, Verdict::Fault);
}

#[test]
fn a_host_port_answers_without_a_listener() {
    let scene = Scene::new(cluster_policy(), |_, _| None)
        .certificate(|vantage, target| match (vantage.node.as_str(), target.port) {
            ("node2", 443) if at_load_balancer(target) => Some("other.example.com"),
            (_, 443) => Some("shop.example.com"),
            _ => None,
        })
        .nodes(|node| NodeEvidence { own_addresses: if node == "node2" { vec![ADDRESS] } else { Vec::new() }, ..NodeEvidence::default() });
    scene.expect(
        &[(CauseKind::WrongServer, Confidence::Likely)],
        &["no process listens there", "a pod's hostPort", "the node has no kube-ipvs0", "shop.example.com"],
    );
}

#[test]
fn another_certificate_past_kube_proxy_is_the_load_balancers_own() {
    let mut facts = cluster_policy();
    facts.service.ingress = vec![Ingress::Hostname("lb.example.com".into())];
    let scene = Scene::new(facts, |_, _| None)
        .certificate(|_, target| Some(if at_load_balancer(target) { "public.example.com" } else { "shop.example.com" }))
        .nodes(|_| NodeEvidence::default());
    assert_eq!(scene.expect(&[], &[]).verdict, Verdict::Healthy);
}

#[test]
fn a_missing_proxy_header_is_proved_by_adding_it() {
    let at_service = |target: &Target| target.port == 80;
    let scene = Scene::new(cluster_policy(), |_, target| at_service(target).then_some(CLOSED))
        .follow_up(FollowUp::ProxyHeader, |_, _| Some(Outcome::Answered));
    let diagnosis = scene.expect(
        &[(CauseKind::ProxyHeaderMissing, Confidence::Confirmed)],
        &["HTTP: closed", "with a PROXY header the same request is answered"],
    );
    assert!(
        diagnosis.causes[0].fixes.iter().all(|fix| !matches!(fix.remedy, Remedy::DialDnsName { .. })),
        "the name leads to the same servers"
    );
    // A server that hangs up on both is another matter.
    let hung_up = Scene::new(cluster_policy(), |_, target| at_service(target).then_some(CLOSED))
        .follow_up(FollowUp::ProxyHeader, |_, _| Some(CLOSED));
    assert!(hung_up.diagnosis().causes.iter().all(|cause| cause.kind() != CauseKind::ProxyHeaderMissing));
}

#[test]
fn the_policy_and_the_header_are_both_told() {
    let pods = |vantage: &Vantage, target: &Target| without_endpoint(vantage, target) && vantage.network == Network::Pod;
    let mut facts = facts();
    if let Known::Value(config) = &mut facts.kube_proxy.config {
        config.detection.cluster_cidrs = vec!["10.99.0.0/16".parse().unwrap()];
    }
    let scene = Scene::new(facts, |vantage, target| {
        if pods(vantage, target) { Some(SILENT) } else { Some(if target.port == 443 { Outcome::Tls(TlsFailure::Closed) } else { CLOSED }) }
    })
    .follow_up(FollowUp::ProxyHeader, |vantage, target| (!pods(vantage, target)).then_some(Outcome::Answered));
    let expected =
        [(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed), (CauseKind::ProxyHeaderMissing, Confidence::Confirmed)];
    scene.expect(&expected, &[]);
}

#[test]
fn tls_that_ends_at_the_load_balancer_is_a_fault_where_it_is_known_to() {
    let plain = |facts| {
        Scene::new(facts, |_, target| (target.port == 443).then_some(NOT_TLS))
            .follow_up(FollowUp::PlainHttp, |_, _| Some(Outcome::Answered))
    };
    let mut facts = cluster_policy();
    assert_eq!(plain(facts.clone()).diagnosis().verdict, Verdict::Healthy, "a guess of the protocol is taken back");
    assert_eq!(plain(facts.clone()).diagnosis().notes[0], Note::PlainHttpSpoken { port: 443 });
    let annotation = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-protocol-port";
    facts.service.annotations.insert(annotation.into(), "https:443,http:80".into());
    let diagnosis =
        plain(facts).expect(&[(CauseKind::TlsEndsAtLoadBalancer, Confidence::Confirmed)], &["plain HTTP on the same port is answered"]);
    assert!(matches!(diagnosis.causes[0].fixes[0].remedy, Remedy::HostnameInStatus { cloud: Provider::Alibaba, hostname: None, .. }));
}

#[test]
fn a_network_policy_holds_pods_back_and_not_hosts() {
    let pods = |vantage: &Vantage, target: &Target| vantage.network == Network::Pod && target.kind != TargetKind::OwnNodePort;
    let mut facts = facts();
    facts.pod_policies = Known::Value(vec![PodPolicy { namespace: "default".into(), name: "deny".into(), limits_egress: true }]);
    let seen = |facts| Scene::new(facts, |vantage, target| pods(vantage, target).then_some(SILENT));
    let scene = seen(facts.clone());
    scene.expect(&[(CauseKind::NetworkPolicy, Confidence::Confirmed)], &["NetworkPolicy default/deny", "at the endpoints' own addresses"]);
    facts.pod_policies = Known::Unknown("may not list networkpolicies".into());
    seen(facts.clone()).expect(&[(CauseKind::NetworkPolicy, Confidence::Possible)], &["may not list networkpolicies"]);
    // No policy limits them: something else does.
    facts.pod_policies = Known::Value(Vec::new());
    assert!(seen(facts).diagnosis().causes.iter().all(|cause| cause.kind() != CauseKind::NetworkPolicy));
}

/// A run must not call a Service healthy of which a policy has not been enforced yet.
#[test]
fn a_policy_that_should_stop_the_probe_and_does_not_is_told() {
    let mut facts = cluster_policy();
    facts.pod_network = Known::Value(PodNetwork::named(NetworkPlugin::Bridge, "a test"));
    facts.pod_policies = Known::Value(vec![PodPolicy { namespace: "default".into(), name: "deny".into(), limits_egress: true }]);
    let seen = |facts: &Facts| Scene::new(facts.clone(), |_, _| None).diagnosis();
    assert_eq!(seen(&facts).verdict, Verdict::Healthy, "whom it lets through");
    let policy = |name: &str| ServicePolicy { namespace: "default".into(), name: name.into(), concern: PolicyConcern::StopsEgress };
    facts.service_policies = vec![policy("other")];
    assert_eq!(seen(&facts).verdict, Verdict::Healthy, "it does not select the probe");
    facts.service_policies.push(policy("deny"));
    let diagnosis = seen(&facts);
    assert_eq!(diagnosis.verdict, Verdict::Inconclusive);
    let told = |what: &Uncovered| matches!(what, Uncovered::PoliciesNotEnforced { policies, .. } if *policies == ["default/deny"]);
    assert!(diagnosis.uncovered.iter().any(told), "{:#?}", diagnosis.uncovered);
    facts.pod_network = Known::Value(PodNetwork::named(NetworkPlugin::Flannel, "a test"));
    assert_eq!(seen(&facts).verdict, Verdict::Healthy, "flannel enforces none");
    facts.nodes[0].distribution = Some(Distribution::K3s);
    assert_eq!(seen(&facts).verdict, Verdict::Inconclusive, "k3s does, beside it");
}

#[test]
fn lost_forwarding_between_nodes_imitates_the_policy() {
    let mut facts = cluster_policy();
    facts.nodes[2].failing_conditions = vec!["NetworkUnavailable".into()];
    let scene = Scene::new(facts, |vantage, target| {
        let from_elsewhere = vantage.node != "node1";
        let reaches = matches!(target.kind, TargetKind::NodePort { ref node, .. } if *node == "node1");
        (from_elsewhere && !reaches).then_some(SILENT)
    });
    let diagnosis = scene.expect(
        &[(CauseKind::BetweenNodes, Confidence::Confirmed)],
        &[
            "reach no endpoint on another node by its own address",
            "on the endpoint's own node the Service answers",
            "NetworkUnavailable is reported by node3",
        ],
    );
    assert!(diagnosis.ruled_out.iter().any(|ruled_out| ruled_out.proof == Proof::PolicyIsCluster), "{:?}", diagnosis.ruled_out);
    // An endpoint that answers nobody does not listen.
    let deaf = Scene::new(cluster_policy(), |_, target| (target.kind.is_endpoint() || !target.is_evidence()).then_some(SILENT));
    assert_eq!(deaf.diagnosis().causes[0].kind(), CauseKind::Unreachable);
}

#[test]
fn rules_that_are_not_written_are_told_before_the_policy() {
    let stale = |node: &str| KubeProxyEvidence {
        mode: Some("iptables".into()),
        release: Some("v1.34.1".into()),
        healthz: Some(if node == "node2" { 503 } else { 200 }),
        waiting_seconds: (node == "node2").then_some(95),
        ..KubeProxyEvidence::default()
    };
    let scene = Scene::new(cluster_policy(), |vantage, target| (vantage.node == "node2" && !target.kind.is_endpoint()).then_some(REFUSED))
        .kube_proxies(stale);
    let diagnosis = scene.expect(
        &[(CauseKind::StaleRules, Confidence::Confirmed)],
        &[
            "on node2 a change has waited for up to 95 s",
            "kube-proxy on node2 reports that it is not healthy",
            "does not match the Service and its endpoints",
        ],
    );
    assert_eq!(diagnosis.agreement.explanations[0], PossibleReason::StaleRules { nodes: vec!["node2".into()] });
}

#[test]
fn a_kube_proxy_of_another_name_counts_no_endpoint() {
    named_otherwise(NodeEvidence { local_endpoints: Some(0), local_endpoints_settled: true, ..NodeEvidence::default() }).expect(
        // With its right name the other nodes would fail all the same.
        &[(CauseKind::NodeNameDiffers, Confidence::Confirmed), (CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Likely)],
        &[
            "EndpointSlices have ready endpoints on node1; kube-proxy there counts none",
            "fails from nodes with an endpoint too",
            "nodeEligible: false on node1",
        ],
    );
}

#[test]
fn a_count_of_a_moment_confirms_no_other_name() {
    let moment = NodeEvidence { local_endpoints: Some(0), ..NodeEvidence::default() };
    named_otherwise(moment.clone()).expect(
        &[(CauseKind::NodeNameDiffers, Confidence::Likely), (CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Likely)],
        &["kube-proxy on node1 may just have been taking up new endpoints"],
    );
    let taken_up = NodeEvidence { local_endpoints: Some(1), local_endpoints_before: Some(0), ..moment };
    let diagnosis = named_otherwise(taken_up).diagnosis();
    assert!(diagnosis.causes.iter().all(|cause| cause.kind() != CauseKind::NodeNameDiffers), "{:#?}", diagnosis.causes);
    let changed = PossibleReason::EndpointsChanged { nodes: vec!["node1".into()] };
    assert!(diagnosis.agreement.explanations.contains(&changed), "{:#?}", diagnosis.agreement.explanations);
}

/// Every node is refused, and kube-proxies count this on the node with the endpoint, and nothing on the others.
fn named_otherwise(counted: NodeEvidence) -> Scene {
    Scene::new(ipvs(23), |_, target| at_load_balancer(target).then_some(REFUSED))
        .kube_proxies(|_| KubeProxyEvidence {
            mode: Some("ipvs".into()),
            release: Some("v1.23.3".into()),
            healthz: Some(503),
            node_eligible: Some(false),
            ..KubeProxyEvidence::default()
        })
        .nodes(move |node| {
            let none = NodeEvidence { local_endpoints: Some(0), ..NodeEvidence::default() };
            if node == "node1" { counted.clone() } else { none }
        })
}

#[test]
fn external_ips_that_fail_beside_the_load_balancer() {
    let mut facts = ipvs(27);
    facts.service.external_ips = vec![[203, 0, 113, 7].into()];
    let scene = Scene::new(facts, |vantage, target| {
        let hosts = vantage.network == Network::Host && without_endpoint(vantage, target);
        (matches!(target.kind, TargetKind::ExternalIp(_)) && !hosts && vantage.network == Network::Pod).then_some(REFUSED)
    });
    let diagnosis = scene.diagnosis();
    assert_eq!(diagnosis.causes[0].kind(), CauseKind::ExternalIps, "{:#?}", diagnosis.causes);
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Confirmed);
    assert!(diagnosis.causes[0].evidence.contains(&Evidence::KubeProxyRule { rule: Rule::IpvsRejectsExternalIps }));
}

#[test]
fn a_load_balancer_at_a_nodes_own_address() {
    let mut facts = ipvs(24);
    facts.service.ingress = vec![Ingress::Address { ip: [192, 0, 2, 1].into(), ip_mode: None }];
    let scene =
        Scene::new(facts, |vantage, target| (vantage.network == Network::Host && without_endpoint(vantage, target)).then_some(SILENT))
            .nodes(|_| NodeEvidence { own_addresses: vec![[192, 0, 2, 1].into()], ipvs_device: true, ..NodeEvidence::default() });
    let diagnosis = scene.diagnosis();
    assert_eq!((diagnosis.causes[0].kind(), diagnosis.causes[0].confidence), (CauseKind::AddressOfANode, Confidence::Confirmed));
    let held = Evidence::HeldByOtherNodes { nodes: vec!["node2".into(), "node3".into()], owner: "node1".into() };
    assert_eq!(diagnosis.causes[0].evidence[1], held);
}

#[test]
fn clouds_that_cannot_loop_back_have_their_own_way_out() {
    for (provider, by) in [
        ("aws", Loopback::NoClientIpPreservation),
        ("azure", Loopback::ClientsElsewhere),
        ("gce", Loopback::ClientsElsewhereAsBackendAnswersItself),
        ("alicloud", Loopback::HttpListener),
    ] {
        let mut facts = facts();
        facts.service.ingress = vec![Ingress::Hostname("lb.example.com".into())];
        facts.nodes[0].provider = Some(provider.into());
        let scene = Scene::new(facts, |vantage, target| (at_load_balancer(target) && vantage.node == "node1").then_some(SILENT));
        let diagnosis = scene.expect(&[(CauseKind::Loopback, Confidence::Likely)], &[]);
        assert!(diagnosis.causes[0].fixes.iter().any(|fix| fix.remedy == Remedy::AroundLoopback { by }), "{provider}");
    }
}

#[test]
fn cert_manager_fails_for_the_same_reason() {
    let mut facts = ipvs(23);
    let reason = "Waiting for HTTP-01 challenge propagation: failed to perform self check GET request";
    let challenge =
        Challenge { namespace: "shop".into(), name: "tls-1".into(), dns_name: "shop.example.com".into(), reason: reason.into() };
    facts.challenges = Known::Value(vec![challenge]);
    let refused = |vantage: &Vantage, target: &Target| without_endpoint(vantage, target).then_some(REFUSED);
    let expected =
        [(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed), (CauseKind::CertManagerSelfCheck, Confidence::Likely)];
    Scene::new(facts.clone(), refused).expect(&expected, &["1 challenge pending for shop.example.com"]);
    assert_eq!(Scene::new(facts, |_, _| None).diagnosis().verdict, Verdict::Healthy, "pending alone is no fault of the Service");
}

#[test]
fn what_contradicts_the_model_comes_with_what_could_explain_it() {
    let scene =
        Scene::new(cluster_policy(), |vantage, target| (vantage.network == Network::Pod && at_load_balancer(target)).then_some(SILENT));
    let diagnosis = scene.expect(&[(CauseKind::Unrecognised, Confidence::Possible)], &[]);
    assert_eq!(diagnosis.agreement.contradictions.len(), 6);
    let explanations = &diagnosis.agreement.explanations[..];
    assert!(matches!(explanations, [PossibleReason::ModeNotAsked { .. }, PossibleReason::Other]), "{explanations:?}");
    assert!(Scene::new(cluster_policy(), |_, _| None).diagnosis().agreement.explanations.is_empty());
}

#[test]
fn a_refusal_that_was_not_sent_explains_silence() {
    let learnt = |_: &str| KubeProxyEvidence { mode: Some("ipvs".into()), release: Some("v1.23.3".into()), ..KubeProxyEvidence::default() };
    let at = |ended: fn(u16) -> Outcome| {
        let failing = move |vantage: &Vantage, target: &Target| without_endpoint(vantage, target).then(|| ended(target.port));
        Scene::new(ipvs(23), failing).kube_proxies(learnt)
    };
    let silent_at_443 = |port| if port == 443 { SILENT } else { REFUSED };
    let rate_limited = PossibleReason::RefusalRateLimited { nodes: vec!["node2".into()] };
    let explained = |scene: Scene| scene.diagnosis().agreement.explanations.contains(&rate_limited);
    let on_node2 = |node: &str| u32::from(node == "node2") * 5;
    assert!(explained(at(silent_at_443).rate_limited(on_node2)));
    assert!(!explained(at(silent_at_443).rate_limited(|_| 0)), "nothing was kept back");
    assert!(!explained(at(|_| REFUSED).rate_limited(on_node2)), "nothing is silent");
}

#[test]
fn what_is_not_the_cause_is_said() {
    let learnt = |_: &str| KubeProxyEvidence { mode: Some("ipvs".into()), healthz: Some(200), ..KubeProxyEvidence::default() };
    let scene =
        Scene::new(ipvs(23), |vantage, target| without_endpoint(vantage, target).then_some(REFUSED)).kube_proxies(learnt).nodes(|node| {
            NodeEvidence {
                local_endpoints: Some(u32::from(node == "node1")),
                virtual_servers: vec![VirtualServer {
                    address: ADDRESS,
                    port: 80,
                    servers: u32::from(node == "node1"),
                    drained: Vec::new(),
                }],
                ..NodeEvidence::default()
            }
        });
    let proof = "/proc/net/ip_vs on node2 and node3 has a virtual server for the address without any real server";
    let diagnosis = scene.expect(&[(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed)], &[proof]);
    let kinds: Vec<_> = diagnosis.ruled_out.iter().map(|ruled_out| ruled_out.kind).collect();
    let expected = [
        CauseKind::NoEndpoints,
        CauseKind::BetweenNodes,
        CauseKind::NetworkPolicy,
        CauseKind::ClusterDns,
        CauseKind::Loopback,
        CauseKind::StaleRules,
        CauseKind::NodeNameDiffers,
    ];
    assert_eq!(kinds, expected);
}

fn has_empty_virtual_server(diagnosis: &Diagnosis) -> bool {
    let mut evidence = diagnosis.causes.iter().flat_map(|cause| &cause.evidence);
    evidence.any(|evidence| matches!(evidence, Evidence::EmptyVirtualServer { .. }))
}

/// Of ipvs of a release, where node2's pods are refused at port 80 and a server of the address is left without weight.
fn left_without_weight(minor: u16, server: &str) -> Scene {
    let is_refused = |vantage: &Vantage, target: &Target| {
        let is_left = vantage.node == "node2" && vantage.network == Network::Pod && at_load_balancer(target) && target.port == 80;
        is_left || (vantage.network == Network::Host && without_endpoint(vantage, target))
    };
    let failing = move |vantage: &Vantage, target: &Target| {
        is_refused(vantage, target).then_some(if vantage.network == Network::Host { SILENT } else { REFUSED })
    };
    let drained = vec![server.parse().unwrap()];
    Scene::new(ipvs(minor), failing)
        .kube_proxies(move |_| KubeProxyEvidence {
            mode: Some("ipvs".into()),
            release: Some(format!("v1.{minor}.3")),
            healthz: Some(200),
            ..KubeProxyEvidence::default()
        })
        .nodes(move |node| {
            let drained = if node == "node2" { drained.clone() } else { Vec::new() };
            let virtual_server = VirtualServer { address: ADDRESS, port: 80, servers: u32::from(node != "node2"), drained };
            NodeEvidence { virtual_servers: vec![virtual_server], ..NodeEvidence::default() }
        })
}

#[test]
fn endpoints_without_weight_are_told_from_those_that_drain() {
    let diagnosis = left_without_weight(24, "10.244.1.2:8080").expect(
        &[(CauseKind::DrainedServers, Confidence::Confirmed), (CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Likely)],
        &[
            "ready endpoints with weight 0: 10.244.1.2:8080 behind 198.51.100.1:80 on node2",
            "kube-proxy on node2 is older than 1.26, which sets weights right when it starts",
        ],
    );
    let command = diagnosis.causes[0].fixes[0].remedy.command().unwrap_or_default();
    assert!(command.contains("--tcp-service 198.51.100.1:80 --real-server 10.244.1.2:8080"), "{command}");
    assert!(!has_empty_virtual_server(&diagnosis), "{diagnosis:#?}");
    // A pod that goes away is no endpoint any more.
    let drains = left_without_weight(24, "10.244.1.9:8080").diagnosis();
    assert!(drains.causes.iter().all(|cause| cause.kind() != CauseKind::DrainedServers), "{:?}", drains.causes);
    // Before 1.24 the refusal is kube-proxy's own.
    let refusing = left_without_weight(23, "10.244.1.2:8080").diagnosis();
    assert!(refusing.causes.iter().all(|cause| cause.kind() != CauseKind::DrainedServers), "{:?}", refusing.causes);
}

#[test]
fn endpoints_without_weight_behind_the_cluster_ip_are_told_too() {
    let cluster_ip = IpAddr::from([10, 96, 0, 7]);
    let failing = |vantage: &Vantage, target: &Target| {
        (vantage.node == "node2" && target.kind.is_cluster_ip() && target.port == 80).then_some(REFUSED)
    };
    let mut facts = ipvs(24);
    facts.service.external_traffic_policy = TrafficPolicy::Cluster;
    let scene = Scene::new(facts, failing)
        .kube_proxies(|_| KubeProxyEvidence { mode: Some("ipvs".into()), release: Some("v1.24.3".into()), ..KubeProxyEvidence::default() })
        .nodes(|node| {
            let drained = vec!["10.244.1.2:8080".parse().unwrap()];
            let left = VirtualServer { address: cluster_ip, port: 80, servers: 0, drained };
            NodeEvidence { virtual_servers: if node == "node2" { vec![left] } else { Vec::new() }, ..NodeEvidence::default() }
        });
    scene.expect(&[(CauseKind::DrainedServers, Confidence::Confirmed)], &["10.244.1.2:8080 behind 10.96.0.7:80 on node2"]);
}

#[test]
fn a_cluster_ip_that_drains_is_not_taken_for_the_load_balancer() {
    let silent =
        |vantage: &Vantage, target: &Target| (vantage.network == Network::Host && without_endpoint(vantage, target)).then_some(SILENT);
    let scene = Scene::new(ipvs(34), silent).nodes(|_| {
        let drained = vec!["10.244.1.9:8080".parse().unwrap()];
        let draining = VirtualServer { address: [10, 96, 0, 7].into(), port: 80, servers: 0, drained };
        NodeEvidence { virtual_servers: vec![draining], ..NodeEvidence::default() }
    });
    let diagnosis = scene.expect(&[(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed)], &[]);
    assert!(!has_empty_virtual_server(&diagnosis), "{diagnosis:#?}");
}

/// Somebody else answers at port 443 on node2.
fn answered_by_another(listening: &'static [u16], host_port: u16) -> Scene {
    let mut facts = cluster_policy();
    facts.host_ports = Known::Value(vec![HostPort { namespace: "edge".into(), name: "agent".into(), port: host_port }]);
    Scene::new(facts, |_, _| None)
        .certificate(|vantage, target| match (vantage.node.as_str(), target.port) {
            ("node2", 443) if at_load_balancer(target) => Some("other.example.com"),
            (_, 443) => Some("shop.example.com"),
            _ => None,
        })
        .nodes(|node| NodeEvidence {
            own_addresses: if node == "node2" { vec![ADDRESS] } else { Vec::new() },
            listening: if node == "node2" { listening.to_vec() } else { Vec::new() },
            ..NodeEvidence::default()
        })
}

#[test]
fn a_host_port_explains_an_answer_where_nobody_listens() {
    let said = ["DaemonSet edge/agent takes port 443", "no process listens there", "this one belongs to DaemonSet edge/agent (port 443)"];
    let diagnosis = answered_by_another(&[], 443).expect(&[(CauseKind::HostPortConflict, Confidence::Likely)], &said);
    assert_eq!(diagnosis.causes[0].fixes[0].remedy.command().as_deref(), Some("kubectl edit daemonset agent -n edge"));
}

#[test]
fn a_host_port_of_another_port_or_beside_a_listener_explains_nothing() {
    answered_by_another(&[], 80).expect(&[(CauseKind::WrongServer, Confidence::Likely)], &[]);
    answered_by_another(&[443], 443).expect(&[(CauseKind::WrongServer, Confidence::Confirmed)], &[]);
}

fn shop() -> Redirect {
    Redirect { status: 308, to: "https://shop.example.com/".into() }
}

fn fine(version: HttpVersion) -> HttpAnswer {
    HttpAnswer { status: 200, version: Some(version), server: None, body: None, source: None, behind: None }
}

#[test]
fn a_redirect_that_leads_nowhere_is_a_fault_although_every_check_is_answered() {
    let follows = |vantage: &Vantage, target: &Target| {
        let fails = vantage.network == Network::Pod && target.port == 80;
        at_load_balancer(target).then(|| {
            let (outcome, http) = if fails { (SILENT, None) } else { (Outcome::Answered, Some(fine(HttpVersion::Http2))) };
            (outcome, if target.port == 80 { vec![shop()] } else { Vec::new() }, http)
        })
    };
    let scene = Scene::new(cluster_policy(), |_, _| None).chain(follows);
    let said = ["pods on node1, node2 and node3 are redirected by 198.51.100.1:80 to https://shop.example.com/, and there: timed out"];
    let diagnosis = scene.expect(&[(CauseKind::RedirectFails, Confidence::Likely)], &said);
    assert_eq!(diagnosis.verdict, Verdict::Fault);
    let over = |port, redirects, checks| Note::Followed { port, redirects, status: 200, version: Some(HttpVersion::Http2), checks };
    assert!(diagnosis.notes.contains(&over(80, vec![shop()], 3)), "{:#?}", diagnosis.notes);
    assert!(diagnosis.notes.contains(&over(443, Vec::new(), 6)), "{:#?}", diagnosis.notes);
}

#[test]
fn a_redirect_from_where_the_load_balancer_fails_is_no_cause_of_its_own() {
    let scene = Scene::new(facts(), |vantage, target| without_endpoint(vantage, target).then_some(SILENT)).chain(|vantage, target| {
        // From node2 the name answers, and leads to the load balancer that fails there.
        let by_name = target.kind == TargetKind::DnsName && vantage.node != "node1";
        by_name.then(|| (SILENT, vec![shop()], None))
    });
    let causes = scene.diagnosis().causes;
    assert!(causes.iter().all(|cause| cause.kind() != CauseKind::RedirectFails), "{causes:#?}");
}

#[test]
fn a_chain_that_was_given_up_breaks_nothing() {
    let follows = |_: &Vantage, target: &Target| at_load_balancer(target).then(|| (Outcome::Interrupted, vec![shop()], None));
    let causes = Scene::new(cluster_policy(), |_, _| None).chain(follows).diagnosis().causes;
    assert!(causes.is_empty(), "{causes:#?}");
}

#[test]
fn redirects_that_are_answered_are_healthy() {
    let follows =
        |_: &Vantage, target: &Target| at_load_balancer(target).then(|| (Outcome::Answered, vec![shop()], Some(fine(HttpVersion::Http11))));
    let diagnosis = Scene::new(cluster_policy(), |_, _| None).chain(follows).expect(&[], &[]);
    assert_eq!(diagnosis.verdict, Verdict::Healthy);
}

/// nginx answers plain HTTP on a port of TLS by 400: that does not show that the servers speak no TLS.
#[test]
fn servers_of_tls_that_refuse_plain_http_are_not_said_to_speak_it() {
    let seen = |failure: TlsFailure, status: u16| {
        let at_443 = |_: &Vantage, target: &Target| (target.port == 443).then_some(Outcome::Tls(failure));
        let mut facts = cluster_policy();
        let annotation = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-protocol-port";
        facts.service.annotations.insert(annotation.into(), "https:443,http:80".into());
        let scene = Scene::new(facts, at_443).follow_up(FollowUp::PlainHttp, |_, _| Some(Outcome::Answered));
        scene.follow_up_status(FollowUp::PlainHttp, status).diagnosis()
    };
    let ends_outside = |diagnosis: &Diagnosis| diagnosis.causes.iter().any(|cause| cause.kind() == CauseKind::TlsEndsAtLoadBalancer);
    assert!(ends_outside(&seen(TlsFailure::NotTls, 200)) && ends_outside(&seen(TlsFailure::NotTls, 400)));
    assert!(ends_outside(&seen(TlsFailure::Closed, 200)));
    assert!(!ends_outside(&seen(TlsFailure::Closed, 400)));
}

/// Terway's ENIs behind a load balancer that dials nodes: replies go past them, wherever the client is.
#[test]
fn replies_past_the_node_are_told_from_the_policy() {
    let is_of_node1 = |target: &Target| matches!(&target.kind, TargetKind::NodePort { node, .. } if node == "node1");
    let scene = |answered_from_node3: bool| {
        Scene::new(facts(), move |vantage, target| {
            let fails = match vantage.network {
                Network::Pod => at_load_balancer(target),
                Network::Host => is_of_node1(target) && vantage.node != "node1" && !(answered_from_node3 && vantage.node == "node3"),
            };
            fails.then_some(SILENT)
        })
    };
    scene(false).expect(
        &[(CauseKind::ReplyBypassesNode, Confidence::Likely)],
        &["the node port of node1, which has an endpoint, answers its own host and times out from the hosts of node2 and node3"],
    );
    let kinds: Vec<_> = scene(true).report().diagnosis.causes.iter().map(crate::causes::Cause::kind).collect();
    assert!(!kinds.contains(&CauseKind::ReplyBypassesNode), "one host gets its reply: {kinds:?}");
}
