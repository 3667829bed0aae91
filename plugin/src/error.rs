//! What ends a run before there is a verdict: what failed, the cause, and what to do about it.

use lbprobe_analysis::diagnosis::Strategy;
use lbprobe_analysis::patch::{ObjectReference, Patch};

use crate::changes::Record;
use crate::exit::Exit;

/// An error with its hint.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("failed to read the kubeconfig: {0}")]
    Kubeconfig(String),
    #[error("failed to reach the server at {server}: {cause}")]
    Unreachable { server: String, cause: String },
    #[error("failed to {what}: the server does not know you: {message}")]
    Unauthorized { what: String, message: String },
    #[error("failed to {what}: {message}")]
    Forbidden { what: String, message: String, can: Option<Access> },
    #[error("failed to {what}: {message}")]
    Api { what: String, message: String },
    #[error("failed to {what}: {message}")]
    Conflict { what: String, message: String },
    #[error("{object} was changed by somebody else meanwhile: nothing was changed now")]
    ChangedMeanwhile { object: ObjectReference },
    #[error("failed to {what}: {message}")]
    MayNotChange { what: String, message: String, can: Option<Access>, patch: Box<Patch> },
    #[error("{object} bears a record of a change that cannot be read: {cause}")]
    Record { object: ObjectReference, cause: String },
    #[error("{object} {record}")]
    Pending { object: ObjectReference, record: Box<Record> },
    #[error("{object} bears no record of a change that is not verified")]
    NothingPending { object: ObjectReference },
    #[error("a change has to be confirmed, and there is no terminal to ask on")]
    Unconfirmed,
    #[error("the diagnosis offers {} here", offered_in_words(*asked, offered))]
    NoStrategy { asked: Option<Strategy>, offered: Vec<Strategy> },
    #[error("the hostname is not said that the status is to have")]
    NoHostname,
    #[error("{} is no change of an object that this program could make", strategy.map_or_else(|| "this".into(), |strategy| strategy.to_string()))]
    NotByPatch { strategy: Option<Strategy> },
    #[error("failed to {what}: no answer within {seconds} s")]
    Overdue { what: String, seconds: u64 },
    #[error("service {name:?} not found in namespace {namespace:?}")]
    NoService { namespace: String, name: String },
    #[error("no service in namespace {namespace:?} is owned by an IstioGateway {name:?}")]
    NoGateway { namespace: String, name: String },
    #[error("service {namespace}/{name} is of type {kind}, not LoadBalancer: it has no load balancer to probe")]
    NotLoadBalancer { namespace: String, name: String, kind: String },
    #[error("service {namespace}/{name} has no load balancer address yet (EXTERNAL-IP is <pending>)")]
    NoAddress { namespace: String, name: String },
    #[error("no vantage to probe from: {reasons}")]
    NoVantage { reasons: String },
    #[error("no port to probe: {reasons}")]
    NoPort { reasons: String },
    #[error("no probe pod could be created: {message}")]
    NoPod { namespace: String, message: String, why: Refusal },
    #[error("failed to read {file}: it {cause}")]
    File { file: String, cause: String },
    #[error("failed to read {file}: it {cause}")]
    NoReport { file: String, cause: String },
    #[error("the expectations cannot be checked: {cause}")]
    Acceptance { cause: String },
    #[error("the baseline {file} is of service {holds}, not of {asked}")]
    OtherBaseline { file: String, holds: String, asked: String },
    #[error("{file} holds several Services: {names}")]
    SeveralServices { file: String, names: String },
    #[error("the change cannot be made: {0}")]
    Change(String),
    #[error("-o facts holds the facts of one Service, and -A asks for all")]
    FactsOfAll,
    #[error("failed to keep a report in {file}: {cause}")]
    Save { file: String, cause: String },
    #[error("failed to write the report: {0}")]
    Output(String),
    #[error("interrupted")]
    Interrupted(Exit),
}

fn offered_in_words(asked: Option<Strategy>, offered: &[Strategy]) -> String {
    let asked = asked.map_or_else(|| "no change that this program could make".into(), |asked| format!("no strategy {asked}"));
    let names: Vec<_> = offered.iter().map(ToString::to_string).collect();
    if names.is_empty() { asked } else { format!("{asked}, but {}", lbprobe_analysis::words::list(&names)) }
}

/// A right that was missing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    pub(crate) verb: &'static str,
    pub(crate) resource: &'static str,
}

/// Why the server refuses pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A ResourceQuota.
    Quota,
    /// PodSecurity admission.
    PodSecurity,
    /// The user lacks the right.
    Rbac,
    /// Anything else: another admission controller, an invalid object.
    Other,
}

