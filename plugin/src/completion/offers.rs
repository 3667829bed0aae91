//! From the words so far to what may follow, in two steps: which names of the cluster are wanted, and the offers with them.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use clap::{ArgMatches, Command};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate, complete};

/// Names that only the cluster, or the kubeconfig, knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameKind {
    Service,
    Namespace,
    Node,
    /// Pods and Deployments, with their kinds.
    Pod,
    Context,
}

/// Which names are wanted, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) kind: NameKind,
    /// The namespace that was named.
    pub(crate) namespace: Option<String>,
    pub(crate) context: Option<String>,
    pub(crate) kubeconfig: Option<PathBuf>,
}

/// A name to offer, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) name: String,
    pub(crate) about: Option<String>,
}

/// cobra's bits of what a shell is to do with the offers.
mod directive {
    /// Whoever takes one goes on in the same word.
    pub(super) const NO_SPACE: u8 = 2;
    /// Files are no offer beside these.
    pub(super) const NO_FILES: u8 = 4;
    /// They are in the order in which they are to be shown.
    pub(super) const KEEP_ORDER: u8 = 32;
}

impl NameKind {
    /// What an argument takes, by its id.
    fn of(argument: &str) -> Option<Self> {
        match argument {
            "service" | "init" => Some(Self::Service),
            "namespace" | "probe_namespace" | "search_namespace" => Some(Self::Namespace),
            "node" => Some(Self::Node),
            "from" => Some(Self::Pod),
            "context" => Some(Self::Context),
            _ => None,
        }
    }
}

/// The names that are needed before anything can be offered for the last word; none where the command line itself says it.
pub(crate) fn wanted(program: &Command, words: &[OsString]) -> Option<Wanted> {
    let asked = Arc::new(Mutex::new(None));
    let heard = Arc::clone(&asked);
    let names = move |kind| {
        *heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(kind);
        Vec::new()
    };
    candidates(program, words, names);
    let kind = (*asked.lock().unwrap_or_else(PoisonError::into_inner))?;
    let read = matches(program, words);
    let value = |id: &str| read.as_ref().and_then(|read| read.try_get_one::<String>(id).ok().flatten().cloned());
    let kubeconfig = read.as_ref().and_then(|read| read.try_get_one::<PathBuf>("kubeconfig").ok().flatten().cloned());
    Some(Wanted { kind, namespace: value("namespace"), context: value("context"), kubeconfig })
}

/// What of the words can be read though they are not whole.
fn matches(program: &Command, words: &[OsString]) -> Option<ArgMatches> {
    let whole = words.split_last().map(|(_, whole)| whole).unwrap_or_default();
    let words = [OsString::from(program.get_name())].into_iter().chain(whole.iter().cloned());
    let read = program.clone().ignore_errors(true).try_get_matches_from(words).ok()?;
    Some(read.subcommand().map_or_else(|| read.clone(), |(_, of_command)| of_command.clone()))
}

/// The offers for the last word, as kubectl takes them: a line each, with what it is behind a tab, and at last the
/// directive.
pub(crate) fn offers(program: &Command, words: &[OsString], names: &[Name]) -> String {
    let known: Vec<_> = names.to_vec();
    let candidates = candidates(program, words, move |_| known.iter().enumerate().map(|(place, name)| candidate(name, place)).collect());
    let mut lines = String::new();
    let mut seen = BTreeSet::new();
    for candidate in candidates.iter().filter(|candidate| seen.insert(candidate.get_value().to_owned())) {
        let value = candidate.get_value().to_string_lossy();
        let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
        let about = help.lines().next().map(|line| format!("\t{line}")).unwrap_or_default();
        let _ = writeln!(lines, "{value}{about}");
    }
    let _ = writeln!(lines, ":{}", directive_of(&candidates));
    lines
}

fn candidate(name: &Name, place: usize) -> CompletionCandidate {
    let about = name.about.clone().map(Into::into);
    CompletionCandidate::new(&name.name).help(about).display_order(Some(place))
}

