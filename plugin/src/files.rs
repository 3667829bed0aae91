//! Files beside the user's work: written whole or not at all, readable by nobody else where the system has modes, and
//! never through a link that somebody else has put there. Read are regular files of a bounded size.

use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::error::FileProblem;

/// Writes a file: beside its place first, under a name that nobody can know, then moved there. A link in its place is
/// replaced, not followed.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), FileProblem> {
    write_for(path, content, Reader::Owner)
}

/// The same for a program that everybody may start.
pub(crate) fn write_program(path: &Path, content: &[u8]) -> Result<(), FileProblem> {
    write_for(path, content, Reader::Everybody)
}

/// The same for programs of other users to read.
pub(crate) fn write_for_others(path: &Path, content: &[u8]) -> Result<(), FileProblem> {
    write_for(path, content, Reader::Others)
}

/// Who may read a file, and start it.
#[derive(Clone, Copy)]
enum Reader {
    /// Its owner may read it, and nobody starts it.
    Owner,
    /// Everybody may read it, and nobody starts it.
    Others,
    /// It is a program.
    Everybody,
}

/// Windows has no modes: a new file is for whom its folder is.
#[cfg(windows)]
fn limit(options: &mut OpenOptions, _: Reader) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn limit(options: &mut OpenOptions, reader: Reader) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(match reader {
        Reader::Owner => 0o600,
        Reader::Others => 0o644,
        Reader::Everybody => 0o755,
    })
}

/// Whether a file can be written in a folder: by one that is removed again.
pub(crate) fn may_write_in(folder: &Path) -> std::io::Result<()> {
    let file = folder.join(format!(".lbprobe.{:016x}", RandomState::new().hash_one(std::process::id())));
    write_new(&file, b"", Reader::Owner)?;
    std::fs::remove_file(file)
}

fn write_for(path: &Path, content: &[u8], reader: Reader) -> Result<(), FileProblem> {
    // A device or a pipe would be replaced by a file.
    if std::fs::symlink_metadata(path).is_ok_and(|there| !there.is_file() && !there.is_symlink()) {
        return Err(FileProblem::NotRegular);
    }
    let name = path.file_name().ok_or(FileProblem::NoName)?.to_string_lossy().into_owned();
    let beside = path.with_file_name(format!(".{name}.{:016x}", RandomState::new().hash_one(std::process::id())));
    let written = write_new(&beside, content, reader).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written.map_err(|cause| FileProblem::NotWritten(cause.to_string()))
}

fn write_new(path: &Path, content: &[u8], reader: Reader) -> std::io::Result<()> {
    let mut file = limit(OpenOptions::new().write(true).create_new(true), reader).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// The content of a regular file of `most` bytes at most.
pub(crate) fn read(path: &Path, most: u64) -> Result<Vec<u8>, FileProblem> {
    // A pipe would wait for a writer when it is opened, and a device has no end: the kind is asked for before that, and
    // of what was opened once more.
    let refuse = |metadata: &std::fs::Metadata| if metadata.is_file() { Ok(()) } else { Err(FileProblem::NotRegular) };
    let before = std::fs::metadata(path).map_err(|cause| FileProblem::NotOpened(cause.to_string()))?;
    refuse(&before)?;
    let file = File::open(path).map_err(|cause| FileProblem::NotOpened(cause.to_string()))?;
    let metadata = file.metadata().map_err(|cause| FileProblem::NotRead(cause.to_string()))?;
    refuse(&metadata)?;
    if metadata.len() > most {
        return Err(FileProblem::TooLarge(most));
    }
    bounded(file, most)
}

/// All of a source of `most` bytes at most.
pub(crate) fn bounded(source: impl std::io::Read, most: u64) -> Result<Vec<u8>, FileProblem> {
    let mut content = Vec::new();
    let bytes = source.take(most.saturating_add(1)).read_to_end(&mut content).map_err(|cause| FileProblem::NotRead(cause.to_string()))?;
    if u64::try_from(bytes).unwrap_or(u64::MAX) > most {
        return Err(FileProblem::TooLarge(most));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, symlink};

    use super::*;

    #[test]
    fn a_file_is_written_whole_for_its_owner_alone_and_never_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let [path, victim] = ["report.json", "victim"].map(|name| folder.path().join(name));
        std::fs::write(&victim, "precious").unwrap();
        symlink(&victim, &path).unwrap();
        write(&path, b"first").unwrap();
        write(&path, b"second").unwrap();
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(std::fs::symlink_metadata(&path).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing stays beside it");
        assert!(write(&folder.path().join("none/report.json"), b"").is_err());
        assert!(std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
        assert_eq!(write(&folder.path().join("pipe"), b"").unwrap_err(), FileProblem::NotRegular);
        std::fs::remove_file(folder.path().join("pipe")).unwrap();
        assert!(may_write_in(folder.path()).is_ok() && may_write_in(Path::new("/proc")).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing stays of the attempt");
    }

    #[test]
    fn only_regular_files_of_a_bounded_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert_eq!(read(&path, 4).unwrap_err(), FileProblem::TooLarge(4));
        for other in [Path::new("/dev/zero"), folder.path()] {
            assert_eq!(read(other, 5).unwrap_err(), FileProblem::NotRegular);
        }
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(read(&pipe, 5).unwrap_err(), FileProblem::NotRegular, "and not after a wait for its writer");
    }
}
