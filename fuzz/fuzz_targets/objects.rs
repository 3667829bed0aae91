//! A file as `explain -f` reads it: what kubectl printed, or this program saved.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = kubectl_lbprobe::fuzzing::objects(text);
    }
});
