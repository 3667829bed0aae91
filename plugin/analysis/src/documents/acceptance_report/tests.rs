use super::*;
use crate::fixture::{SILENT, Scene, at_load_balancer, cluster_policy, named_pod};
use crate::plan::{Skip, SkipReason};

fn acceptance() -> Acceptance {
    let expect = serde_json::json!([
        { "to": "loadBalancer", "port": 80 },
        { "to": "clusterIp", "port": 80, "from": { "network": "host" } },
    ]);
    let file =
        serde_json::json!({ "apiVersion": "lbprobe/v1", "kind": "Acceptance", "services": [{ "service": "gateway", "expect": expect }] });
    serde_json::from_value(file).unwrap()
}

fn cases_of_pods(report: Report) -> (Verdict, Vec<(String, CaseResult)>) {
    let judged = AcceptanceReport::new(&acceptance(), &[Ok(report)]);
    let cases = judged.services[0].cases.iter().filter_map(|case| Some((case.pod.clone()?, case.result.clone())));
    (judged.verdict, cases.collect())
}

/// The second expectation is about hosts, and the pod is in its own network.
#[test]
fn an_expectation_holds_for_a_named_pod_in_the_network_that_it_is_about() {
    let well = || Scene::new(cluster_policy(), |_, _| None);
    let (verdict, cases) = cases_of_pods(well().named_pod(named_pod("node2"), |_| None).report());
    assert_eq!((verdict, cases), (Verdict::Healthy, vec![("shop/cart-7d9f".into(), CaseResult::Passed)]));
    let failing = well().named_pod(named_pod("node2"), |target| at_load_balancer(target).then_some(SILENT));
    let (verdict, cases) = cases_of_pods(failing.report());
    assert_eq!(verdict, Verdict::Fault);
    assert!(matches!(&cases[..], [(_, CaseResult::Failed(how))] if how.len() == 1), "{cases:?}");
}

#[test]
fn a_named_pod_that_no_expectation_is_about_leaves_the_result_open() {
    let pod = named_pod("node2");
    let on_host = Vantage { network: crate::plan::Network::Host, ..pod.vantage.clone() };
    let scene = Scene::new(cluster_policy(), |_, _| None).named_pod(crate::facts::NamedPod { vantage: on_host, ..pod }, |_| None);
    let mut wanted = acceptance();
    wanted.services[0].expect.truncate(1);
    wanted.services[0].expect[0].from = serde_json::from_value(serde_json::json!({ "network": "pod" })).unwrap();
    assert_eq!(AcceptanceReport::new(&wanted, &[Ok(scene.report())]).verdict, Verdict::Inconclusive);
}

#[test]
fn a_named_pod_that_takes_no_probe_leaves_every_expectation_open() {
    let mut report = Scene::new(cluster_policy(), |_, _| None).report();
    report.plan.skipped.push(Skip { subject: SkipSubject::Pod("shop/cart".into()), reason: SkipReason::StaticPod });
    let (verdict, cases) = cases_of_pods(Report::new(report.facts, report.plan, report.observations));
    assert_eq!(verdict, Verdict::Inconclusive);
    assert!(cases.len() == 2 && cases.iter().all(|(pod, result)| pod == "shop/cart" && matches!(result, CaseResult::NotMeasured(_))));
}
