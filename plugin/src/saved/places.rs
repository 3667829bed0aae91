//! Where the Services of a file stand in it.

use std::collections::HashMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

/// A place in a text, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u64,
    pub(crate) column: u64,
}

/// The places of Services' names, by their namespaces and names.
#[derive(Debug, Default)]
pub(crate) struct Places(HashMap<(String, String), Place>);

/// An object, or a list of some. JSON is read as the YAML that it is.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Located {
    kind: Option<String>,
    metadata: Option<LocatedName>,
    items: Vec<Located>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LocatedName {
    name: Option<Spanned<String>>,
    namespace: Option<String>,
}

impl Places {
    /// Of a text in which nothing is found, or that is too long to look through, there are none.
    pub(crate) fn of_services(text: &str) -> Self {
        let mut places = Self::default();
        let objects = super::documents::yaml_options(text).and_then(|options| serde_saphyr::from_multiple_with_options(text, options).ok());
        objects.into_iter().flatten().for_each(|object| places.add(object));
        places
    }

    fn add(&mut self, object: Located) {
        let is_service = object.kind.as_deref() == Some("Service");
        object.items.into_iter().for_each(|item| self.add(item));
        let Some(LocatedName { name: Some(name), namespace }) = object.metadata.filter(|_| is_service) else { return };
        let place = Place { line: name.referenced.line(), column: name.referenced.column() };
        self.0.insert((namespace.unwrap_or_else(|| super::DEFAULT_NAMESPACE.to_owned()), name.value), place);
    }

    pub(crate) fn of(&self, namespace: &str, name: &str) -> Option<Place> {
        self.0.get(&(namespace.to_owned(), name.to_owned())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_found_in_documents_lists_and_json() {
        let yaml = "# a comment\nkind: Service\nmetadata:\n  name: web\n  namespace: shop\n---\nkind: List\nitems:\n- kind: ConfigMap\n  \
                    metadata: {name: web, namespace: shop}\n- kind: Service\n  metadata:\n    name: other\n    namespace: shop\n";
        let places = Places::of_services(yaml);
        assert_eq!(places.of("shop", "web"), Some(Place { line: 4, column: 9 }));
        assert_eq!(places.of("shop", "other"), Some(Place { line: 13, column: 11 }));
        assert_eq!(places.of("shop", "nobody"), None);
        let json = "{\n  \"kind\": \"Service\",\n  \"metadata\": {\n    \"name\": \"web\", \"namespace\": \"shop\"\n  }\n}";
        assert_eq!(Places::of_services(json).of("shop", "web").map(|place| place.line), Some(4));
        assert_eq!(Places::of_services("kind: [Service").of("shop", "web"), None);
    }
}
