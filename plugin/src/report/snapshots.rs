//! What a reader gets of each cause, as files: the table and the diagnosis of the JSON. `cargo insta review`, or
//! `INSTA_UPDATE=always cargo test --package kubectl-lbprobe snapshots`, takes what has changed on purpose.

use lbprobe_analysis::fixture;
use lbprobe_analysis::text::Language;

use super::json::{self, Layout};
use super::table::{Detail, Style, render};
use crate::terminal::{Form, Ink, shown};

const STYLE: Style = Style { width: 80, table_width: 80, paint: Ink::Plain, detail: Detail::Clients, language: Language::English };

#[test]
fn a_report_of_each_cause() {
    for (kind, scene) in fixture::by_cause() {
        let report = scene.report();
        let table = shown(&render(&report, STYLE), Form::Text(Ink::Plain));
        insta::assert_snapshot!(format!("{}.table", kind.code()), table);
        let diagnosis = shown(&json::render(&report.diagnosis, Layout::Indented).unwrap(), Form::Escaped);
        insta::assert_snapshot!(format!("{}.json", kind.code()), diagnosis);
    }
}

/// The README shows the beginning of a report, and `docs/example.md` all of it.
#[test]
fn the_sample_run_is_a_report() {
    let scenes = fixture::by_cause();
    let (_, scene) = scenes.iter().find(|(kind, _)| kind.code() == "LBP002").unwrap();
    let table = shown(&render(&scene.report(), STYLE), Form::Text(Ink::Plain));
    let example = include_str!("../../../docs/example.md");
    assert!(example.contains(&table), "docs/example.md is to have:\n{table}");
    let readme = include_str!("../../../README.md");
    let sample = readme.split_once("-n istio-system\n").unwrap().1.split_once("```").unwrap().0;
    for part in sample.split("...\n") {
        for line in part.lines() {
            assert!(table.lines().any(|shown| shown == line), "not in the report: {line}");
        }
    }
}
