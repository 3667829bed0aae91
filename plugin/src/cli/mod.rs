//! Arguments to one typed configuration.

pub(crate) mod validate;

use std::collections::BTreeSet;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use lbprobe_analysis::change::Change;
use lbprobe_analysis::plan::{EvidenceChecks, Network, Scheme};
use lbprobe_analysis::remedies::Strategy;
use lbprobe_analysis::words;

use crate::image::Signer;
use crate::terminal::{Ink, tell_text};

/// The image of this release's probe: by its digest where the build was given one.
pub(crate) const PROBE_IMAGE: &str = match option_env!("LBPROBE_PROBE_IMAGE") {
    Some(image) => image,
    None => concat!("kubectl-lbprobe/probe:v", env!("CARGO_PKG_VERSION")),
};

/// Reads the command line. A wrong one ends the program here with clap's message and code 2.
pub(crate) fn parse() -> Command {
    match Arguments::try_parse() {
        Ok(arguments) => arguments.command,
        // Clap repeats the words of the user's that are wrong, and those may come from anywhere.
        Err(cause) if cause.use_stderr() && std::env::args_os().any(|word| word.to_string_lossy().chars().any(words::steers)) => {
            tell_text(cause.render().to_string().trim_end(), Ink::Plain);
            std::process::exit(cause.exit_code())
        }
        Err(cause) => cause.exit(),
    }
}

/// Why can pods or nodes not reach their own cluster's load balancer?
#[derive(Debug, Parser)]
#[command(name = "kubectl-lbprobe", bin_name = "kubectl lbprobe", version, max_term_width = 80)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Probe a Service's load balancer from every node, and say what is wrong
    ///
    /// Puts a small pod on every node, once in the pod network and once in the
    /// host network, dials the load balancer's addresses, the Service's DNS name
    /// and its ClusterIPs from there, and compares. The pods are removed at the end.
    ///
    /// Exit codes: 0 healthy, 1 could not measure, 2 usage, 3 fault found,
    /// 4 inconclusive.
    Run(Box<RunArguments>),
    /// Predict what a Service's load balancer does inside the cluster, and why
    ///
    /// Reads the cluster, or a file, and says from which nodes the load balancer
    /// will fail, what decides it, and what each change would bring. Creates
    /// nothing. A file is what `-o facts` or `run -o json` wrote, or the output of
    /// `kubectl get services,endpointslices,nodes,configmaps,daemonsets -A -o yaml`.
    ///
    /// Exit codes: 0 nothing will fail, 1 could not tell, 2 usage, 3 something
    /// will fail, 4 it depends on what is not known.
    Explain(Box<ExplainArguments>),
    /// Show what can be done about a fault, or do it, see that it helps, or take it back
    ///
    /// Probes as run does, and shows the fixes of what it finds, best first: what
    /// each changes, costs and needs, and what is expected after it. With --apply one
    /// is made, with a record on the changed object; then it is probed until the
    /// change shows, and compared with what was before. What does not help, or
    /// breaks what worked, is put back.
    ///
    /// Exit codes: 0 all is well, 1 could not measure or change, 2 usage, 3 a fault
    /// is left, 4 inconclusive.
    Fix(Box<FixArguments>),
    /// Probe again what a report has, and say node by node what became of it
    ///
    /// Dials the same targets from the same vantages as the run that wrote the
    /// report; where the load balancer's status had an address and has a hostname
    /// now, the address too. Nodes that joined since are probed as well.
    ///
    /// Exit codes: 0 nothing fails and nothing that was measured before is missing,
    /// 1 could not measure, 2 usage, 3 something fails, 4 inconclusive.
    Verify(Box<VerifyArguments>),
    /// Check a file of expectations, before a rollout or in a pipeline
    ///
    /// The file says, Service by Service, from which vantages which targets have to be
    /// reached, or must not be, and how. All Services share the probe pods of one
    /// run. --init writes such a file from today's state.
    ///
    /// Exit codes: 0 every expectation holds, 1 could not measure, 2 usage, 3 some do
    /// not hold, 4 some could not be measured and the others hold.
    Accept(Box<AcceptArguments>),
    /// Keep dialling through a rollout, an upgrade or a fix: who lost what, when, how long
    ///
    /// The probe pods stay, and every vantage dials the load balancer, the DNS name
    /// and the ClusterIPs once in an interval, until the time is over or Ctrl-C. What
    /// was lost is told as it happens, and in the end with its length and what changed
    /// in the Service and its endpoints just then. Times are those of the nodes' clocks.
    ///
    /// Exit codes: 0 nothing was lost, 1 could not watch, 2 usage, 3 something was
    /// lost, 4 nothing was lost, but not everything was heard.
    Watch(Box<WatchArguments>),
    /// Remove the probe pods and Jobs of every run, and name changes that were never verified
    ///
    /// Looks in the namespace of -n, or that of the kubeconfig's context. The cluster
    /// removes probe pods by itself when their deadline has passed; this is for those
    /// who do not want to wait. It does not ask, and also stops other people's running
    /// probes: --dry-run shows what would go.
    ///
    /// Exit codes: 0 done, 1 could not look or remove, 2 usage, 4 a change waits to be
    /// verified or taken back.
    Cleanup(Box<CleanupArguments>),
    /// Repeat the diagnosis of a report that `run -o json` or `-o yaml` wrote
    ///
    /// Needs no cluster: facts, plan and observations are in the report. Exit
    /// codes as those of run.
    Diagnose(DiagnoseArguments),
}

