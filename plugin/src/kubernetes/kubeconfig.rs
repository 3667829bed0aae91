//! Which kubeconfig counts: by kubectl's rules.

use std::path::{Path, PathBuf};

use kube::config::Kubeconfig;

use crate::error::{Error, KubeconfigProblem};

/// What was found.
pub(super) enum Source {
    File(Box<Kubeconfig>),
    /// No file is there.
    None,
}

/// The file that was named; else those of `KUBECONFIG`, of which the first word on a thing counts and missing ones are
/// passed over; else the one in the home directory.
pub(super) fn find(named: Option<&Path>) -> Result<Source, Error> {
    if let Some(path) = named {
        return Ok(Source::File(Box::new(read(path)?)));
    }
    let mut found: Option<Kubeconfig> = None;
    for path in candidates().into_iter().filter(|path| path.exists()) {
        let more = read(&path)?;
        let merged = match found.take() {
            Some(first) => first.merge(more).map_err(|cause| unreadable(&path, &cause))?,
            None => more,
        };
        found = Some(merged);
    }
    Ok(found.map_or(Source::None, |kubeconfig| Source::File(Box::new(kubeconfig))))
}

/// The contexts that a user can choose from.
pub(crate) fn contexts(named: Option<&Path>) -> Result<Vec<String>, Error> {
    Ok(match find(named)? {
        Source::File(kubeconfig) => kubeconfig.contexts.into_iter().map(|context| context.name).collect(),
        Source::None => Vec::new(),
    })
}

fn candidates() -> Vec<PathBuf> {
    match std::env::var_os("KUBECONFIG").filter(|value| !value.is_empty()) {
        Some(value) => std::env::split_paths(&value).filter(|path| !path.as_os_str().is_empty()).collect(),
        None => std::env::home_dir().map(|home| home.join(".kube/config")).into_iter().collect(),
    }
}

fn unreadable(path: &Path, cause: &dyn std::fmt::Display) -> Error {
    Error::Kubeconfig(KubeconfigProblem::File { file: path.display().to_string(), cause: cause.to_string() })
}

fn read(path: &Path) -> Result<Kubeconfig, Error> {
    Kubeconfig::read_from(path).map_err(|cause| unreadable(path, &cause))
}
