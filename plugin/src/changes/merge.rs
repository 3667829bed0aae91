//! Merge patches (RFC 7386), built key by key. Pure.

use serde_json::{Map, Value};

/// Sets what stands at a path, and makes the maps on the way to it: in place of what is no map. Of a patch that is no
/// map itself nothing is left.
pub(super) fn set(merge: &mut Value, path: &[&str], value: Value) {
    match path {
        [] => *merge = value,
        [key, rest @ ..] => {
            if !merge.is_object() {
                *merge = Value::Object(Map::new());
            }
            if let Some(map) = merge.as_object_mut() {
                set(map.entry(*key).or_insert(Value::Null), rest, value);
            }
        }
    }
}
