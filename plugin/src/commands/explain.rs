//! `explain`: facts → expectations → explanation → exit code. Creates nothing.

use lbprobe_analysis::explanation::Explanation;
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::Plan;

use crate::cli::ExplainArguments;
use crate::error::Error;
use crate::exit::Exit;
use crate::{cluster, report, saved};

/// Explains what is to be expected of a Service's load balancer.
pub(crate) async fn explain(arguments: &ExplainArguments) -> Result<Exit, Error> {
    let mut facts = facts(arguments).await?;
    for change in &arguments.changes {
        change.apply(&mut facts).map_err(|cause| Error::Change(cause.to_string()))?;
    }
    let plan = Plan::new(&facts, &arguments.plan_options());
    let explanation = Explanation::new(facts, plan);
    report::write_explanation(&explanation, arguments.output)?;
    Ok(explanation.outlook.into())
}

async fn facts(arguments: &ExplainArguments) -> Result<Facts, Error> {
    if let Some(file) = &arguments.filename {
        return saved::facts(file, arguments.service.as_deref(), arguments.kubernetes.namespace.as_deref());
    }
    // Clap asks for one of the two.
    let service = arguments.service.as_deref().unwrap_or_default();
    let cluster = cluster::connect(&arguments.kubernetes).await?;
    let namespace = arguments.kubernetes.namespace.as_deref().unwrap_or(&cluster.namespace);
    Box::pin(cluster::facts(&cluster, namespace, service, arguments.selector.as_deref())).await
}
