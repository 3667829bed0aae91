//! How findings stand in documents: in words, which a person reads, and beside them the code, the kind and what the
//! words are made of, by which programs go. Read back they are made of those; documents are in English.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::codes::Code;
use crate::document_form::DocumentForm;
use crate::text::Language;

/// What a document is written in.
const LANGUAGE: Language = Language::English;

/// A finding for programs.
#[derive(Serialize)]
struct Coded<'a, T> {
    code: &'static str,
    #[serde(flatten)]
    item: &'a T,
}

fn coded<T: Code>(items: &[T]) -> Vec<Coded<'_, T>> {
    items.iter().map(|item| Coded { code: item.code(), item }).collect()
}

/// The form of a type is that of a module here.
macro_rules! form {
    ($module:ident, $of:ty) => {
        impl DocumentForm for $of {
            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $module::serialize(self, serializer)
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $module::deserialize(deserializer)
            }
        }
    };
}

/// A list of findings in two fields: sentences, and codes beside them in the same order.
macro_rules! in_words_and_codes {
    ($(#[$about:meta])* $module:ident, $item:ty, $words:literal, $codes:literal, $text:path) => {
        form!($module, Vec<$item>);

        $(#[$about])*
        mod $module {
            use serde::de::Error as _;

            use super::{Coded, Deserialize, Deserializer, LANGUAGE, Serialize, Serializer, coded};

            #[derive(Serialize)]
            struct Written<'a> {
                #[serde(rename = $words)]
                words: Vec<String>,
                #[serde(rename = $codes, skip_serializing_if = "Vec::is_empty")]
                codes: Vec<Coded<'a, $item>>,
            }

            #[derive(Deserialize)]
            struct Read {
                #[serde(rename = $words, default)]
                words: Vec<String>,
                #[serde(rename = $codes, default)]
                codes: Vec<$item>,
            }

            pub(crate) fn serialize<S: Serializer>(all: &[$item], serializer: S) -> Result<S::Ok, S::Error> {
                let words = all.iter().map(|item| $text(item, LANGUAGE)).collect();
                Written { words, codes: coded(all) }.serialize(serializer)
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<$item>, D::Error> {
                let Read { words, codes } = Read::deserialize(deserializer)?;
                // What only words say would be lost, and a change of the Service among it.
                if words.len() > codes.len() {
                    let counts = (words.len(), codes.len());
                    return Err(D::Error::custom(format_args!("{} has {}, {} {}", $words, counts.0, $codes, counts.1)));
                }
                Ok(codes)
            }
        }
    };
}

in_words_and_codes!(
    /// What shows a cause.
    evidence, crate::causes::evidence::Evidence, "evidence", "evidenceCodes", crate::text::evidence
);
in_words_and_codes!(
    /// What is not known.
    unknown, crate::gaps::Gap, "unknown", "unknownCodes", crate::text::gap
);
in_words_and_codes!(
    /// What was neither predicted nor measured.
    uncovered, crate::coverage::Uncovered, "notLookedAt", "notLookedAtCodes", crate::text::uncovered
);
in_words_and_codes!(
    /// What a reader should know besides.
    notes, crate::diagnosis::Note, "notes", "noteCodes", crate::text::note
);
in_words_and_codes!(
    /// What could explain a contradiction.
    explanations, crate::prediction::PossibleReason, "explanations", "explanationCodes", crate::text::possible_reason
);
in_words_and_codes!(
    /// What changed of a Service while it was probed.
    changed_meanwhile, crate::facts::ServiceChange, "changedMeanwhile", "changedMeanwhileCodes", crate::text::service_change
);

in_words_and_codes!(
    /// What changed at an outage's beginning or end.
    coincided, crate::watching::Changed, "coincided", "coincidedCodes", crate::text::changed
);
in_words_and_codes!(
    /// What a watch does not know.
    watch_unknown, crate::watching::WatchUnknown, "unknown", "unknownCodes", crate::text::watch_unknown
);

/// A finding in two fields: a sentence, and its code beside it.
macro_rules! in_words_and_code {
    ($(#[$about:meta])* $module:ident, $item:ty, $words:literal, $code:literal, $text:path) => {
        form!($module, $item);

        $(#[$about])*
        mod $module {
            use super::{Code as _, Coded, Deserialize, Deserializer, LANGUAGE, Serialize, Serializer};

            #[derive(Serialize)]
            struct Written<'a> {
                #[serde(rename = $words)]
                words: String,
                #[serde(rename = $code)]
                code: Coded<'a, $item>,
            }

            #[derive(Deserialize)]
            struct Read {
                #[serde(rename = $code)]
                code: $item,
            }

            pub(crate) fn serialize<S: Serializer>(item: &$item, serializer: S) -> Result<S::Ok, S::Error> {
                Written { words: $text(item, LANGUAGE), code: Coded { code: item.code(), item } }.serialize(serializer)
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$item, D::Error> {
                Ok(Read::deserialize(deserializer)?.code)
            }
        }
    };
}

in_words_and_code!(
    /// Why nothing was heard.
    gap_reason, crate::watching::WatchGapReason, "reason", "reasonCode", crate::text::gap_reason
);
in_words_and_code!(
    /// What changed while a watch went on.
    changed, crate::watching::Changed, "what", "whatCode", crate::text::changed
);

form!(finding, crate::causes::finding::Finding);

/// What a cause states: `code`, `kind`, `args`, `summary`.
mod finding {
    use super::{Coded, Deserialize, Deserializer, LANGUAGE, Serialize, Serializer};
    use crate::causes::finding::Finding;
    use crate::text;

    #[derive(Serialize)]
    struct Document<'a> {
        #[serde(flatten)]
        coded: Coded<'a, Finding>,
        summary: String,
    }

    pub(crate) fn serialize<S: Serializer>(finding: &Finding, serializer: S) -> Result<S::Ok, S::Error> {
        let coded = Coded { code: finding.kind().code(), item: finding };
        Document { coded, summary: text::finding(finding, LANGUAGE) }.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Finding, D::Error> {
        Finding::deserialize(deserializer)
    }
}

form!(proof, crate::diagnosis::Proof);

/// What rules a cause out: `because`, `proof`.
mod proof {
    use super::{Code, Coded, Deserialize, Deserializer, LANGUAGE, Serialize, Serializer};
    use crate::diagnosis::Proof;
    use crate::text;

    #[derive(Serialize)]
    struct Written<'a> {
        because: String,
        proof: Coded<'a, Proof>,
    }

    #[derive(Deserialize)]
    struct Read {
        proof: Proof,
    }

    pub(crate) fn serialize<S: Serializer>(proof: &Proof, serializer: S) -> Result<S::Ok, S::Error> {
        Written { because: text::proof(proof, LANGUAGE), proof: Coded { code: proof.code(), item: proof } }.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Proof, D::Error> {
        Ok(Read::deserialize(deserializer)?.proof)
    }
}

form!(risks, Vec<crate::risks::Risk>);

/// Objects with `code`, `kind`, `args`, `summary`, `advice`.
mod risks {
    use std::borrow::Cow;

    use super::{Code, Coded, Deserialize, Deserializer, LANGUAGE, Serialize, Serializer};
    use crate::risks::Risk;
    use crate::text;

    #[derive(Serialize)]
    struct Document<'a> {
        #[serde(flatten)]
        coded: Coded<'a, Risk>,
        summary: String,
        advice: Cow<'static, str>,
    }

    pub(crate) fn serialize<S: Serializer>(risks: &[Risk], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(risks.iter().map(|risk| Document {
            coded: Coded { code: risk.code(), item: risk },
            summary: text::risk(risk, LANGUAGE),
            advice: text::advice(risk, LANGUAGE),
        }))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Risk>, D::Error> {
        Vec::deserialize(deserializer)
    }
}

form!(difference, crate::results::Difference);

/// `code`, `kind`, `args`, `about`, `api`, `nodesSay`, `explanation`.
mod difference {
    use super::{Code, Coded, Deserialize, Deserializer, LANGUAGE, Serialize, Serializer};
    use crate::results::Difference;
    use crate::text::{self, DifferenceInWords};

    #[derive(Serialize)]
    struct Document<'a> {
        #[serde(flatten)]
        coded: Coded<'a, Difference>,
        #[serde(flatten)]
        words: DifferenceInWords,
    }

    pub(crate) fn serialize<S: Serializer>(difference: &Difference, serializer: S) -> Result<S::Ok, S::Error> {
        let coded = Coded { code: difference.code(), item: difference };
        Document { coded, words: text::difference(difference, LANGUAGE) }.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Difference, D::Error> {
        Difference::deserialize(deserializer)
    }
}

form!(remedy, crate::remedies::Remedy);

/// What is to be done: `code`, `kind`, `args`, `what`, `cost`, and what follows from it.
mod remedy {
    use super::{Code, Coded, Deserialize, Deserializer, LANGUAGE, Serialize, Serializer};
    use crate::change::Change;
    use crate::patch::Patch;
    use crate::remedies::{Remedy, Strategy};
    use crate::text;

    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Document<'a> {
        #[serde(flatten)]
        coded: Coded<'a, Remedy>,
        what: String,
        cost: String,
        /// By what name `fix --strategy` knows it.
        #[serde(skip_serializing_if = "Option::is_none")]
        strategy: Option<Strategy>,
        #[serde(skip_serializing_if = "Option::is_none")]
        patch: Option<Patch>,
        /// As `explain --if` takes it.
        #[serde(skip_serializing_if = "Option::is_none")]
        change: Option<Change>,
        #[serde(skip_serializing_if = "Option::is_none")]
        command: Option<String>,
    }

    pub(crate) fn serialize<S: Serializer>(remedy: &Remedy, serializer: S) -> Result<S::Ok, S::Error> {
        Document {
            coded: Coded { code: remedy.code(), item: remedy },
            what: text::remedy(remedy, LANGUAGE),
            cost: text::cost(remedy, LANGUAGE),
            strategy: remedy.strategy(),
            patch: remedy.patch(),
            change: remedy.change(),
            command: remedy.command(),
        }
        .serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Remedy, D::Error> {
        Remedy::deserialize(deserializer)
    }
}

form!(caveats, Vec<crate::remedies::Caveat>);

/// `caveat`, which has all of them in words, and `caveatCodes`.
mod caveats {
    use super::{Coded, Deserialize, Deserializer, LANGUAGE, Serialize, Serializer, coded};
    use crate::remedies::Caveat;
    use crate::text;

    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Written<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        caveat: Option<String>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        caveat_codes: Vec<Coded<'a, Caveat>>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Read {
        #[serde(default)]
        caveat_codes: Vec<Caveat>,
    }

    pub(crate) fn serialize<S: Serializer>(all: &[Caveat], serializer: S) -> Result<S::Ok, S::Error> {
        Written { caveat: text::caveats(all, LANGUAGE), caveat_codes: coded(all) }.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Caveat>, D::Error> {
        Ok(Read::deserialize(deserializer)?.caveat_codes)
    }
}

form!(prerequisite, crate::remedies::Prerequisite);

/// What has to be there: `code`, `kind`, `what`.
mod prerequisite {
    use super::{Code, Deserialize, Deserializer, LANGUAGE, Serialize, Serializer};
    use crate::remedies::Prerequisite;
    use crate::text;

    #[derive(Serialize)]
    struct Written {
        code: &'static str,
        kind: Prerequisite,
        what: &'static str,
    }

    #[derive(Deserialize)]
    struct Read {
        kind: Prerequisite,
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    pub(crate) fn serialize<S: Serializer>(prerequisite: &Prerequisite, serializer: S) -> Result<S::Ok, S::Error> {
        Written { code: prerequisite.code(), kind: *prerequisite, what: text::prerequisite(*prerequisite, LANGUAGE) }.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Prerequisite, D::Error> {
        Ok(Read::deserialize(deserializer)?.kind)
    }
}

form!(case_result, crate::acceptance::CaseResult);

/// What became of a case: `result`, which has sentences, and `resultCodes`.
mod case_result {
    use super::{Code, Coded, Deserialize, Deserializer, LANGUAGE, Serialize, Serializer};
    use crate::acceptance::CaseResult;
    use crate::acceptance::{Shortfall, ShortfallReason};
    use crate::plan::Vantage;
    use crate::text;

    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Written<'a> {
        result: InWords,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        result_codes: Vec<WrittenShortfall<'a>>,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum InWords {
        Passed,
        Failed(Vec<String>),
        NotMeasured(Vec<String>),
    }

    #[derive(Serialize)]
    struct WrittenShortfall<'a> {
        #[serde(flatten)]
        coded: Coded<'a, ShortfallReason>,
        #[serde(skip_serializing_if = "<[Vantage]>::is_empty")]
        vantages: &'a [Vantage],
    }

    fn coded_shortfall(shortfall: &Shortfall) -> WrittenShortfall<'_> {
        let coded = Coded { code: shortfall.reason.code(), item: &shortfall.reason };
        WrittenShortfall { coded, vantages: &shortfall.vantages }
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Read {
        result: InWords,
        #[serde(default)]
        result_codes: Vec<Shortfall>,
    }

    pub(crate) fn serialize<S: Serializer>(result: &CaseResult, serializer: S) -> Result<S::Ok, S::Error> {
        let words = |all: &[Shortfall]| all.iter().map(|shortfall| text::shortfall(shortfall, LANGUAGE)).collect();
        let (result, shortfalls) = match result {
            CaseResult::Passed => (InWords::Passed, &[][..]),
            CaseResult::Failed(shortfalls) => (InWords::Failed(words(shortfalls)), &shortfalls[..]),
            CaseResult::NotMeasured(shortfalls) => (InWords::NotMeasured(words(shortfalls)), &shortfalls[..]),
        };
        Written { result, result_codes: shortfalls.iter().map(coded_shortfall).collect() }.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CaseResult, D::Error> {
        let Read { result, result_codes } = Read::deserialize(deserializer)?;
        Ok(match result {
            InWords::Passed => CaseResult::Passed,
            InWords::Failed(_) => CaseResult::Failed(result_codes),
            InWords::NotMeasured(_) => CaseResult::NotMeasured(result_codes),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::facts::Facts;
    use crate::fixture;

    #[test]
    fn a_change_that_only_words_tell_is_not_passed_over() {
        let mut facts = serde_json::to_value(fixture::facts()).unwrap();
        assert!(serde_json::from_value::<Facts>(facts.clone()).is_ok());
        facts["changedMeanwhile"] = json!(["the ports changed"]);
        assert!(serde_json::from_value::<Facts>(facts.clone()).is_err());
        facts["changedMeanwhileCodes"] = json!([{ "kind": "ports" }]);
        assert!(serde_json::from_value::<Facts>(facts).is_ok());
    }
}
