//! Takes up the pages about codes: docs/causes/LBP….md, in Chinese docs/zh-CN/causes/LBP….md, the sections of docs/risks.md, and the rows of docs/defects.md.
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
    let docs = source.join("../docs");
    fs::write(out.join("pages.rs"), format!("&[{}]", pages(&docs)?.concat()))?;
    let chinese: String = of_causes(&docs, "zh-CN/causes")?.iter().map(expression).collect();
    fs::write(out.join("chinese_pages.rs"), format!("&[{chinese}]"))
}

/// Each page as an expression: its code, where it is in the folder, and its text; by their codes.
fn pages(docs: &Path) -> io::Result<Vec<String>> {
    let mut pages = of_causes(docs, "causes")?;
    pages.extend(of_risks(&read(&docs.join("risks.md"))?));
    pages.extend(of_defects(&read(&docs.join("defects.md"))?));
    Ok(pages.iter().map(expression).collect())
}

fn expression((code, path, text): &(String, String, String)) -> String {
    format!("Page {{ code: {code:?}, path: {path:?}, text: {text:?} }},")
}

fn read(file: &Path) -> io::Result<String> {
    println!("cargo::rerun-if-changed={}", file.display());
    fs::read_to_string(file)
}

fn of_causes(docs: &Path, below: &str) -> io::Result<Vec<(String, String, String)>> {
    let folder = docs.join(below);
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    files.sort();
    let code = |file: &Path| file.file_stem().and_then(|stem| stem.to_str()).filter(|stem| stem.starts_with("LBP")).map(str::to_owned);
    let with_code = files.iter().filter_map(|file| Some((code(file)?, file)));
    with_code.map(|(code, file)| Ok((code.clone(), format!("{below}/{code}.md"), fs::read_to_string(file)?))).collect()
}

/// A section for each: "## LBP301: …" and what follows.
fn of_risks(text: &str) -> Vec<(String, String, String)> {
    let sections = text.split("\n## ").filter(|section| section.starts_with("LBP"));
    let page = |section: &str| {
        let heading = section.lines().next().unwrap_or_default();
        let code = heading.split(':').next().unwrap_or_default().to_owned();
        (code, format!("risks.md#{}", anchor(heading)), format!("# {}\n", section.trim_end()))
    };
    sections.map(page).collect()
}

/// A row of the table for each, under the headings of its columns.
fn of_defects(text: &str) -> Vec<(String, String, String)> {
    let rows = text.lines().filter(|line| line.starts_with("| LBP"));
    let page = |row: &str| {
        let [code, program, needs, happens, helps] = <[&str; 5]>::try_from(cells(row)).ok()?;
        let needs = if needs.is_empty() { String::new() } else { format!("**What is needed besides.** {}\n\n", sentence(needs)) };
        let [happens, helps] = [happens, helps].map(sentence);
        let text = format!("# {code}: {program}\n\n**What happens.** {happens}\n\n{needs}**What helps.** {helps}\n");
        Some((code.to_owned(), "defects.md".to_owned(), text))
    };
    rows.filter_map(page).collect()
}

/// Of what a cell says.
fn sentence(cell: &str) -> String {
    let mut letters = cell.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).chain(['.']).collect()).unwrap_or_default()
}

fn cells(row: &str) -> Vec<&str> {
    row.trim_matches('|').split('|').map(str::trim).collect()
}

/// As GitHub makes one of a heading.
fn anchor(heading: &str) -> String {
    let kept =
        heading.to_lowercase().chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_')).collect::<String>();
    kept.replace(' ', "-")
}

fn entry(architecture: &str, loader: &Path, probe: &Path) -> String {
    let [loader, probe] = [loader, probe].map(Path::to_string_lossy);
    format!("CarriedProbe {{ architecture: {architecture:?}, loader: include_bytes!({loader:?}), probe: include_bytes!({probe:?}) }},")
}
