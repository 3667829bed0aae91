//! The one place that fills facts from the API.

mod connect;
mod convert;
mod read;

pub(crate) use connect::{Cluster, connect};
pub(crate) use read::facts;
