//! The seeds of the fuzz targets: each is read, and nothing that is made of one steers a terminal.

use std::path::Path;

use super::*;

/// The name and text of each seed.
fn seeds(target: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let seeds: Vec<_> = files.map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap())).collect();
    assert!(!seeds.is_empty(), "{}", folder.display());
    seeds
}

#[test]
fn reports_are_read_and_shown_in_every_form() {
    for (name, text) in seeds("report") {
        let read = report(&text).unwrap_or_else(|| panic!("{name} is no report"));
        follow(&read);
        for width in [80, 20_000] {
            let shown = forms(&read, width);
            assert!(shown.len() >= 28, "{name}: {} forms", shown.len());
            for (form, text) in shown {
                assert!(!text.is_empty() && !form.ends_with("that could not be written"), "{name}: {form}: {text}");
                assert_eq!(steering(&text), None, "{name}: {form}");
            }
        }
    }
}

#[test]
fn objects_are_read_and_explained() {
    for (name, text) in seeds("objects") {
        // Once by itself, and once among all.
        assert_eq!(objects(&text).len(), 2, "{name}");
    }
}

#[test]
fn expectations_are_read_and_judged() {
    let (_, by) = seeds("report").into_iter().find(|(name, _)| name.ends_with("local-policy.json")).unwrap();
    let by = report(&by).unwrap();
    for (name, text) in seeds("acceptance") {
        let wanted = acceptance(&text).unwrap_or_else(|| panic!("{name} is no acceptance"));
        assert_eq!(results(&wanted, &by, 80).len(), 7, "{name}");
    }
}

#[test]
fn an_annotation_is_a_record_or_is_said_to_be_none() {
    for (name, text) in seeds("annotation") {
        let said = annotation(&text);
        assert_eq!(said.contains("was changed at"), name.ends_with("record.json"), "{said}");
    }
}

#[test]
fn texts_that_are_nothing_are_refused() {
    for text in ["", "null", "[]", "{", "kind: Report", "a: [", "\u{0}"] {
        assert!(report(text).is_none() && acceptance(text).is_none() && objects(text).is_empty(), "{text:?}");
    }
}