/// What `diagnose` takes.
#[derive(Debug, Args)]
pub(crate) struct DiagnoseArguments {
    /// The report, JSON or YAML; - is standard input
    #[arg(short, long, value_name = "FILE")]
    pub(crate) filename: PathBuf,
    /// Form of the report on standard output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// What `run` takes.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The Service of type LoadBalancer: NAME, svc/NAME, or istiogateway/NAME for
    /// the one that it owns
    #[arg(value_parser = validate::service)]
    pub(crate) service: ServiceName,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    #[command(flatten)]
    pub(crate) checks: CheckArguments,
    #[command(flatten)]
    pub(crate) probes: ProbeArguments,
    /// Form of the report on standard output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// What `fix` takes.
#[expect(clippy::struct_excessive_bools, reason = "one a flag of the command line; what they mean is asked of methods")]
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("chosen").args(["strategy", "patch", "resume", "undo"]))]
pub(crate) struct FixArguments {
    /// The Service of type LoadBalancer: NAME, svc/NAME, or istiogateway/NAME for
    /// the one that it owns
    #[arg(value_parser = validate::service)]
    pub(crate) service: ServiceName,
    /// Which fix: dns-name, cluster, eni, two-load-balancers, hostname,
    /// internal-cluster or source-ranges; without it all are shown, and the best one
    /// is applied that is a change in the cluster
    #[arg(long, value_parser = validate::strategy)]
    pub(crate) strategy: Option<Strategy>,
    /// A merge patch of your own for the Service or what owns it, in a fix's place
    #[arg(long, value_name = "JSON", value_parser = validate::patch, conflicts_with = "strategy")]
    pub(crate) patch: Option<serde_json::Value>,
    /// The name that strategy hostname puts into the status; it has to resolve to
    /// the load balancer's address
    #[arg(long, value_name = "NAME", value_parser = validate::host)]
    pub(crate) hostname: Option<String>,
    /// Make the change
    #[arg(long)]
    pub(crate) apply: bool,
    /// Do not ask; needs --strategy, --patch, --resume or --undo, so that nothing is guessed
    #[arg(short, long, requires = "chosen")]
    pub(crate) yes: bool,
    /// Whether the server is asked what it would make of the change
    #[arg(long, value_enum, default_value_t = DryRun::None, conflicts_with = "apply")]
    pub(crate) dry_run: DryRun,
    /// Keep a change that does not help
    #[arg(long)]
    pub(crate) no_rollback: bool,
    /// How long the change may take to show
    #[arg(long, value_name = "DURATION", default_value = "40s", value_parser = validate::duration)]
    pub(crate) wait: Duration,
    /// This machine is outside the cluster: dial the load balancer from here too,
    /// before and after
    #[arg(long)]
    outside: bool,
    /// Folder for the reports from before and after, and for the file that says what puts the change back; --resume and
    /// --undo look for it there
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(crate) save: PathBuf,
    /// Verify a change whose verification never ended
    #[arg(long, conflicts_with_all = ["undo", "apply", "strategy", "patch"])]
    resume: bool,
    /// Take back a change whose verification never ended
    #[arg(long, conflicts_with_all = ["apply", "strategy", "patch"])]
    undo: bool,
    /// With strategy dns-name: namespace in which to look for who uses the address
    /// still, in env, arguments, ConfigMaps and ServiceEntries; may be given several
    /// times
    #[arg(long, value_name = "NAMESPACE", value_parser = validate::namespace)]
    pub(crate) search_namespace: Vec<String>,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    #[command(flatten)]
    pub(crate) checks: CheckArguments,
    #[command(flatten)]
    pub(crate) probes: ProbeArguments,
    /// Form of what is shown on standard output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// What is to become of a change that is not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pending {
    /// It is verified now.
    Resume,
    /// It is taken back.
    Undo,
}

