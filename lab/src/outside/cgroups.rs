//! The cgroup folders of a lab: made before it starts, removed when nothing of it runs.
//!
//! They are the one thing of a lab that lives outside its namespaces. kubelet wants its root to
//! exist in every hierarchy; whatever it and crun make below is removed with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use crate::error::{Context as _, LabError};
use crate::patience::Patience;

const MOUNT: &str = "/sys/fs/cgroup";

/// Controllers that kubelet needs, in the names of cgroup v2.
const CONTROLLERS: &str = "+cpu +cpuset +memory +pids";

/// Makes the folder of a lab, with one below it for each node, in every hierarchy.
pub fn make(name: &str, nodes: &[String]) -> Result<(), LabError> {
    for root in hierarchies() {
        let top = root.join(name);
        for node in nodes {
            fs::create_dir_all(top.join(node)).to(format!("make the cgroup folder {}", top.display()))?;
        }
        for folder in [&root, &top] {
            let control = folder.join("cgroup.subtree_control");
            if control.exists() && root == Path::new(MOUNT) {
                fs::write(&control, CONTROLLERS).to(format!("enable controllers in {}", control.display()))?;
            }
        }
    }
    Ok(())
}

/// Removes the folder of a lab from every hierarchy. The kernel counts the last processes down
/// for a moment after their end, so a busy folder is tried again for five seconds of an idle machine.
pub fn remove(name: &str) -> Result<(), LabError> {
    for top in hierarchies().map(|root| root.join(name)) {
        let mut patience = Patience::new(Duration::from_secs(5));
        while let Err(cause) = remove_tree(&top) {
            if patience.look(()).is_err() {
                return Err(cause).to(format!("remove the cgroup folder {}", top.display()));
            }
            sleep(Duration::from_millis(50));
        }
    }
    Ok(())
}

/// Bottom up: a cgroup folder's files cannot be removed, only the folder with them.
fn remove_tree(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(cause),
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_tree(&entry.path())?;
        }
    }
    fs::remove_dir(folder)
}

/// The one of cgroup v2, or each of v1's and the empty one of v2 beside them.
fn hierarchies() -> impl Iterator<Item = PathBuf> {
    let mount = PathBuf::from(MOUNT);
    let unified = mount.join("cgroup.controllers").exists();
    let roots = if unified {
        vec![mount]
    } else {
        let entries = fs::read_dir(mount).into_iter().flatten().flatten();
        // Links such as cpu,cpuacct lead to a folder that is listed itself.
        entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()).collect()
    };
    roots.into_iter()
}
