//! The annotation by which an object tells of a change that was never verified. Whoever may write annotations wrote it.

#![no_main]

use kubectl_lbprobe::fuzzing::{annotation, steering};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let said = annotation(text);
    assert_eq!(steering(&said), None);
    assert!(!said.contains('\n'), "{said:?}");
});
