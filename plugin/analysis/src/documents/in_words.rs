//! Answers, skips and reasons as documents have them: beside their words.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::codes::Code as _;
use crate::kube_proxy::{Answer, Case, Condition, Expected, Rule};
use crate::observations::Unmeasured;
use crate::plan::{Skip, SkipReason, SkipSubject, Target, Vantage};
use crate::prediction::Reason;
use crate::text::{self, Language};

/// A type is written and read as its document.
macro_rules! stands_as {
    ($of:ty, $document:ty) => {
        impl Serialize for $of {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                <$document>::from(self.clone()).serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $of {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <$document>::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

/// An answer as documents have it: with its reason in words.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnswerDocument {
    expected: Expected,
    rule: Rule,
    #[serde(default)]
    because: Cow<'static, str>,
}

impl From<Answer> for AnswerDocument {
    fn from(Answer { expected, rule }: Answer) -> Self {
        Self { expected, rule, because: Cow::Borrowed(text::rule(rule, Language::English)) }
    }
}

impl From<AnswerDocument> for Answer {
    fn from(AnswerDocument { expected, rule, .. }: AnswerDocument) -> Self {
        Self { expected, rule }
    }
}

stands_as!(Answer, AnswerDocument);

/// A case as documents have it: with its conditions in words.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CaseDocument {
    conditions: Vec<Condition>,
    #[serde(default)]
    when: Vec<String>,
    answer: Answer,
}

impl From<Case> for CaseDocument {
    fn from(Case { when, answer }: Case) -> Self {
        Self { when: text::conditions(&when, Language::English), conditions: when, answer }
    }
}

impl From<CaseDocument> for Case {
    fn from(CaseDocument { conditions, answer, .. }: CaseDocument) -> Self {
        Self { when: conditions, answer }
    }
}

stands_as!(Case, CaseDocument);

/// A [`Skip`] as documents have it: with its words.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SkipDocument {
    #[serde(default)]
    subject: Option<SkipSubject>,
    #[serde(default)]
    why: Option<SkipReason>,
    #[serde(default)]
    what: String,
    #[serde(default)]
    reason: String,
}

impl From<Skip> for SkipDocument {
    fn from(Skip { subject, reason }: Skip) -> Self {
        let (what, words) = (text::skip_subject(&subject, Language::English), text::skip_reason(&reason, Language::English));
        Self { subject: Some(subject), why: Some(reason), what, reason: words }
    }
}

impl From<SkipDocument> for Skip {
    fn from(SkipDocument { subject, why, what, reason }: SkipDocument) -> Self {
        Self { subject: subject.unwrap_or(SkipSubject::Named(what)), reason: why.unwrap_or(SkipReason::Said(reason)) }
    }
}

stands_as!(Skip, SkipDocument);

/// With its words.
#[derive(Serialize)]
struct Written<'a> {
    code: &'static str,
    #[serde(flatten, serialize_with = "kind_and_args")]
    why: &'a Unmeasured,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn kind_and_args<S: Serializer>(why: &&Unmeasured, serializer: S) -> Result<S::Ok, S::Error> {
    Unmeasured::serialize(why, serializer)
}

impl Serialize for Unmeasured {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (reason, hint) = (text::unmeasured(self, Language::English), text::hint(self, Language::English));
        Written { code: self.code(), why: self, reason, hint }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Unmeasured {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// A reason as documents have it: with its conditions in words.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReasonDocument {
    #[serde(default, skip_deserializing)]
    code: &'static str,
    vantages: Vec<Vantage>,
    targets: Vec<Target>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<IpAddr>,
    answer: Answer,
    conditions: Vec<Condition>,
    #[serde(default)]
    when: Vec<String>,
}

impl From<Reason> for ReasonDocument {
    fn from(Reason { vantages, targets, addresses, answer, when }: Reason) -> Self {
        let (code, words) = (answer.rule.code(), text::conditions(&when, Language::English));
        Self { code, vantages, targets, addresses, answer, when: words, conditions: when }
    }
}

impl From<ReasonDocument> for Reason {
    fn from(ReasonDocument { vantages, targets, addresses, answer, conditions, .. }: ReasonDocument) -> Self {
        Self { vantages, targets, addresses, answer, when: conditions }
    }
}

stands_as!(Reason, ReasonDocument);
