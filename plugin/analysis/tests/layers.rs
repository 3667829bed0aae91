//! No circle between the folders of a crate: what stands above knows what stands below, and not the other way round.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The crates that keep to it.
const CRATES: [&str; 5] = ["src", "../src", "../../probe/src", "../../probe/protocol/src", "../../lab/src"];

/// Tests and fixtures, by their files' names: they look at everything.
const TESTS: [&str; 7] = ["tests", "tests.rs", "hostile.rs", "snapshots.rs", "fixture", "fuzzing", "fuzzing.rs"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of a crate").map(|entry| entry.expect("an entry").path());
    let entries = entries.filter(|path| !TESTS.iter().any(|name| path.ends_with(name)));
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The folder or file below `src` in which a source stands, without its ending.
fn module(folder: &Path, source: &Path) -> String {
    let first = source.strip_prefix(folder).ok().and_then(|path| path.components().next()).expect("a source stands below its folder");
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// What a source names of its own crate, its tests and its comments apart.
fn named(source: &str) -> BTreeSet<String> {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = code.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
    let code = lines.collect::<Vec<_>>().join(" ");
    let names = code.split("crate::").skip(1).flat_map(|rest| match rest.strip_prefix('{') {
        Some(several) => several.split('}').next().unwrap_or_default().split(',').map(first_word).collect(),
        None => vec![first_word(rest)],
    });
    names.filter(|name| !name.is_empty()).collect()
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

/// What each module names of the others.
fn graph(folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources(folder) {
        let module = module(folder, &source);
        // The root names all of them.
        if ["lib", "main"].contains(&module.as_str()) {
            continue;
        }
        let mut names = named(&fs::read_to_string(&source).expect("a source is text"));
        names.remove(&module);
        graph.entry(module).or_default().extend(names);
    }
    graph
}

/// The modules that are left when all are taken away, again and again, that name no other: those of circles, and what
/// stands above them.
fn circles(mut graph: BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    loop {
        let known: BTreeSet<_> = graph.keys().cloned().collect();
        let before = known.len();
        graph.retain(|_, names| names.iter().any(|name| known.contains(name)));
        if graph.len() == before {
            return graph;
        }
    }
}

#[test]
fn a_circle_is_found() {
    let of = |edges: &[(&str, &str)]| {
        let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in edges {
            graph.entry((*from).to_owned()).or_default().insert((*to).to_owned());
            graph.entry((*to).to_owned()).or_default();
        }
        circles(graph).into_keys().collect::<Vec<_>>()
    };
    assert!(of(&[("a", "b"), ("b", "c"), ("a", "c")]).is_empty());
    assert_eq!(of(&[("a", "b"), ("b", "c"), ("c", "b")]), ["a", "b", "c"]);
    let source = "use crate::facts::{Facts};\n// crate::text\nuse crate::{plan, words::{self}};\nlet a = crate::shell::quoted(b);";
    assert_eq!(named(source), ["facts", "plan", "shell", "words"].map(str::to_owned).into());
}

#[test]
fn no_folder_names_one_that_stands_on_it() {
    for place in CRATES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(place);
        let graph = graph(&folder);
        assert!(graph.len() > 5, "{place}: {graph:?}");
        let circles = circles(graph);
        assert!(circles.is_empty(), "{place}: {circles:#?}");
    }
}
