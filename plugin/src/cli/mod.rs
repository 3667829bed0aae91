//! Arguments to settings: a file for each command, and one for each group of flags that several share.

mod accept;
mod bundle;
mod check;
mod checks;
mod chinese;
mod cleanup;
mod completion;
mod diagnose;
mod docs;
mod elsewhere;
mod explain;
mod fix;
mod kernel;
mod kubernetes;
mod language;
mod mcp;
mod named_pods;
mod output;
mod outside;
mod policy;
mod probes;
mod redaction;
mod rehearse;
mod run;
mod shorthand;
mod validate;
mod verify;
mod watch;

use clap::{CommandFactory as _, Parser, Subcommand};
use lbprobe_analysis::text::Language;
use lbprobe_analysis::words;

use accept::AcceptArguments;
use bundle::BundleArguments;
use check::CheckCommandArguments;
use cleanup::CleanupArguments;
use completion::{CompletionArguments, ManualArguments};
use diagnose::DiagnoseArguments;
use docs::DocsArguments;
use explain::ExplainArguments;
use fix::FixArguments;
use kubernetes::KubernetesArguments;
use language::LanguageName;
use mcp::McpArguments;
use policy::PolicyArguments;
use probes::PROBE_IMAGE;
use rehearse::RehearseArguments;
use run::RunArguments;
use verify::VerifyArguments;
use watch::WatchArguments;

use crate::settings::{self, Complete, Manual, Overview};
use crate::terminal::{Ink, language, speak, tell_text};

/// Reads the command line. A wrong one ends the program here with clap's message and code 2.
pub(crate) fn parse() -> settings::Command {
    let mut words = std::env::args_os();
    let name = words.next().unwrap_or_default();
    let words: Vec<_> = words.collect();
    speak(language::wanted(&words, |variable| std::env::var(variable).ok()));
    if let Some(words) = shorthand::completion_request(&words) {
        let (last, before) = words.split_last().map(|(last, before)| (Some(last.clone()), before)).unwrap_or_default();
        let words = shorthand::with_command_first(before.to_vec(), &program()).into_iter().chain(last).collect();
        return settings::Command::Complete(Box::new(Complete { program: program(), words }));
    }
    // Not built: each start would pay for the help of every command.
    let words = [name].into_iter().chain(shorthand::with_command_first(words, &Arguments::command()));
    let words: Vec<_> = words.collect();
    let parsed = Arguments::try_parse_from(&words).map_err(|cause| match language() {
        Language::English => cause,
        Language::Chinese => chinese::translated(Arguments::command()).try_get_matches_from(&words).err().unwrap_or(cause),
    });
    match parsed {
        Ok(arguments) => arguments.settings(),
        // Clap repeats the words of the user's that are wrong, and those may come from anywhere.
        Err(cause) if cause.use_stderr() && std::env::args_os().any(|word| word.to_string_lossy().chars().any(words::steers)) => {
            tell_text(cause.render().to_string().trim_end(), Ink::Plain);
            std::process::exit(cause.exit_code())
        }
        Err(cause) => cause.exit(),
    }
}

/// The whole command line as clap knows it.
pub(crate) fn program() -> clap::Command {
    let mut program = Arguments::command();
    program.build();
    program
}

/// The same for manual pages, which have none for `help COMMAND`.
fn manual() -> clap::Command {
    Arguments::command().disable_help_subcommand(true)
}

/// Why can pods or nodes not reach their own cluster's load balancer?
///
/// Without a command: the Services that clients outside have an address for, and
/// from which nodes each will fail, most affected first. With a SERVICE in place
/// of the command: run SERVICE.
#[derive(Debug, Parser)]
#[command(name = "kubectl-lbprobe", bin_name = "kubectl lbprobe", version, max_term_width = 80)]
#[command(args_conflicts_with_subcommands = true, override_usage = USAGE)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    kubernetes: KubernetesArguments,
    /// Language of what people read; by default that of LC_ALL, LC_MESSAGES or LANG
    ///
    /// JSON and YAML are the same in every language.
    #[arg(long, value_name = "LANGUAGE", value_enum, global = true, hide_possible_values = true)]
    lang: Option<LanguageName>,
}

const USAGE: &str = "kubectl lbprobe [OPTIONS]\n       kubectl lbprobe SERVICE [OPTIONS of run]\n       kubectl lbprobe COMMAND [OPTIONS]";

