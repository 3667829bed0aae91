//! What ends a run before there is a verdict: what failed, the cause, and what to do about it.

mod chinese;
mod connection;
mod file;
mod image_not_there;
mod kernel_look;
mod meant;
mod not_carried;
mod other_cluster;
mod record;
mod refusal;
mod request;
mod resolution;
mod ssh_problem;
mod unknown;
mod word;
mod wrong_call;

use lbprobe_analysis::patch::{ObjectReference, Patch};
use lbprobe_analysis::remedies::Strategy;
use lbprobe_analysis::shell::{command, quoted};
use lbprobe_analysis::text::Language;
use lbprobe_probe::IdentityError;

use crate::exit::Exit;

pub(crate) use connection::{KubeconfigProblem, LoginEnd, NotReached, NotVerified, Server};
pub(crate) use file::FileProblem;
pub(crate) use image_not_there::ImageNotThere;
pub(crate) use kernel_look::KernelLookProblem;
pub(crate) use meant::MeantService;
pub(crate) use not_carried::NotCarried;
pub(crate) use other_cluster::OtherClusterProblem;
pub(crate) use record::{NoRecord, PendingChange};
pub(crate) use refusal::Refusal;
pub(crate) use request::Request;
pub(crate) use resolution::{NotResolved, resource as route_resource};
pub(crate) use ssh_problem::SshProblem;
pub(crate) use unknown::UnknownFact;
pub(crate) use word::WrongWord;
pub(crate) use wrong_call::WrongCall;

