//! A program in parts: what one ConfigMap cannot hold.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use lbprobe_protocol::CARRIED_PART;
use ruzstd::decoding::StreamingDecoder;

/// A program, compressed by zstd with a checksum and cut into parts.
pub(crate) struct Parts {
    folder: PathBuf,
}

impl Parts {
    /// Those in a folder.
    pub(crate) fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Unpacks the whole program. A part that is missing, cut or altered is an error.
    pub(crate) fn unpack(&self, into: &mut impl Write) -> io::Result<()> {
        let mut unpacked = StreamingDecoder::new(self.open()?).map_err(io::Error::other)?;
        io::copy(&mut unpacked, into)?;
        let (told, found) = (unpacked.decoder.get_checksum_from_data(), unpacked.decoder.get_calculated_checksum());
        if told.is_none() || told != found {
            return Err(io::Error::other("the checksum is wrong"));
        }
        into.flush()
    }

    /// The parts one after the other, by their numbers.
    fn open(&self) -> io::Result<Box<dyn Read>> {
        let part = |number: usize| File::open(self.folder.join(format!("{CARRIED_PART}{number}")));
        let mut parts: Box<dyn Read> = Box::new(part(0)?);
        for number in 1.. {
            match part(number) {
                Ok(part) => parts = Box::new(parts.chain(part)),
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => break,
                Err(cause) => return Err(cause),
            }
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Text, packed as the build packs the probe and cut into pieces of so many bytes.
    fn packed(text: &[u8], size: usize) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("whole");
        std::fs::write(&whole, text).unwrap();
        let packed = Command::new("zstd").args(["-19", "--check", "--quiet", "--stdout"]).arg(&whole).output().unwrap();
        assert!(packed.status.success());
        for (number, part) in packed.stdout.chunks(size).enumerate() {
            std::fs::write(folder.path().join(format!("{CARRIED_PART}{number}")), part).unwrap();
        }
        folder
    }

    fn text() -> Vec<u8> {
        (0_u32..200_000).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
    }

    #[test]
    fn parts_in_any_number_come_to_the_whole() {
        for size in [usize::MAX, 300_000, 70_000] {
            let folder = packed(&text(), size);
            let mut whole = Vec::new();
            Parts::of(folder.path()).unpack(&mut whole).unwrap();
            assert!(whole == text());
        }
    }

    #[test]
    fn what_is_missing_cut_or_altered_is_told() {
        let unpacked = |folder: &Path| Parts::of(folder).unpack(&mut Vec::new());
        let folder = packed(&text(), 70_000);
        let first = folder.path().join(format!("{CARRIED_PART}0"));
        let second = folder.path().join(format!("{CARRIED_PART}1"));
        let good = std::fs::read(&second).unwrap();
        let mut altered = good.clone();
        altered[1000] ^= 0x10;
        for bad in [altered, good[..1000].to_vec(), Vec::new()] {
            std::fs::write(&second, bad).unwrap();
            assert!(unpacked(folder.path()).is_err());
        }
        std::fs::write(&second, good).unwrap();
        assert!(unpacked(folder.path()).is_ok());
        std::fs::remove_file(first).unwrap();
        assert_eq!(unpacked(folder.path()).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
