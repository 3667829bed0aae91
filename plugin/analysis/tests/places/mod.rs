//! Where the values of a JSON document stand, for tests that damage one after the other.

use serde_json::Value;

/// JSON pointers to all values of a document.
pub(crate) fn places(document: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, places: &mut Vec<String>) {
        let keys: Vec<(String, &Value)> = match value {
            Value::Object(keys) => keys.iter().map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(place, item)| (place.to_string(), item)).collect(),
            _ => Vec::new(),
        };
        for (key, value) in keys {
            let place = format!("{at}/{key}");
            walk(value, &place, places);
            places.push(place);
        }
    }
    let mut all = Vec::new();
    walk(document, "", &mut all);
    all
}
