//! The API server: a connection, lists, watches, requests that are tried again, Events.

mod connect;
mod events;
mod kubeconfig;
mod list;
mod login;
mod part;
mod rights;
mod watch;

pub(crate) use connect::{Cluster, connect, or_nothing};
pub(crate) use events::write_events;
pub(crate) use kubeconfig::contexts;
pub(crate) use list::{list, names, names_in};
pub(crate) use part::part_of;
pub(crate) use rights::{AskedRight, missing};
pub(crate) use watch::{watch, watch_latest};
