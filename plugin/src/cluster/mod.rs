//! The one place that fills facts from the API.

mod connect;
pub(crate) mod convert;
mod events;
mod follow;
mod kube_proxy;
mod kubeconfig;
mod login;
pub(crate) mod part;
mod read;
mod surroundings;
mod users;

pub(crate) use connect::{Cluster, connect, or_nothing};
pub(crate) use events::write_events;
pub(crate) use follow::{Followed, follow};
pub(crate) use read::{Around, every_service, facts, facts_of, service_again};
pub(crate) use users::users_of;