impl Command {
    /// How the probe pods of a command are made; nothing where it makes none.
    pub(crate) fn pods(&self) -> Option<&PodArguments> {
        match self {
            Self::Run(arguments) => Some(&arguments.probes.pods),
            Self::Fix(arguments) => Some(&arguments.probes.pods),
            Self::Verify(arguments) => Some(&arguments.probes.pods),
            Self::Accept(arguments) => Some(&arguments.probes.pods),
            Self::Watch(arguments) => Some(&arguments.pods),
            Self::Explain(_) | Self::Cleanup(_) | Self::Diagnose(_) => None,
        }
    }
}

impl FixArguments {
    /// Whether this machine is outside.
    pub(crate) fn outside(&self) -> Outside {
        if self.outside { Outside::Asked } else { Outside::NotAsked }
    }

    /// The user's wish for a change that is not verified.
    pub(crate) fn pending(&self) -> Option<Pending> {
        match (self.resume, self.undo) {
            (true, _) => Some(Pending::Resume),
            (false, true) => Some(Pending::Undo),
            (false, false) => None,
        }
    }
}

/// Whether a change is tried at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DryRun {
    /// No: what would change is told by the patch alone
    None,
    /// Yes: admission and rights are checked, and what the server fills in is shown
    Server,
}

/// Whether this machine counts as outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outside {
    /// Nobody says so.
    NotAsked,
    /// It does.
    Asked,
}

/// What `accept` takes.
#[derive(Debug, Args)]
pub(crate) struct AcceptArguments {
    /// File of expectations, YAML or JSON; - is standard input
    #[arg(short, long, value_name = "FILE", required_unless_present = "init")]
    pub(crate) filename: Option<PathBuf>,
    /// Write a file for this Service from today's state, with comments
    #[arg(long, value_name = "SERVICE", value_parser = validate::service, conflicts_with = "filename")]
    pub(crate) init: Option<ServiceName>,
    /// Samples of each check, each from a new source port
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(crate) samples: u8,
    /// Deadline of each sample
    #[arg(long, value_name = "DURATION", default_value = "3500ms", value_parser = validate::check_timeout)]
    pub(crate) timeout: Duration,
    /// Label selector of the nodes to probe from
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub(crate) selector: Option<String>,
    /// Write the result as an Event on each Service too
    #[arg(long, conflicts_with = "init")]
    events: bool,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    #[command(flatten)]
    pub(crate) probes: ProbeArguments,
    /// Form of the result on standard output
    #[arg(short, long, value_enum, default_value_t = AcceptOutput::Table)]
    pub(crate) output: AcceptOutput,
}

/// Whether Events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Events {
    /// They are.
    Written,
    /// They are not.
    Omitted,
}

impl AcceptArguments {
    /// Whether Events are written.
    pub(crate) fn events(&self) -> Events {
        if self.events { Events::Written } else { Events::Omitted }
    }
}

/// Form of an acceptance's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AcceptOutput {
    /// For a terminal
    Table,
    /// As JSON
    Json,
    /// As YAML
    Yaml,
    /// As JUnit XML: a case for each expectation and class of nodes
    Junit,
}

impl ServiceName {
    /// As it stands on the command line.
    pub(crate) fn parse(word: &str) -> Result<Self, String> {
        validate::service(word)
    }
}

