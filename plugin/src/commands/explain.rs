//! `explain`: facts → expectations → explanation → exit code. Creates nothing.

mod lint;

use std::borrow::Cow;
use std::path::Path;

use lbprobe_analysis::change::Change;
use lbprobe_analysis::documents::{Explanation, Overview, OverviewBuilder};
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::{Plan, PlanOptions};
use lbprobe_analysis::prediction::Outlook;
use lbprobe_analysis::redaction::Redaction;

use super::run::check_nodes;
use crate::error::Error;
use crate::exit::Exit;
use crate::facts::from_api::{self, ReadScope};
use crate::facts::from_file;
use crate::facts::resolution::Asking;
use crate::kubernetes::{self, Cluster};
use crate::report;
use crate::settings::{Explain, ExplainForm, ExplainOutput, FailOn, Scope, Subject};

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
            let mut all = All::new(settings);
            let around = ReadScope { probe_namespace: &cluster.namespace, selector: selector.as_deref() };
            Box::pin(from_api::every_service(&cluster, around, |facts| all.add(facts))).await?;
            return all.write(None, output);
        }
        Subject::AllInFile { file } => {
            let mut all = All::new(settings);
            from_file::every_service(file, |facts| all.add(facts))?;
            return all.write(Some(file), output);
        }
    };
    let explanation = explanation(facts, &asking, settings)?;
    report::write_explanation(&explanation, output, settings.redaction.as_ref())?;
    let mut end = End::new(settings);
    end.add(&explanation);
    Ok(end.exit(explanation.outlook))
}

/// Every Service, one after the other.
struct All<'a> {
    settings: &'a Explain,
    overview: OverviewBuilder,
    end: End,
    /// Why nothing can be said: a node that is asked about is not there.
    failed: Option<Error>,
}

impl<'a> All<'a> {
    fn new(settings: &'a Explain) -> Self {
        let overview = OverviewBuilder::new(settings.plan.clone()).ignoring(settings.ignored.clone());
        Self { settings, overview, end: End::new(settings), failed: None }
    }

    fn add(&mut self, facts: &Facts) {
        let result = check_nodes(facts, &self.settings.plan).and_then(|()| changed(Cow::Borrowed(facts), &self.settings.changes));
        let facts = match result {
            Ok(facts) => facts,
            Err(cause) => {
                self.failed = Some(cause);
                return;
            }
        };
        self.overview.add(&facts);
        // The overview has no list of all that was found.
        if self.end.fail_on.is_some() {
            let plan = Plan::new(&facts, &self.settings.plan);
            self.end.add(&Explanation::new(facts.into_owned(), plan).ignoring(&self.settings.ignored));
        }
    }

    fn write(self, file: Option<&Path>, output: ExplainOutput) -> Result<Exit, Error> {
        if let Some(cause) = self.failed {
            return Err(cause);
        }
        let changes = self.settings.changes.clone();
        let overview = Overview { file: file.map(|file| file.display().to_string()), changes, ..self.overview.build() };
        report::write_overview(&overview, output, self.settings.redaction.as_ref())?;
        Ok(self.end.exit(overview.outlook()))
    }
}

/// With the changes that are to be thought through.
fn changed<'a>(mut facts: Cow<'a, Facts>, changes: &[Change]) -> Result<Cow<'a, Facts>, Error> {
    if !changes.is_empty() {
        let facts = facts.to_mut();
        changes.iter().try_for_each(|change| change.apply(facts)).map_err(|cause| Error::Change(cause.to_string()))?;
    }
    Ok(facts)
}

/// What decides the exit code.
struct End {
    fail_on: Option<FailOn>,
    has_failed: bool,
}

impl End {
    fn new(settings: &Explain) -> Self {
        Self { fail_on: settings.fail_on, has_failed: false }
    }

    fn add(&mut self, explanation: &Explanation) {
        let counting = |level| self.fail_on.is_some_and(|fail_on| fail_on.includes(level));
        self.has_failed |=
            explanation.lint().iter().any(|result| result.ignored.is_none() && result.is_of_service() && counting(result.level));
    }

    fn exit(&self, outlook: Outlook) -> Exit {
        match self.fail_on {
            None => outlook.into(),
            Some(_) if self.has_failed => Exit::Fault,
            Some(_) => Exit::Healthy,
        }
    }
}

/// The facts of a Service of the cluster, and what of it was asked for.
async fn facts_of(settings: &Explain, scope: &Scope) -> Result<(Facts, Asking), Error> {
    let cluster = kubernetes::connect(&settings.connection).await?;
    let meant = from_api::resolve(&cluster, scope).await?;
    let around = ReadScope { probe_namespace: &cluster.namespace, selector: scope.selector.as_deref() };
    Ok((Box::pin(from_api::facts_to_predict_from(&cluster, &meant.namespace, &meant.name, around)).await?, meant.asking))
}

/// An explanation with the changes that are to be thought through.
fn explanation(facts: Facts, asking: &Asking, settings: &Explain) -> Result<Explanation, Error> {
    let facts = changed(Cow::Owned(facts), &settings.changes)?.into_owned();
    check_nodes(&facts, &settings.plan)?;
    let plan = Plan::new(&facts, &asking.options(&settings.plan));
    Ok(Explanation::new(facts, plan).ignoring(&settings.ignored))
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
