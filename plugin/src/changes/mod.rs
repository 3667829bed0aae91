//! Changes of the cluster's objects: made with the version that was read, so that nobody's work is overwritten, with a
//! record on the object itself that tells of it, and a file beside the user's work that says what puts it back.

mod difference;
#[cfg(test)]
mod hostile;
mod internal_service;
mod journal;
mod managers;
mod merge;
mod object;
mod pending;
mod record;

pub(crate) use difference::{difference, merged};
pub(crate) use internal_service::internal_service;
pub(crate) use journal::{Journal, Undo};
pub(crate) use managers::owners_elsewhere;
pub(crate) use object::{Object, PatchMode, read};
pub(crate) use pending::pending;
pub(crate) use record::{Method, Record, RunId};
