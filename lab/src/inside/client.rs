//! Ways to the lab's own API.

use std::fs;
use std::path::Path;
use std::process::Command;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use super::{BIN_FOLDER, STATE_FOLDER, pki};
use crate::error::{Context as _, LabError};
use crate::programs::run;

/// Applies a manifest with the lab's own kubectl, as the administrator.
pub fn kubectl_apply(manifest: &str) -> Result<(), LabError> {
    let file = Path::new(STATE_FOLDER).join("applied.yaml");
    fs::write(&file, manifest).to("write a manifest")?;
    let mut command = Command::new(Path::new(BIN_FOLDER).join("kubectl"));
    command.arg("apply").arg("--kubeconfig").arg(pki::ADMIN_KUBECONFIG).arg("-f").arg(file);
    run(&mut command).map(drop)
}

/// A client of the lab's API by a kubeconfig.
pub async fn client(kubeconfig: &Path) -> Result<Client, LabError> {
    let unusable = |cause: &dyn std::fmt::Display| LabError::Other(format!("{}: {cause}", kubeconfig.display()));
    let read = Kubeconfig::read_from(kubeconfig).map_err(|cause| unusable(&cause))?;
    let config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.map_err(|cause| unusable(&cause))?;
    Ok(Client::try_from(config)?)
}
