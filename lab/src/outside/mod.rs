//! Outside the namespaces: starting, entering, listing and ending labs.

pub mod cgroups;
pub mod janitor;
pub mod lab;
pub mod limits;
pub mod registry;
