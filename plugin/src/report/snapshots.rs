//! What a reader gets of each cause, as files: the table and the diagnosis of the JSON. `cargo insta review`, or
//! `INSTA_UPDATE=always cargo test --package kubectl-lbprobe snapshots`, takes what has changed on purpose.

use lbprobe_analysis::fixture;
use lbprobe_analysis::text::Language;

use super::json::{self, Layout};
use super::table::{Detail, Style, render};
use crate::terminal::{Form, Ink, shown};

const STYLE: Style = Style { width: 80, table_width: 80, paint: Ink::Plain, detail: Detail::Brief, language: Language::English };

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

/// The README shows a report, and `docs/example.md` the same with all that it counts.
#[test]
fn the_sample_run_is_a_report() {
    let scenes = fixture::by_cause();
    let (_, scene) = scenes.iter().find(|(kind, _)| kind.code() == "LBP002").unwrap();
    let table = |detail| shown(&render(&scene.report(), Style { detail, ..STYLE }), Form::Text(Ink::Plain));
    let (brief, explained) = (table(Detail::Brief), table(Detail::Explained));
    let readme = include_str!("../../../README.md");
    assert!(readme.contains(&brief), "the README is to have:\n{brief}");
    let example = include_str!("../../../docs/example.md");
    assert!(example.contains(&explained), "docs/example.md is to have:\n{explained}");
    // One screen.
    assert!(brief.lines().count() <= 40, "{brief}");
}

/// Four English words in a row, which no command and no name has.
fn english_sentence(text: &str) -> Option<&str> {
    let is_command = |line: &&str| line.trim_start().starts_with("$ ");
    let is_word = |word: &str| word.len() > 1 && word.bytes().all(|letter| letter.is_ascii_lowercase());
    text.lines().filter(|line| !is_command(line)).find(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        words.windows(4).any(|four| four.iter().all(|word| is_word(word)))
    })
}

#[test]
fn a_chinese_report_has_no_english_sentence_and_the_same_json() {
    assert_eq!(english_sentence("node1: nothing of it is left"), Some("node1: nothing of it is left"));
    for (kind, scene) in fixture::by_cause() {
        let report = scene.report();
        for detail in [Detail::Brief, Detail::Explained, Detail::Everything] {
            let style = Style { detail, language: Language::Chinese, ..STYLE };
            let table = shown(&render(&report, style), Form::Text(Ink::Plain));
            assert_eq!(english_sentence(&table), None, "{}: {table}", kind.code());
            let wide =
                table.lines().find(|line| textwrap::core::display_width(line) > 80 && !line.contains("$ ") && !line.starts_with(' '));
            assert_eq!(wide, None, "{}", kind.code());
        }
        let brief = shown(&render(&report, Style { language: Language::Chinese, ..STYLE }), Form::Text(Ink::Plain));
        if kind.code() == "LBP002" {
            assert!(include_str!("../../../README.zh-CN.md").contains(&brief), "README.zh-CN.md is to have:\n{brief}");
        }
        insta::assert_snapshot!(format!("{}.chinese", kind.code()), brief);
    }
}