/// What `watch` takes.
#[derive(Debug, Args)]
pub(crate) struct WatchArguments {
    /// The Service of type LoadBalancer: NAME, svc/NAME, or istiogateway/NAME for
    /// the one that it owns
    #[arg(value_parser = validate::service)]
    pub(crate) service: ServiceName,
    /// How long; Ctrl-C ends it before
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = validate::watch_duration)]
    pub(crate) r#for: Duration,
    /// Between two samples of a check, more or less a tenth. Each sample has nine
    /// tenths of it to be answered
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = validate::interval)]
    pub(crate) interval: Duration,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    #[command(flatten)]
    pub(crate) targets: TargetArguments,
    #[command(flatten)]
    pub(crate) pods: PodArguments,
    /// Form of the report on standard output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// What `cleanup` takes.
#[derive(Debug, Args)]
pub(crate) struct CleanupArguments {
    /// In all namespaces
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub(crate) all_namespaces: bool,
    /// Only show what would be removed
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
}

/// Whether something is only to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preview {
    /// It is.
    Yes,
    /// It is to be done.
    No,
}

impl CleanupArguments {
    /// Whether left-overs are only to be shown.
    pub(crate) fn preview(&self) -> Preview {
        if self.dry_run { Preview::Yes } else { Preview::No }
    }
}

/// What `verify` takes.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The Service of type LoadBalancer: NAME, svc/NAME, or istiogateway/NAME for
    /// the one that it owns
    #[arg(value_parser = validate::service)]
    pub(crate) service: ServiceName,
    /// Report to compare with, as `run -o json` or `-o yaml` wrote it; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: PathBuf,
    /// Label selector of the nodes to probe from, if the baseline's run had one
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub(crate) selector: Option<String>,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    #[command(flatten)]
    pub(crate) probes: ProbeArguments,
    /// Form of the comparison on standard output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// What `explain` takes.
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// The Service of type LoadBalancer: NAME, svc/NAME, or istiogateway/NAME for
    /// the one that it owns
    #[arg(value_parser = validate::service, required_unless_present_any = ["filename", "all_namespaces"], conflicts_with = "all_namespaces")]
    pub(crate) service: Option<ServiceName>,
    /// Every Service of type LoadBalancer of the cluster, most affected first
    #[arg(short = 'A', long, conflicts_with_all = ["namespace", "port"])]
    pub(crate) all_namespaces: bool,
    /// File to read instead of the cluster; - is standard input
    #[arg(short, long, value_name = "FILE")]
    pub(crate) filename: Option<PathBuf>,
    /// A change to think through before it is made; may be given several times:
    /// externalTrafficPolicy=Cluster, internalTrafficPolicy=Local, ipMode=Proxy,
    /// replicas-on=node1,node2, kube-proxy=1.24, mode=nftables,
    /// clusterCIDR=10.244.0.0/16, hostname=lb.example.com, backend-type=eni,
    /// loadBalancerSourceRanges=10.244.0.0/16,198.18.0.0/24
    #[arg(long = "if", value_name = "KEY=VALUE")]
    pub(crate) changes: Vec<Change>,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    /// Ports to ask about, with commas between them; all TCP ports of the Service by default
    #[arg(long, value_name = "PORT", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Vec<u16>,
    /// Nodes to ask about, with commas between them; all by default
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) node: Vec<String>,
    /// Label selector of the nodes to ask about; not with a file
    #[arg(short = 'l', long, value_name = "SELECTOR", conflicts_with = "filename")]
    pub(crate) selector: Option<String>,
    /// Networks to start from: pod, host or both with a comma
    #[arg(long, value_delimiter = ',', default_value = "pod,host", value_parser = validate::network)]
    pub(crate) vantage: Vec<Network>,
    /// Form of the explanation on standard output
    #[arg(short, long, value_enum, default_value_t = ExplainOutput::Table)]
    pub(crate) output: ExplainOutput,
}

/// A Service by its own name, or by that of the operator's object that owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ServiceName {
    /// A Service.
    Service(String),
    /// ASM's IstioGateway.
    IstioGateway(String),
}

