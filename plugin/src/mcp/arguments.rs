//! What tools take. Whatever a client sends is checked before it comes to a command line: a Service of the cluster by its name, and
//! nothing that begins with a hyphen.

use lbprobe_analysis::change::Change;
use lbprobe_analysis::remedies::Strategy;
use rmcp::schemars::{self, JsonSchema};
use serde::Deserialize;

use crate::error::WrongCall;
use crate::settings::syntax;

/// In which form a tool answers.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Form {
    /// As a person reads it.
    #[default]
    Text,
    /// The whole report, for programs.
    Json,
}

/// All Services of the cluster, or of a namespace.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListArguments {
    /// Namespace; all where it is missing.
    namespace: Option<String>,
    /// text (the default) or json.
    #[serde(default)]
    form: Form,
}

/// A Service.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceArguments {
    /// Name of the Service.
    service: String,
    /// Its namespace.
    namespace: String,
    /// text (the default) or json. A report in json is what diagnose and verify take.
    #[serde(default)]
    form: Form,
}

/// A Service, and changes that are thought through.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExplainArguments {
    /// Name of the Service.
    service: String,
    /// Its namespace.
    namespace: String,
    /// Changes to predict, each KEY=VALUE: externalTrafficPolicy=Cluster, mode=nftables, kube-proxy=1.40.
    #[serde(default)]
    changes: Vec<String>,
    /// text (the default) or json.
    #[serde(default)]
    form: Form,
}

/// A report of before.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DiagnoseArguments {
    /// The report, as run gave it in the form json.
    report: String,
    /// text (the default) or json.
    #[serde(default)]
    form: Form,
}

/// A Service, and a report of before.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifyArguments {
    /// Name of the Service.
    service: String,
    /// Its namespace.
    namespace: String,
    /// The report of before, as run gave it in the form json.
    baseline: String,
    /// text (the default) or json.
    #[serde(default)]
    form: Form,
}

/// A Service, and the fix to apply.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FixArguments {
    /// Name of the Service.
    service: String,
    /// Its namespace.
    namespace: String,
    /// The strategy, as the fixes in a report name it: cluster, source-ranges and others.
    strategy: String,
}

/// A command line, with what it reads from standard input.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CommandLine {
    pub(super) words: Vec<String>,
    pub(super) input: String,
}

impl CommandLine {
    fn of(command: &str, of: &[&str], form: Form) -> Self {
        let form = match form {
            Form::Text => ["-o", "table"],
            Form::Json => ["-o", "json"],
        };
        Self { words: [&[command], of, &form[..]].concat().into_iter().map(str::to_owned).collect(), input: String::new() }
    }

    fn reading(self, input: String) -> Self {
        Self { input, ..self }
    }
}

impl TryFrom<ListArguments> for CommandLine {
    type Error = WrongCall;

    fn try_from(ListArguments { namespace, form }: ListArguments) -> Result<Self, WrongCall> {
        match namespace {
            Some(namespace) => {
                let namespace = checked("namespace", &namespace)?;
                Ok(Self::of("explain", &["-A", "-n", &namespace], form))
            }
            None => Ok(Self::of("explain", &["-A"], form)),
        }
    }
}

impl TryFrom<ExplainArguments> for CommandLine {
    type Error = WrongCall;

    fn try_from(ExplainArguments { service, namespace, changes, form }: ExplainArguments) -> Result<Self, WrongCall> {
        let named = named(&service, &namespace)?;
        let changes: Vec<String> = changes
            .iter()
            .map(|word| match word.parse::<Change>() {
                Ok(change) => Ok(format!("--if={change}")),
                Err(cause) => Err(WrongCall::Change { word: word.clone(), cause: cause.to_string() }),
            })
            .collect::<Result<_, _>>()?;
        let words: Vec<_> = named.iter().chain(&changes).map(String::as_str).collect();
        Ok(Self::of("explain", &words, form))
    }
}

impl ServiceArguments {
    /// What `run` is told.
    pub(super) fn run(&self) -> Result<CommandLine, WrongCall> {
        let named = named(&self.service, &self.namespace)?;
        Ok(CommandLine::of("run", &named.each_ref().map(String::as_str), self.form))
    }
}

impl TryFrom<DiagnoseArguments> for CommandLine {
    type Error = WrongCall;

