//! What codes stand for, in the report of a checker of files.

use crate::lint::LintSubject;

pub(crate) const fn title(subject: &LintSubject<'_>) -> &'static str {
    match subject {
        LintSubject::Reason(_) => "Connections to the Service fail, or may",
        LintSubject::Uncovered(_) => "What is not known of the Service",
        LintSubject::Risk(_) => "What may go wrong with the Service",
    }
}
