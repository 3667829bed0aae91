use lbprobe_protocol::{HttpAnswer, HttpFailure, ResolveFailure};

use super::*;
use crate::causes::CauseKind;
use crate::coverage::Uncovered;
use crate::diagnosis::Verdict;
use crate::facts::{HostAlias, Known, NamedPod, OwnInterface, PodPolicy};
use crate::fixture::{REFUSED, SILENT, Scene, at_load_balancer, cluster_policy, facts, in_words, named_pod};
use crate::observations::{ProbeResult, Unmeasured};
use crate::plan::Target;
use crate::results::{CheckDifference, Contrast};

const CLOSED: Outcome = Outcome::Http(HttpFailure::Closed);

fn well() -> Scene {
    Scene::new(cluster_policy(), |_, _| None)
}

fn policy(limits_egress: bool) -> PodPolicy {
    PodPolicy { namespace: "shop".into(), name: "cart".into(), limits_egress }
}

fn with_sidecar() -> NamedPod {
    NamedPod { sidecar: Some("istio-proxy".into()), ..named_pod("node2") }
}

fn answer(status: u16, server: &str) -> HttpAnswer {
    HttpAnswer { status, version: None, server: Some(server.into()), body: None, source: None, behind: None }
}

fn sidecar_with(fault: SidecarFault) -> PodReason {
    PodReason::Sidecar { container: "istio-proxy".into(), fault }
}

fn refuses_to_pass() -> PodReason {
    sidecar_with(SidecarFault::NotPassedOn)
}

/// What a sidecar makes of TLS that it does not pass on.
fn tls_closed(target: &Target) -> Option<Outcome> {
    (target.port == 443).then_some(CLOSED)
}

/// The only cause, with its reason and confidence.
#[track_caller]
fn reason(scene: &Scene) -> (PodReason, Confidence, String) {
    let diagnosis = scene.diagnosis();
    assert_eq!(diagnosis.verdict, Verdict::Fault);
    let [cause] = &diagnosis.causes[..] else { panic!("{:#?}", diagnosis.causes) };
    let Finding::NamedPod { pod, why } = &cause.finding else { panic!("{cause:#?}") };
    assert_eq!(pod, "shop/cart-7d9f");
    (why.clone(), cause.confidence, in_words(cause))
}

#[test]
fn a_pod_that_is_answered_as_a_plain_one_is_well_and_counts() {
    let diagnosis = well().named_pod(named_pod("node2"), |_| None).diagnosis();
    assert_eq!(diagnosis.verdict, Verdict::Healthy);
    assert_eq!(diagnosis.named_pods[0].contrast, Contrast::Alike { failing: Vec::new() });
}

/// The vendors' case: the pod fails as every pod of its node does.
#[test]
fn a_pod_that_fails_like_a_plain_one_is_no_cause_of_its_own() {
    let fails = |node: &str, target: &Target| (node == "node2" && at_load_balancer(target)).then_some(SILENT);
    let scene =
        Scene::new(facts(), |vantage, target| fails(&vantage.node, target)).named_pod(named_pod("node2"), |target| fails("node2", target));
    let diagnosis = scene.diagnosis();
    assert!(diagnosis.causes.iter().all(|cause| cause.kind() != CauseKind::NamedPod), "{:#?}", diagnosis.causes);
    assert!(matches!(&diagnosis.named_pods[0].contrast, Contrast::Alike { failing } if failing.len() == 2));
}

#[test]
fn a_time_out_beside_refusals_may_be_one_that_the_kernel_kept_back() {
    let said = |node: &'static str, outcome_at_443: Outcome| {
        let pod = NamedPod { policies: Known::Value(vec![policy(true)]), ..named_pod("node2") };
        let kept_back = well().rate_limited(move |other| u32::from(other == node));
        reason(&kept_back.named_pod(pod, |target| Some(if target.port == 443 { outcome_at_443 } else { REFUSED }))).2
    };
    assert!(said("node2", SILENT).contains("node2 kept refusals back"));
    assert!(!said("node3", SILENT).contains("kept refusals back"), "another node's counter says nothing of this pod");
    assert!(!said("node2", REFUSED).contains("kept refusals back"), "nothing timed out");
}