impl std::fmt::Display for ServiceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Service(name) => f.write_str(name),
            Self::IstioGateway(name) => write!(f, "istiogateway/{name}"),
        }
    }
}

/// kubectl's own.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct KubernetesArguments {
    /// Namespace of the Service; by default that of the kubeconfig's context
    #[arg(short, long, value_parser = validate::namespace)]
    pub(crate) namespace: Option<String>,
    /// Context of the kubeconfig
    #[arg(long)]
    pub(crate) context: Option<String>,
    /// Path of the kubeconfig
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// User to impersonate
    #[arg(long = "as", value_name = "USER")]
    pub(crate) impersonate: Option<String>,
    /// Group to impersonate; may be given several times
    #[arg(long = "as-group", value_name = "GROUP", requires = "impersonate")]
    pub(crate) impersonate_groups: Vec<String>,
    /// Limit of each request to the server, 5s or 1m for instance
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = validate::duration)]
    pub(crate) request_timeout: Duration,
}

/// What is dialled, from where, and how often.
#[derive(Debug, Args)]
#[command(next_help_heading = "Checks")]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) targets: TargetArguments,
    /// Samples of each check, each from a new source port
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(crate) samples: u8,
    /// Deadline of each sample. Linux repeats a lost SYN after 1 s and 3 s, so below 3.5s a single lost packet
    /// can look like a fault
    #[arg(long, value_name = "DURATION", default_value = "3500ms", value_parser = validate::check_timeout)]
    pub(crate) timeout: Duration,
    /// Dial node ports and endpoints from every node, not only where something fails
    #[arg(long)]
    pub(crate) dial_all: bool,
}

/// What is dialled, and from where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Checks")]
pub(crate) struct TargetArguments {
    /// Ports to dial, with commas between them; all TCP ports of the Service by default. One that the Service does not
    /// declare is dialled at the load balancer only
    #[arg(long, value_name = "PORT", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Vec<u16>,
    /// What to speak: tcp, http, tls or https; guessed from port and name by default
    #[arg(long, value_parser = validate::scheme)]
    pub(crate) scheme: Option<Scheme>,
    /// HTTP path
    #[arg(long, default_value = "/", value_parser = validate::path)]
    pub(crate) path: String,
    /// HTTP Host header and TLS server name
    #[arg(long, value_parser = validate::host)]
    pub(crate) host: Option<String>,
    /// Nodes to probe from, with commas between them; all by default
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) node: Vec<String>,
    /// Label selector of the nodes to probe from
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub(crate) selector: Option<String>,
    /// Probe from K nodes of each class only: with an endpoint or without, zone, node pool, kube-proxy, taints, and
    /// pod network. Where nodes of a class differ, more of it are probed. The report says how many were
    #[arg(long, value_name = "K", conflicts_with = "node")]
    pub(crate) sample: Option<NonZeroU16>,
    /// Networks to start from: pod, host or both with a comma
    #[arg(long, value_delimiter = ',', default_value = "pod,host", value_parser = validate::network)]
    pub(crate) vantage: Vec<Network>,
}

/// How the probe pods are made, and how long their answers are waited for.
#[derive(Debug, Args)]
#[command(next_help_heading = "Probe pods")]
pub(crate) struct ProbeArguments {
    #[command(flatten)]
    pub(crate) pods: PodArguments,
    /// How long a probe may take to answer when it runs; by default what its checks may take
    #[arg(long, value_name = "DURATION", value_parser = validate::duration)]
    pub(crate) answer_timeout: Option<Duration>,
    /// Up to this many pods answers are read from logs. Above it they are read from pod status: slower, and no request
    /// per pod
    #[arg(long, value_name = "PODS", default_value_t = 40)]
    pub(crate) read_logs_up_to: usize,
}

