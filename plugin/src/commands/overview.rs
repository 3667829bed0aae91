//! No command: every Service that clients outside have an address for, most affected first. Creates nothing.

use super::explain::{overview_of, write_overview};
use crate::error::{Error, KubeconfigProblem};
use crate::exit::Exit;
use crate::kubernetes;
use crate::settings::{ExplainOutput, Output, Overview};
use crate::terminal::{Form, Ink, print};

/// Shows them; without a kubeconfig, the help.
pub(crate) async fn overview(settings: &Overview) -> Result<Exit, Error> {
    let cluster = match kubernetes::connect(&settings.connection).await {
        Err(cause @ Error::Kubeconfig(KubeconfigProblem::None)) => {
            print(&settings.program.clone().render_help().to_string(), Form::Text(Ink::Plain))?;
            return Err(cause);
        }
        other => other?,
    };
    let overview = overview_of(&cluster, None, settings.namespace.as_deref(), &settings.plan).await?;
    write_overview(&overview, ExplainOutput::Document(Output::Table), None)
}
