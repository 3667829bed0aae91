//! The resolver's configuration of nodes.

use std::fs;
use std::path::Path;

use super::STATE_FOLDER;
use crate::addresses::CLOUD;
use crate::error::{Context as _, LabError};

/// What kubelet hands on to pods that do not use the cluster's DNS: the cloud's.
pub(crate) fn write_resolver_configuration() -> Result<(), LabError> {
    let text = format!("nameserver {CLOUD}\noptions ndots:1\n");
    fs::write(Path::new(STATE_FOLDER).join("resolv.conf"), text).to("write resolv.conf")
}
