//! `diagnose`: a saved report's facts, plan and observations → diagnosis → report → exit code.

use crate::error::Error;
use crate::exit::Exit;
use crate::settings::Diagnose;
use crate::{report, saved};

/// Repeats the diagnosis of a report. What the file itself says of it plays no part.
pub(crate) fn diagnose(settings: &Diagnose) -> Result<Exit, Error> {
    let report = saved::report(&settings.report)?;
    report::write(&report, &settings.outputs)?;
    Ok(report.diagnosis.verdict.into())
}
