//! Everything that is said to a person. Findings are data; what they are called stands here and nowhere else, a folder
//! for each language, so that a text can be changed without reading what finds it.

mod english;

use serde::Serialize;

use crate::acceptance::Shortfall;
use crate::causes::evidence::Evidence;
use crate::causes::finding::Finding;
use crate::diagnosis::{Note, PossibleReason, Proof, UnmeasuredChecks};
use crate::facts::ServiceChange;
use crate::gaps::Gap;
use crate::kube_proxy::{Condition, Rule};
use crate::observations::Unmeasured;
use crate::plan::{SkipReason, SkipSubject};
use crate::remedies::{Caveat, Prerequisite, Remedy, Requirement};
use crate::results::Difference;
use crate::risks::Risk;

/// What something is said in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
}

/// A rule in half a sentence, as it stands behind "because".
#[must_use]
pub const fn rule(rule: Rule, language: Language) -> &'static str {
    match language {
        Language::English => english::rules::rule(rule),
    }
}

/// Conditions, as documents list them and as each stands behind "if".
#[must_use]
pub fn conditions(conditions: &[Condition], language: Language) -> Vec<String> {
    match language {
        Language::English => conditions.iter().map(english::conditions::condition).collect(),
    }
}

/// What is left out, as the subject of [`skip_reason`].
#[must_use]
pub fn skip_subject(subject: &SkipSubject, language: Language) -> String {
    match language {
        Language::English => english::skips::subject(subject),
    }
}

/// Why it is left out, as what is said of the subject.
#[must_use]
pub fn skip_reason(reason: &SkipReason, language: Language) -> String {
    match language {
        Language::English => english::skips::reason(reason),
    }
}

/// Why nothing is known of a vantage of which nobody says why.
#[must_use]
pub fn left_out(language: Language) -> &'static str {
    match language {
        Language::English => english::skips::LEFT_OUT,
    }
}

/// What a cause states, in one sentence.
#[must_use]
pub fn finding(finding: &Finding, language: Language) -> String {
    match language {
        Language::English => english::findings::finding(finding),
    }
}

/// A line of evidence.
#[must_use]
pub fn evidence(evidence: &Evidence, language: Language) -> String {
    match language {
        Language::English => english::evidence::evidence(evidence),
    }
}

/// A cause that is ruled out, and by what.
#[must_use]
pub fn proof(proof: &Proof, language: Language) -> String {
    match language {
        Language::English => english::ruled_out::proof(proof),
    }
}

/// What could explain a contradiction.
#[must_use]
pub fn possible_reason(reason: &PossibleReason, language: Language) -> String {
    match language {
        Language::English => english::possible_reasons::possible_reason(reason),
    }
}

/// A risk, in a sentence or two.
#[must_use]
pub fn risk(risk: &Risk, language: Language) -> String {
    match language {
        Language::English => english::risks::risk(risk),
    }
}

/// What can be done about a risk.
#[must_use]
pub const fn advice(risk: &Risk, language: Language) -> &'static str {
    match language {
        Language::English => english::risks::advice(risk),
    }
}

/// What is to be done.
#[must_use]
pub fn remedy(remedy: &Remedy, language: Language) -> String {
    match language {
        Language::English => english::remedies::what(remedy),
    }
}

/// At what price.
#[must_use]
pub fn cost(remedy: &Remedy, language: Language) -> String {
    match language {
        Language::English => english::remedies::cost(remedy),
    }
}

/// Why a remedy does not help, or only in part; nothing where there is no reason.
#[must_use]
pub fn caveats(caveats: &[Caveat], language: Language) -> Option<String> {
    match language {
        Language::English => english::remedies::caveats(caveats),
    }
}

/// What a remedy needs.
#[must_use]
pub const fn prerequisite(prerequisite: Prerequisite, language: Language) -> &'static str {
    match language {
        Language::English => english::remedies::prerequisite(prerequisite),
    }
}

/// Whether it is there.
#[must_use]
pub const fn requirement(requirement: Requirement, language: Language) -> &'static str {
    match language {
        Language::English => english::remedies::requirement(requirement),
    }
}

/// A fact that is not known, and what it would have told.
#[must_use]
pub fn gap(gap: &Gap, language: Language) -> String {
    match language {
        Language::English => english::gaps::gap(gap),
    }
}