/// An error with its hint.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("failed to read the kubeconfig: {0}")]
    Kubeconfig(KubeconfigProblem),
    #[error("failed to reach the server at {server}: {cause}")]
    Unreachable { server: Server, cause: NotReached },
    #[error("failed to {what}: the server does not know you: {message}")]
    Unauthorized { what: String, message: String },
    #[error("failed to {what}: {message}")]
    Forbidden { what: String, message: String, can: Option<Access> },
    #[error("the login command {command} of the kubeconfig {ended}{}", said.as_ref().map(|said| format!(": {said}")).unwrap_or_default())]
    Login { command: String, ended: LoginEnd, said: Option<String> },
    #[error("the login command {command} of the kubeconfig did not end within {seconds} s")]
    LoginOverdue { command: String, seconds: f32 },
    #[error("failed to {what}: {message}")]
    Api { what: String, message: String, code: Option<u16> },
    #[error("failed to list {resource}: the list has no end after {pages} pages")]
    EndlessList { resource: &'static str, pages: usize },
    #[error("failed to {what}: {message}")]
    Conflict { what: String, message: String },
    #[error("{object} was changed by somebody else meanwhile: nothing was changed now")]
    ChangedMeanwhile { object: ObjectReference },
    #[error("failed to {what}: {message}")]
    MayNotChange { what: String, message: String, can: Option<Access>, patch: Box<Patch> },
    #[error("{object} has an annotation lbprobe/fix that is not a record of a change; nothing is done because of it: {cause}")]
    Record { object: ObjectReference, cause: NoRecord },
    #[error("failed to read {file}: it {cause}")]
    Journal { file: String, cause: FileProblem },
    #[error("what strategy {strategy} changed in {object} is not known here: {folder} has no file of that run")]
    NoUndo { object: Box<ObjectReference>, strategy: String, folder: String },
    #[error("what was changed in {object} cannot be verified here: {folder} has no whole file of run {run}")]
    NoBaseline { object: Box<ObjectReference>, run: String, folder: String },
    #[error("{object} {change}")]
    Pending { object: ObjectReference, change: Box<PendingChange> },
    #[error("{object} has no record of an unverified change")]
    NothingPending { object: ObjectReference },
    #[error("a change needs confirmation, and there is no terminal to ask on")]
    Unconfirmed,
    #[error("the diagnosis offers {} here", offered_in_words(*asked, offered))]
    NoStrategy { asked: Option<Strategy>, offered: Vec<Strategy> },
    #[error("strategy hostname needs the name that the status is to have")]
    NoHostname,
    #[error("{} is not a change that this program can make", strategy.map_or_else(|| "this".into(), |strategy| strategy.to_string()))]
    NotByPatch { strategy: Option<Strategy> },
    #[error("failed to {what}: no answer within {seconds} s")]
    Overdue { what: String, seconds: f32 },
    #[error("failed to create {resource} in namespace {namespace}: no answer within {seconds} s{}", asked_in_words(webhooks))]
    CreationOverdue { resource: &'static str, namespace: String, seconds: f32, webhooks: Vec<String> },
    #[error("service {name:?} not found in namespace {namespace:?}")]
    NoService { namespace: String, name: String, meant: Option<MeantService> },
    #[error("pod {name:?} not found in namespace {namespace:?}")]
    NoPodOfName { namespace: String, name: String, meant: Option<String> },
    #[error("deployment {name:?} not found in namespace {namespace:?}")]
    NoDeployment { namespace: String, name: String },
    #[error("deployment {namespace}/{name} has no pod")]
    NoPodOfDeployment { namespace: String, name: String },
    #[error("--from leaves an ephemeral container in the pod's spec, and there is no terminal to confirm on")]
    NamedPodsUnconfirmed,
    #[error("--evidence kernel {0}")]
    KernelLook(KernelLookProblem),
    #[error("no service in namespace {namespace:?} is owned by an IstioGateway {name:?}")]
    NoGateway { namespace: String, name: String },
    #[error("service {namespace}/{name} is of type {kind} and has no externalIPs: clients outside have no address for it")]
    NotExternal { namespace: String, name: String, kind: String },
    #[error("service {namespace}/{name} has no load balancer address yet (EXTERNAL-IP is <pending>)")]
    NoAddress { namespace: String, name: String },
    #[error("no vantage to probe from: {reasons}")]
    NoVantage { reasons: String },
    #[error("no vantage to probe from: no node matches")]
    NoNode,
    #[error("no vantage to probe from: no node is named {}", names.join(", "))]
    NoNodes { names: Vec<String>, nearest: Option<String> },
    #[error("failed to serve on standard input and output: {cause}")]
    Mcp { cause: String },
    #[error("cannot see kube-proxy change: no probe may run on the host network of a node")]
    ProveWithoutHosts,
    #[error("nothing was probed")]
    NothingProbed,
    #[error("no Service says which ports {host} has")]
    PortNeeded { host: String },
    #[error("no port to probe: {reasons}")]
    NoPort { reasons: String },
    #[error("{image} may later name another image: only a digest can be verified")]
    ImageNotPinned { image: String },
    #[error("{image} is not verified: {cause}")]
    ImageUnverified { image: String, cause: NotVerified },
    #[error("could not probe from {host}: {cause}")]
    OutsideHost { host: String, cause: SshProblem },
    #[error("could not probe from context/{context}: {cause}")]
    OtherCluster { context: String, cause: OtherClusterProblem },
    #[error("{checks} checks are too many for one probe")]
    PlanTooLarge { checks: usize },
    #[error("no probe pod could be created: {message}")]
    NoPod { namespace: String, message: String, why: Refusal },
    #[error("the run's Job could not be created in namespace {namespace}: {message}")]
    NoJob { namespace: String, message: String, why: Refusal },
    #[error("the ConfigMaps that carry the probe could not be created in namespace {namespace}: {message}")]
    NoConfigMap { namespace: String, message: String, why: Refusal },
    #[error("the Secret for the client certificate could not be created in namespace {namespace}: {message}")]
    NoSecret { namespace: String, message: String, why: Refusal },
    #[error("the client certificate cannot be used: {file}: {cause}")]
    ClientCertificate { file: String, is_of_key: bool, cause: IdentityError },
    #[error("{file} was measured with a client certificate")]
    BaselineWithCertificate { file: String },
    #[error("{file} was measured without a client certificate")]
    BaselineWithoutCertificate { file: String },
    #[error("{why}")]
    NotCarried { why: NotCarried },
    #[error("the probe's image cannot be pulled: {cause}")]
    ImageNotThere { cause: ImageNotThere },
    #[error(
        "something in namespace {namespace} suspended the run's Job (as Kueue does): nothing would remove the probe pods after a crash, so none was made"
    )]
    Suspended { namespace: String },
    #[error("failed to read {file}: it {cause}")]
    File { file: String, cause: FileProblem },
    #[error("failed to read {file}: it {cause}")]
    NoReport { file: String, cause: FileProblem },
    #[error("the expectations cannot be checked: {file} {cause}")]
    Acceptance { file: String, cause: FileProblem },
    #[error("the baseline {file} is of service {holds}, not of {asked}")]
    OtherBaseline { file: String, holds: String, asked: String },
    #[error("the baseline {file} is of {holds}, not of {asked}: what was asked then is measured again")]
    OtherQuestion { file: String, holds: String, asked: String },
    #[error("{file} holds several Services: {names}")]
    SeveralServices { file: String, names: String },
    #[error("{0}")]
    NotResolved(NotResolved),
    #[error("the change cannot be made: {0}")]
    Change(String),
    #[error("-o facts holds the facts of one Service, and -A asks for all")]
    FactsOfAll,
    #[error("failed to write a report to {file}: it {cause}")]
    Save { file: String, cause: FileProblem },
    #[error("failed to put stand-ins for names and addresses into what is to be written: {0}")]
    Redaction(serde_json::Error),
    #[error("kubectl-lbprobe is in no folder of PATH, where kubectl looks for it")]
    NotOnPath,
    #[error("failed to write {file}: it {cause}")]
    CompletionNotInstalled { file: String, cause: FileProblem },
    #[error("failed to write the manual pages to folder {folder}: {cause}")]
    ManualNotWritten { folder: String, cause: String },
    #[error("metrics cannot be served at {address}: {cause}")]
    Metrics { address: std::net::SocketAddr, cause: String },
    #[error("SARIF needs a named file: its results stand at places in it")]
    SarifWithoutFile,
    #[error("failed to write the report: {0}")]
    Output(String),
    #[error("interrupted")]
    Interrupted(Exit),
}

