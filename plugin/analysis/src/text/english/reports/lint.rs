//! What codes stand for, in the report of a checker of files.

use crate::facts::IGNORE_ANNOTATION;
use crate::ignoring::{Ignored, IgnoredState};
use crate::lint::LintSubject;
use crate::words;

/// Characters of what an annotation says.
const REASON: usize = 200;

pub(crate) const IGNORED: &str = "IGNORED";

pub(crate) const FINE_BUT_FOR_IGNORED: &str = "ignored";

/// "LBP002: clients inside use the DNS name".
pub(crate) fn ignored(ignored: &Ignored) -> String {
    let code = words::printable(&ignored.code, REASON);
    match ignored.state {
        IgnoredState::Ignored => format!("{code}: {}", why(ignored)),
        IgnoredState::NotFound => format!("{code}: {} (nothing here has this code)", why(ignored)),
        IgnoredState::NoReason => {
            format!("{code} is not ignored: annotation {IGNORE_ANNOTATION} gives no reason ({code}=REASON)")
        }
        IgnoredState::NotACode => format!("{code} is not a code such as LBP002, so nothing is ignored by it"),
    }
}

pub(crate) fn ignored_finding(of: &Ignored) -> String {
    match of.state {
        IgnoredState::Ignored | IgnoredState::NotFound => format!("ignored {}", ignored(of)),
        IgnoredState::NoReason | IgnoredState::NotACode => ignored(of),
    }
}

fn why(ignored: &Ignored) -> String {
    match &ignored.reason {
        Some(reason) => words::printable(reason, REASON),
        None => "by --ignore".into(),
    }
}

pub(crate) const fn title(subject: &LintSubject<'_>) -> &'static str {
    match subject {
        LintSubject::Reason(_) => "Connections to the Service fail, or may",
        LintSubject::Uncovered(_) => "What is not known of the Service",
        LintSubject::Risk(_) => "What may go wrong with the Service",
    }
}
