//! A report as annotations of a GitHub workflow: a line for each cause, or one for the verdict.

use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::text::reports::Headline;
use lbprobe_analysis::words::printable_lines;

use super::outline::Outline;

/// Characters of a message.
const MOST_CHARS: usize = 2000;

/// The lines. Each names the Service, and a cause its code and best fix.
pub(super) fn render(outline: &Outline, service: &str) -> String {
    let level = match outline.verdict {
        Verdict::Healthy => "notice",
        Verdict::Fault => "error",
        Verdict::Inconclusive => "warning",
    };
    let causes = outline.causes.iter().map(Some).chain(std::iter::repeat(None));
    // Before the causes of a comparison stands what it comes to.
    let skipped = outline.headlines.len().saturating_sub(outline.causes.len());
    let causes = std::iter::repeat_n(None, skipped).chain(causes);
    let line = |(Headline { word, said }, cause): (&Headline, Option<&super::outline::CauseOutline>)| {
        let code = cause.map(|cause| format!(" {}", cause.code)).unwrap_or_default();
        let fix = cause.and_then(|cause| cause.fixes.first()).map(|fix| format!("\n{}", fix.in_short)).unwrap_or_default();
        let title = property(&format!("{service}: {word}{code}"));
        format!("::{level} title={title}::{}\n", message(&format!("{said}{fix}")))
    };
    let outside = outline.outside.iter().map(|risk| format!("::warning title={}::{}\n", property(service), message(risk)));
    outline.headlines.iter().zip(causes).map(line).chain(outside).collect()
}

/// As the runner reads it: it ends a command at a line's end, and decodes these three.
pub(super) fn message(text: &str) -> String {
    printable_lines(text, MOST_CHARS).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// In a property a colon and a comma end it too.
pub(super) fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use lbprobe_analysis::fixture;
    use lbprobe_analysis::text::Language;

    use super::*;

    #[test]
    fn each_cause_is_a_command_on_a_line_of_its_own() {
        for (kind, scene) in fixture::by_cause() {
            let report = scene.report();
            let text = render(&Outline::of(&report, Language::English), "istio-system/gateway");
            let outside = report.diagnosis.risks.iter().filter(|risk| risk.outside().is_some()).count();
            assert_eq!(text.lines().count(), report.diagnosis.causes.len().max(1) + outside, "{}: {text}", kind.code());
            let is_command = |line: &str| line.starts_with("::error title=") || line.starts_with("::warning title=");
            assert!(text.lines().all(is_command), "{text}");
            assert!(report.diagnosis.causes.is_empty() || text.contains(&format!(" {}::", kind.code())), "{text}");
        }
    }

    #[test]
    fn foreign_text_begins_no_command() {
        assert_eq!(message("50%\n::set-output name=x::y"), "50%25%0A::set-output name=x::y");
        assert_eq!(property("a::b,c"), "a%3A%3Ab%2Cc");
    }
}
