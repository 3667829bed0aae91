//! Names and addresses in the texts of a document.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value};

use super::addresses::Addresses;
use super::names::{Names, Role, role_at};
use super::stand_ins::StandIns;
use crate::facts::IGNORE_ANNOTATION;
use crate::ignoring::{self, Ignored, IgnoredState};

/// Texts of others, which may name what is in no other place.
const FOREIGN: [&str; 6] = ["message", "hint", "body", "comment", "line", "why"];

/// Where no name stands, though a word of it may be one: releases, and words of Kubernetes and of programs.
const KEPT: [&str; 19] = [
    "apiVersion",
    "appProtocol",
    "code",
    "effect",
    "key",
    "kind",
    "kubeProxyVersion",
    "kubeletVersion",
    "loadBalancerClass",
    "managedBy",
    "mode",
    "os",
    "pluginVersion",
    "protocol",
    "provider",
    "release",
    "targetPortName",
    "type",
    "version",
];

/// Values of annotations that say how, and not whose.
const SETTINGS: [&str; 17] = [
    "alb",
    "eni",
    "external",
    "http",
    "https",
    "instance",
    "internal",
    "internet",
    "internet-facing",
    "intranet",
    "ip",
    "nlb",
    "nlb-ip",
    "ssl",
    "tcp",
    "true",
    "false",
];

/// Shorter words with a digit are releases, counts and types.
const IDENTIFIER: usize = 8;

/// What stands for a reason for which a finding is ignored: it may name anything.
const REASON: &str = "redacted";

/// What is kept of a reason, and of an annotation with reasons: the codes, and that there is one.
fn of_ignored(text: &str, at: &str, parent: &str) -> Option<String> {
    if at == "reason" && parent == "ignored" {
        return Some(REASON.into());
    }
    let entry = |ignored: Ignored| match ignored.state {
        IgnoredState::NotACode => None,
        IgnoredState::NoReason => Some(ignored.code),
        IgnoredState::Ignored | IgnoredState::NotFound => Some(format!("{}={REASON}", ignored.code)),
    };
    (at == IGNORE_ANNOTATION).then(|| ignoring::entries(text).into_iter().filter_map(entry).collect::<Vec<_>>().join("; "))
}

/// Replaces what it finds.
pub(super) struct Redactor<'a> {
    names: &'a Names,
    stand_ins: StandIns<'a>,
    addresses: Addresses<'a>,
}

/// How much of a text may be a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Names stand here.
    Name,
    /// Names may be among other words; one that is a plain word is taken for such a word, unless it is a part of a longer name.
    Text,
    /// The same, where identifiers may stand too: of a cloud's resources, for instance.
    Foreign,
}

impl<'a> Redactor<'a> {
    pub(super) fn new(names: &'a Names, stand_ins: StandIns<'a>, addresses: Addresses<'a>) -> Self {
        Self { names, stand_ins, addresses }
    }

