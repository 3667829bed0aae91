//! What a command says on standard error while it works, as data.

use std::net::SocketAddr;
use std::time::Duration;

use crate::facts::ServiceChange;
use crate::patch::ObjectReference;
use crate::plan::Vantage;

/// A line. `cause` is another message, an error's most often.
#[expect(missing_docs, reason = "the fields are what the variants say")]
#[derive(Clone, Copy, Debug)]
pub enum Message<'a> {
    /// Something went wrong, and the command goes on.
    Warning { cause: &'a str },
    /// The command ended with an error.
    Error { cause: &'a str },
    /// What can be done about it.
    Hint { hint: &'a str },
    /// A login command of the kubeconfig takes long.
    WaitingForLogin { command: &'a str },
    /// Nobody may put the Job's deadline off.
    DeadlineFixed { cause: &'a str, seconds: u64 },
    /// Where Prometheus finds how a watch stands.
    MetricsServed { address: SocketAddr },
    /// A request to the server has ended: what it was for, its verb and resource, and how long it took.
    Requested { what: &'a str, access: (&'a str, &'a str), took: Duration, failed: bool },
    /// The checks before a change are made, and nodes may change now: how many ended as predicted, how many not.
    ProvingBegins { agreeing: usize, mismatches: usize },
    /// A node's kube-proxy is back: what it says and what its checks came to, in words; and how many nodes have changed.
    NodeProven { node: &'a str, kube_proxy: &'a str, checks: &'a str, changed: usize, nodes: usize },
    /// A node's checks could not be made again.
    NodeNotMeasured { node: &'a str, cause: &'a str },
    /// What can be done about that.
    DeadlineHint,
    /// The image cannot be pulled, and the probe is sent in ConfigMaps.
    Carrying { cause: &'a str, nodes: usize, bytes: usize },
    /// More nodes of a class are probed.
    ProbingMore,
    /// They could not be.
    ProbingMoreFailed { cause: &'a str },
    /// The Service changed during the run; everything is probed once more.
    ProbingAgain { service: &'a str, changes: &'a [ServiceChange] },
    /// The probe is put into these pods, where it stays.
    EphemeralContainers { pods: &'a [String] },
    /// The program is sent into containers of these images, as its own image is not on the node.
    /// `may_be_pulled`: only where it cannot be pulled either.
    SentInto { images: &'a [String], may_be_pulled: bool, bytes: usize },
    /// Privileged pods are to look into the kernels of these nodes.
    KernelLook { nodes: &'a [String] },
    /// The Service changed, and what kernels told is of another state.
    KernelLeftOut,
    /// The Service changed, and what was dialled outside is no longer what it has.
    OutsideLeftOut,
    /// The first signal came.
    Removing,
    /// Everything of the run is gone.
    Removed { namespace: &'a str },
    /// No kubelet has said that these probes have ended.
    NotConfirmed { vantages: &'a [Vantage], most_seconds: u64 },
    /// Not everything could be removed.
    CleanUpFailed { cause: &'a str, seconds: u64 },
    /// How far a run has come.
    Progress { pods: usize, created: usize, running: usize, answered: usize },
    /// A run begins.
    Probing { service: &'a str },
    /// The user said no.
    NothingChanged,
    /// An object was changed.
    Changed { object: &'a ObjectReference },
    /// Whether it was is not known.
    MaybeChanged { object: &'a ObjectReference },
    /// Another tool keeps the object as its source says.
    KeptByOther { owner: &'a str, object: &'a ObjectReference },
    /// Another object owns the Service.
    OwnedByOther { owner: &'a str },
    /// The reports of a fix, by their files.
    Reports { before: &'a str, after: &'a str },
    /// The second of them could not be written.
    ReportNotSaved { cause: &'a str, before: &'a str },
    /// The object that was changed is gone.
    Gone { object: &'a ObjectReference },
    /// A change stays that was not verified.
    NotVerified { object: &'a ObjectReference },
    /// What can be done about it.
    NotVerifiedHint,
    /// An object bears the record of a change.
    Pending { object: &'a ObjectReference, record: &'a str },
    /// It is verified now.
    Verifying { object: &'a ObjectReference, record: &'a str },
    /// What puts it back is known from a file, and shown next.
    UndoRecorded,
    /// What puts it back follows from the strategy, and is shown next.
    UndoComputed,
    /// It is as it was before this time.
    PutBack { object: &'a ObjectReference, before: &'a str },
    /// How many objects were removed from a namespace, or from all.
    CleanedUp { objects: usize, namespace: Option<&'a str> },
    /// How many would be.
    WouldCleanUp { objects: usize, namespace: Option<&'a str> },
    /// An object with a record in a namespace.
    PendingIn { object: &'a ObjectReference, record: &'a str },
    /// What ends it; the command.
    PendingHint { command: &'a str },
    /// All expectations of a Service hold, and so many are they.
    Accepted { expectations: usize },
    /// Some do not.
    NotAccepted { expectations: usize, failing: &'a [&'a str] },
    /// An object that runs left in a namespace.
    LeftOver { object: &'a str, namespace: &'a str },
    /// A patch that changes nothing.
    NothingWouldChange,
    /// An object with an annotation that is no record.
    NoRecordIn { object: &'a ObjectReference, cause: &'a str },
    /// What removes it; the command.
    NoRecordHint { command: &'a str },
    /// kubectl has a program to ask what may follow on a command line.
    CompletionInstalled { file: &'a str },
}

/// Where an object has one of the load balancer's addresses in it.
#[expect(missing_docs, reason = "the fields are what the variants say")]
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// In the command or the arguments of a container.
    Arguments { container: &'a str },
    /// In an environment variable of one.
    Variable { name: &'a str, container: &'a str },
    /// In a ConfigMap.
    ConfigMap { name: &'a str, key: &'a str },
}

/// A question to a person, which is answered with yes or no.
#[expect(missing_docs, reason = "the fields are what the variants say")]
#[derive(Clone, Copy, Debug)]
pub enum Question<'a> {
    /// Whether an object is to be changed.
    Change { object: &'a ObjectReference },
    /// Whether a change is to be taken back.
    PutBack { object: &'a ObjectReference },
    /// Whether the probe is to be put into so many pods.
    AddContainers { pods: usize },
    /// Whether to start a privileged pod on so many nodes.
    LookIntoKernels { nodes: usize },
    /// Whether to go on.
    GoOn,
}