impl Refusal {
    /// From the words of the API server's own admission, which are the only sign: all of them
    /// come as 403.
    pub(crate) fn of(message: &str) -> Self {
        if message.contains("exceeded quota") || message.contains("failed quota") {
            Self::Quota
        } else if message.contains("violates PodSecurity") {
            Self::PodSecurity
        } else if message.contains("cannot create resource") {
            Self::Rbac
        } else {
            Self::Other
        }
    }
}

impl Error {
    /// A command, or a place to look, that helps.
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Kubeconfig(_) => "kubectl config get-contexts".into(),
            Self::Unreachable { .. } | Self::Overdue { .. } => {
                "kubectl cluster-info, and --context, --kubeconfig or --request-timeout if another is meant".into()
            }
            Self::Unauthorized { .. } => "kubectl auth whoami".into(),
            Self::Forbidden { can: Some(access), .. } => {
                format!("kubectl auth can-i {} {}; manifests/rbac.yaml holds the rights that a run needs", access.verb, access.resource)
            }
            Self::NoService { namespace, .. } => format!("kubectl get services -n {namespace}; another namespace with -n"),
            Self::NoGateway { namespace, .. } => format!("kubectl get istiogateways -n {namespace}; another namespace with -n"),
            Self::NotLoadBalancer { .. } => "kubectl get services -A --field-selector spec.type=LoadBalancer".into(),
            Self::NoAddress { namespace, name } => {
                format!("kubectl describe service {name} -n {namespace}; its events say what the cloud controller waits for")
            }
            Self::NoVantage { .. } => "kubectl get nodes -o wide".into(),
            Self::NoPod { namespace, why, .. } => match why {
                Refusal::Quota => {
                    format!("kubectl describe resourcequota -n {namespace}; or probe from another namespace with --probe-namespace")
                }
                Refusal::PodSecurity => {
                    "probe from another namespace with --probe-namespace, or leave the host network out with --vantage pod".into()
                }
                Refusal::Rbac => {
                    format!("kubectl auth can-i create pods -n {namespace}; manifests/rbac.yaml holds the rights that a run needs")
                }
                Refusal::Other => "probe from another namespace with --probe-namespace".into(),
            },
            Self::File { .. } => "kubectl get services,endpointslices,nodes,configmaps,daemonsets -A -o yaml >FILE".into(),
            Self::ChangedMeanwhile { object } => {
                format!("kubectl get {object} -n {} -o yaml; then the same command again", object.namespace)
            }
            Self::MayNotChange { patch, can, .. } => {
                let verb = can.map_or_else(|| "patch it".into(), |can| format!("{} {}", can.verb, can.resource));
                let namespace = &patch.object.namespace;
                format!("somebody who may ({verb} in namespace {namespace}, see manifests/rbac.yaml) can run: {}", patch.command())
            }
            Self::Record { object, .. } => format!("kubectl annotate {object} -n {} lbprobe/fix-", object.namespace),
            Self::Pending { .. } => "the same command with --resume to verify it, or with --undo to take it back".into(),
            Self::NothingPending { .. } => "the same command without --resume and --undo".into(),
            Self::Unconfirmed => "--yes, with --strategy so that nothing is guessed".into(),
            Self::NoStrategy { .. } => "kubectl lbprobe fix SERVICE, which shows all".into(),
            Self::Save { .. } => "--save FOLDER, one that can be written to".into(),
            Self::NoHostname => "--hostname NAME, a name that resolves to the load balancer's address".into(),
            Self::NotByPatch { .. } => "the same command without --apply, which shows what to do".into(),
            Self::Acceptance { .. } => "kubectl lbprobe accept --init SERVICE, which writes a file with comments".into(),
            Self::OtherBaseline { .. } => "kubectl lbprobe run SERVICE -o json >FILE, before the change".into(),
            Self::NoReport { .. } => "kubectl lbprobe run SERVICE -o json >FILE".into(),
            Self::SeveralServices { .. } => "name one of them, and its namespace with -n".into(),
            Self::FactsOfAll => "kubectl lbprobe explain SERVICE -o facts, or -A -o yaml".into(),
            Self::Change(_) => "kubectl lbprobe explain --help".into(),
            Self::NoPort { .. } => "kubectl lbprobe run --help".into(),
            Self::Forbidden { can: None, .. } | Self::Api { .. } | Self::Conflict { .. } | Self::Output(_) | Self::Interrupted(_) => {
                return None;
            }
        })
    }

    /// How the program ends with it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Interrupted(exit) => *exit,
            _ => Exit::CouldNotMeasure,
        }
    }
}
