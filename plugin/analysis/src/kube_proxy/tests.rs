//! The truth table: a row for each cell of what is known of kube-proxy, then what must hold whatever
//! the cell.

mod properties;
mod table;
mod unknown;

pub(crate) use unknown::facts;
