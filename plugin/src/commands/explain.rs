//! `explain`: facts → expectations → explanation → exit code. Creates nothing.

mod lint;

use lbprobe_analysis::documents::{Explanation, Overview, OverviewBuilder};
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::{Plan, PlanOptions};
use lbprobe_analysis::redaction::Redaction;

use super::run::check_nodes;
use crate::error::Error;
use crate::exit::Exit;
use crate::facts::from_api::{self, ReadScope};
use crate::facts::from_file;
use crate::facts::resolution::Asking;
use crate::kubernetes::{self, Cluster};
use crate::report;
use crate::settings::{Explain, ExplainForm, ExplainOutput, Scope, Subject};

/// Explains what is to be expected of a Service's load balancer, or of all.
pub(crate) async fn explain(settings: &Explain) -> Result<Exit, Error> {
    match settings.output {
        ExplainForm::Explanation(output) => explain_as(settings, output).await,
        ExplainForm::Lint(output) => Box::pin(lint::lint(settings, output)).await,
    }
}

async fn explain_as(settings: &Explain, output: ExplainOutput) -> Result<Exit, Error> {
    let (facts, asking) = match &settings.subject {
        Subject::Service(scope) => facts_of(settings, scope).await?,
        Subject::InFile { file, reference, namespace } => from_file::facts(file, reference.as_ref(), namespace.as_deref())?,
        Subject::All { selector } => {
            let cluster = kubernetes::connect(&settings.connection).await?;
            let overview = overview_of(&cluster, selector.as_deref(), None, &settings.plan).await?;
            return write_overview(&overview, output, settings.redaction.as_ref());
        }
        Subject::AllInFile { file } => {
            let mut overview = OverviewBuilder::new(settings.plan.clone());
            from_file::every_service(file, |facts| overview.add(facts))?;
            let overview = Overview { file: Some(file.display().to_string()), ..overview.build() };
            return write_overview(&overview, output, settings.redaction.as_ref());
        }
    };
    let explanation = explanation(facts, &asking, settings)?;
    report::write_explanation(&explanation, output, settings.redaction.as_ref())?;
    Ok(explanation.outlook.into())
}

/// The facts of a Service of the cluster, and what of it was asked for.
async fn facts_of(settings: &Explain, scope: &Scope) -> Result<(Facts, Asking), Error> {
    let cluster = kubernetes::connect(&settings.connection).await?;
    let meant = from_api::resolve(&cluster, scope).await?;
    let around = ReadScope { probe_namespace: &cluster.namespace, selector: scope.selector.as_deref() };
    Ok((Box::pin(from_api::facts_to_predict_from(&cluster, &meant.namespace, &meant.name, around)).await?, meant.asking))
}

/// An explanation with the changes that are to be thought through.
fn explanation(mut facts: Facts, asking: &Asking, settings: &Explain) -> Result<Explanation, Error> {
    settings.changes.iter().try_for_each(|change| change.apply(&mut facts)).map_err(|cause| Error::Change(cause.to_string()))?;
    check_nodes(&facts, &settings.plan)?;
    let plan = Plan::new(&facts, &asking.options(&settings.plan));
    Ok(Explanation::new(facts, plan))
}

/// What is to be expected of every Service of a cluster, or of one namespace, on the nodes of a label selector.
pub(super) async fn overview_of(
    cluster: &Cluster,
    selector: Option<&str>,
    namespace: Option<&str>,
    plan: &PlanOptions,
) -> Result<Overview, Error> {
    let is_meant = |of: &str| namespace.is_none_or(|namespace| namespace == of);
    let mut overview = OverviewBuilder::new(plan.clone());
    let around = ReadScope { probe_namespace: &cluster.namespace, selector };
    let each = |facts: &Facts| {
        if is_meant(&facts.service.namespace) {
            overview.add(facts);
        }
    };
    Box::pin(from_api::every_service(cluster, around, each)).await?;
    Ok(overview.build())
}

/// A line for each Service, most affected first.
pub(super) fn write_overview(overview: &Overview, output: ExplainOutput, redaction: Option<&Redaction>) -> Result<Exit, Error> {
    report::write_overview(overview, output, redaction)?;
    Ok(overview.outlook().into())
}
