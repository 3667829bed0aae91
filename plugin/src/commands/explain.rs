//! `explain`: facts → expectations → explanation → exit code. Creates nothing.

use lbprobe_analysis::documents::{Explanation, OverviewBuilder};
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::Plan;

use crate::error::Error;
use crate::exit::Exit;
use crate::facts::from_api::{self, ReadScope};
use crate::facts::from_file;
use crate::settings::{Explain, Subject};
use crate::{kubernetes, report};

/// Explains what is to be expected of a Service's load balancer, or of all.
pub(crate) async fn explain(settings: &Explain) -> Result<Exit, Error> {
    let facts = match &settings.subject {
        Subject::Service(scope) => {
            let cluster = kubernetes::connect(&settings.connection).await?;
            let namespace = scope.namespace.as_deref().unwrap_or(&cluster.namespace);
            let around = ReadScope { probe_namespace: &cluster.namespace, selector: scope.selector.as_deref() };
            Box::pin(from_api::facts_to_predict_from(&cluster, namespace, &scope.service, around)).await?
        }
        Subject::InFile { file, name, namespace } => from_file::facts(file, name.as_ref(), namespace.as_deref())?,
        Subject::All { selector } => {
            let mut overview = OverviewBuilder::new(settings.plan.clone());
            let cluster = kubernetes::connect(&settings.connection).await?;
            let around = ReadScope { probe_namespace: &cluster.namespace, selector: selector.as_deref() };
            let pending = Box::pin(from_api::every_service(&cluster, around, |facts| overview.add(facts))).await?;
            overview.add_pending(pending);
            return write_overview(overview, settings);
        }
        Subject::AllInFile { file } => {
            let mut overview = OverviewBuilder::new(settings.plan.clone());
            let pending = from_file::every_service(file, |facts| overview.add(facts))?;
            overview.add_pending(pending);
            return write_overview(overview, settings);
        }
    };
    write_explanation(facts, settings)
}

fn write_explanation(mut facts: Facts, settings: &Explain) -> Result<Exit, Error> {
    settings.changes.iter().try_for_each(|change| change.apply(&mut facts)).map_err(|cause| Error::Change(cause.to_string()))?;
    let plan = Plan::new(&facts, &settings.plan);
    let explanation = Explanation::new(facts, plan);
    report::write_explanation(&explanation, settings.output)?;
    Ok(explanation.outlook.into())
}

/// A line for each Service, most affected first.
fn write_overview(overview: OverviewBuilder, settings: &Explain) -> Result<Exit, Error> {
    let overview = overview.build();
    report::write_overview(&overview, settings.output)?;
    Ok(overview.outlook().into())
}
