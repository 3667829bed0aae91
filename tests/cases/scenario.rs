//! What every scenario does: deploy, diagnose, look at the matrix and the cause, apply the fix as the
//! tool prints it, diagnose again, and hold what is seen against what was predicted.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use lbprobe_analysis::causes::{CauseKind, Confidence};
use lbprobe_analysis::documents::Report;
use lbprobe_analysis::observations::Matrix;
use lbprobe_analysis::plan::{Network, Vantage as From};
use lbprobe_analysis::remedies::{After, Fix};
use lbprobe_analysis::text::{self, Language};
use lbprobe_lab::Lab;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::patience::stretched;

use crate::harness::{Doubt, apply, kubectl, lbprobe, load_balancer_address, seen_without_doubt, settle, unmeasured};

/// The Service that is diagnosed, and how.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) lab: &'a Lab,
    pub(super) service: &'a str,
    pub(super) namespace: &'a str,
    /// Further words for `run`.
    pub(super) words: &'a [&'a str],
}

/// One diagnosis.
#[derive(Debug)]
pub(super) struct Diagnosed {
    pub(super) report: Report,
    pub(super) code: i32,
    /// What a terminal shows, each run of white space as one blank.
    pub(super) text: String,
}

impl<'a> Subject<'a> {
    /// The Istio gateway.
    pub(super) fn gateway(lab: &'a Lab) -> Self {
        Self { lab, service: "istio-ingressgateway", namespace: "istio-system", words: &[] }
    }

    /// Runs the probes, and reads the report as a person and as a program. What is seen otherwise than expected
    /// has to be seen twice, and what was not measured is measured again.
    pub(super) fn diagnose(&self) -> Diagnosed {
        seen_without_doubt(self.lab, |seen: &Diagnosed| Doubt::of(&seen.report), || self.diagnose_once())
    }

    /// The same where a difference from what was expected is what the test is about: only what was not measured is
    /// measured again.
    pub(super) fn diagnose_unexpected(&self) -> Diagnosed {
        let unmeasured = |seen: &Diagnosed| {
            let unmeasured = unmeasured(&seen.report);
            (!unmeasured.is_empty()).then(|| Doubt::NotMeasured(unmeasured.join("; ")))
        };
        seen_without_doubt(self.lab, unmeasured, || self.diagnose_once())
    }

    fn diagnose_once(&self) -> Diagnosed {
        let words = [&["run", self.service, "-n", self.namespace, "-o", "json"], self.words].concat();
        let ran = lbprobe(self.lab, &words);
        let report: Report = serde_json::from_str(&ran.stdout).unwrap_or_else(|cause| panic!("{cause}: {ran:#?}"));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, &ran.stdout).unwrap();
        let shown = lbprobe(self.lab, &["diagnose", "-f", &file.path().display().to_string()]);
        assert_eq!(shown.code, ran.code, "the same report, the same code");
        Diagnosed { report, code: ran.code.unwrap(), text: one_line(&shown.stdout) }
    }

    /// Applies a fix as it is printed, and diagnoses again: what is seen must be what was predicted.
    #[track_caller]
    pub(super) fn fix(&self, fix: &Fix) -> Diagnosed {
        let command = fix.remedy.command().unwrap_or_else(|| panic!("no command: {fix:#?}"));
        let done = self.lab.run(&["sh", "-c", &command]).unwrap();
        assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
        // The cloud and its mesh take the change first.
        std::thread::sleep(stretched(Duration::from_millis(1500)));
        settle(self.lab);
        let after = self.diagnose();
        after.as_predicted(fix);
        after
    }

    /// An address of the load balancer, from the status.
    pub(super) fn address(&self) -> String {
        load_balancer_address(self.lab, self.service, self.namespace)
    }
}

