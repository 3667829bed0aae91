//! `run`: facts → plan → probe pods → observations → diagnosis → report → exit code.

use lbprobe_analysis::documents::Report;
use lbprobe_analysis::facts::{Endpoint, Facts};
use lbprobe_analysis::observations::{KernelLook, Observations};
use lbprobe_analysis::plan::{Plan, PlanOptions, Target};
use lbprobe_analysis::text;
use lbprobe_analysis::text::messages::Message;

use super::kernel;
use super::named_pods;
use super::outside::{Lookout, Sight};
use super::probe::probe;
use crate::error::Error;
use crate::exit::Exit;
use crate::facts::from_api::{self, ReadScope};
use crate::facts::resolution::{Meant, Resolved};
use crate::kubernetes::{self, Cluster};
use crate::nearest::nearest;
use crate::report;
use crate::settings::{Pods, Run};
use crate::terminal::{language, say};

/// Probes, reports, cleans up.
pub(crate) async fn run(settings: &Run) -> Result<Exit, Error> {
    let cluster = kubernetes::connect(&settings.connection).await?;
    let meant = from_api::resolve_anything(&cluster, &settings.scope, settings.elsewhere).await?;
    let facts = facts_of(&cluster, &meant, settings.scope.selector.as_deref(), &settings.probing.pods).await?;
    let plan = plan(&facts, &meant.asking().options(&settings.plan))?;
    let plan = named_pods::add(&cluster, &settings.named_pods, &settings.probing.pods, &facts, plan).await?;
    let kernel = Box::pin(kernel::look(&cluster, settings.kernel, &settings.probing.pods, &facts, &plan)).await?;
    let lookout = Lookout { outside: &settings.outside, cluster: &cluster, connection: &settings.connection, pods: &settings.probing.pods };
    let outside = lookout.see(&plan, &facts).await?;
    let (targets, endpoints) = (plan.targets.clone(), facts.endpoints.clone());
    probe(&cluster, &settings.probing, facts, plan, |mut report| {
        report = with_kernel(with_outside(report, outside, &targets), kernel, (&targets, &endpoints));
        report::write(&report, &settings.outputs)?;
        Ok(report.diagnosis.verdict.into())
    })
    .await
}

/// A report with what was seen outside, at these targets. Where the Service changed, they may have other numbers.
pub(super) fn with_outside(report: Report, outside: Option<Sight>, targets: &[Target]) -> Report {
    let Some(Sight { mut record, from }) = outside else { return report };
    if report.plan.targets != targets {
        say(Message::OutsideLeftOut);
        record.observations.clear();
    }
    Report::new(report.facts, report.plan, Observations { outside: Some(record), outside_from: from, ..report.observations })
}

/// A report with what kernels told of these targets and endpoints. Where the Service changed, it is of another state.
fn with_kernel(report: Report, kernel: Vec<KernelLook>, (targets, endpoints): (&[Target], &[Endpoint])) -> Report {
    if kernel.is_empty() {
        return report;
    }
    if report.plan.targets != targets || report.facts.endpoints != endpoints {
        say(Message::KernelLeftOut);
        return report;
    }
    Report::new(report.facts, report.plan, Observations { kernel, ..report.observations })
}

/// What is known of what a user means.
pub(super) async fn facts_of(cluster: &Cluster, meant: &Meant, selector: Option<&str>, pods: &Pods) -> Result<Facts, Error> {
    match meant {
        Meant::Service(resolved) => facts(cluster, resolved, selector, pods).await,
        Meant::Elsewhere(service, _) => Box::pin(from_api::facts_elsewhere(cluster, service, read_scope(cluster, selector, pods))).await,
    }
}

/// What is known of a Service, with what concerns the probe pods.
pub(super) async fn facts(cluster: &Cluster, meant: &Resolved, selector: Option<&str>, pods: &Pods) -> Result<Facts, Error> {
    Box::pin(from_api::facts(cluster, &meant.namespace, &meant.name, read_scope(cluster, selector, pods))).await
}

fn read_scope<'a>(cluster: &'a Cluster, selector: Option<&'a str>, pods: &'a Pods) -> ReadScope<'a> {
    ReadScope { probe_namespace: pods.namespace.as_deref().unwrap_or(&cluster.namespace), selector }
}

/// Whether all nodes that are asked about are there.
pub(super) fn check_nodes(facts: &Facts, options: &PlanOptions) -> Result<(), Error> {
    let unknown: Vec<_> = options.nodes.iter().filter(|name| facts.nodes.iter().all(|node| node.name != **name)).cloned().collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let nearest = unknown.iter().find_map(|name| nearest(name, facts.nodes.iter().map(|node| node.name.as_str()))).map(str::to_owned);
    Err(Error::NoNodes { names: unknown, nearest })
}

/// The checks, or why there is none.
pub(super) fn plan(facts: &Facts, options: &PlanOptions) -> Result<Plan, Error> {
    check_nodes(facts, options)?;
    worth_running(facts, Plan::new(facts, options))
}

/// A plan with something to do, or why it has nothing.
pub(super) fn worth_running(facts: &Facts, plan: Plan) -> Result<Plan, Error> {
    let reasons = || {
        plan.skipped
            .iter()
            .map(|skip| format!("{}: {}", text::skip_subject(&skip.subject, language()), text::skip_reason(&skip.reason, language())))
            .collect::<Vec<_>>()
            .join("; ")
    };
    if plan.vantages.is_empty() {
        return Err(if facts.nodes.is_empty() { Error::NoNode } else { Error::NoVantage { reasons: reasons() } });
    }
    if plan.targets.is_empty() && facts.service.is_elsewhere() && plan.skipped.is_empty() {
        return Err(Error::PortNeeded { host: facts.service.name.clone() });
    }
    if plan.targets.is_empty() {
        return Err(Error::NoPort { reasons: reasons() });
    }
    Ok(plan)
}
