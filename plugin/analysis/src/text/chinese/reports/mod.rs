//! The words of reports around their findings.

pub(crate) mod agents;
pub(crate) mod asked;
pub(crate) mod bundle;
pub(crate) mod checks;
pub(crate) mod conclusions;
pub(crate) mod fixes;
pub(crate) mod headings;
pub(crate) mod image;
pub(crate) mod kernel;
pub(crate) mod lint;
pub(crate) mod lists;
pub(crate) mod metrics;
pub(crate) mod named_pods;
pub(crate) mod packet_paths;
pub(crate) mod pages;
pub(crate) mod policies;
pub(crate) mod preflight;
pub(crate) mod rehearsal;
pub(crate) mod sources;
pub(crate) mod targets;
pub(crate) mod watches;