fn asked_in_words(webhooks: &[String]) -> String {
    if webhooks.is_empty() { String::new() } else { format!("; the server asks {} first", lbprobe_analysis::words::list(webhooks)) }
}

fn offered_in_words(asked: Option<Strategy>, offered: &[Strategy]) -> String {
    let asked = asked.map_or_else(|| "no change that this program can make".into(), |asked| format!("no strategy {asked}"));
    let names: Vec<_> = offered.iter().map(ToString::to_string).collect();
    if names.is_empty() { asked } else { format!("{asked}, but {}", lbprobe_analysis::words::list(&names)) }
}

fn read_command(object: &ObjectReference) -> String {
    command(&["kubectl", "get", &object.to_string(), "-n", &object.namespace, "-o", "yaml"])
}

/// A right that was missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) verb: &'static str,
    pub(crate) resource: &'static str,
}

/// Writes what `explain -f` reads, the objects that tell least last.
const WRITE_FILE: &str =
    "kubectl get services,endpointslices,nodes,networkpolicies,configmaps,daemonsets,pods,ingresses,events -A -o yaml >FILE";

impl Error {
    /// What people are told of it. Documents have its `Display`, which is English.
    pub(crate) fn told(&self, language: Language) -> String {
        match language {
            Language::English => self.to_string(),
            Language::Chinese => chinese::error(self),
        }
    }

    /// The same of [`Self::hint`].
    pub(crate) fn told_hint(&self, language: Language) -> Option<String> {
        match language {
            Language::English => self.hint(),
            Language::Chinese => chinese::hint(self),
        }
    }

