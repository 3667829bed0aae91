//! Redaction: names and addresses replaced by stand-ins, so that a document may be shown to strangers and says the same.
//!
//! What is equal stays equal, and an address stays in the ranges that it is in: the diagnosis of a redacted report is that of the
//! report. Kinds, releases, ports, paths of URLs, keys of labels and annotations, and addresses and names that every cluster has stay
//! as they are.
//!
//! - [`names`]: which words of a document are names;
//! - [`stand_ins`]: what stands for a name;
//! - [`addresses`]: what stands for an address;
//! - [`text`]: both in a text.

mod addresses;
mod names;
mod stand_ins;
#[cfg(test)]
mod tests;
mod text;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use self::addresses::Addresses;
use self::names::Names;
use self::stand_ins::StandIns;
use self::text::Redactor;
use crate::documents::Report;

/// What stand-ins are made with: one key gives the same ones in every document, and nobody finds what they stand for without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redaction {
    key: [u8; 32],
}

impl Redaction {
    /// With a key of the user's, of any length; it should be hard to guess.
    #[must_use]
    pub fn with_key(key: &[u8]) -> Self {
        Self { key: Sha256::digest(key).into() }
    }

    /// A document with stand-ins.
    ///
    /// # Errors
    ///
    /// Where the document with stand-ins has not its form any more.
    pub fn of<T: Serialize + DeserializeOwned>(&self, document: &T) -> Result<T, serde_json::Error> {
        let mut value = serde_json::to_value(document)?;
        self.replace(&mut value);
        serde_json::from_value(value)
    }

    /// A report with stand-ins. The diagnosis is made again: what it says rests on what stands there now.
    ///
    /// # Errors
    ///
    /// As for any document.
    pub fn of_report(&self, report: &Report) -> Result<Report, serde_json::Error> {
        let Report { envelope, facts, plan, observations, .. } = self.of(report)?;
        Ok(Report { envelope, ..Report::new(facts, plan, observations) })
    }

    fn replace(&self, value: &mut Value) {
        let names = Names::of(value);
        let mut redactor = Redactor::new(&names, StandIns::with_key(&self.key), Addresses::with_key(&self.key));
        redactor.replace(value, None);
    }
}

/// A digest of some bytes that only the key's owner can make.
fn keyed(key: &[u8; 32], of: &str, bytes: &[u8]) -> [u8; 32] {
    // A key of fixed length before what is hashed, and the digest hashed once more: lengths cannot be extended.
    let inner = Sha256::new().chain_update(key).chain_update(of).chain_update([0]).chain_update(bytes).finalize();
    Sha256::new().chain_update(key).chain_update(inner).finalize().into()
}
