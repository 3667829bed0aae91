//! Container images as plain layers: one layer of given files, in the archive form that
//! `docker save` writes and containerd imports.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType, Header};

use crate::error::{Context as _, LabError};

/// The images' archives in a folder.
pub(crate) fn archives(folder: &Path) -> Result<Vec<PathBuf>, LabError> {
    let entries = fs::read_dir(folder).to(format!("list {}", folder.display()))?;
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths.filter(|path| path.extension().is_some_and(|extension| extension == "tar")).collect())
}

/// An image to write.
#[derive(Clone, Debug)]
pub struct Image {
    /// The reference by which pods name it.
    pub reference: String,
    /// The command, first its path in the image.
    pub entrypoint: Vec<String>,
    /// Who runs the command, `UID:GID`; root where it is missing.
    pub user: Option<String>,
    /// Files of this machine and their places in the image.
    pub files: Vec<(PathBuf, String)>,
    /// Empty folders that everyone may write to.
    pub folders: Vec<String>,
}

impl Image {
    /// Writes the archive. Times and owners are fixed, so that the same files give the same image.
    pub fn write(&self, archive: &Path) -> Result<(), LabError> {
        let layer = self.layer().to(format!("make a layer of {}", self.reference))?;
        let digest = hexadecimal(&Sha256::digest(&layer));
        let mut config = json!({ "Entrypoint": self.entrypoint, "Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] });
        if let Some(user) = &self.user {
            config["User"] = json!(user);
        }
        let rootfs = json!({ "type": "layers", "diff_ids": [format!("sha256:{digest}")] });
        let config = json!({ "architecture": "amd64", "os": "linux", "config": config, "rootfs": rootfs }).to_string();
        let config_name = format!("{}.json", hexadecimal(&Sha256::digest(config.as_bytes())));
        let layer_name = format!("{digest}.tar");
        let manifest = json!([{ "Config": config_name, "RepoTags": [self.reference], "Layers": [layer_name] }]).to_string();
        write_archive(archive, &[(&config_name, config.as_bytes()), (&layer_name, &layer), ("manifest.json", manifest.as_bytes())])
            .to(format!("write {}", archive.display()))
    }

    fn layer(&self) -> io::Result<Vec<u8>> {
        let mut builder = Builder::new(Vec::new());
        for folder in &self.folders {
            append(&mut builder, &format!("{}/", folder.trim_start_matches('/')), EntryType::Directory, 0o1777, &[])?;
        }
        for (source, place) in &self.files {
            append(&mut builder, place.trim_start_matches('/'), EntryType::Regular, 0o755, &fs::read(source)?)?;
        }
        builder.into_inner()
    }
}

/// Under another name first: a reader never sees half an archive.
fn write_archive(archive: &Path, members: &[(&str, &[u8])]) -> io::Result<()> {
    let unfinished = archive.with_extension("unfinished");
    let mut builder = Builder::new(File::create(&unfinished)?);
    for (name, content) in members {
        append(&mut builder, name, EntryType::Regular, 0o644, content)?;
    }
    builder.into_inner()?.flush()?;
    fs::rename(unfinished, archive)
}

fn append<W: Write>(builder: &mut Builder<W>, name: &str, kind: EntryType, mode: u32, content: &[u8]) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(content.len() as u64);
    header.set_uid(0);
    header.set_gid(0);
    builder.append_data(&mut header, name, content)
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
