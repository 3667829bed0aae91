//! The report in a bundle.

use std::io::Read as _;

use flate2::read::GzDecoder;
use tar::Archive;

use crate::error::FileProblem;
use crate::files;

/// How it is named there.
pub(crate) const REPORT: &str = "report.json";

/// Files of an archive that are looked at.
const MOST_FILES: usize = 100;

/// What may stand before the report in an archive, in bytes: the pages of 5,000 nodes have fewer.
const MOST_OTHER_BYTES: u64 = 64 << 20;

/// Whether a file is compressed, as bundles are.
pub(super) fn is_one(content: &[u8]) -> bool {
    content.starts_with(&[0x1f, 0x8b])
}

/// The text of the report, of so many bytes at the most. Nothing is unpacked to a disk.
pub(super) fn report_in(content: &[u8], most_bytes: u64) -> Result<Vec<u8>, FileProblem> {
    // A short file may swell without end.
    let mut archive = Archive::new(GzDecoder::new(content).take(most_bytes.saturating_add(MOST_OTHER_BYTES)));
    for entry in archive.entries().map_err(|_| FileProblem::NoArchive)?.take(MOST_FILES) {
        let entry = entry.map_err(|_| FileProblem::NoArchive)?;
        if entry.path().is_ok_and(|path| path.file_name().is_some_and(|name| name == REPORT)) {
            return files::bounded(entry, most_bytes);
        }
    }
    Err(FileProblem::NoReportInBundle)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn compressed(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn archive(name: &str, content: &[u8]) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_cksum();
        archive.append_data(&mut header, name, content).unwrap();
        compressed(&archive.into_inner().unwrap())
    }

    #[test]
    fn only_a_report_is_taken_from_an_archive() {
        assert!(is_one(&archive(REPORT, b"{}")) && !is_one(b"{}") && !is_one(b"\x1f"));
        assert_eq!(report_in(&archive("bundle/report.json", b"{}"), 100).unwrap(), b"{}");
        let refused = |content: &[u8]| report_in(content, 1000).unwrap_err().to_string();
        assert_eq!(report_in(&archive("other.json", b"{}"), 1000), Err(FileProblem::NoReportInBundle));
        assert!(
            refused(&compressed(b"no archive at all, but a text that is as long as the head of one in tar's form would be"))
                .contains("no whole archive")
        );
        assert!(refused(&archive(REPORT, &[b' '; 2000])[..40]).contains("no whole archive"));
        assert!(refused(&archive(REPORT, &[b' '; 1001])).contains("larger than"), "what swells is not read");
        assert_eq!(report_in(&compressed(&[0; 4096]), 1000), Err(FileProblem::NoReportInBundle));
    }
}
