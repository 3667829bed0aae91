//! What a request to the API server was for, as it stands behind "failed to".

use std::fmt;

use lbprobe_analysis::patch::ObjectReference;

/// What a request was for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Request<'a> {
    List(&'a str),
    ReadService {
        namespace: &'a str,
        name: &'a str,
    },
    ReadServiceAgain {
        namespace: &'a str,
        name: &'a str,
    },
    ReadPod {
        namespace: &'a str,
        name: &'a str,
    },
    ReadDeployment {
        namespace: &'a str,
        name: &'a str,
    },
    AddContainer {
        namespace: &'a str,
        name: &'a str,
    },
    SendProbe {
        namespace: &'a str,
        name: &'a str,
    },
    ReadConfigMap {
        namespace: &'a str,
        name: &'a str,
    },
    Read(&'a ObjectReference),
    Change(&'a ObjectReference),
    /// How the server serves a kind of object.
    Discover {
        kind: &'a str,
    },
    CreateJob {
        namespace: &'a str,
    },
    ExtendJob {
        namespace: &'a str,
    },
    RemoveJob,
    /// Whether the user has a right.
    AskRight,
    /// A try that creates nothing.
    TryPod {
        namespace: &'a str,
    },
    CreateSecret {
        namespace: &'a str,
    },
    CreateConfigMap {
        namespace: &'a str,
    },
    CreatePod,
    ListProbes,
    WatchProbes {
        namespace: &'a str,
    },
    RemoveProbes,
    Remove {
        kind: &'a str,
        name: &'a str,
    },
    WriteEvent {
        namespace: &'a str,
        service: &'a str,
    },
}

impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(resource) => write!(f, "list {resource}"),
            Self::ReadService { namespace, name } => write!(f, "read service {namespace}/{name}"),
            Self::ReadServiceAgain { namespace, name } => write!(f, "read service {namespace}/{name} again"),
            Self::ReadPod { namespace, name } => write!(f, "read pod {namespace}/{name}"),
            Self::ReadDeployment { namespace, name } => write!(f, "read deployment {namespace}/{name}"),
            Self::AddContainer { namespace, name } => write!(f, "add an ephemeral container to pod {namespace}/{name}"),
            Self::SendProbe { namespace, name } => write!(f, "send the probe to its container in pod {namespace}/{name}"),
            Self::ReadConfigMap { namespace, name } => write!(f, "read ConfigMap {namespace}/{name}"),
            Self::Read(object) => write!(f, "read {object} in namespace {}", object.namespace),
            Self::Change(object) => write!(f, "change {object} in namespace {}", object.namespace),
            Self::Discover { kind } => write!(f, "ask how the server serves {kind}"),
            Self::CreateJob { namespace } => write!(f, "create the run's Job in namespace {namespace}"),
            Self::ExtendJob { namespace } => write!(f, "extend the deadline of the run's Job in namespace {namespace}"),
            Self::RemoveJob => f.write_str("remove the run's Job"),
            Self::AskRight => f.write_str("ask for your rights"),
            Self::TryPod { namespace } => write!(f, "create a probe pod in namespace {namespace}"),
            Self::CreateSecret { namespace } => write!(f, "create the Secret of the client certificate in namespace {namespace}"),
            Self::CreateConfigMap { namespace } => write!(f, "create the run's ConfigMaps in namespace {namespace}"),
            Self::CreatePod => f.write_str("create the pod"),
            Self::ListProbes => f.write_str("list the probe pods"),
            Self::WatchProbes { namespace } => write!(f, "watch pods in namespace {namespace}"),
            Self::RemoveProbes => f.write_str("remove the probe pods"),
            Self::Remove { kind, name } => write!(f, "remove {kind} {name}"),
            Self::WriteEvent { namespace, service } => write!(f, "write an event on service {namespace}/{service}"),
        }
    }
}
