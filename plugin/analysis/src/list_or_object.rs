//! Parts of documents that have two forms: a list with an entry for each, and an object that shares what is equal.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::LIST_OR_OBJECT;

/// What was read: the list, or the object.
#[derive(Debug)]
pub(crate) enum ListOrObject<L, O> {
    List(L),
    Object(O),
}

/// Typed as it is read, without a tree of the whole in between: it may be of thousands of nodes.
struct Form<L, O>(PhantomData<(L, O)>);

impl<'de, L: Deserialize<'de>, O: Deserialize<'de>> Deserialize<'de> for ListOrObject<L, O> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Form(PhantomData))
    }
}

impl<'de, L: Deserialize<'de>, O: Deserialize<'de>> Visitor<'de> for Form<L, O> {
    type Value = ListOrObject<L, O>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(LIST_OR_OBJECT)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        L::deserialize(SeqAccessDeserializer::new(list)).map(ListOrObject::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        O::deserialize(MapAccessDeserializer::new(object)).map(ListOrObject::Object)
    }
}
