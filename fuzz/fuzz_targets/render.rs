//! Any report in every form: nothing in it steers a terminal.

#![no_main]

use kubectl_lbprobe::fuzzing::{forms, steering};
use lbprobe_analysis::documents::Report;
use libfuzzer_sys::fuzz_target;

/// Columns: those of a terminal, and so many that no line is wrapped.
const WIDTHS: [u16; 2] = [80, 20_000];

fuzz_target!(|data: &[u8]| {
    let Ok(report) = serde_json::from_slice::<Report>(data) else { return };
    for width in WIDTHS {
        for (form, text) in forms(&report, width) {
            assert_eq!(steering(&text), None, "{form}");
        }
    }
});