impl Arguments {
    fn settings(self) -> settings::Command {
        if let Some(command) = self.command {
            return command.settings();
        }
        let (namespace, connection) = self.kubernetes.settings();
        settings::Command::Overview(Box::new(Overview { connection, namespace, plan: explain::everything(), program: program() }))
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Probe a Service's load balancer from every node, and say what is wrong
    ///
    /// Puts a small pod on every node, once in the pod network and once in the
    /// host network, dials the load balancer's addresses, the Service's DNS name
    /// and its ClusterIPs from there, and compares. The pods are removed at the end.
    ///
    /// Exit codes: 0 healthy, 1 could not measure, 2 usage, 3 fault found,
    /// 4 inconclusive.
    Run(Box<RunArguments>),
    /// Run, and pack all that was found into one file, for a colleague or a vendor's support
    ///
    /// Takes what run takes. The archive has the report as text, Markdown, a page for a browser and JSON, with the
    /// releases and what could not be read. diagnose -f and explain -f open it. --redact replaces names
    /// and addresses by stand-ins. A report that is there already becomes one by
    /// `kubectl lbprobe diagnose -f report.json -o bundle=FILE`.
    ///
    /// Exit codes as for run.
    Bundle(Box<BundleArguments>),
    /// Predict what a Service's load balancer does inside the cluster, and why
    ///
    /// Reads the cluster, or a file, and says from which nodes the load balancer
    /// will fail, what decides it, and what each fix would change. Creates
    /// nothing. A file is what `-o facts` or `run -o json` wrote, the output of
    /// `kubectl get svc,endpointslices,no,netpol,cm,ds,po,ing,ev -A -o yaml`, or
    /// manifests that describe no cluster, as Helm and Kustomize render them.
    ///
    /// Exit codes: 0 nothing will fail, 1 could not tell, 2 usage, 3 something
    /// will fail, 4 it depends on what is not known.
    Explain(Box<ExplainArguments>),
    /// Predict what another mode, release or clusterCIDR of kube-proxy does to every Service, before it is changed
    ///
    /// Compares what is expected of each Service today with what is expected after
    /// the change, from the pods and hosts of every class of nodes: what breaks, what
    /// heals, what fails differently, whose source address changes. Says what to do
    /// first, and in which order of nodes a rolling change breaks least. Creates
    /// nothing.
    ///
    /// With --prove it probes one Service before the change and on each node after it,
    /// and compares what it sees with the rehearsal. You make the change meanwhile.
    ///
    /// Exit codes: 0 nothing gets worse, 1 could not tell, 2 usage, 3 something breaks,
    /// 4 it depends on what is not known. With --prove: 0 every node did what was
    /// rehearsed, 3 one did not, 4 not every node was seen to change.
    Rehearse(Box<RehearseArguments>),
    /// Show fixes for a fault, apply one, verify that it helps, or roll it back
    ///
    /// Probes as run does, and shows the fixes for what it finds, best first: what
    /// each changes, costs and needs, and what is expected after it. --apply makes
    /// one, with a record on the changed object, probes until the change takes
    /// effect, and compares with what was before. A change that does not help, or
    /// breaks what worked, is rolled back.
    ///
    /// Exit codes: 0 all is well, 1 could not measure or change, 2 usage, 3 a fault
    /// is left, 4 inconclusive.
    Fix(Box<FixArguments>),
    /// Probe again what a report covers, and say node by node what changed
    ///
    /// Dials the same targets from the same vantages as the run that wrote the
    /// report. Where the load balancer's status had an address and now has a
    /// hostname, the address is dialled too. Nodes that joined since are probed as
    /// well.
    ///
    /// Exit codes: 0 nothing fails and nothing that was measured before is missing,
    /// 1 could not measure, 2 usage, 3 something fails, 4 inconclusive.
    Verify(Box<VerifyArguments>),
    /// Check a file of expectations, before a rollout or in a pipeline
    ///
    /// The file says, Service by Service, which targets must be reachable from which
    /// vantages, or must not be, and what they must answer. All Services share the
    /// probe pods of one run. --init writes such a file from today's state.
    ///
    /// Exit codes: 0 every expectation holds, 1 could not measure, 2 usage, 3 some do
    /// not hold, 4 some could not be measured and the others hold.
    Accept(Box<AcceptArguments>),
    /// Keep dialling through a rollout, an upgrade or a fix: who lost what, when, how long
    ///
    /// The probe pods stay, and every vantage dials the load balancer, the DNS name
    /// and the ClusterIPs once per interval, until the time is over or Ctrl-C. Losses
    /// are printed as they happen; the report adds how long each lasted and what
    /// changed in the Service and its endpoints at that moment. Times are those of the
    /// nodes' clocks.
    ///
    /// Exit codes: 0 nothing was lost, 1 could not watch, 2 usage, 3 something was
    /// lost, 4 nothing was lost, but not everything was heard.
    Watch(Box<WatchArguments>),
    /// Remove the probe pods and Jobs of every run, and list changes that were never verified
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
    /// codes as for run.
    Diagnose(DiagnoseArguments),
    /// Print admission policies that warn of risky Services, or refuse them
    ///
    /// CEL rules for kube-apiserver itself, or for Kyverno: pipe them to `kubectl apply -f -`. They apply
    /// when a Service, Deployment or StatefulSet is created, or its spec changes. The
    /// annotation `lbprobe/ignore: CODE=REASON` exempts an object. Needs no cluster.
    ///
    /// Example: kubectl lbprobe policy --action deny | kubectl apply -f -
    Policy(PolicyArguments),
    /// Serve the commands to an agent as tools of the Model Context Protocol, on standard input and output
    ///
    /// Tools: list, explain, run, diagnose, verify, and with --allow-fix also fix. They take
    /// Services of the cluster by name, and nothing else. run and verify start probe pods
    /// as the commands do. An agent's configuration names the command kubectl, with the
    /// arguments lbprobe and mcp.
    Mcp(McpArguments),
    /// Show what is known of a cause or a risk: what you see, what proves it, what to do
    ///
    /// The pages are those of the documentation, in this program. Needs no cluster.
    Docs(DocsArguments),
    /// Ask, before anything is created, what a run would meet here
    ///
    /// Which rights are missing, whether the server takes the Job, the pods and the
    /// ConfigMaps of a run (a dry run), which nodes would be left out, and how the
    /// probe would come to the others. Creates nothing.
    ///
    /// Exit codes: 0 a run can measure everything, 1 could not ask, 2 usage, 3 a run
    /// cannot measure, 4 something will be left out or not be known.
    Check(Box<CheckCommandArguments>),
    /// Let kubectl complete commands, flags and names in the shell
    ///
    /// Prints a small program that kubectl asks what may follow, or writes it beside
    /// the plugin with --install. It works in every shell that has kubectl's own
    /// completion (kubectl completion --help), from kubectl 1.26 on.
    Completion(CompletionArguments),
    /// Show the probe's image, and how to copy it into a registry of your own
    ///
    /// Its name, its digest, and the size of what nodes are sent that cannot pull it.
    /// Needs no cluster.
    Image,
    /// Write the manual pages to a folder
    #[command(hide = true)]
    Man(ManualArguments),
}

impl Command {
    fn settings(self) -> settings::Command {
        match self {
            Self::Run(arguments) => settings::Command::Run(Box::new(arguments.settings())),
            Self::Bundle(arguments) => settings::Command::Run(Box::new(arguments.settings())),
            Self::Explain(arguments) => settings::Command::Explain(Box::new(arguments.settings())),
            Self::Rehearse(arguments) => arguments.command(),
            Self::Fix(arguments) => settings::Command::Fix(Box::new(arguments.settings())),
            Self::Verify(arguments) => settings::Command::Verify(Box::new(arguments.settings())),
            Self::Accept(arguments) => settings::Command::Accept(Box::new(arguments.settings())),
            Self::Watch(arguments) => settings::Command::Watch(Box::new(arguments.settings())),
            Self::Cleanup(arguments) => settings::Command::Cleanup(arguments.settings()),
            Self::Diagnose(arguments) => settings::Command::Diagnose(arguments.settings()),
            Self::Policy(arguments) => settings::Command::Policy(Box::new(arguments.settings())),
            Self::Mcp(arguments) => settings::Command::Mcp(arguments.settings()),
            Self::Docs(arguments) => settings::Command::Docs(arguments.settings()),
            Self::Check(arguments) => settings::Command::Check(Box::new(arguments.settings())),
            Self::Completion(arguments) => settings::Command::Completion(arguments.settings()),
            Self::Image => settings::Command::Image(PROBE_IMAGE),
            Self::Man(arguments) => settings::Command::Manual(Box::new(Manual { program: manual(), folder: arguments.folder })),
        }
    }
}

#[cfg(test)]
mod tests {
    use lbprobe_analysis::change::Change;
    use lbprobe_analysis::remedies::Strategy;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn each_command_has_a_manual_page() {
        let folder = tempfile::tempdir().unwrap();
        clap_mangen::generate_to(manual(), folder.path()).unwrap();
        let mut pages: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
        pages.sort();
        let visible = Arguments::command().get_subcommands().filter(|command| !command.is_hide_set()).count();
        assert_eq!(pages.len(), visible + 1, "{pages:?}");
        assert!(pages.contains(&"kubectl-lbprobe-run.1".into()) && !pages.iter().any(|page| page.contains("help")), "{pages:?}");
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

    /// A group of flags gives its heading to whatever comes behind it.
    #[test]
    fn headings_hold_their_own_flags_only() {
        const CLUSTER: [&str; 7] =
            ["namespace", "context", "kubeconfig", "impersonate", "impersonate_groups", "request_timeout", "verbose"];
        for command in Arguments::command().get_subcommands() {
            for argument in command.get_arguments() {
                let (id, heading) = (argument.get_id().as_str(), argument.get_help_heading());
                assert_eq!(heading == Some("Cluster"), CLUSTER.contains(&id), "{} --{id}: {heading:?}", command.get_name());
                assert!(id != "output" || heading.is_none(), "{} --output: {heading:?}", command.get_name());
            }
        }
    }

    #[test]
    fn help_fits_80_columns() {
        for command in [
            "run",
            "bundle",
            "explain",
            "rehearse",
            "fix",
            "verify",
            "accept",
            "watch",
            "cleanup",
            "diagnose",
            "policy",
            "docs",
            "mcp",
            "check",
            "completion",
        ] {
            for line in long_help(command).lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }
}
