//! Takes up the pages about causes: docs/causes/LBP….md.
//!
//! Finds the probes that the plugin is to carry: target/carried/ARCHITECTURE, as `make probe` leaves them. A plugin that
//! is built without them carries none, and says so where one is wanted.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Architectures of nodes, in Kubernetes' spelling.
const ARCHITECTURES: [&str; 2] = ["amd64", "arm64"];

fn main() -> io::Result<()> {
    let [source, out] = ["CARGO_MANIFEST_DIR", "OUT_DIR"].map(|name| PathBuf::from(env::var_os(name).unwrap_or_default()));
    let folder = env::var_os("CARGO_TARGET_DIR").map_or_else(|| source.join("../target"), PathBuf::from).join("carried");
    // The folder and not each file: one that never comes would have the plugin built again each time.
    println!("cargo::rerun-if-changed={}", folder.display());
    let carried = ARCHITECTURES.iter().filter_map(|architecture| {
        let [loader, probe] = ["loader", "probe.zst"].map(|file| folder.join(architecture).join(file));
        (loader.exists() && probe.exists()).then(|| entry(architecture, &loader, &probe))
    });
    let list = format!("&[{}]", carried.collect::<String>());
    fs::write(out.join("carried.rs"), list)?;
    fs::write(out.join("pages.rs"), pages(&source.join("../docs/causes"))?)
}

/// The code and the text of each page, by their codes.
fn pages(folder: &Path) -> io::Result<String> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    files.sort();
    let page = |file: &PathBuf| {
        let code = file.file_stem()?.to_str().filter(|code| code.starts_with("LBP"))?;
        Some(format!("Page {{ code: {code:?}, text: include_str!({:?}) }},", file.to_string_lossy()))
    };
    Ok(format!("&[{}]", files.iter().filter_map(page).collect::<String>()))
}

fn entry(architecture: &str, loader: &Path, probe: &Path) -> String {
    let [loader, probe] = [loader, probe].map(Path::to_string_lossy);
    format!("CarriedProbe {{ architecture: {architecture:?}, loader: include_bytes!({loader:?}), probe: include_bytes!({probe:?}) }},")
}
