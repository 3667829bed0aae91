//! `policy`: rules for kube-apiserver or Kyverno.

use std::collections::{BTreeMap, HashSet};

use clap::builder::PossibleValue;
use clap::error::ErrorKind;
use clap::{Args, ValueEnum};
use lbprobe_analysis::admission::AdmissionRule;

use crate::error::WrongWord;
use crate::settings::{Policy, PolicyAction, PolicyEngine, syntax};

/// What `policy` takes.
#[derive(Debug, Args)]
pub(crate) struct PolicyArguments {
    /// Rules, comma-separated
    #[arg(long, value_enum, value_name = "RULE", value_delimiter = ',', default_value = "local,external-ips")]
    rule: Vec<Rule>,
    /// Labels of the Deployments and StatefulSets that spread and replicas are about: app=gateway,tier=edge
    #[arg(long, value_name = "LABELS", value_delimiter = ',', value_parser = label)]
    workloads: Vec<(String, String)>,
    /// Fewest replicas that the rule replicas accepts
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(2..=10_000))]
    replicas: Option<u32>,
    /// Start of the policies' names; use another one for other workloads
    #[arg(long, value_name = "NAME", default_value = "lbprobe", value_parser = syntax::namespace)]
    name: String,
    /// Namespaces to leave out, comma-separated
    #[arg(long, value_name = "NAMESPACE", value_delimiter = ',', default_value = "kube-system", value_parser = syntax::namespace)]
    exempt_namespace: Vec<String>,
    /// What to do with a request that breaks a rule
    #[arg(long, value_enum, default_value_t = PolicyAction::Warn)]
    action: PolicyAction,
    /// Who enforces the rules
    #[arg(long, value_enum, default_value_t = PolicyEngine::Kubernetes)]
    engine: PolicyEngine,
}

/// The name of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Rule {
    Local,
    InternalLocal,
    ExternalIps,
    Spread,
    Replicas,
}

impl PolicyArguments {
    pub(super) fn settings(self) -> Policy {
        let mut known = HashSet::new();
        let least =
            self.replicas.or_else(|| self.rule.contains(&Rule::Replicas).then(|| conflict("--rule replicas needs --replicas NUMBER")));
        let rule = |rule: &Rule| {
            Some(match rule {
                Rule::Local => AdmissionRule::Local,
                Rule::InternalLocal => AdmissionRule::InternalLocal,
                Rule::ExternalIps => AdmissionRule::ExternalIps,
                Rule::Spread => AdmissionRule::Spread,
                Rule::Replicas => AdmissionRule::Replicas(least?),
            })
        };
        let rules: Vec<_> = self.rule.iter().filter(|rule| known.insert(**rule)).filter_map(rule).collect();
        if self.replicas.is_some() && !self.rule.contains(&Rule::Replicas) {
            conflict("--replicas is for --rule replicas")
        }
        let (name, exempt_namespaces) = (self.name, self.exempt_namespace);
        let labels = self.workloads.len();
        let workloads: BTreeMap<_, _> = self.workloads.into_iter().collect();
        if workloads.len() < labels {
            conflict("--workloads: one label is there twice")
        }
        let of_workloads = rules.iter().any(|rule| rule.is_of_workloads());
        match (of_workloads, workloads.is_empty()) {
            (true, true) => {
                conflict("--rule spread and --rule replicas need --workloads LABELS: not every workload is behind a load balancer")
            }
            (false, false) => conflict("--workloads is for --rule spread and --rule replicas"),
            _ => Policy { rules, name, exempt_namespaces, workloads, action: self.action, engine: self.engine },
        }
    }
}

fn conflict(what: &str) -> ! {
    clap::Error::raw(ErrorKind::ArgumentConflict, format!("{what}\n")).exit()
}

/// A label with its value, as the API server takes them.
fn label(word: &str) -> Result<(String, String), WrongWord> {
    let (key, value) = word.split_once('=').ok_or(WrongWord::Label)?;
    let is_name = |part: &str| {
        let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        part.len() <= 63 && part.bytes().all(is_fit) && ends(part.as_bytes().first()) && ends(part.as_bytes().last())
    };
    let (prefix, name) = key.rsplit_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let is_lower = |prefix: &str| prefix.bytes().all(|byte| !byte.is_ascii_uppercase() && byte != b'_');
    let is_domain = |prefix: &str| prefix.len() <= 253 && is_lower(prefix) && prefix.split('.').all(is_name);
    let is_key = is_name(name) && prefix.is_none_or(is_domain);
    if is_key && (value.is_empty() || is_name(value)) { Ok((key.to_owned(), value.to_owned())) } else { Err(WrongWord::Label) }
}

impl ValueEnum for Rule {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Local, Self::InternalLocal, Self::ExternalIps, Self::Spread, Self::Replicas]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (rule, help) = match self {
            Self::Local => (AdmissionRule::Local, "No externalTrafficPolicy Local that nobody has accepted"),
            Self::InternalLocal => (AdmissionRule::InternalLocal, "The same of internalTrafficPolicy"),
            Self::ExternalIps => (AdmissionRule::ExternalIps, "No externalIPs: kube-proxy stops serving them by default in 1.40"),
            Self::Spread => (AdmissionRule::Spread, "Pods on nodes of their own"),
            Self::Replicas => (AdmissionRule::Replicas(0), "At least --replicas of them"),
        };
        Some(PossibleValue::new(rule.name()).help(help))
    }
}

impl ValueEnum for PolicyAction {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Deny, Self::Warn, Self::Audit]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Deny => ("deny", "Refuse it"),
            Self::Warn => ("warn", "Accept it with a warning"),
            Self::Audit => ("audit", "Accept it and note it in the audit log"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for PolicyEngine {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Kubernetes, Self::Kyverno]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Kubernetes => ("kubernetes", "kube-apiserver, by ValidatingAdmissionPolicies (from 1.30)"),
            Self::Kyverno => ("kyverno", "Kyverno, by ValidatingPolicies (from 1.17)"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}