/// How the probe pods are made.
#[derive(Debug, Args)]
#[command(next_help_heading = "Probe pods")]
pub(crate) struct PodArguments {
    /// Namespace of the probe pods; by default that of the kubeconfig's context, where network policies, quota and
    /// admission are those of your applications
    #[arg(long, value_name = "NAMESPACE", value_parser = validate::namespace)]
    pub(crate) probe_namespace: Option<String>,
    /// Image of the probe
    #[arg(long, default_value = PROBE_IMAGE)]
    pub(crate) image: String,
    /// Have cosign verify the image's signature first: by this project's release, or with a public key in a FILE for an
    /// image that was copied and signed again. The image has to be named by its digest
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "release")]
    pub(crate) verify_image: Option<Signer>,
    /// Secret with which the image is pulled; may be given several times
    #[arg(long, value_name = "SECRET")]
    pub(crate) image_pull_secret: Vec<String>,
    /// What the pods tolerate: node, the taints that their node has; all; or none
    #[arg(long, value_enum, default_value_t = Tolerations::Node)]
    pub(crate) tolerations: Tolerations,
    /// How long a pod may take to start; by default 20s, plus 1s per 100 pods
    #[arg(long, value_name = "DURATION", value_parser = validate::duration)]
    pub(crate) start_timeout: Option<Duration>,
    /// How long after the last sign of life of this program the cluster removes the pods by itself; by default 90s,
    /// plus 1s per 100 pods
    #[arg(long, value_name = "DURATION", value_parser = validate::whole_seconds)]
    pub(crate) deadline: Option<Duration>,
}

/// Form of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For a terminal
    Table,
    /// The same with node ports and endpoints
    Wide,
    /// All of it as one JSON document
    Json,
    /// The same as YAML
    Yaml,
}

/// Form of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainOutput {
    /// For a terminal
    Table,
    /// The same with node ports and endpoints
    Wide,
    /// Facts, plan and expectations as JSON
    Json,
    /// The same as YAML
    Yaml,
    /// The facts alone as YAML, to be explained again with -f
    Facts,
}

/// Which taints the pods tolerate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tolerations {
    /// Those that the pod's node has
    Node,
    /// All, whatever comes
    All,
    /// None
    None,
}

/// As probes are told it; the longest that they can be told where it is longer.
pub(crate) fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

impl CheckArguments {
    /// As the plan takes it.
    pub(crate) fn plan_options(&self) -> lbprobe_analysis::plan::PlanOptions {
        lbprobe_analysis::plan::PlanOptions {
            samples: self.samples,
            timeout_ms: milliseconds(self.timeout),
            evidence: if self.dial_all { EvidenceChecks::Always } else { EvidenceChecks::OnSymptom },
            ..self.targets.plan_options()
        }
    }
}

impl TargetArguments {
    /// As the plan takes it.
    pub(crate) fn plan_options(&self) -> lbprobe_analysis::plan::PlanOptions {
        lbprobe_analysis::plan::PlanOptions {
            ports: self.port.iter().copied().collect(),
            path: self.path.clone(),
            host: self.host.clone(),
            scheme: self.scheme,
            nodes: self.node.iter().cloned().collect(),
            networks: self.vantage.iter().copied().collect::<BTreeSet<_>>(),
            sample: self.sample,
            ..lbprobe_analysis::plan::PlanOptions::default()
        }
    }
}

impl ExplainArguments {
    /// As the plan takes it. What is said on a port plays no part in a prediction.
    pub(crate) fn plan_options(&self) -> lbprobe_analysis::plan::PlanOptions {
        lbprobe_analysis::plan::PlanOptions {
            ports: self.port.iter().copied().collect(),
            scheme: Some(Scheme::Tcp),
            nodes: self.node.iter().cloned().collect(),
            networks: self.vantage.iter().copied().collect::<BTreeSet<_>>(),
            ..lbprobe_analysis::plan::PlanOptions::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    fn long_help(command: &str) -> String {
        Arguments::command().find_subcommand_mut(command).unwrap().clone().term_width(80).render_long_help().to_string()
    }

    #[test]
    fn help_names_every_strategy_and_every_kind_of_change() {
        let (fix, explain) = (long_help("fix"), long_help("explain"));
        for strategy in Strategy::ALL {
            assert!(fix.contains(&strategy.to_string()), "{strategy}");
        }
        for key in Change::KEYS {
            assert!(explain.contains(&format!("{key}=")), "{key}");
        }
    }

    #[test]
    fn help_fits_80_columns() {
        for command in ["run", "explain", "fix", "verify", "accept", "watch", "cleanup", "diagnose"] {
            for line in long_help(command).lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }
}