    /// A command, or a place to look, that helps.
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Kubeconfig(_) => "kubectl config get-contexts".into(),
            Self::Unreachable { .. } | Self::Overdue { .. } => {
                "kubectl cluster-info, and --context, --kubeconfig or --request-timeout if another is meant".into()
            }
            Self::Unauthorized { .. } => "kubectl auth whoami".into(),
            Self::Forbidden { can: Some(access), .. } => {
                format!("kubectl auth can-i {} {}; manifests/rbac.yaml has the rights that a run needs", access.verb, access.resource)
            }
            Self::NoService { meant: Some(meant), name, .. } => meant.hint(name),
            Self::NoService { namespace, meant: None, .. } => {
                format!("kubectl get services -n {}; another namespace with -n", quoted(namespace))
            }
            Self::NoPodOfName { namespace, meant: Some(name), .. } => {
                format!("did you mean pod/{name}.{namespace}? kubectl get pods -n {} shows all", quoted(namespace))
            }
            Self::NoPodOfName { namespace, meant: None, .. } | Self::NoPodOfDeployment { namespace, .. } => {
                format!("kubectl get pods -n {}; another namespace with --from pod/NAME.NAMESPACE", quoted(namespace))
            }
            Self::NoDeployment { namespace, .. } => {
                format!("kubectl get deployments -n {}; another namespace with --from deploy/NAME.NAMESPACE", quoted(namespace))
            }
            Self::NamedPodsUnconfirmed => "--yes confirms it".into(),
            Self::KernelLook(cause) => cause.hint().into(),
            Self::NoGateway { namespace, .. } => format!("kubectl get istiogateways -n {}; another namespace with -n", quoted(namespace)),
            Self::NotExternal { .. } => "kubectl get services -A; type LoadBalancer, NodePort or externalIPs can be probed".into(),
            Self::NoAddress { namespace, name } => {
                let describe = command(&["kubectl", "describe", "service", name, "-n", namespace]);
                format!("{describe}; its events say what the controller of the load balancer waits for")
            }
            Self::NoNodes { nearest: Some(name), .. } => format!("did you mean {}? kubectl get nodes shows all", quoted(name)),
            Self::NoVantage { .. } | Self::NoNode | Self::NoNodes { .. } => "kubectl get nodes -o wide".into(),
            Self::NoPod { namespace, why, .. } => why.hint("pods", namespace),
            Self::NoJob { namespace, why, .. } => why.hint("jobs", namespace),
            Self::NoConfigMap { namespace, why, .. } => why.hint("configmaps", namespace),
            Self::NoSecret { namespace, why, .. } => why.hint("secrets", namespace),
            Self::ClientCertificate { file, is_of_key, cause } => client_certificate_hint(file, *is_of_key, cause),
            Self::BaselineWithCertificate { .. } => "name it again with --cert FILE --key FILE".into(),
            Self::NotCarried { .. } => "--delivery image, with --image and --image-pull-secret for an image that the nodes can pull".into(),
            Self::ImageNotThere { .. } => "--delivery configmap needs no registry".into(),
            Self::ImageNotPinned { .. } => "--image NAME@sha256:DIGEST".into(),
            Self::ImageUnverified { image, .. } => {
                format!("cosign tree {}; cosign has to be installed, and to reach the registry", quoted(image))
            }
            Self::OutsideHost { host, .. } => format!("ssh {} uname -sm, which has to work without a prompt", quoted(host)),
            Self::OtherCluster { context, cause } => return cause.hint(context),
            Self::PlanTooLarge { .. } => "fewer ports at a time with --port, or a file of fewer Services".into(),
            Self::Suspended { .. } => "probe from a namespace that the queue leaves alone, with --probe-namespace".into(),
            Self::Login { .. } | Self::LoginOverdue { .. } => {
                "kubectl get nodes, which runs the same login and shows its full output".into()
            }
            Self::CreationOverdue { .. } => {
                "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations: a hanging webhook blocks every create".into()
            }
            Self::File { .. } | Self::SarifWithoutFile => WRITE_FILE.into(),
            Self::ChangedMeanwhile { object } => format!("{}; then the same command again", read_command(object)),
            Self::MayNotChange { patch, can, .. } => may_not_change_hint(patch, *can),
            Self::Record { object, .. } => record_hint(object),
            Self::Pending { .. } => {
                "--resume verifies it, --undo takes it back; add --save FOLDER if it was made from another folder. Nothing was changed now"
                    .into()
            }
            Self::Journal { .. } | Self::NoUndo { .. } => {
                "--save FOLDER, the folder in which the change was made; or put it back by hand".into()
            }
            Self::NoBaseline { .. } => "--save FOLDER, the folder in which the change was made; or --undo, which takes it back".into(),
            Self::NothingPending { .. } => "the same command without --resume and --undo".into(),
            Self::Unconfirmed => "--yes, together with --strategy, --patch, --resume or --undo, so that nothing is guessed".into(),
            Self::NoStrategy { .. } => "kubectl lbprobe fix SERVICE, which shows all".into(),
            Self::Save { .. } => "name a file that you may write; with fix, --save FOLDER".into(),
            Self::Redaction(_) => "the same command without --redact; what nobody is to see has to be replaced by hand".into(),
            Self::Metrics { .. } => "--metrics 127.0.0.1:0, which takes any free port and says which".into(),
            Self::NotOnPath => "kubectl krew install lbprobe, or a link to this program in a folder of PATH".into(),
            Self::CompletionNotInstalled { .. } => SAVE_COMPLETION.into(),
            Self::ManualNotWritten { folder, .. } => format!("mkdir -p {}", quoted(folder)),
            Self::NoHostname => "--hostname NAME, a name that resolves to the load balancer's address".into(),
            Self::NotByPatch { .. } => "the same command without --apply, which shows what to do".into(),
            Self::Acceptance { .. } => "kubectl lbprobe accept --init SERVICE, which writes a file with comments".into(),
            Self::OtherBaseline { .. } | Self::BaselineWithoutCertificate { .. } | Self::ProveWithoutHosts => {
                "kubectl lbprobe run SERVICE -o json >FILE, before the change; verify SERVICE --baseline FILE after it".into()
            }
            Self::NoReport { .. } => "kubectl lbprobe run SERVICE -o json >FILE".into(),
            Self::SeveralServices { .. } => "name one of them, and its namespace with -n".into(),
            Self::NotResolved(why) => why.hint(),
            Self::OtherQuestion { holds, .. } => format!("name {} again, or the Service itself", quoted(holds)),
            Self::FactsOfAll => "kubectl lbprobe explain SERVICE -o facts, or -A -o yaml".into(),
            Self::Change(_) => "kubectl lbprobe explain --help".into(),
            Self::PortNeeded { .. } => "https://HOST, HOST:PORT, or --port PORT".into(),
            Self::NoPort { .. } => "kubectl lbprobe run --help".into(),
            Self::Forbidden { can: None, .. }
            | Self::Api { .. }
            | Self::EndlessList { .. }
            | Self::Conflict { .. }
            | Self::Output(_)
            | Self::NothingProbed
            | Self::Mcp { .. }
            | Self::Interrupted(_) => {
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

/// What `completion --install` does, by hand.
const SAVE_COMPLETION: &str = "kubectl lbprobe completion prints the program: save it as kubectl_complete-lbprobe in any folder of PATH";

/// Who can make a change that the user may not make.
fn may_not_change_hint(patch: &Patch, can: Option<Access>) -> String {
    let verb = can.map_or_else(|| "patch it".into(), |can| format!("{} {}", can.verb, can.resource));
    let namespace = &patch.object.namespace;
    format!("somebody who may ({verb} in namespace {namespace}, see manifests/rbac.yaml) can run: {}", patch.command())
}

/// What helps where a record on an object is not this program's.
fn record_hint(object: &ObjectReference) -> String {
    let annotate = command(&["kubectl", "annotate", &object.to_string(), "-n", &object.namespace, "lbprobe/fix-"]);
    format!("{annotate}, once you know who wrote it")
}

/// What helps where a client certificate cannot be used.
fn client_certificate_hint(file: &str, is_of_key: bool, cause: &IdentityError) -> String {
    let file = quoted(file);
    match cause {
        IdentityError::NoKey | IdentityError::Unreadable(_) if is_of_key => {
            format!("openssl pkey -in {file} -out key.pem takes a passphrase off; RSA keys and those of P-256, P-384 and Ed25519 are read")
        }
        _ if is_of_key => format!("openssl pkey -in {file} -pubout, beside openssl x509 -pubkey -noout of the certificate"),
        _ => format!("openssl x509 -in {file} -noout -subject -enddate"),
    }
}
