//! A file's documents, JSON or YAML.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use serde::de::{DeserializeOwned, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::bundle;
use crate::error::FileProblem;
use crate::files;

/// More than the objects of 5,000 nodes take as YAML.
const MAX_BYTES: u64 = 512 << 20;

/// The same as YAML takes many times its size in memory.
const MAX_YAML_BYTES: usize = 64 << 20;

/// YAML elements of such a file; aliases stay bounded as they are, so that a few lines cannot
/// swell.
const MAX_ELEMENTS: usize = 50_000_000;

/// Objects of a file, or of a list in one: more than any cluster has of what is read here, and few enough that a file
/// of empty ones does not fill the memory.
const MOST_OBJECTS: usize = 1_000_000;

/// One document of a file. JSON stays text until its type is known: of thousands of nodes most is
/// passed over, and a tree of it would be many times larger.
pub(crate) enum Document<'a> {
    Json(&'a str),
    Yaml(Value),
}

/// What tells which type a document has.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Head {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    metadata: Metadata,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    name: String,
}

impl Head {
    /// The name in its metadata, where it has one.
    pub(crate) fn name(&self) -> Option<&str> {
        Some(self.metadata.name.as_str()).filter(|name| !name.is_empty())
    }
}

impl<'a> Document<'a> {
    /// Its kind, read no further than there: kubectl writes it near the beginning.
    pub(crate) fn kind(&self) -> Option<String> {
        match self {
            Self::Json(text) => {
                let mut kind = None;
                // Whatever comes after the kind is left unread, which the parser takes for an error.
                let _ = UpToKind(&mut kind).deserialize(&mut serde_json::Deserializer::from_str(text));
                kind
            }
            Self::Yaml(value) => value["kind"].as_str().map(str::to_owned),
        }
    }

    /// What it says of its type. What cannot be read of that is empty.
    pub(crate) fn head(&self) -> Head {
        self.typed().unwrap_or_default()
    }

    /// The whole of it.
    pub(crate) fn typed<T: DeserializeOwned>(&self) -> Result<T, String> {
        match self {
            Self::Json(text) => serde_json::from_str(text).map_err(|cause| cause.to_string()),
            Self::Yaml(value) => T::deserialize(value).map_err(|cause| cause.to_string()),
        }
    }

    /// The items of a list; none where it is none, or one without an end.
    pub(crate) fn items(self) -> Option<Vec<Self>> {
        #[derive(Deserialize)]
        struct List<'a> {
            #[serde(borrow)]
            items: Items<'a>,
        }
        match self {
            Self::Json(text) => {
                let list: List<'a> = serde_json::from_str(text).ok()?;
                Some(list.items.0.into_iter().map(|item| Self::Json(item.get())).collect())
            }
            Self::Yaml(mut value) => match value.get_mut("items").map(Value::take) {
                Some(Value::Array(items)) => Some(items.into_iter().map(Self::Yaml).collect()),
                _ => None,
            },
        }
    }

    fn is_object(&self) -> bool {
        match self {
            Self::Json(text) => text.starts_with('{'),
            Self::Yaml(value) => value.is_object(),
        }
    }
}

/// The items of a list, as long as they are not too many.
struct Items<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Items<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemByItem).map(Self)
    }
}

struct ItemByItem;

impl<'de> Visitor<'de> for ItemByItem {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            if items.len() == MOST_OBJECTS {
                return Err(serde::de::Error::custom(FileProblem::TooManyObjects(MOST_OBJECTS)));
            }
            items.push(item);
        }
        Ok(items)
    }
}

/// Reads an object up to its `kind`.
struct UpToKind<'k>(&'k mut Option<String>);

impl<'de> DeserializeSeed<'de> for UpToKind<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for UpToKind<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if key == "kind" {
                *self.0 = Some(map.next_value()?);
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// The text of a file, `-` for standard input; of a bundle, its report.
pub(crate) fn text(file: &Path) -> Result<String, FileProblem> {
    let content = if file == Path::new("-") { files::bounded(std::io::stdin(), MAX_BYTES)? } else { files::read(file, MAX_BYTES)? };
    let content = if bundle::is_one(&content) { bundle::report_in(&content, MAX_BYTES)? } else { content };
    String::from_utf8(content).map_err(|_| FileProblem::NotText)
}

/// The documents in a text.
pub(crate) fn documents(text: &str) -> Result<Vec<Document<'_>>, FileProblem> {
    let documents = if text.trim_start().starts_with('{') { json(text)? } else { yaml(text)? };
    match documents.iter().find(|document| !document.is_object()) {
        None if documents.is_empty() => Err(FileProblem::Empty),
        None => Ok(documents),
        Some(_) => Err(FileProblem::NoObjects),
    }
}

fn json(text: &str) -> Result<Vec<Document<'_>>, FileProblem> {
    let documents = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let documents = documents.take(MOST_OBJECTS + 1).map(|document| document.map(|text| Document::Json(text.get())));
    let documents: Vec<_> = documents.collect::<Result<_, _>>().map_err(|cause| FileProblem::NotJson(cause.to_string()))?;
    if documents.len() > MOST_OBJECTS {
        return Err(FileProblem::TooManyObjects(MOST_OBJECTS));
    }
    Ok(documents)
}

/// How a text is read as YAML; nothing where it is too long for that.
pub(super) fn yaml_options(text: &str) -> Option<serde_saphyr::Options> {
    let options = || {
        serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_events: MAX_ELEMENTS, max_nodes: MAX_ELEMENTS, max_total_scalar_bytes: text.len() },
        }
    };
    (text.len() <= MAX_YAML_BYTES).then(options)
}

fn yaml(text: &str) -> Result<Vec<Document<'_>>, FileProblem> {
    let options = yaml_options(text).ok_or(FileProblem::TooMuchYaml(MAX_YAML_BYTES as u64))?;
    let documents: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options).map_err(|cause| {
        let first = cause.to_string().lines().next().unwrap_or_default().to_owned();
        FileProblem::NotYaml(first)
    })?;
    Ok(documents.into_iter().filter(|document| !document.is_null()).map(Document::Yaml).collect())
}