#[test]
fn a_policy_is_confirmed_only_where_it_limits_egress_and_no_address_is_reached() {
    let pod = |limits_egress| NamedPod { policies: Known::Value(vec![policy(limits_egress)]), ..named_pod("node2") };
    let (why, confidence, said) = reason(&well().named_pod(pod(true), |_| Some(SILENT)));
    assert_eq!((why, confidence), (PodReason::NetworkPolicy, Confidence::Confirmed));
    let ruled_out = well().named_pod(pod(true), |_| Some(SILENT)).diagnosis().ruled_out;
    assert!(ruled_out.iter().all(|ruled_out| ruled_out.kind != CauseKind::NetworkPolicy), "{ruled_out:#?}");
    assert!(said.contains("NetworkPolicy shop/cart") && said.contains("a plain pod on node2 is answered there"), "{said}");
    let (why, confidence, _) = reason(&well().named_pod(pod(true), |target| at_load_balancer(target).then_some(SILENT)));
    assert_eq!((why, confidence), (PodReason::NetworkPolicy, Confidence::Likely), "the endpoints are reached");
    let (why, confidence, _) = reason(&well().named_pod(pod(false), |_| Some(SILENT)));
    assert_eq!((why, confidence), (PodReason::NotKnown, Confidence::Possible));
    let unread = NamedPod { policies: Known::Unknown("may not list networkpolicies".into()), ..named_pod("node2") };
    let (why, _, said) = reason(&well().named_pod(unread, |_| Some(SILENT)));
    assert_eq!(why, PodReason::NotKnown);
    assert!(said.contains("may not list networkpolicies"), "{said}");
}

#[test]
fn a_sidecar_is_confirmed_by_its_own_error_and_likely_by_a_connection_that_it_ends() {
    let nginx = answer(200, "nginx");
    let own_error = well().http_answer(&nginx).named_pod(with_sidecar(), tls_closed).named_pod_answer(0, &answer(502, "envoy"));
    let (why, confidence, said) = reason(&own_error);
    assert_eq!((why, confidence), (refuses_to_pass(), Confidence::Confirmed));
    assert!(said.contains("shop/cart-7d9f gets HTTP 502 from server envoy"), "{said}");
    let fix = &own_error.diagnosis().causes[0].fixes[0].remedy;
    assert!(matches!(fix, Remedy::PassSidecar { addresses, .. } if addresses.len() == 1), "{fix:?}");
    let (_, confidence, _) = reason(&well().named_pod(with_sidecar(), |target| at_load_balancer(target).then_some(CLOSED)));
    assert_eq!(confidence, Confidence::Likely);
    // A sidecar lets a connection stand first: silence is none of its signs.
    let (why, ..) = reason(&well().named_pod(with_sidecar(), |target| at_load_balancer(target).then_some(SILENT)));
    assert_eq!(why, PodReason::NotKnown);
    // Envoy names itself in front of every server.
    let passed_on = well().http_answer(&nginx).named_pod(with_sidecar(), |_| None).named_pod_answer(0, &answer(200, "envoy"));
    assert_eq!(passed_on.diagnosis().verdict, Verdict::Healthy);
    // Without a sidecar in it, the same error is somebody else's.
    let stranger = well().http_answer(&nginx).named_pod(named_pod("node2"), |_| None).named_pod_answer(0, &answer(502, "envoy"));
    assert_eq!(reason(&stranger).0, PodReason::NotKnown);
}

#[test]
fn a_sidecar_that_reaches_what_a_plain_pod_does_not_is_told_and_is_no_cause() {
    let fails = |node: &str, target: &Target| (node == "node2" && at_load_balancer(target)).then_some(SILENT);
    let diagnosis = Scene::new(facts(), |vantage, target| fails(&vantage.node, target)).named_pod(with_sidecar(), |_| None).diagnosis();
    assert!(diagnosis.causes.iter().all(|cause| cause.kind() != CauseKind::NamedPod));
    let Contrast::Differs { checks } = &diagnosis.named_pods[0].contrast else { panic!("{:?}", diagnosis.named_pods) };
    assert!(checks.iter().all(|check| check.difference == CheckDifference::Reaches { outcome: SILENT }));
}

/// The node is the cause, and the sidecar only says so in its own way. The servers give 503 too, as no status is to differ.
#[test]
fn a_sidecar_that_does_not_reach_what_a_plain_pod_does_not_reach_is_like_it() {
    let fails = |node: &str, target: &Target| (node == "node2" && at_load_balancer(target)).then_some(SILENT);
    let unavailable = answer(503, "envoy");
    let scene = Scene::new(facts(), |vantage, target| fails(&vantage.node, target)).http_answer(&unavailable);
    // Of TLS it passes on what comes.
    let in_tls = |target: &Target| (at_load_balancer(target) && target.port == 443).then_some(SILENT);
    let diagnosis = scene.named_pod(with_sidecar(), in_tls).named_pod_answer(0, &unavailable).diagnosis();
    let Contrast::Alike { failing } = &diagnosis.named_pods[0].contrast else { panic!("{:?}", diagnosis.named_pods) };
    assert!(!failing.is_empty());
}

