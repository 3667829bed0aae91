//! `run`: facts → plan → probe pods → observations → diagnosis → report → exit code.

use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::{Plan, PlanOptions};
use lbprobe_analysis::text::{self, Language};

use super::probe::probe;
use crate::cli::{KubernetesArguments, PodArguments, RunArguments, ServiceName};
use crate::cluster::{self, Around, Cluster};
use crate::error::Error;
use crate::exit::Exit;
use crate::report;

/// Probes, reports, cleans up.
pub(crate) async fn run(arguments: &RunArguments) -> Result<Exit, Error> {
    let cluster = cluster::connect(&arguments.kubernetes).await?;
    let facts =
        facts(&cluster, &arguments.service, &arguments.kubernetes, &arguments.probes.pods, arguments.checks.targets.selector.as_deref())
            .await?;
    let plan = plan(&facts, &arguments.checks.plan_options())?;
    probe(&cluster, &arguments.probes, facts, plan, |report| {
        report::write(&report, arguments.output)?;
        Ok(report.diagnosis.verdict.into())
    })
    .await
}

/// What is known of a Service, with what concerns the probe pods.
pub(super) async fn facts(
    cluster: &Cluster,
    service: &ServiceName,
    kubernetes: &KubernetesArguments,
    pods: &PodArguments,
    selector: Option<&str>,
) -> Result<Facts, Error> {
    let namespace = kubernetes.namespace.as_deref().unwrap_or(&cluster.namespace);
    let probe_namespace = pods.probe_namespace.as_deref().unwrap_or(&cluster.namespace);
    Box::pin(cluster::facts(cluster, namespace, service, Around { probe_namespace, selector })).await
}

/// The checks, or why there is none.
pub(super) fn plan(facts: &Facts, options: &PlanOptions) -> Result<Plan, Error> {
    let unknown: Vec<_> = options.nodes.iter().filter(|name| facts.nodes.iter().all(|node| node.name != **name)).cloned().collect();
    if !unknown.is_empty() {
        return Err(Error::NoVantage { reasons: format!("no node is named {}", unknown.join(", ")) });
    }
    worth_running(facts, Plan::new(facts, options))
}

/// A plan with something to do, or why it has nothing.
pub(super) fn worth_running(facts: &Facts, plan: Plan) -> Result<Plan, Error> {
    let reasons = || {
        plan.skipped
            .iter()
            .map(|skip| {
                format!(
                    "{} {}",
                    text::skip_subject(&skip.subject, Language::default()),
                    text::skip_reason(&skip.reason, Language::default())
                )
            })
            .collect::<Vec<_>>()
            .join("; ")
    };
    if plan.vantages.is_empty() {
        let reasons = if facts.nodes.is_empty() { "no node matches".into() } else { reasons() };
        return Err(Error::NoVantage { reasons });
    }
    if plan.targets.is_empty() {
        return Err(Error::NoPort { reasons: reasons() });
    }
    Ok(plan)
}