    fn try_from(DiagnoseArguments { report, form }: DiagnoseArguments) -> Result<Self, WrongCall> {
        Ok(Self::of("diagnose", &["-f", "-"], form).reading(report))
    }
}

impl TryFrom<VerifyArguments> for CommandLine {
    type Error = WrongCall;

    fn try_from(VerifyArguments { service, namespace, baseline, form }: VerifyArguments) -> Result<Self, WrongCall> {
        let [service, of, namespace] = named(&service, &namespace)?;
        Ok(Self::of("verify", &[&service, &of, &namespace, "--baseline", "-"], form).reading(baseline))
    }
}

impl TryFrom<FixArguments> for CommandLine {
    type Error = WrongCall;

    fn try_from(FixArguments { service, namespace, strategy }: FixArguments) -> Result<Self, WrongCall> {
        let known = Strategy::ALL.into_iter().find(|known| known.to_string() == strategy);
        let all = || Strategy::ALL.map(|strategy| strategy.to_string()).to_vec();
        let strategy = known.ok_or_else(|| WrongCall::Strategy { word: strategy, all: all() })?;
        let [service, of, namespace] = named(&service, &namespace)?;
        let strategy = format!("--strategy={strategy}");
        Ok(Self::of("fix", &[&service, &of, &namespace, &strategy, "--apply", "--yes"], Form::Text))
    }
}

/// The words that name a Service.
fn named(service: &str, namespace: &str) -> Result<[String; 3], WrongCall> {
    Ok([checked("service", service)?, "-n".into(), checked("namespace", namespace)?])
}

fn checked(what: &'static str, word: &str) -> Result<String, WrongCall> {
    syntax::namespace(word).map_err(|_| WrongCall::Name { what, word: word.to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn line<T: for<'de> Deserialize<'de>>(arguments: Value) -> Result<String, String>
    where
        CommandLine: TryFrom<T, Error = WrongCall>,
    {
        let arguments: T = serde_json::from_value(arguments).map_err(|cause| cause.to_string())?;
        CommandLine::try_from(arguments).map(|line| line.words.join(" ")).map_err(|cause| cause.to_string())
    }

    #[test]
    fn arguments_become_words_of_a_command() {
        let explained = json!({ "service": "web", "namespace": "shop", "changes": ["mode=nftables", "externalTrafficPolicy=Cluster"] });
        assert_eq!(
            line::<ExplainArguments>(explained).unwrap(),
            "explain web -n shop --if=mode=nftables --if=externalTrafficPolicy=Cluster -o table"
        );
        assert_eq!(line::<ListArguments>(json!({})).unwrap(), "explain -A -o table");
        assert_eq!(line::<ListArguments>(json!({ "namespace": "shop", "form": "json" })).unwrap(), "explain -A -n shop -o json");
        let run = ServiceArguments { service: "web".into(), namespace: "shop".into(), form: Form::Json };
        assert_eq!(run.run().unwrap().words.join(" "), "run web -n shop -o json");
        let verified = json!({ "service": "web", "namespace": "shop", "baseline": "{}" });
        assert_eq!(line::<VerifyArguments>(verified).unwrap(), "verify web -n shop --baseline - -o table");
        let fixed = json!({ "service": "web", "namespace": "shop", "strategy": "cluster" });
        assert_eq!(line::<FixArguments>(fixed).unwrap(), "fix web -n shop --strategy=cluster --apply --yes -o table");
    }

    #[test]
    fn what_is_no_name_comes_to_no_command_line() {
        for word in ["", "--kubeconfig=/etc/passwd", "-A", "web;id", "https://shop.example.com", "198.51.100.1:443", "Web", "a/b"] {
            let arguments = json!({ "service": word, "namespace": "shop" });
            assert!(line::<ExplainArguments>(arguments).is_err(), "{word:?}");
            let arguments = json!({ "service": "web", "namespace": word });
            assert!(line::<ExplainArguments>(arguments).is_err(), "{word:?}");
        }
        let change = json!({ "service": "web", "namespace": "shop", "changes": ["--as=admin"] });
        assert!(line::<ExplainArguments>(change).is_err());
        let strategy = json!({ "service": "web", "namespace": "shop", "strategy": "--patch={}" });
        assert!(line::<FixArguments>(strategy).is_err());
        let unknown = json!({ "service": "web", "namespace": "shop", "image": "evil" });
        assert!(line::<ExplainArguments>(unknown).is_err());
    }
}
