//! The program that kubectl asks.

use std::env::split_paths;
use std::ffi::OsStr;
use std::path::PathBuf;

/// What it says.
#[cfg(unix)]
pub(crate) const SCRIPT: &str = include_str!("kubectl_complete-lbprobe");
#[cfg(windows)]
pub(crate) const SCRIPT: &str = include_str!("kubectl_complete-lbprobe.cmd");

#[cfg(unix)]
const PLUGIN: &str = "kubectl-lbprobe";
#[cfg(windows)]
const PLUGIN: &str = "kubectl-lbprobe.exe";

#[cfg(unix)]
const FILE: &str = "kubectl_complete-lbprobe";
#[cfg(windows)]
const FILE: &str = "kubectl_complete-lbprobe.cmd";

/// Its place: beside the plugin, in the folder of these in which kubectl finds that. krew has a link there.
pub(crate) fn script_file(path: Option<&OsStr>) -> Option<PathBuf> {
    let mut folders = split_paths(path?).filter(|folder| folder.is_absolute());
    folders.find(|folder| folder.join(PLUGIN).is_file()).map(|folder| folder.join(FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_beside_the_plugin_that_kubectl_finds() {
        let [empty, first, second] = [(); 3].map(|()| tempfile::tempdir().unwrap());
        for folder in [&first, &second] {
            std::fs::write(folder.path().join(PLUGIN), "").unwrap();
        }
        let path = std::env::join_paths([empty.path(), first.path(), second.path()]).unwrap();
        assert_eq!(script_file(Some(&path)), Some(first.path().join(FILE)));
        assert_eq!(script_file(Some(empty.path().as_os_str())), None);
        assert_eq!(script_file(None), None);
    }
}
