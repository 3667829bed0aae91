//! No command: every Service that clients outside have an address for, most affected first. Creates nothing.

use lbprobe_analysis::documents::OverviewBuilder;
use lbprobe_analysis::facts::Facts;

use crate::error::{Error, KubeconfigProblem};
use crate::exit::Exit;
use crate::facts::from_api::{self, ReadScope};
use crate::settings::{ExplainOutput, Output, Overview};
use crate::terminal::{Form, Ink, print};
use crate::{kubernetes, report};

/// Shows them; without a kubeconfig, the help.
pub(crate) async fn overview(settings: &Overview) -> Result<Exit, Error> {
    let cluster = match kubernetes::connect(&settings.connection).await {
        Err(cause @ Error::Kubeconfig(KubeconfigProblem::None)) => {
            print(&settings.help, Form::Text(Ink::Plain))?;
            return Err(cause);
        }
        other => other?,
    };
    let namespace = settings.namespace.as_deref();
    let is_meant = |of: &str| namespace.is_none_or(|namespace| namespace == of);
    let mut overview = OverviewBuilder::new(settings.plan.clone());
    let around = ReadScope { probe_namespace: &cluster.namespace, selector: None };
    let each = |facts: &Facts| {
        if is_meant(&facts.service.namespace) {
            overview.add(facts);
        }
    };
    let mut pending = Box::pin(from_api::every_service(&cluster, around, each)).await?;
    pending.retain(|service| is_meant(&service.namespace));
    overview.add_pending(pending);
    let overview = overview.build();
    report::write_overview(&overview, ExplainOutput::Document(Output::Table))?;
    Ok(overview.outlook().into())
}