fn directive_of(candidates: &[CompletionCandidate]) -> u8 {
    let goes_on = |candidate: &CompletionCandidate| candidate.get_value().to_string_lossy().ends_with(['/', '=']);
    let space = if candidates.iter().any(goes_on) { directive::NO_SPACE } else { 0 };
    directive::NO_FILES | directive::KEEP_ORDER | space
}

/// The last word's candidates, where `names` gives those of the cluster.
fn candidates(
    program: &Command,
    words: &[OsString],
    names: impl Fn(NameKind) -> Vec<CompletionCandidate> + Clone + Send + Sync + 'static,
) -> Vec<CompletionCandidate> {
    let mut program = with_names(program.clone(), &names).mut_subcommands(|command| with_names(command, &names));
    let last = words.len();
    // As kubectl does it: flags are no offer for a word that does not begin like one.
    let is_flag = words.last().is_some_and(|word| word.to_string_lossy().starts_with('-'));
    let words = [OsString::from(program.get_name())].into_iter().chain(words.iter().cloned()).collect();
    // An error means that nothing can be offered.
    let mut offered = complete(&mut program, words, last, std::env::current_dir().ok().as_deref()).unwrap_or_default();
    if !is_flag {
        offered.retain(|candidate| !candidate.get_value().to_string_lossy().starts_with('-'));
    }
    offered
}

fn with_names(command: Command, names: &(impl Fn(NameKind) -> Vec<CompletionCandidate> + Clone + Send + Sync + 'static)) -> Command {
    command.mut_args(|argument| match NameKind::of(argument.get_id().as_str()) {
        None => argument,
        Some(kind) => {
            let names = names.clone();
            argument.add(ArgValueCandidates::new(move || names(kind)))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::program;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    fn offered(line: &str, names: &[Name]) -> Vec<String> {
        let text = offers(&program(), &words(line), names);
        text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn commands_flags_and_values_come_from_the_command_line_itself() {
        assert_eq!(offered("ex", &[]), ["explain", ":36"]);
        assert_eq!(offered("run --del", &[]), ["--delivery", ":36"]);
        assert_eq!(offered("run gateway --delivery c", &[]), ["configmap", ":36"]);
        assert_eq!(offered("run --output=y", &[]), ["--output=yaml", ":36"]);
        assert!(offered("fix gateway --strategy dn", &[]) == ["dns-name", ":36"]);
        assert!(offered("diagnose -f Cargo.t", &[]).contains(&"Cargo.toml".into()), "a file of the folder that the user is in");
        let all = offered("", &[]);
        assert!(all.contains(&"run".into()) && !all.contains(&"man".into()), "{all:?}");
    }

    #[test]
    fn names_keep_their_order_and_say_what_they_are() {
        let name = |name: &str, about: &str| Name { name: name.into(), about: Some(about.into()) };
        let names = [name("web", "198.51.100.1"), name("api", "lb.example.com")];
        assert_eq!(offers(&program(), &words("run "), &names), "web\t198.51.100.1\napi\tlb.example.com\n:36\n");
        assert_eq!(offers(&program(), &words("run w"), &names), "web\t198.51.100.1\n:36\n");
        assert_eq!(offered("run web --node web,a", &names), ["web,api", ":36"]);
    }

    #[test]
    fn names_are_asked_for_where_the_user_looks() {
        let wanted = |line: &str| wanted(&program(), &words(line));
        let kind = |line: &str| wanted(line).map(|wanted| wanted.kind);
        assert_eq!(kind("run "), Some(NameKind::Service));
        assert_eq!(kind("accept --init "), Some(NameKind::Service));
        assert_eq!(kind("run -n "), Some(NameKind::Namespace));
        assert_eq!(kind("run gateway --node "), Some(NameKind::Node));
        assert_eq!(kind("run gateway --from "), Some(NameKind::Pod));
        assert_eq!(kind("--context "), Some(NameKind::Context));
        assert_eq!(kind("run --delivery "), None);
        let there = wanted("run -n shop --context blue --kubeconfig /tmp/a ").unwrap();
        assert_eq!((there.namespace.as_deref(), there.context.as_deref()), (Some("shop"), Some("blue")));
        assert_eq!(there.kubeconfig, Some(PathBuf::from("/tmp/a")));
    }
}
