//! What follows from the observations: their contrast between nodes, networks and targets.
//!
//! One file a cause. Each looks for its own pattern and says what proves it; what no pattern fits
//! is said to be unrecognised, and is a fault all the same.

mod address_of_a_node;
mod between_nodes;
mod bypassed;
mod cert_manager;
mod cluster_dns;
mod contrast;
mod drained_servers;
pub mod evidence;
mod external_ips;
pub mod finding;
mod internal_policy;
mod local_policy;
mod loopback;
mod network_policy;
mod no_endpoints;
mod node_name;
mod notes;
mod possible_reasons;
mod precedence;
mod ruled_out;
mod source_ranges;
mod stale_rules;
mod undeclared_port;
mod unmeasured;
mod unreachable;
mod unrecognised;
mod wrong_server;

use serde::{Deserialize, Serialize};

use crate::documents;
use crate::facts::Facts;
use crate::gaps::{self, Gap};
use crate::node_evidence::{self, Disagreement};
use crate::observations::{CheckState, Matrix, Observations, Unmeasured};
use crate::plan::{Plan, Vantage};
use crate::prediction::{Agreement, Prediction};
use crate::remedies::{self, Fix};
use crate::risks::{self, Risk};
use contrast::Contrast;
use evidence::Evidence;
use finding::Finding;
pub(crate) use notes::CONTROL_PLANE;
pub use notes::{Note, TaintedNode};
pub use possible_reasons::PossibleReason;
pub use ruled_out::{Proof, RuledOut};
pub use unmeasured::NODE_PLACE;
pub(crate) use unmeasured::with_word;

/// What a run comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// In one word.
    pub verdict: Verdict,
    /// What explains a fault, most certain first.
    pub causes: Vec<Cause>,
    /// What is not the cause of a fault, and what shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ruled_out: Vec<RuledOut>,
    /// What works today and will not always.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "documents::risks")]
    pub risks: Vec<Risk>,
    /// What could not be measured. The verdict is never healthy with one of these.
    pub unmeasured: Vec<UnmeasuredChecks>,
    /// How what was seen goes together with what the model expects.
    #[serde(default)]
    pub agreement: Agreement,
    /// Where the API's view and the nodes' own differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disagreements: Vec<Disagreement>,
    /// What could not be read of a cluster where something fails, and would have told more.
    #[serde(flatten, with = "documents::unknown")]
    pub unknown: Vec<Gap>,
    /// What a reader should know besides.
    #[serde(flatten, with = "documents::notes")]
    pub notes: Vec<Note>,
}

/// A run's verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// Every planned check was measured, and every one was answered.
    Healthy,
    /// Some check failed.
    Fault,
    /// Nothing failed, but something could not be measured.
    Inconclusive,
}

/// One cause of a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// What it states.
    #[serde(flatten, with = "documents::finding")]
    pub finding: Finding,
    /// How certain it is.
    pub confidence: Confidence,
    /// What was seen that shows it.
    #[serde(flatten, with = "documents::evidence")]
    pub evidence: Vec<Evidence>,
    /// What can be done, best first.
    pub fixes: Vec<Fix>,
}

impl Cause {
    /// Which one.
    #[must_use]
    pub const fn kind(&self) -> CauseKind {
        self.finding.kind()
    }
}

/// The causes that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CauseKind {
    /// No endpoint is ready anywhere.
    NoEndpoints,
    /// Policy Local, and the failing nodes are those without a local endpoint.
    LocalPolicyWithoutLocalEndpoint,
    /// Internal policy Local, and the nodes that fail at the ClusterIP are those without a local
    /// endpoint.
    InternalPolicyWithoutLocalEndpoint,
    /// loadBalancerSourceRanges shuts clients inside the cluster out.
    SourceRanges,
    /// Only nodes with an endpoint fail: the load balancer does not bring connections back.
    Loopback,
    /// The Service's name does not resolve.
    ClusterDns,
    /// A port that the Service does not declare, at an address that the node keeps.
    UndeclaredPort,
    /// Somebody else than the Service's endpoints answers.
    WrongServer,
    /// The servers wait for the PROXY header that the load balancer writes.
    ProxyHeaderMissing,
    /// The servers speak plain HTTP: TLS ends at the load balancer.
    TlsEndsAtLoadBalancer,
    /// A NetworkPolicy keeps the pods from the endpoints.
    NetworkPolicy,
    /// Endpoints answer on their own node only.
    BetweenNodes,
    /// kube-proxy does not get its rules written.
    StaleRules,
    /// ipvs holds ready endpoints with weight 0, since kube-proxy was restarted while it removed them.
    DrainedServers,
    /// kube-proxy runs under another name than its node's.
    NodeNameDiffers,
    /// `spec.externalIPs` are treated otherwise than the load balancer's address.
    ExternalIps,
    /// The load balancer's address is a node's own.
    AddressOfANode,
    /// cert-manager's check of itself fails for the same reason.
    CertManagerSelfCheck,
    /// Endpoints are ready, and nothing reaches them by any address.
    Unreachable,
    /// Something fails in a pattern that no known cause has.
    Unrecognised,
}