/// A note.
#[must_use]
pub fn note(note: &Note, language: Language) -> String {
    match language {
        Language::English => english::notes::note(note),
    }
}

/// Why nothing was measured from a vantage.
#[must_use]
pub fn unmeasured(why: &Unmeasured, language: Language) -> String {
    match language {
        Language::English => english::unmeasured::reason(why),
    }
}

/// What can be done about it.
#[must_use]
pub fn hint(why: &Unmeasured, language: Language) -> Option<String> {
    match language {
        Language::English => english::unmeasured::hint(why),
    }
}

/// Why nothing was measured from some vantages, with the node's name where there is only one.
#[must_use]
pub fn unmeasured_reason(group: &UnmeasuredChecks, language: Language) -> String {
    match language {
        Language::English => english::unmeasured::reason_of(group),
    }
}

/// What can be done about it: for the node, or for one of them.
#[must_use]
pub fn unmeasured_hint(group: &UnmeasuredChecks, language: Language) -> Option<String> {
    match language {
        Language::English => english::unmeasured::hint_of(group),
    }
}

/// Why an expectation is not met, or cannot be judged.
#[must_use]
pub fn shortfall(shortfall: &Shortfall, language: Language) -> String {
    match language {
        Language::English => english::shortfalls::shortfall(shortfall),
    }
}

/// The name of the case that so many nodes are measured.
#[must_use]
pub fn minimum_nodes(minimum: usize, language: Language) -> String {
    match language {
        Language::English => english::shortfalls::minimum_nodes(minimum),
    }
}

/// What of a Service is not what it was.
#[must_use]
pub fn service_change(change: &ServiceChange, language: Language) -> String {
    match language {
        Language::English => english::changes::change(change),
    }
}

/// A [`Difference`] in its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DifferenceInWords {
    /// What it is about: "kube-proxy's mode".
    pub about: &'static str,
    /// What the API says, and where.
    pub api: String,
    /// What the nodes say.
    pub nodes_say: String,
    /// What explains it.
    pub explanation: &'static str,
}

/// Where the API and the nodes differ.
#[must_use]
pub fn difference(difference: &Difference, language: Language) -> DifferenceInWords {
    match language {
        Language::English => english::disagreements::difference(difference),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    /// Folders and files in which nothing is said to a person.
    const WITHOUT_WORDS: [&str; 15] = [
        "facts/differences.rs",
        "acceptance/result.rs",
        "acceptance/shortfall.rs",
        "causes",
        "codes.rs",
        "diagnosis",
        "documents.rs",
        "gaps.rs",
        "kube_proxy",
        "plan/skip.rs",
        "providers",
        "remedies",
        "results",
        "risks.rs",
        "verification/missing.rs",
    ];

    fn sources(path: &Path) -> Vec<PathBuf> {
        if path.is_file() {
            return vec![path.to_owned()];
        }
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| !path.ends_with("tests") && !path.ends_with("tests.rs")).flat_map(|path| sources(&path)).collect()
    }

    /// Commands are no sentences.
    const PROGRAMS: [&str; 2] = ["kubectl ", "ipvsadm "];

    /// String literals of three words and more, without comments, attributes, commands and tests.
    fn sentences(source: &str) -> Vec<&str> {
        let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let lines = code.lines().map(str::trim_start).filter(|line| !line.starts_with("//") && !line.starts_with("#["));
        let literals = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
        let literals = literals.filter(|literal| !PROGRAMS.iter().any(|program| literal.starts_with(program)));
        literals.filter(|literal| literal.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count() >= 3).collect()
    }

    #[test]
    fn sentences_are_found_and_other_literals_are_not() {
        let source = "/// \"a b c d\"\nlet a = \"one two three\"; let b = \"camelCase\";\n#[serde(rename = \"x y z\")]\n";
        assert_eq!(sentences(source), ["one two three"]);
    }

    #[test]
    fn what_finds_says_nothing() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for path in
            WITHOUT_WORDS.iter().flat_map(|place| sources(&root.join(place))).filter(|path| path.extension().is_some_and(|it| it == "rs"))
        {
            let source = fs::read_to_string(&path).unwrap();
            assert_eq!(sentences(&source), Vec::<&str>::new(), "{}", path.display());
        }
    }
}
