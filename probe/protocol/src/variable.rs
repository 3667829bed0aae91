//! The plan as the value of an environment variable, and back.
//!
//! Linux gives a new program no string of more than 128 KiB (`MAX_ARG_STRLEN`), and a plan of some hundred checks is
//! larger as JSON. Its checks resemble one another, so that it becomes a tenth of that when it is compressed.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};
use serde::Deserialize;

use crate::{PLAN_VARIABLE, Plan, VERSION};

/// The most bytes of the variable's value: with the name, the equals sign and the final NUL Linux takes 128 KiB. A
/// container whose plan is longer does not start (E2BIG).
pub const MOST_VARIABLE_BYTES: usize = 128 * 1024 - PLAN_VARIABLE.len() - "=\0".len();

/// JSON of this length stays as it is, so that the pod's manifest shows what is dialled.
const PLAIN_BYTES: usize = 16 * 1024;

/// What a compressed plan begins with; no JSON does.
const COMPRESSED: &str = "z:";

/// The most bytes of a plan as JSON: an identifier names 65,536 checks, of some 250 bytes each.
const MOST_PLAN_BYTES: usize = 16 << 20;

/// zlib's own choice between time and size; the slowest level saves a twentieth.
const LEVEL: u8 = 6;

/// Why a text is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The text is not what [`Plan::to_variable`] writes.
    #[error("the plan is unreadable: {0}")]
    Json(serde_json::Error),
    /// The text claims to be compressed and is not, or is not whole.
    #[error("the plan is unreadable: what is compressed is broken or not whole")]
    Compression,
    /// More than a plan ever has.
    #[error("the plan is unreadable: it has more than {} MiB", MOST_PLAN_BYTES >> 20)]
    TooLarge,
    /// The plugin is of another release.
    #[error("the plan is of version {0}, this probe speaks version {VERSION}")]
    Version(u32),
}

/// What plans of all versions have.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl Plan {
    /// The plan as one line of text. With thousands of checks it may be longer than [`MOST_VARIABLE_BYTES`].
    #[must_use]
    pub fn to_variable(&self) -> String {
        // It cannot fail: a plan has no map, and nothing of it refuses to be written.
        let json = serde_json::to_string(self).unwrap_or_default();
        if json.len() <= PLAIN_BYTES { json } else { compress(json.as_bytes()) }
    }

    /// Reads what [`Self::to_variable`] has written. A plan of another version is refused, whatever else it has.
    pub fn from_variable(text: &str) -> Result<Self, PlanError> {
        if text.len() > MOST_PLAN_BYTES {
            return Err(PlanError::TooLarge);
        }
        let json = match text.strip_prefix(COMPRESSED) {
            Some(compressed) => Cow::Owned(decompress(compressed)?),
            None => Cow::Borrowed(text.as_bytes()),
        };
        let Versioned { version } = serde_json::from_slice(&json).map_err(PlanError::Json)?;
        if version != VERSION {
            return Err(PlanError::Version(version));
        }
        serde_json::from_slice(&json).map_err(PlanError::Json)
    }
}

fn compress(json: &[u8]) -> String {
    format!("{COMPRESSED}{}", URL_SAFE_NO_PAD.encode(compress_to_vec_zlib(json, LEVEL)))
}

fn decompress(text: &str) -> Result<Vec<u8>, PlanError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| PlanError::Compression)?;
    decompress_to_vec_zlib_with_limit(&bytes, MOST_PLAN_BYTES).map_err(|cause| match cause.status {
        TINFLStatus::HasMoreOutput => PlanError::TooLarge,
        _ => PlanError::Compression,
    })
}

#[cfg(test)]
mod tests;
