//! A file as `accept -f` reads it, judged by a report.

#![no_main]

use std::sync::LazyLock;

use kubectl_lbprobe::fuzzing::{acceptance, report, results, steering};
use lbprobe_analysis::documents::Report;
use libfuzzer_sys::fuzz_target;

static REPORT: LazyLock<Option<Report>> = LazyLock::new(|| report(include_str!("../seeds/report/local-policy.json")));

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(wanted) = acceptance(text) else { return };
    let report = REPORT.as_ref().expect("a seed is a report");
    for (form, text) in results(&wanted, report, 80) {
        assert_eq!(steering(&text), None, "{form}");
    }
});
