//! The plan that a probe finds in its environment.

#![no_main]

use lbprobe_protocol::{Plan, Record};
use libfuzzer_sys::fuzz_target;

/// A record of any plan's checks.
const RECORD: &str = "lbprobe/10 1 done full\nc 0 ok/1/1/0 ok/1/1/1 ct/-/1/-\nc 65535 ok/1/1/-\na 0 h=200\nend 4\n";

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(plan) = Plan::from_variable(text) else { return };
    let read = Plan::from_variable(&plan.to_variable()).expect("a plan reads back");
    assert_eq!(read, plan);
    let _ = plan.longest();
    let _ = Record::from_text(RECORD, &plan);
});
