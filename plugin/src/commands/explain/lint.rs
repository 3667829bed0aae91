//! `explain -o sarif` and `-o github`: what explanations find, by code.

use std::path::Path;

use lbprobe_analysis::documents::Explanation;
use lbprobe_analysis::facts::Facts;

use super::{End, explanation, facts_of};
use crate::error::Error;
use crate::exit::Exit;
use crate::facts::from_api::{self, ReadScope};
use crate::facts::from_file;
use crate::facts::resolution::Asking;
use crate::kubernetes;
use crate::report::Lint;
use crate::settings::{Explain, LintOutput, Subject};

/// Writes what is found in one Service, or in all.
pub(super) async fn lint(settings: &Explain, output: LintOutput) -> Result<Exit, Error> {
    // GitHub refuses a whole log that has results without a place in a file.
    if output == LintOutput::Sarif && !is_in_named_file(&settings.subject) {
        return Err(Error::SarifWithoutFile);
    }
    let mut end = End::new(settings);
    let lint = match &settings.subject {
        Subject::Service(scope) => {
            let (facts, asking) = facts_of(settings, scope).await?;
            of_one(Lint::default(), &mut end, &explanation(facts, &asking, settings)?)
        }
        Subject::InFile { file, reference, namespace } => {
            let (text, shown) = (from_file::text(file)?, file.display().to_string());
            let (facts, asking) = from_file::facts_in(&text, reference.as_ref(), namespace.as_deref(), &shown)?;
            of_one(Lint::of_file(file, &text), &mut end, &explanation(facts, &asking, settings)?)
        }
        Subject::All { selector } => {
            let cluster = kubernetes::connect(&settings.connection).await?;
            let around = ReadScope { probe_namespace: &cluster.namespace, selector: selector.as_deref() };
            let mut all = All::new(Lint::default(), settings, &mut end);
            Box::pin(from_api::every_service(&cluster, around, |facts| all.add(facts))).await?;
            all.end()?
        }
        Subject::AllInFile { file } => {
            let (text, shown) = (from_file::text(file)?, file.display().to_string());
            let mut all = All::new(Lint::of_file(file, &text), settings, &mut end);
            from_file::every_service_in(&text, &shown, |facts| all.add(facts))?;
            all.end()?
        }
    };
    lint.write(output)?;
    Ok(end.exit(lint.outlook()))
}

fn is_in_named_file(subject: &Subject) -> bool {
    match subject {
        Subject::InFile { file, .. } | Subject::AllInFile { file } => file != Path::new("-"),
        Subject::Service(_) | Subject::All { .. } => false,
    }
}

fn of_one(mut lint: Lint, end: &mut End, explanation: &Explanation) -> Lint {
    lint.add(explanation);
    end.add(explanation);
    lint
}

/// All Services, one after the other.
struct All<'a> {
    lint: Lint,
    settings: &'a Explain,
    end: &'a mut End,
    failed: Option<Error>,
}

impl<'a> All<'a> {
    fn new(lint: Lint, settings: &'a Explain, end: &'a mut End) -> Self {
        Self { lint, settings, end, failed: None }
    }

    fn add(&mut self, facts: &Facts) {
        match explanation(facts.clone(), &Asking::default(), self.settings) {
            Ok(explanation) => {
                self.lint.add(&explanation);
                self.end.add(&explanation);
            }
            Err(cause) => self.failed = self.failed.take().or(Some(cause)),
        }
    }

    fn end(self) -> Result<Lint, Error> {
        self.failed.map_or(Ok(self.lint), Err)
    }
}