/// How certain a cause is; the more certain comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Confidence {
    /// The pattern is complete: what the cause predicts was seen everywhere.
    Confirmed,
    /// Nothing contradicts it, but part of the pattern was not seen.
    Likely,
    /// It is one explanation among others.
    Possible,
}

impl std::fmt::Display for Confidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Confirmed => "confirmed",
            Self::Likely => "likely",
            Self::Possible => "possible",
        })
    }
}

/// Vantages from which nothing was measured for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnmeasuredChecks {
    /// The vantages.
    pub vantages: Vec<Vantage>,
    /// The reason.
    #[serde(flatten)]
    pub why: Unmeasured,
}

impl Diagnosis {
    /// Diagnoses a run.
    #[must_use]
    pub fn of(facts: &Facts, plan: &Plan, observations: &Observations) -> Self {
        let facts = &node_evidence::join(facts, observations);
        let matrix = Matrix::new(plan, observations);
        let prediction = Prediction::new(facts, plan);
        let contrast = Contrast::new(facts, &matrix, &prediction);
        let unmeasured = unmeasured::list(&matrix, observations);
        // What was seen is of one state of the cluster or of another: no cause can be told from it.
        let mut causes = if facts.changed_meanwhile.is_empty() { causes(&contrast) } else { Vec::new() };
        for cause in &mut causes {
            remedies::name_owner(&mut cause.fixes, &facts.service);
        }
        let ruled_out = if causes.is_empty() { Vec::new() } else { ruled_out::list(&contrast, &causes) };
        // A load balancer of whose addresses all or some are left out was not looked at.
        let dials_it = plan.targets_left_out.is_none() && plan.targets.iter().any(|target| target.kind.is_load_balancer());
        let measured = dials_it && matrix.service_checks().any(|(_, _, state)| state == CheckState::Reached);
        let verdict = match (causes.is_empty(), unmeasured.is_empty() && measured && facts.changed_meanwhile.is_empty()) {
            (false, _) => Verdict::Fault,
            (true, true) => Verdict::Healthy,
            (true, false) => Verdict::Inconclusive,
        };
        let agreement = Agreement { explanations: possible_reasons::list(&contrast), ..Agreement::new(&prediction, &matrix) };
        let unknown = if verdict == Verdict::Fault { gaps::list(facts) } else { Vec::new() };
        Self {
            verdict,
            causes,
            ruled_out,
            risks: risks::list(facts),
            unmeasured,
            agreement,
            disagreements: node_evidence::disagreements(facts, observations),
            unknown,
            notes: notes::list(facts, &matrix),
        }
    }
}

/// The causes whose pattern is there; what none of them explains is unrecognised. An answer by the
/// wrong server is a fault although nothing failed.
fn causes(contrast: &Contrast<'_>) -> Vec<Cause> {
    if !contrast.anything_failed() {
        return wrong_server::find(contrast).into_iter().collect();
    }
    let known = [
        no_endpoints::find(contrast),
        stale_rules::find(contrast),
        drained_servers::find(contrast),
        node_name::find(contrast),
        between_nodes::find(contrast),
        network_policy::find(contrast),
        unreachable::find(contrast),
        address_of_a_node::find(contrast),
        source_ranges::find(contrast),
        local_policy::find(contrast),
        bypassed::proxy_header(contrast),
        bypassed::tls(contrast),
        undeclared_port::find(contrast),
        wrong_server::find(contrast),
        external_ips::find(contrast),
        internal_policy::find(contrast),
        loopback::find(contrast),
        cluster_dns::find(contrast),
    ];
    let mut causes: Vec<_> = known.into_iter().flatten().collect();
    causes.sort_by_key(|cause| (cause.confidence, cause.kind().precedence()));
    if causes.is_empty() {
        causes.push(unrecognised::describe(contrast));
    }
    // A consequence stands behind what it follows from.
    causes.extend(cert_manager::find(contrast));
    causes
}

#[cfg(test)]
mod tests;
