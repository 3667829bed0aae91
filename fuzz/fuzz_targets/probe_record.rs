//! What a probe says, by its log or its termination message.

#![no_main]

use lbprobe_protocol::{Check, Exchange, Host, Plan, Record, VERSION, When};
use libfuzzer_sys::fuzz_target;

/// Checks that were planned, and samples of each.
const CHECKS: u16 = 4;
const SAMPLES: u8 = 3;

fn plan() -> Plan {
    let check = |id| Check {
        id,
        host: Host::Node,
        port: 80,
        exchange: Exchange::Connect,
        samples: SAMPLES,
        timeout_ms: 3500,
        when: When::AtOnce,
        follow_ups: Vec::new(),
    };
    Plan { version: VERSION, wait_ms: 0, linger_ms: 0, checks: (0..CHECKS).map(check).collect(), questions: Vec::new(), watch: None, kernel: None }
}

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let plan = plan();
    let read = Record::from_text(&text, &plan);
    let Ok(record) = read else { return };
    assert!(record.observations.iter().all(|seen| seen.check < CHECKS && seen.samples.len() <= usize::from(SAMPLES)));
    let samples = record.observations.iter().flat_map(|seen| seen.samples.iter().chain(seen.follow_ups.iter().map(|made| &made.sample)));
    assert!(samples.filter_map(|sample| sample.answer).all(|answer| usize::from(answer) < record.answers.len()));
    // What was read is written in a form that reads back, as far as it fits.
    let written = record.to_text();
    if written.len() <= Record::most_bytes(&plan) {
        assert!(Record::is_whole(&written));
        assert_eq!(Record::from_text(&written, &plan), Ok(record));
    }
});