#[test]
fn a_hosts_file_that_has_the_name_is_likely_where_the_name_alone_fails() {
    let alias = HostAlias { address: [192, 0, 2, 99].into(), names: vec!["gateway.shop.svc.cluster.local".into()] };
    let pod = || NamedPod { host_aliases: vec![alias.clone()], ..named_pod("node2") };
    let (why, confidence, said) = reason(&well().named_pod(pod(), |target| (target.kind == TargetKind::DnsName).then_some(SILENT)));
    assert_eq!((why, confidence), (PodReason::HostAlias { name: "gateway.shop.svc.cluster.local".into() }, Confidence::Likely));
    assert!(said.contains("hostAliases map gateway.shop.svc.cluster.local to 192.0.2.99"), "{said}");
    assert_eq!(reason(&well().named_pod(pod(), |_| Some(SILENT))).0, PodReason::NotKnown);
    let unresolved = Outcome::Resolve(ResolveFailure::TimedOut);
    let no_dns = well().named_pod(pod(), |target| (target.kind == TargetKind::DnsName).then_some(unresolved));
    assert_eq!(reason(&no_dns).0, PodReason::NotKnown, "a name that is in the hosts file needs no DNS");
}

#[test]
fn a_pod_without_the_clusters_dns_is_told_where_names_alone_do_not_resolve() {
    let pod = || NamedPod { own_dns: Some("None".into()), ..named_pod("node2") };
    let unresolved = Outcome::Resolve(ResolveFailure::TimedOut);
    let (why, confidence, _) = reason(&well().named_pod(pod(), |target| (target.kind == TargetKind::DnsName).then_some(unresolved)));
    assert_eq!((why, confidence), (PodReason::OwnDns { policy: "None".into() }, Confidence::Likely));
    assert_eq!(reason(&well().named_pod(pod(), |_| Some(SILENT))).0, PodReason::NotKnown);
}

/// The probe asks for the full name; the pod's own programs may ask for a shorter one.
#[test]
fn a_short_name_that_the_hosts_file_maps_elsewhere_is_an_open_question() {
    let alias = HostAlias { address: [192, 0, 2, 99].into(), names: vec!["gateway.shop".into()] };
    let diagnosis = well().named_pod(NamedPod { host_aliases: vec![alias], ..named_pod("node2") }, |_| None).diagnosis();
    assert_eq!(diagnosis.verdict, Verdict::Inconclusive);
    assert_eq!(diagnosis.named_pods[0].other_names, ["gateway.shop"]);
}

/// At `/` a gateway without a route gives 404 to everybody: the sidecar's 502 is an error beside it all the same.
#[test]
fn a_proxys_error_beside_a_servers_own_error_is_a_fault() {
    let scene = well().http_answer(&answer(404, "istio-envoy")).named_pod(with_sidecar(), tls_closed);
    let (why, confidence, _) = reason(&scene.named_pod_answer(0, &answer(502, "envoy")));
    assert_eq!((why, confidence), (refuses_to_pass(), Confidence::Confirmed));
    // From a gateway of Istio's own such an answer is no sign of the pod's sidecar.
    let scene = well().http_answer(&answer(200, "istio-envoy")).named_pod(with_sidecar(), |_| None);
    assert_eq!(reason(&scene.named_pod_answer(0, &answer(503, "istio-envoy"))).0, PodReason::NotKnown);
    // Everybody gets it.
    let scene = well().http_answer(&answer(503, "istio-envoy")).named_pod(with_sidecar(), |_| None);
    let diagnosis = scene.named_pod_answer(0, &answer(503, "istio-envoy")).diagnosis();
    assert_eq!(diagnosis.named_pods[0].contrast, Contrast::Alike { failing: Vec::new() });
}

#[test]
fn a_policy_that_only_keeps_names_from_resolving_is_not_told_as_one_that_keeps_the_pod_from_the_endpoints() {
    let pod = NamedPod { policies: Known::Value(vec![policy(true)]), ..named_pod("node2") };
    let unresolved = Outcome::Resolve(ResolveFailure::TimedOut);
    let (why, _, said) = reason(&well().named_pod(pod, |target| (target.kind == TargetKind::DnsName).then_some(unresolved)));
    assert_eq!(why, PodReason::NotKnown);
    assert!(said.contains("NetworkPolicy shop/cart"), "{said}");
}

