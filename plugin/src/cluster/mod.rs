//! The one place that fills facts from the API.

mod connect;
pub(crate) mod convert;
mod kube_proxy;
pub(crate) mod part;
mod read;
mod surroundings;

pub(crate) use connect::{Cluster, connect};
pub(crate) use read::{Around, every_service, facts};
