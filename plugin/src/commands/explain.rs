//! `explain`: facts → expectations → explanation → exit code. Creates nothing.

use lbprobe_analysis::explanation::Explanation;
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::overview::OverviewBuilder;
use lbprobe_analysis::plan::Plan;

use crate::cli::ExplainArguments;
use crate::cluster::{self, Around};
use crate::error::Error;
use crate::exit::Exit;
use crate::{report, saved};

/// Explains what is to be expected of a Service's load balancer, or of all.
pub(crate) async fn explain(arguments: &ExplainArguments) -> Result<Exit, Error> {
    if arguments.all_namespaces {
        return Box::pin(explain_all(arguments)).await;
    }
    let mut facts = facts(arguments).await?;
    change(&mut facts, arguments)?;
    let plan = Plan::new(&facts, &arguments.plan_options());
    let explanation = Explanation::new(facts, plan);
    report::write_explanation(&explanation, arguments.output)?;
    Ok(explanation.outlook.into())
}

fn change(facts: &mut Facts, arguments: &ExplainArguments) -> Result<(), Error> {
    arguments.changes.iter().try_for_each(|change| change.apply(facts)).map_err(|cause| Error::Change(cause.to_string()))
}

async fn facts(arguments: &ExplainArguments) -> Result<Facts, Error> {
    if let Some(file) = &arguments.filename {
        return saved::facts(file, arguments.service.as_ref(), arguments.kubernetes.namespace.as_deref());
    }
    let cluster = cluster::connect(&arguments.kubernetes).await?;
    let namespace = arguments.kubernetes.namespace.as_deref().unwrap_or(&cluster.namespace);
    let around = Around { probe_namespace: &cluster.namespace, selector: arguments.selector.as_deref() };
    match &arguments.service {
        Some(service) => Box::pin(cluster::facts(&cluster, namespace, service, around)).await,
        // Clap asks for one of the two.
        None => Err(Error::NoService { namespace: namespace.into(), name: String::new() }),
    }
}

/// A line for each Service, most affected first.
async fn explain_all(arguments: &ExplainArguments) -> Result<Exit, Error> {
    let mut overview = OverviewBuilder::new(arguments.plan_options());
    let mut add = |facts: &Facts| overview.add(facts);
    if let Some(file) = &arguments.filename {
        saved::every_service(file, &mut add)?;
    } else {
        let cluster = cluster::connect(&arguments.kubernetes).await?;
        let around = Around { probe_namespace: &cluster.namespace, selector: arguments.selector.as_deref() };
        Box::pin(cluster::every_service(&cluster, around, &mut add)).await?;
    }
    let overview = overview.build();
    report::write_overview(&overview, arguments.output)?;
    Ok(overview.outlook().into())
}
