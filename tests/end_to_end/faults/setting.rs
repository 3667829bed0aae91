//! Where a row runs: in a lab, with a folder of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use lbprobe_lab::Lab;
use tempfile::TempDir;

/// The gateway's Service, as words of a command line.
const SERVICE: &str = "istio-ingressgateway -n istio-system";

/// Folders that are in the row's own: for the phases that are reached, and for what `--save` writes.
const FOLDERS: [&str; 3] = ["phases", "save", "other"];

/// The longest that a script of a row may take.
const SECONDS: &str = "180";

pub(super) struct Setting<'a> {
    pub(super) lab: &'a Lab,
    folder: TempDir,
    namespace: String,
}

impl<'a> Setting<'a> {
    /// For the row of this id.
    pub(super) fn new(lab: &'a Lab, id: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in FOLDERS {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { lab, folder, namespace: format!("faults-{id}") }
    }

    /// A file or folder of the row.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The file that says that the plugin has come to a phase.
    pub(super) fn phase(&self, phase: &str) -> PathBuf {
        self.path("phases").join(phase)
    }

    /// Lets the plugin go on from a phase.
    pub(super) fn release(&self, phase: &str) {
        fs::write(self.phase(phase).with_extension("go"), "").unwrap();
    }

    /// Writes a file of the row, as a program that may run.
    pub(super) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, self.fill(content)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// A text of the table with the words filled in that stand for something.
    pub(super) fn fill(&self, text: &str) -> String {
        let folder = self.folder.path().display().to_string();
        text.replace("SERVICE", SERVICE).replace("FOLDER", &folder).replace("NAMESPACE", &self.namespace)
    }

    /// Runs a script of bash beside the control plane: what it prints, or why it failed.
    pub(super) fn sh(&self, script: &str) -> Result<String, String> {
        let script = self.fill(script);
        let words = ["timeout", SECONDS, "bash", "-c", script.as_str()];
        let output = self.lab.run(&words).map_err(|cause| cause.to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() {
            return Ok(text(&output.stdout));
        }
        Err(format!("{script}\n{}\n{}{}", output.status, text(&output.stdout), text(&output.stderr)))
    }

    /// A file of the lab, as this process sees it.
    pub(super) fn file_of_lab(&self, path: &str) -> Vec<u8> {
        let path = self.lab.place().inside(path).unwrap_or_else(|| Path::new(path).to_owned());
        fs::read(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
    }
}