    /// All texts of a value, which stands under a key.
    pub(super) fn replace(&mut self, value: &mut Value, key: Option<(&str, &str)>) {
        let (at, parent) = key.unwrap_or_default();
        match value {
            Value::Object(fields) => self.replace_fields(fields, at),
            Value::Array(items) => items.iter_mut().for_each(|item| self.replace(item, key)),
            Value::String(text) => {
                let is_of_cloud = parent == "annotations" && SETTINGS.contains(&text.as_str());
                if let Some(kept) = of_ignored(text, at, parent) {
                    *text = kept;
                    return;
                }
                if KEPT.contains(&at) || parent == "releases" || is_of_cloud {
                    return;
                }
                let place = if role_at(at, parent).is_some() {
                    Place::Name
                } else if FOREIGN.contains(&at) || parent == "annotations" {
                    Place::Foreign
                } else {
                    Place::Text
                };
                *text = if at == "uid" { self.stand_ins.of(Role::Other, text) } else { self.text(text, place) };
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Keys are names where they are not of the form: those of nodes and addresses have more than letters.
    fn replace_fields(&mut self, fields: &mut Map<String, Value>, parent: &str) {
        let old = std::mem::take(fields);
        for (key, mut value) in old {
            self.replace(&mut value, Some((&key, parent)));
            let is_of_form = key.bytes().all(|byte| byte.is_ascii_alphabetic()) || parent == "annotations";
            let key = if is_of_form { key } else { self.text(&key, Place::Text) };
            fields.insert(key, value);
        }
    }

    fn text(&mut self, text: &str, place: Place) -> String {
        let mut new = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(first) = text[at..].chars().next() {
            let (before, rest) = text.split_at(at);
            let (length, replaced) = self.address_at(rest, before).or_else(|| self.word_at(rest, before, place)).unwrap_or_else(|| {
                // In "node_10.0.0.1" an address may begin behind the dash.
                let word = &rest[..word_length(rest)];
                let length = word.find(['-', '_']).unwrap_or(word.len()).max(first.len_utf8());
                (length, rest[..length].to_owned())
            });
            new.push_str(&replaced);
            at += length;
        }
        new
    }

    /// An address or a range at the beginning of a text: how long it is, and what stands for it. One may end a name: Alibaba Cloud's
    /// nodes are called cn-beijing.10.0.0.1.
    fn address_at(&mut self, text: &str, before: &str) -> Option<(usize, String)> {
        let mut backwards = before.chars().rev();
        match (backwards.next(), backwards.next()) {
            (Some('.'), Some(earlier)) if earlier.is_ascii_digit() => return None,
            (Some(last), _) if last.is_ascii_alphanumeric() => return None,
            _ => {}
        }
        let is_part = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
        let run = text.bytes().take_while(|byte| is_part(*byte)).count();
        // "10.0.0.1." ends a sentence, and "10.0.0.1:80" is an address and a port; "10.0.0.300" is neither.
        let splits_number = |end: &usize| text.as_bytes()[..run].get(*end).is_some_and(u8::is_ascii_hexdigit);
        let mut ends = (2..=run).rev().filter(|end| !splits_number(end));
        let (end, address) = ends.find_map(|end| Some((end, text[..end].parse::<IpAddr>().ok()?)))?;
        if text[end..].starts_with(|next: char| next.is_ascii_alphanumeric()) {
            return None;
        }
        let range = range_after(text, end).map(|length| (length, text[..length].parse::<IpNet>()));
        Some(match range {
            Some((length, Ok(range))) => (length, self.addresses.of_range(range).to_string()),
            _ => (end, self.addresses.of(address).to_string()),
        })
    }

    /// A word at the beginning of a text, where it is a name.
    fn word_at(&mut self, text: &str, before: &str, place: Place) -> Option<(usize, String)> {
        if before.ends_with(is_of_word) || text.starts_with(['-', '_']) {
            return None;
        }
        let length = word_length(text);
        let word = &text[..length];
        let is_plain = word.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_joined = before.ends_with(['.', '/']) || text[length..].starts_with(['.', '/']);
        let is_meant = !is_plain || place != Place::Text || is_joined;
        if let Some(role) = self.names.role(word).filter(|_| is_meant) {
            return Some((length, self.stand_ins.of(role, word)));
        }
        let has = |is: fn(&u8) -> bool| word.as_bytes().iter().any(is);
        // Words with underscores are a cloud's own: proxy_protocol_v2.
        let is_identifier = length >= IDENTIFIER && has(u8::is_ascii_digit) && !word.contains('_');
        (place == Place::Foreign && is_identifier).then(|| (length, self.stand_ins.of(Role::Other, word)))
    }
}

fn is_of_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

fn word_length(text: &str) -> usize {
    text.chars().take_while(|character| is_of_word(*character)).map(char::len_utf8).sum()
}

/// How long a range is at the beginning of a text, where its address ends at `end`. Of "10.0.0.1/10.0.0.2" there is none.
fn range_after(text: &str, end: usize) -> Option<usize> {
    let digits = text[end..].strip_prefix('/')?.bytes().take_while(u8::is_ascii_digit).count();
    let length = end + 1 + digits;
    let mut after = text[length..].chars();
    let goes_on = match after.next() {
        Some('.') => after.next().is_some_and(|next| next.is_ascii_digit()),
        Some(next) => next.is_ascii_alphanumeric() || next == ':',
        None => false,
    };
    (digits > 0 && !goes_on).then_some(length)
}
