//! A file as `diagnose -f` and `verify --baseline` read it, and everything that follows from it.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(report) = kubectl_lbprobe::fuzzing::report(text) {
        kubectl_lbprobe::fuzzing::follow(&report);
    }
});
