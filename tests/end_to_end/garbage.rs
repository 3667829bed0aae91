//! Probes that print garbage, escapes, a great deal, or nothing.

use crate::harness::{faulty_lab, nothing_left, run_gateway};

#[test]
fn a_probe_that_prints_garbage_does_no_harm() {
    let lab = faulty_lab();
    for road in ["40", "0"] {
        let ran = run_gateway(&lab, &["--image", "lab/garbage:1", "--read-logs-up-to", road]);
        ran.expect(4, &["INCONCLUSIVE", "the probe gave no usable answer", "hint: --image names the probe's image"]);
        let printed = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!printed.contains('\u{1b}') && !printed.contains('\u{7}'), "escapes reach the terminal: {printed:?}");
    }
    nothing_left(&lab);
}

#[test]
fn a_probe_that_prints_nothing_does_no_harm() {
    let lab = faulty_lab();
    run_gateway(&lab, &["--image", "lab/mute:1"])
        .expect(4, &["INCONCLUSIVE", "the probe's answer never arrived, neither in its log nor in its termination message"]);
    nothing_left(&lab);
}
