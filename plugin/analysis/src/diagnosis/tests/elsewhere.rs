//! What no Service of this cluster has: from where it fails is all that can be said.

use lbprobe_protocol::{Outcome, ResolveFailure, TlsFailure};

use crate::causes::{CauseKind, Confidence};
use crate::diagnosis::Verdict;
use crate::documents::Report;
use crate::facts::{Facts, Known, Service};
use crate::fixture::{REFUSED, SILENT, Scene, facts};
use crate::plan::{Network, Plan, PlanOptions, TargetKind};
use crate::text::{self, Language};

fn away() -> Facts {
    Facts { endpoints: Vec::new(), slices: Known::default(), service: Service::elsewhere("203.0.113.80", [443]), ..facts() }
}

fn said(scene: &Scene) -> String {
    let diagnosis = scene.expect(&[(CauseKind::Elsewhere, Confidence::Likely)], &[]);
    assert_eq!((diagnosis.ruled_out.len(), diagnosis.risks.len()), (0, 0), "nothing is said of a Service: {diagnosis:#?}");
    let cause = &diagnosis.causes[0];
    format!("{}; {}", text::finding(&cause.finding, Language::English), text::remedy(&cause.fixes[0].remedy, Language::English))
}

#[test]
fn one_target_is_dialled_and_nothing_is_predicted() {
    let scene = Scene::new(away(), |_, _| None);
    let report = scene.report();
    assert_eq!(report.plan.targets.iter().map(|target| &target.kind).collect::<Vec<_>>(), [&TargetKind::Address([203, 0, 113, 80].into())]);
    assert_eq!((report.diagnosis.verdict, report.diagnosis.agreement.agreeing), (Verdict::Healthy, 0));
}

#[test]
fn the_pattern_says_where_to_look() {
    let all_pods = Scene::new(away(), |vantage, _| (vantage.network == Network::Pod).then_some(SILENT));
    assert_eq!(
        said(&all_pods).split_once("; look at what holds pods").unwrap().0,
        "203.0.113.80:443 does not answer pods, and answers the hosts of their nodes"
    );
    let node = Scene::new(away(), |vantage, _| (vantage.node == "node2").then_some(REFUSED));
    assert!(
        said(&node).starts_with("203.0.113.80:443 does not answer node2, and answers other nodes; compare these nodes"),
        "{}",
        said(&node)
    );
    let pods_of = Scene::new(away(), |vantage, _| (vantage.node == "node2" && vantage.network == Network::Pod).then_some(REFUSED));
    assert!(said(&pods_of).starts_with("203.0.113.80:443 does not answer pods on node2, and answers their hosts;"), "{}", said(&pods_of));
    let hosts = Scene::new(away(), |vantage, _| (vantage.network == Network::Host).then_some(SILENT));
    assert!(
        said(&hosts).starts_with("203.0.113.80:443 does not answer hosts, and answers their pods; look at what holds hosts"),
        "{}",
        said(&hosts)
    );
    let odd = Scene::new(away(), |vantage, _| (vantage.network == Network::Pod || vantage.node == "node1").then_some(SILENT));
    assert!(said(&odd).starts_with("203.0.113.80:443 does not answer some vantages, and answers others; repeat it"), "{}", said(&odd));
    let all = || Scene::new(away(), |_, _| Some(SILENT));
    assert!(said(&all()).starts_with("203.0.113.80:443 answers nobody inside the cluster; look at the way there"));
    let inside = said(&all().outside(|_| None));
    assert!(inside.contains("inside the cluster; clients outside get an answer; look at the way there"), "{inside}");
    let nobody = said(&all().outside(|_| Some(REFUSED)));
    assert!(nobody.ends_with("clients outside get none either; look at the server itself: nobody gets an answer"), "{nobody}");
}

#[test]
fn how_it_fails_is_told() {
    let unresolved = said(&Scene::new(away(), |_, _| Some(Outcome::Resolve(ResolveFailure::NoSuchName))));
    assert!(unresolved.starts_with("203.0.113.80 does not resolve inside the cluster; ask the DNS servers"), "{unresolved}");
    let cut = Outcome::Tls(TlsFailure::Closed);
    let reset = said(&Scene::new(away(), |vantage, _| (vantage.network == Network::Pod).then_some(cut)));
    assert!(
        reset.starts_with("203.0.113.80:443 takes connections and breaks them off where pods dial it; look at what holds pods"),
        "{reset}"
    );
    let flaky = said(&Scene::new(away(), |_, _| None).now_and_then(|_, _| true, SILENT));
    assert!(flaky.starts_with("203.0.113.80:443 answers only now and then, whoever dials it"), "{flaky}");
}

#[test]
fn each_port_is_judged_by_itself() {
    let two = Facts { service: Service::elsewhere("203.0.113.80", [80, 443]), ..away() };
    let diagnosis = Scene::new(two, |_, target| (target.port == 80).then_some(REFUSED)).diagnosis();
    let said: Vec<_> = diagnosis.causes.iter().map(|cause| text::finding(&cause.finding, Language::English)).collect();
    assert_eq!(said, ["203.0.113.80:80 answers nobody inside the cluster"]);
}

#[test]
fn what_fails_outside_alone_is_not_healthy() {
    let diagnosis = Scene::new(away(), |_, _| None).outside(|_| Some(SILENT)).diagnosis();
    assert_eq!((diagnosis.verdict, diagnosis.causes.len()), (Verdict::Inconclusive, 0), "{diagnosis:#?}");
}

#[test]
fn a_report_of_it_reads_back_as_it_was() {
    let report = Scene::new(away(), |_, _| Some(SILENT)).report();
    let read: Report = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
    assert_eq!(read, report);
}

#[test]
fn a_port_of_the_users_own_is_dialled_there() {
    let plan = Plan::new(&away(), &PlanOptions { ports: [5432].into(), ..PlanOptions::default() });
    let dialled: Vec<_> = plan.targets.iter().map(|target| (&target.kind, target.port)).collect();
    assert_eq!(dialled, [(&TargetKind::Address([203, 0, 113, 80].into()), 5432)]);
}