impl Diagnosed {
    /// Fails unless every text is shown.
    #[track_caller]
    pub(super) fn shows(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(self.text.contains(text), "{text:?} is missing in {}", self.text);
        }
        self
    }

    /// Fails unless this is the first cause, as sure as that, and nothing is seen otherwise than expected.
    #[track_caller]
    pub(super) fn first_cause(&self, kind: CauseKind, confidence: Confidence) -> &Self {
        self.first_cause_of_all(kind, confidence).agrees()
    }

    /// The same where things are seen otherwise than expected.
    #[track_caller]
    pub(super) fn first_cause_of_all(&self, kind: CauseKind, confidence: Confidence) -> &Self {
        let first = self.report.diagnosis.causes.first().unwrap_or_else(|| panic!("no cause in {}", self.text));
        assert_eq!((first.kind(), first.confidence), (kind, confidence), "{}", self.text);
        self
    }

    /// Fails where something is seen otherwise than expected.
    #[track_caller]
    pub(super) fn agrees(&self) -> &Self {
        let contradictions = &self.report.diagnosis.agreement.contradictions;
        assert!(contradictions.is_empty(), "{contradictions:#?}\n{}", self.text);
        self
    }

    /// Fails unless all is well.
    #[track_caller]
    pub(super) fn is_healthy(&self) -> &Self {
        assert_eq!(self.code, 0, "{}", self.text);
        self.shows(&["HEALTHY"]).agrees()
    }

    /// The fix of the first cause that begins like this.
    #[track_caller]
    pub(super) fn fix(&self, begins: &str) -> &Fix {
        let fixes = self.report.diagnosis.causes.iter().flat_map(|cause| &cause.fixes);
        fixes
            .clone()
            .find(|fix| text::remedy(&fix.remedy, Language::English).starts_with(begins))
            .unwrap_or_else(|| panic!("no fix {begins:?}: {:#?}", fixes.collect::<Vec<_>>()))
    }

    /// The vantages whose checks of the Service fail.
    pub(super) fn failing(&self) -> BTreeSet<(String, Network)> {
        let matrix = Matrix::new(&self.report.plan, &self.report.observations);
        let failing = matrix.service_checks().filter(|(_, _, state)| state.is_failure());
        failing.map(|(vantage, _, _)| key(vantage)).collect()
    }

    /// Fails unless exactly the vantages fail that the model expects to after a fix.
    #[track_caller]
    pub(super) fn as_predicted(&self, fix: &Fix) {
        let After { vantages, .. } = fix.after.as_ref().unwrap_or_else(|| panic!("nothing is predicted: {fix:#?}"));
        assert_eq!(self.failing(), vantages.iter().map(key).collect(), "predicted for {:?}, seen {}", fix.remedy, self.text);
    }
}

fn key(vantage: &From) -> (String, Network) {
    (vantage.node.clone(), vantage.network)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How many seconds curl waits for an answer: 3 on an idle machine.
pub(super) fn answer_limit() -> String {
    format!("{:.1}", stretched(Duration::from_secs(3)).as_secs_f64())
}

/// What a client at a place of the lab gets; nothing where it gets no answer in time.
pub(crate) fn curl(lab: &Lab, from: Vantage<'_>, words: &[&str]) -> Option<String> {
    let output = lab.run_at(from, &[&["curl", "--silent", "--insecure", "--max-time", &answer_limit()], words].concat()).unwrap();
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The source address that the gateway sees: its answer ends with it.
pub(crate) fn source(answer: Option<&String>) -> Option<IpAddr> {
    answer?.split_whitespace().last()?.parse().ok()
}

/// Clients in pods and in host networks of every node.
pub(crate) fn deploy_clients(lab: &Lab) {
    apply(lab, include_str!("../manifests/clients.yaml"));
    for clients in ["daemonset/clients-pod", "daemonset/clients-host"] {
        kubectl(lab, &["rollout", "status", clients, "--timeout=60s"]);
    }
}

/// What became of a connection of a client pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dialled {
    /// The server's answer.
    Answered(String),
    Refused,
    /// No answer in time.
    TimedOut,
}

/// Dials a web server from a client pod in a network of a node.
pub(super) fn dial(lab: &Lab, node: &str, network: Network, host: &str, port: u16) -> Dialled {
    let url = format!("{}/dial?protocol=http&host={host}&port={port}&request=hostname&tries=1", client(lab, node, network));
    let Some(answer) = curl(lab, Vantage::Control, &[&url]) else { return Dialled::TimedOut };
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap_or_else(|cause| panic!("{cause}: {answer}"));
    match (answer["responses"][0].as_str(), answer["errors"].to_string()) {
        (Some(response), _) => Dialled::Answered(response.trim().to_owned()),
        (None, errors) if errors.contains("connection refused") => Dialled::Refused,
        // The client pod waits for 5 s.
        (None, errors) if errors.contains("deadline exceeded") || errors.contains("i/o timeout") => Dialled::TimedOut,
        (None, errors) => panic!("neither answered nor refused: {errors}"),
    }
}

/// The address of a client pod.
pub(super) fn client(lab: &Lab, node: &str, network: Network) -> String {
    let (app, port) = match network {
        Network::Pod => ("clients-pod", 8080),
        Network::Host => ("clients-host", 8090),
    };
    let (selector, of_node) = (format!("--selector=app={app}"), format!("--field-selector=spec.nodeName={node}"));
    let pod = kubectl(lab, &["get", "pods", &selector, &of_node, "-o", "jsonpath={.items[0].status.podIP}"]);
    format!("http://{pod}:{port}")
}
