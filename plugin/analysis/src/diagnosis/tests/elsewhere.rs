//! What no Service of this cluster has: from where it fails is all that can be said.

use lbprobe_protocol::{Outcome, ResolveFailure};

use crate::causes::{CauseKind, Confidence};
use crate::diagnosis::Verdict;
use crate::facts::{Facts, Known, Service};
use crate::fixture::{REFUSED, SILENT, Scene, facts};
use crate::plan::{Network, TargetKind};
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
    let pods = Scene::new(away(), |vantage, _| (vantage.network == Network::Pod).then_some(SILENT));
    assert!(said(&pods).starts_with("203.0.113.80 does not answer pods, and answers the hosts of their nodes; look at what holds pods"));
    let node = Scene::new(away(), |vantage, _| (vantage.node == "node2").then_some(REFUSED));
    assert!(said(&node).starts_with("203.0.113.80 does not answer node2, and answers other nodes; compare these nodes"), "{}", said(&node));
    let all = || Scene::new(away(), |_, _| Some(SILENT));
    assert!(said(&all()).starts_with("203.0.113.80 answers nobody inside the cluster; look at the way out"));
    let inside = said(&all().outside(|_| None));
    assert!(inside.starts_with("203.0.113.80 answers clients outside, and nobody inside the cluster; look at the way out"), "{inside}");
    let nobody = said(&all().outside(|_| Some(REFUSED)));
    assert!(nobody.ends_with("neither inside the cluster nor outside; look at the server itself: nobody gets an answer"), "{nobody}");
    let unresolved = said(&Scene::new(away(), |_, _| Some(Outcome::Resolve(ResolveFailure::NoSuchName))));
    assert!(unresolved.starts_with("203.0.113.80 does not resolve inside the cluster; ask the DNS servers"), "{unresolved}");
}
