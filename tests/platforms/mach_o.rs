//! Programs for Macs, which do not run here: what a Mac's loader asks of them.

use std::fs;

use object::Endianness;
use object::macho::{CPU_TYPE_ARM64, CPU_TYPE_X86_64, MH_EXECUTE, MachHeader64, PLATFORM_MACOS};
use object::read::macho::{LoadCommandVariant, MachHeader as _};
use sha2::{Digest as _, Sha256};

use crate::archives::Platform;

/// Libraries that every Mac has.
const SYSTEMS: [&str; 2] = ["/usr/lib/", "/System/Library/Frameworks/"];

/// The oldest macOS on which they are to start: 11, the first for arm64. Two bytes for the first number.
const OLDEST: u32 = 11 << 16;

/// `CSMAGIC_EMBEDDED_SIGNATURE` and `CSMAGIC_CODEDIRECTORY`, and SHA-256's number, of Apple's cs_blobs.h.
const SIGNATURE: u32 = 0xfade_0cc0;
const CODE_DIRECTORY: u32 = 0xfade_0c02;
const SHA256: u8 = 2;

#[test]
fn a_macs_loader_finds_its_libraries_and_a_signature_of_every_page() {
    for (architecture, cpu) in [("amd64", CPU_TYPE_X86_64), ("arm64", CPU_TYPE_ARM64)] {
        let platform = Platform::named("darwin", architecture);
        let bytes = fs::read(platform.unpacked().path().join(platform.program())).unwrap();
        let header = MachHeader64::<Endianness>::parse(&*bytes, 0).unwrap();
        let endian = header.endian().unwrap();
        assert_eq!((header.cputype(endian), header.filetype(endian)), (cpu, MH_EXECUTE));
        let mut commands = header.load_commands(endian, &*bytes, 0).unwrap();
        let (mut libraries, mut oldest, mut signature, mut has_entry) = (Vec::new(), None, None, false);
        while let Some(command) = commands.next().unwrap() {
            match command.variant().unwrap() {
                LoadCommandVariant::Dylib(dylib) => {
                    libraries.push(String::from_utf8(command.string(endian, dylib.dylib.name).unwrap().to_vec()).unwrap());
                }
                LoadCommandVariant::BuildVersion(version) => {
                    assert_eq!(version.platform.get(endian), PLATFORM_MACOS);
                    oldest = Some(version.minos.get(endian));
                }
                LoadCommandVariant::EntryPoint(_) => has_entry = true,
                LoadCommandVariant::LinkeditData(data) if data.cmd.get(endian) == object::macho::LC_CODE_SIGNATURE => {
                    let begin = data.dataoff.get(endian) as usize;
                    signature = Some((begin, data.datasize.get(endian) as usize));
                }
                _ => {}
            }
        }
        println!("{architecture}: {} libraries, macOS {:#x}", libraries.len(), oldest.unwrap());
        assert!(has_entry);
        assert!(libraries.iter().any(|library| library.contains("libSystem")), "{libraries:?}");
        for library in &libraries {
            assert!(SYSTEMS.iter().any(|folder| library.starts_with(folder)), "{library} is not on every Mac");
        }
        assert!(oldest.unwrap() <= OLDEST, "it asks for macOS {:#x}", oldest.unwrap());
        // Macs on arm64 start nothing without one; those on amd64 start what has none.
        match signature {
            Some((begin, length)) => every_page_is_signed(&bytes, &bytes[begin..begin + length]),
            None => assert_eq!(architecture, "amd64"),
        }
    }
}

/// Fails unless the signature's hashes are those of the file up to the signature.
fn every_page_is_signed(file: &[u8], signature: &[u8]) {
    let number = |at: usize| u32::from_be_bytes(signature[at..at + 4].try_into().unwrap());
    assert_eq!(number(0), SIGNATURE);
    let blobs = (0..number(8) as usize).map(|index| number(12 + index * 8 + 4) as usize);
    let directory = blobs.into_iter().find(|offset| number(*offset) == CODE_DIRECTORY).expect("a code directory");
    let [hashes, slots, limit] = [16, 28, 32].map(|field| number(directory + field) as usize);
    let [size, kind, page] = [36, 37, 39].map(|field| signature[directory + field]);
    assert_eq!((usize::from(size), kind), (32, SHA256));
    let pages = file[..limit].chunks(1 << page);
    assert_eq!(pages.len(), slots);
    for (index, page) in pages.enumerate() {
        let at = directory + hashes + index * 32;
        assert_eq!(Sha256::digest(page).as_slice(), &signature[at..at + 32], "page {index} is not the one that was signed");
    }
}
