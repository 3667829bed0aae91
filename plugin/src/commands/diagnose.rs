//! `diagnose`: a saved report's facts, plan and observations → diagnosis → report → exit code.

use crate::cli::DiagnoseArguments;
use crate::error::Error;
use crate::exit::Exit;
use crate::{report, saved};

/// Repeats the diagnosis of a report. What the file itself says of it plays no part.
pub(crate) fn diagnose(arguments: &DiagnoseArguments) -> Result<Exit, Error> {
    let report = saved::report(&arguments.filename)?;
    report::write(&report, arguments.output)?;
    Ok(report.diagnosis.verdict.into())
}
