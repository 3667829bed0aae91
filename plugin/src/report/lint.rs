//! Explanations as checkers of files report: results by code, at the place of the Service in the file. As SARIF 2.1.0 for code
//! scanning, or as annotations of a GitHub workflow.

mod sarif;

use std::path::Path;

use lbprobe_analysis::documents::Explanation;
use lbprobe_analysis::lint::{LintLevel, LintResult, LintSubject};
use lbprobe_analysis::prediction::Outlook;
use lbprobe_analysis::text;
use lbprobe_analysis::words::printable_lines;

use super::github;
use crate::error::Error;
use crate::saved::{Place, Places};
use crate::settings::LintOutput;
use crate::terminal::{Form, Ink, language, print, tell};

/// Characters of a line of a message.
const MOST_CHARS: usize = 2000;

/// What was found in all Services that were explained.
#[derive(Debug, Default)]
pub(crate) struct Lint {
    file: Option<String>,
    places: Places,
    results: Vec<LintLine>,
    outlook: Option<Outlook>,
}

/// A result, in words.
#[derive(Debug)]
struct LintLine {
    /// "shop/web".
    service: String,
    place: Option<Place>,
    code: &'static str,
    level: LintLevel,
    /// What a code stands for that has no page.
    title: &'static str,
    message: String,
    /// Why it does not count, where it does not.
    ignored: Option<String>,
}

impl Lint {
    /// For the Services of a file, which is called so, and has this text. Standard input has no name that anybody could look under.
    pub(crate) fn of_file(file: &Path, text: &str) -> Self {
        let named = (file != Path::new("-")).then(|| file.display().to_string());
        Self { file: named, places: Places::of_services(text), ..Self::default() }
    }

    /// Adds what an explanation found.
    pub(crate) fn add(&mut self, explanation: &Explanation) {
        let service = &explanation.facts.service;
        let language = language();
        // The code stands beside the message already.
        let line = |code: &str, subject: &LintSubject<'_>| match subject {
            LintSubject::Reason(reason) => text::reason(reason, language).trim_end_matches(&format!(" [{code}]")).to_owned(),
            LintSubject::Uncovered(what) => text::uncovered(what, language),
            LintSubject::Risk(risk) => text::risk(risk, language),
        };
        let name = super::name(service);
        self.results.extend(explanation.lint().into_iter().filter(LintResult::is_of_service).map(|result| LintLine {
            place: self.places.of(&service.namespace, &service.name),
            code: result.code,
            level: result.level,
            title: result.subjects.first().map_or("", |subject| text::lint_title(subject, language)),
            message: printable_lines(
                &result.subjects.iter().map(|subject| line(result.code, subject)).collect::<Vec<_>>().join("\n"),
                MOST_CHARS,
            ),
            service: name.clone(),
            ignored: result.ignored.map(|ignored| text::ignored(ignored, language)),
        }));
        self.outlook = Some(self.outlook.map_or(explanation.outlook, |outlook| outlook.worse(explanation.outlook)));
    }

    /// What it comes to for all Services. Where there is none nothing was looked at.
    pub(crate) fn outlook(&self) -> Outlook {
        self.outlook.unwrap_or(Outlook::Depends)
    }

    /// Writes all of it to standard output.
    pub(crate) fn write(&self, output: LintOutput) -> Result<(), Error> {
        if self.outlook.is_none() {
            tell(text::fixed(language()).no_service);
        }
        match output {
            LintOutput::Sarif => print(&sarif::render(self)?, Form::Escaped),
            LintOutput::Github => print(&self.annotations(), Form::Text(Ink::Plain)),
        }
    }

    fn annotations(&self) -> String {
        let of = |line: &LintLine| {
            let level = match line.level {
                LintLevel::Error => "error",
                LintLevel::Warning => "warning",
                LintLevel::Note => "notice",
            };
            let file = self.file.as_ref().map(|file| format!("file={},", github::property(file))).unwrap_or_default();
            let place = line.place.map(|place| format!("line={},col={},", place.line, place.column)).unwrap_or_default();
            let title = github::property(&format!("{} {}", line.service, line.code));
            format!("::{level} {file}{place}title={title}::{}\n", github::message(&line.message))
        };
        self.results.iter().filter(|line| line.ignored.is_none()).map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use lbprobe_analysis::fixture;
    use lbprobe_analysis::plan::{Plan, PlanOptions};

    use super::*;

    const FILE: &str = "kind: Service\nmetadata: {name: istio-ingressgateway, namespace: istio-system}\n";

    pub(super) fn found() -> Lint {
        let facts = fixture::ipvs(23);
        let text = FILE.replace("istio-ingressgateway", &facts.service.name).replace("istio-system", &facts.service.namespace);
        let mut lint = Lint::of_file(Path::new("shop, all.yaml"), &text);
        let plan = Plan::new(&facts, &PlanOptions::default());
        lint.add(&Explanation::new(facts, plan));
        lint
    }

    #[test]
    fn each_result_is_an_annotation_at_its_place() {
        let lint = found();
        let text = lint.annotations();
        assert_eq!(text.lines().count(), lint.results.len(), "{text}");
        for line in text.lines() {
            assert!(line.starts_with("::") && line.contains(" file=shop%2C all.yaml,line=2,col="), "{line}");
        }
    }
}
