//! How a finding stands in documents: where it is found nobody knows its words and its code, so that documents give it
//! its form from outside. For `#[serde(with = "document_form")]`.

use serde::{Deserializer, Serializer};

/// What has a form of its own in documents, which is more than itself.
pub(crate) trait DocumentForm: Sized {
    /// Writes it with its words and its code.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads it back: of that form, or of a document that has no more than itself.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

pub(crate) fn serialize<T: DocumentForm, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.write(serializer)
}

pub(crate) fn deserialize<'de, T: DocumentForm, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::read(deserializer)
}
