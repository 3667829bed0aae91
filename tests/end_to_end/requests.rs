//! What a run asks of the API server, by that server's own counters.

use std::collections::BTreeMap;

use lbprobe_lab::Lab;

use crate::harness::{faulty_lab, kubectl, nothing_left, run_gateway};

/// A kind of request in the API server's words: verb, resource or resource/subresource, scope.
type Kind = (&'static str, &'static str, &'static str);

/// What a run asks for, and nobody else in a quiet cluster: components renew leases by name and
/// watch whole clusters. A deletecollection is a DELETE in a namespace's scope there. Two requests
/// of a run are not counted: the server itself lists all Services now and then, and it has no
/// counter for cert-manager's challenges where that is not installed.
const ASKED: [Kind; 19] = [
    ("GET", "services", "resource"),
    ("LIST", "networkpolicies", "cluster"),
    ("LIST", "networkpolicies", "namespace"),
    ("LIST", "endpointslices", "namespace"),
    ("LIST", "nodes", "cluster"),
    ("LIST", "leases", "namespace"),
    ("GET", "configmaps", "resource"),
    ("LIST", "daemonsets", "cluster"),
    ("LIST", "pods", "namespace"),
    ("POST", "jobs", "resource"),
    ("POST", "configmaps", "resource"),
    ("POST", "pods", "resource"),
    ("WATCH", "pods", "namespace"),
    ("WATCH", "services", "resource"),
    ("WATCH", "endpointslices", "namespace"),
    ("WATCH", "events", "namespace"),
    ("CONNECT", "pods/log", "resource"),
    ("DELETE", "pods", "namespace"),
    ("DELETE", "jobs", "resource"),
];

type Counts = BTreeMap<(String, String, String), u64>;

fn counts(lab: &Lab) -> Counts {
    let mut counts = Counts::new();
    for line in kubectl(lab, &["get", "--raw", "/metrics"]).lines().filter(|line| line.starts_with("apiserver_request_total{")) {
        let label = |name: &str| {
            let (_, rest) = line.split_once(&format!("{name}=\"")).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        let number: f64 = line.rsplit(' ').next().unwrap().parse().unwrap();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of requests, printed as a float")]
        let number = number as u64;
        let resource = match label("subresource") {
            none if none.is_empty() => label("resource"),
            subresource => format!("{}/{subresource}", label("resource")),
        };
        *counts.entry((label("verb"), resource, label("scope"))).or_default() += number;
    }
    counts
}

fn requests_of_a_run(lab: &Lab, words: &[&str]) -> BTreeMap<Kind, u64> {
    let before = counts(lab);
    run_gateway(lab, words).expect(3, &[]);
    nothing_left(lab);
    let after = counts(lab);
    let of = |counts: &Counts, (verb, resource, scope): Kind| {
        counts.get(&(verb.into(), resource.into(), scope.into())).copied().unwrap_or_default()
    };
    ASKED.into_iter().map(|key| (key, of(&after, key) - of(&before, key))).collect()
}

#[test]
fn requests_are_a_constant_and_two_or_one_per_pod() {
    let lab = faulty_lab();
    let on_two_nodes = ["--node", "node2,node3", "--vantage", "pod"];
    let small = requests_of_a_run(&lab, &on_two_nodes);
    let small_more = requests_of_a_run(&lab, &[]);
    // How often it is looked whether pods are gone depends on how long kubelets take.
    let looks = ("LIST", "pods", "namespace");
    let total = |counts: &BTreeMap<Kind, u64>| counts.iter().filter(|(kind, _)| **kind != looks).map(|(_, number)| number).sum::<u64>();
    assert!(small[&looks] <= 6 && small_more[&looks] <= 6, "{small:?} {small_more:?}");
    println!("2 pods, by log: {small:?}");
    println!("6 pods, by log: {small_more:?}");
    assert_eq!(small[&("DELETE", "pods", "namespace")], 1, "{small:?}");
    assert_eq!(small[&("CONNECT", "pods/log", "resource")], 2, "{small:?}");
    // Six pods, and one more create for the server-side dry run of the host network.
    assert_eq!(total(&small_more) - total(&small), 2 * (6 - 2) + 1, "{small:?} {small_more:?}");
    // The ConfigMaps of the one architecture, and nothing else: kubelets fetch them by requests of their own, and the
    // garbage collector gets each one before it removes it.
    let without_gets = |counts: &BTreeMap<Kind, u64>| total(counts) - counts[&("GET", "configmaps", "resource")];
    let carried = requests_of_a_run(&lab, &[&on_two_nodes[..], &["--delivery", "configmap"]].concat());
    println!("2 pods, carried: {carried:?}");
    let maps = carried[&("POST", "configmaps", "resource")];
    assert!((1..=2).contains(&maps), "{carried:?}");
    assert_eq!(without_gets(&carried) - without_gets(&small), maps, "{small:?} {carried:?}");
    let large = requests_of_a_run(&lab, &["--read-logs-up-to", "0", "--node", "node2,node3", "--vantage", "pod"]);
    let large_more = requests_of_a_run(&lab, &["--read-logs-up-to", "0"]);
    println!("2 pods, by status: {large:?}");
    println!("6 pods, by status: {large_more:?}");
    assert_eq!(large_more[&("CONNECT", "pods/log", "resource")], 0, "{large_more:?}");
    assert_eq!(total(&large_more) - total(&large), (6 - 2) + 1, "{large:?} {large_more:?}");
    assert!(total(&large) <= 18 + 2, "the constant is small: {large:?}");
}
