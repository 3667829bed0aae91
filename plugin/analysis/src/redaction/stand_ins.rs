//! What stands for a name: a word for what it names, and seven characters that the key gives.

use std::collections::HashMap;

use super::keyed;
use super::names::Role;

/// Letters and digits that are not mistaken for each other.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// So many that names of 5,000 nodes do not meet by chance.
const CHARACTERS: usize = 7;

/// Stand-ins of one key.
pub(super) struct StandIns<'a> {
    key: &'a [u8; 32],
    known: HashMap<(Role, String), String>,
}

impl<'a> StandIns<'a> {
    pub(super) fn with_key(key: &'a [u8; 32]) -> Self {
        Self { key, known: HashMap::new() }
    }

    /// What stands for a name, or for a label of a host's name. Names that differ in their case alone do so still.
    pub(super) fn of(&mut self, role: Role, name: &str) -> String {
        let lower = name.to_ascii_lowercase();
        let key = self.key;
        let stand_in = self.known.entry((role, lower)).or_insert_with_key(|(role, lower)| made(key, *role, lower));
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) { stand_in.to_ascii_uppercase() } else { stand_in.clone() }
    }
}

fn made(key: &[u8; 32], role: Role, name: &str) -> String {
    let digest = keyed(key, "name", name.as_bytes());
    let character = |byte: &u8| char::from(ALPHABET[usize::from(byte % 32)]);
    format!("{}-{}", role.word(), digest.iter().take(CHARACTERS).map(character).collect::<String>())
}
