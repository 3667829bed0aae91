//! A line of the log of a probe that keeps watch.

#![no_main]

use lbprobe_protocol::ProbeEvent;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for line in text.lines() {
        if let Some(event) = ProbeEvent::from_line(line) {
            assert_eq!(ProbeEvent::from_line(&event.to_line()), Some(event));
        }
    }
});
