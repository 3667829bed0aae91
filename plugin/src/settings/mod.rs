//! What a user asks for, resolved: nothing of the command line's types, and no combination that means nothing. `cli/`
//! makes it of arguments; whatever comes behind takes only this.

mod accept;
mod check;
mod complete;
mod connection;
mod explain;
mod fix;
mod named_pods;
mod output;
mod overview;
mod policy;
mod probing;
mod rehearse;
mod scope;
mod service_name;
mod service_reference;
pub(crate) mod syntax;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use lbprobe_analysis::plan::PlanOptions;
use lbprobe_analysis::redaction::Redaction;

use crate::pages::Page;

pub(crate) use accept::{Accept, AcceptTask, Events};
pub(crate) use check::Check;
pub(crate) use complete::{Complete, Completion};
pub(crate) use connection::{Connection, Impersonation, Trace};
pub(crate) use explain::{Explain, FailOn, Subject};
pub(crate) use fix::{Confirmation, DryRun, Fix, FixAction, FixChoice, Outside, Rollback, SshHost};
pub(crate) use named_pods::{NamedPods, PodName, PodNameKind};
pub(crate) use output::{
    AcceptOutput, ExplainForm, ExplainOutput, LintOutput, Output, RehearsalForm, ReportForm, ReportOutputs, Summary, WatchOutput,
};
pub(crate) use overview::Overview;
pub(crate) use policy::{Policy, PolicyAction, PolicyEngine};
pub(crate) use probing::{Delivery, Pods, ProbeImage, Probing, Signer, Tolerations};
pub(crate) use rehearse::{Prove, Rehearse, RehearsedIn};
pub(crate) use scope::{Elsewhere, Scope};
pub(crate) use service_name::ServiceName;
pub(crate) use service_reference::{Pointer, ServiceReference, Url, UrlHost};

/// A command with all that it needs to know.
#[derive(Debug)]
pub(crate) enum Command {
    Run(Box<Run>),
    Explain(Box<Explain>),
    Rehearse(Box<Rehearse>),
    Prove(Box<Prove>),
    Fix(Box<Fix>),
    Verify(Box<Verify>),
    Accept(Box<Accept>),
    Watch(Box<Watch>),
    Cleanup(Cleanup),
    Diagnose(Diagnose),
    Check(Box<Check>),
    /// None was named.
    Overview(Box<Overview>),
    Complete(Box<Complete>),
    Completion(Completion),
    /// A server for agents.
    Mcp(Mcp),
    /// Admission policies.
    Policy(Box<Policy>),
    /// Pages of the documentation; all of them in a list where none is named.
    Docs(Vec<&'static Page>),
    /// The image that this program would have nodes pull.
    Image(&'static str),
    Manual(Box<Manual>),
}

impl Command {
    /// How the probe pods of a command are made; nothing where it makes none.
    pub(crate) fn pods(&self) -> Option<&Pods> {
        match self {
            Self::Run(run) => Some(&run.probing.pods),
            Self::Fix(fix) => Some(&fix.probing.pods),
            Self::Verify(verify) => Some(&verify.probing.pods),
            Self::Accept(accept) => Some(&accept.probing.pods),
            Self::Watch(watch) => Some(&watch.pods),
            Self::Prove(prove) => Some(&prove.probing.pods),
            Self::Check(check) => Some(&check.pods),
            Self::Explain(_)
            | Self::Rehearse(_)
            | Self::Cleanup(_)
            | Self::Diagnose(_)
            | Self::Overview(_)
            | Self::Complete(_)
            | Self::Completion(_)
            | Self::Policy(_)
            | Self::Mcp(_)
            | Self::Docs(_)
            | Self::Image(_)
            | Self::Manual(_) => None,
        }
    }
}

/// `run`.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) connection: Connection,
    pub(crate) scope: Scope,
    pub(crate) elsewhere: Elsewhere,
    pub(crate) plan: PlanOptions,
    pub(crate) named_pods: NamedPods,
    pub(crate) probing: Probing,
    pub(crate) outside: Outside,
    pub(crate) kernel: KernelEvidence,
    pub(crate) outputs: ReportOutputs,
}

/// Whether the kernels of two nodes are asked too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KernelEvidence {
    NotAsked,
    /// They are, and this says whether the user is asked before.
    Asked(Confirmation),
}

/// `verify`.
#[derive(Debug)]
pub(crate) struct Verify {
    pub(crate) connection: Connection,
    pub(crate) scope: Scope,
    pub(crate) elsewhere: Elsewhere,
    /// The report to compare with.
    pub(crate) baseline: PathBuf,
    pub(crate) named_pods: NamedPods,
    pub(crate) probing: Probing,
    pub(crate) outside: Outside,
    pub(crate) outputs: ReportOutputs,
}

/// `watch`.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) connection: Connection,
    pub(crate) scope: Scope,
    pub(crate) plan: PlanOptions,
    pub(crate) pods: Pods,
    /// How long to watch.
    pub(crate) duration: Duration,
    /// Between two samples of a check.
    pub(crate) interval: Duration,
    /// Where Prometheus finds how checks stand.
    pub(crate) metrics: Option<SocketAddr>,
    pub(crate) output: WatchOutput,
    pub(crate) redaction: Option<Redaction>,
}

/// `mcp`.
#[derive(Debug)]
pub(crate) struct Mcp {
    /// The cluster's flags, for the commands that tools run.
    pub(crate) flags: Vec<String>,
    /// Where those start their probe pods; that of the kubeconfig's context where missing.
    pub(crate) probe_namespace: Option<String>,
    pub(crate) fixing: Fixing,
}

/// Whether agents may change the cluster.
#[derive(Debug)]
pub(crate) enum Fixing {
    NotOffered,
    Offered {
        /// Folder for the records of changes.
        save: PathBuf,
    },
}

/// `cleanup`.
#[derive(Debug)]
pub(crate) struct Cleanup {
    pub(crate) connection: Connection,
    pub(crate) namespaces: Namespaces,
    pub(crate) preview: Preview,
}

/// Where left-overs are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Namespaces {
    All,
    Named(String),
    /// That of the kubeconfig's context.
    OfContext,
}

/// Whether something is only to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preview {
    /// It is only shown.
    Yes,
    /// It is done.
    No,
}

/// `diagnose`.
#[derive(Debug)]
pub(crate) struct Diagnose {
    /// The report to diagnose again.
    pub(crate) report: PathBuf,
    pub(crate) outputs: ReportOutputs,
}

/// `man`.
#[derive(Debug)]
pub(crate) struct Manual {
    /// The command line that the pages describe.
    pub(crate) program: clap::Command,
    /// Where they are written to.
    pub(crate) folder: PathBuf,
}

/// As probes are told a duration; the longest that they can be told where it is longer.
pub(crate) fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
