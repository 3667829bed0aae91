//! A file's documents, JSON or YAML.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

/// More than the objects of 5,000 nodes take as YAML.
const MAX_BYTES: u64 = 512 << 20;

/// YAML elements of such a file; aliases stay bounded as they are, so that a few lines cannot
/// swell.
const MAX_ELEMENTS: usize = 50_000_000;

pub(super) fn documents(file: &Path) -> Result<Vec<Value>, String> {
    let mut text = String::new();
    let source: Box<dyn std::io::Read> =
        if file == Path::new("-") { Box::new(std::io::stdin()) } else { Box::new(File::open(file).map_err(|cause| cause.to_string())?) };
    let bytes = source.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(|cause| cause.to_string())?;
    if u64::try_from(bytes).unwrap_or(u64::MAX) > MAX_BYTES {
        return Err(format!("is larger than {} MiB", MAX_BYTES >> 20));
    }
    parse(&text)
}

pub(super) fn parse(text: &str) -> Result<Vec<Value>, String> {
    let documents = if text.trim_start().starts_with('{') {
        serde_json::Deserializer::from_str(text)
            .into_iter()
            .collect::<Result<Vec<Value>, _>>()
            .map_err(|cause| format!("is no JSON: {cause}"))?
    } else {
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_events: MAX_ELEMENTS, max_nodes: MAX_ELEMENTS, max_total_scalar_bytes: text.len() },
        };
        serde_saphyr::from_multiple_with_options(text, options).map_err(|cause| {
            let first = cause.to_string().lines().next().unwrap_or_default().to_owned();
            format!("is neither JSON nor YAML: {first}")
        })?
    };
    let documents: Vec<Value> = documents.into_iter().filter(|document| !document.is_null()).collect();
    match documents.iter().find(|document| !document.is_object()) {
        None if documents.is_empty() => Err("is empty".into()),
        None => Ok(documents),
        Some(_) => Err("is text, not Kubernetes objects".into()),
    }
}
