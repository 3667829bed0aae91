//! Facts, model, plan and diagnosis: pure functions on plain structs.
//!
//! This crate does no IO and knows no client library, so that the compiler keeps both out:
//!
//! ```text
//! facts ──> kube_proxy, plan ──> (probe pods) ──> observations ──> diagnosis ──> report
//! ```

pub mod acceptance;
pub mod admission;
pub mod batch;
pub mod causes;
pub mod change;
mod codes;
mod confidence;
pub mod coverage;
pub mod defects;
pub mod diagnosis;
mod document_form;
pub mod documents;
pub mod error;
pub mod facts;
pub mod fix_outcome;
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
pub mod gaps;
pub mod ignoring;
pub mod kube_proxy;
pub mod lint;
mod list_or_object;
pub mod observations;
pub mod patch;
pub mod plan;
pub mod prediction;
pub mod preflight;
pub mod providers;
pub mod redaction;
pub mod rehearsal;
pub mod remedies;
pub mod results;
pub mod risks;
pub mod shell;
mod target_kind;
pub mod text;
mod vantage;
pub mod watching;
pub mod words;