#[test]
fn a_pod_beside_which_nothing_was_measured_is_a_fault_without_a_contrast() {
    let alone = well().without("node2").named_pod(named_pod("node2"), |target| at_load_balancer(target).then_some(SILENT));
    let (why, _, said) = reason(&alone);
    assert_eq!(why, PodReason::NotCompared);
    assert!(!said.contains("a plain pod on node2 is answered"), "{said}");
}

/// Nobody may call a run healthy in which a pod that was asked for was not measured.
#[test]
fn a_pod_from_which_nothing_came_is_an_open_question() {
    let mut report = well().named_pod(named_pod("node2"), |_| None).report();
    report.observations.named_pods[0] = ProbeResult::Nothing(Unmeasured::PodRemoved);
    let report = crate::documents::Report::new(report.facts, report.plan, report.observations);
    assert_eq!(report.diagnosis.verdict, Verdict::Inconclusive);
    assert!(report.diagnosis.uncovered.contains(&Uncovered::NamedPods { pods: vec!["shop/cart-7d9f".into()] }));
    let read: crate::documents::Report = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
    assert_eq!(read, report);
}

#[test]
fn a_sidecar_says_itself_how_its_own_connection_fails() {
    let answered = |behind| {
        let http = HttpAnswer { behind: Some(behind), ..answer(503, "envoy") };
        let scene = well().http_answer(&answer(200, "nginx")).named_pod(with_sidecar(), |_| None).named_pod_answer(0, &http);
        (reason(&scene), scene.diagnosis().causes[0].fixes[0].remedy.clone())
    };
    let ((why, confidence, said), fix) = answered(BehindProxy::PlainServer);
    assert_eq!((why, confidence), (sidecar_with(SidecarFault::TlsToPlain), Confidence::Confirmed));
    assert!(said.contains("which says that the next server speaks no TLS"), "{said}");
    assert!(matches!(fix, Remedy::PlainFromSidecar { .. }), "{fix:?}");
    // Of a certificate that does not fit nobody is told to turn TLS off.
    let ((why, confidence, _), fix) = answered(BehindProxy::Tls);
    assert_eq!((why, confidence), (sidecar_with(SidecarFault::TlsFails), Confidence::Confirmed));
    assert!(matches!(fix, Remedy::CompareCertificates { .. }), "{fix:?}");
    let ((why, confidence, said), _) = answered(BehindProxy::Connection);
    assert_eq!((why, confidence), (sidecar_with(SidecarFault::ConnectionFails), Confidence::Likely));
    assert!(said.contains("or dials other endpoints"), "{said}");
    assert_eq!(answered(BehindProxy::Unreached).0.0, refuses_to_pass());
}

#[test]
fn an_error_that_came_through_a_sidecar_may_be_anybodys() {
    let not_found =
        well().http_answer(&answer(200, "nginx")).named_pod(with_sidecar(), |_| None).named_pod_answer(0, &answer(404, "envoy"));
    let (why, confidence, said) = reason(&not_found);
    assert_eq!((why, confidence), (sidecar_with(SidecarFault::OtherAnswer), Confidence::Possible));
    assert!(said.contains("or the server itself"), "{said}");
}

#[test]
fn security_groups_of_its_own_are_likely_where_the_pod_alone_times_out_and_no_policy_limits_it() {
    let pod = |policies| NamedPod { own_interface: Some(OwnInterface::Terway), policies: Known::Value(policies), ..named_pod("node2") };
    let (why, confidence, said) = reason(&well().named_pod(pod(Vec::new()), |target| at_load_balancer(target).then_some(SILENT)));
    assert_eq!((why, confidence), (PodReason::OwnInterface { by: OwnInterface::Terway }, Confidence::Likely));
    assert!(said.contains("k8s.aliyun.com/pod-eni"), "{said}");
    // They never refuse, and a policy is the nearer reason.
    assert_eq!(reason(&well().named_pod(pod(Vec::new()), |target| at_load_balancer(target).then_some(REFUSED))).0, PodReason::NotKnown);
    let limited = reason(&well().named_pod(pod(vec![policy(true)]), |target| at_load_balancer(target).then_some(SILENT)));
    assert_eq!(limited.0, PodReason::NetworkPolicy);
    // Who may not list policies does not know that there is none.
    let unread = NamedPod { policies: Known::Unknown("may not list networkpolicies".into()), ..pod(Vec::new()) };
    let (why, _, said) = reason(&well().named_pod(unread, |target| at_load_balancer(target).then_some(SILENT)));
    assert_eq!(why, PodReason::NotKnown);
    assert!(said.contains("may not list networkpolicies"), "{said}");
}
