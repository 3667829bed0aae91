//! Changes of the cluster's objects: made with the version that was read, so that nobody's work is
//! overwritten, and with a record on the object itself, from which they can be undone.

mod difference;
mod marks;
mod object;
mod pending;
mod record;
mod twin;

pub(crate) use difference::{difference, merged};
pub(crate) use marks::owners_elsewhere;
pub(crate) use object::{Commitment, Object, read};
pub(crate) use pending::pending;
pub(crate) use record::Record;
pub(crate) use twin::internal_twin;
