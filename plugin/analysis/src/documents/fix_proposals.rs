//! What can be done, as a document.

use serde::Serialize;
use serde_json::Value;

use super::{DocumentKind, Envelope};
use crate::facts::Service;
use crate::remedies::{ExpectedResult, Fix};

/// Fixes, each with what it would change.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FixProposals<'a> {
    #[serde(flatten)]
    envelope: Envelope,
    /// Namespace and name of the Service.
    service: String,
    fixes: &'a [Proposal],
}

/// A fix with what it would change.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
    /// The fix as the diagnosis has it.
    pub fix: Fix,
    /// The object's difference, as kubectl diff shows it; nothing where no object would change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// The object that would be created, where one would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Value>,
    /// What the model expects of every check after it, which the table shows; nothing where it predicts nothing.
    #[serde(skip)]
    pub expected: Option<ExpectedResult>,
}

impl<'a> FixProposals<'a> {
    /// Makes a document of the fixes of a Service.
    #[must_use]
    pub fn new(service: &Service, fixes: &'a [Proposal]) -> Self {
        let service = format!("{}/{}", service.namespace, service.name);
        Self { envelope: Envelope::of(DocumentKind::FixProposals), service, fixes }
    }
}
