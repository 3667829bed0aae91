//! A line of the log of a probe that keeps watch.

#![no_main]

use lbprobe_protocol::Sighting;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for line in text.lines() {
        if let Some(sighting) = Sighting::from_line(line) {
            assert_eq!(Sighting::from_line(&sighting.to_line()), Some(sighting));
        }
    }
});
