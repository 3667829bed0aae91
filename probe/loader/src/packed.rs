//! The packed program: in parts, as ConfigMaps bring it, or behind the loader in its own file.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use lbprobe_protocol::{APPENDED_MARK, CARRIED_PART};
use ruzstd::decoding::StreamingDecoder;

/// Bytes of a length.
const LENGTH_BYTES: usize = size_of::<u64>();

/// A program, compressed by zstd with a checksum.
pub(crate) enum Packed {
    /// Cut into the files of a folder.
    Parts(PathBuf),
    /// At the end of a file: from where on, and how many bytes.
    Appended { file: File, start: u64, length: u64 },
}

impl Packed {
    /// What is behind a program in its own file; nothing where that is the program alone.
    pub(crate) fn behind(program: &Path) -> io::Result<Option<Self>> {
        let mut file = File::open(program)?;
        let mut footer = [0; LENGTH_BYTES + APPENDED_MARK.len()];
        let footer_bytes = footer.len() as u64;
        let Some(packed_end) = file.metadata()?.len().checked_sub(footer_bytes) else { return Ok(None) };
        file.seek(SeekFrom::Start(packed_end))?;
        file.read_exact(&mut footer)?;
        let Some((length, _)) = footer.split_first_chunk().filter(|(_, mark)| *mark == APPENDED_MARK) else { return Ok(None) };
        let length = u64::from_le_bytes(*length);
        let start = packed_end.checked_sub(length).ok_or_else(|| io::Error::other("its length is wrong"))?;
        Ok(Some(Self::Appended { file, start, length }))
    }

    /// Unpacks the whole program. One that is cut or altered is an error.
    pub(crate) fn unpack(&self, into: &mut impl Write) -> io::Result<()> {
        let mut unpacked = StreamingDecoder::new(self.open()?).map_err(io::Error::other)?;
        io::copy(&mut unpacked, into)?;
        let (told, found) = (unpacked.decoder.get_checksum_from_data(), unpacked.decoder.get_calculated_checksum());
        if told.is_none() || told != found {
            return Err(io::Error::other("the checksum is wrong"));
        }
        into.flush()
    }

    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        match self {
            Self::Parts(folder) => parts(folder),
            Self::Appended { file, start, length } => {
                let mut file: &File = file;
                file.seek(SeekFrom::Start(*start))?;
                Ok(Box::new(file.take(*length)))
            }
        }
    }
}

/// The parts one after the other, by their numbers.
fn parts(folder: &Path) -> io::Result<Box<dyn Read>> {
    let part = |number: usize| File::open(folder.join(format!("{CARRIED_PART}{number}")));
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
            Packed::Parts(folder.path().to_owned()).unpack(&mut whole).unwrap();
            assert!(whole == text());
        }
    }

    #[test]
    fn what_is_missing_cut_or_altered_is_told() {
        let unpacked = |folder: &Path| Packed::Parts(folder.to_owned()).unpack(&mut Vec::new());
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

    /// A file as the plugin sends it: some program, what is packed, its length and the mark.
    fn sent(program: &[u8], packed: &[u8], length: usize) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        for bytes in [program, packed, &(length as u64).to_le_bytes(), &APPENDED_MARK] {
            file.write_all(bytes).unwrap();
        }
        file
    }

    #[test]
    fn what_stands_behind_the_loader_is_unpacked_and_what_is_cut_is_told() {
        let folder = packed(&text(), usize::MAX);
        let packed = std::fs::read(folder.path().join(format!("{CARRIED_PART}0"))).unwrap();
        let file = sent(b"a loader", &packed, packed.len());
        let behind = Packed::behind(file.path()).unwrap().expect("it bears the mark");
        // Twice, as where the first way to start it is refused.
        for _ in 0..2 {
            let mut whole = Vec::new();
            behind.unpack(&mut whole).unwrap();
            assert!(whole == text());
        }
        let cut = sent(b"a loader", &packed[1000..], packed.len() - 1000);
        assert!(Packed::behind(cut.path()).unwrap().unwrap().unpack(&mut Vec::new()).is_err());
        assert!(Packed::behind(sent(b"a loader", &packed, packed.len() + 1000).path()).is_err());
        for alone in [&b"a loader without anything behind it"[..], b"short"] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), alone).unwrap();
            assert!(Packed::behind(file.path()).unwrap().is_none());
        }
    }
}
