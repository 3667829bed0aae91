//! Ctrl-C cleans up at once and says so.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::harness::{faulty_lab, left_over, nothing_left, start_run};

fn ended_by(signal: Signal, code: i32) {
    let lab = faulty_lab();
    let mut run = start_run(&lab, &["--timeout", "30s"]);
    run.until("probe pods exist", Duration::from_secs(10), || left_over(&lab).lines().count() == 7);
    run.signal(signal);
    run.end().expect(code, &["interrupted: removing the probe pods", "removed: nothing of this run is left in namespace default"]);
    nothing_left(&lab);
}

#[test]
fn ctrl_c_cleans_up_and_exits_130() {
    ended_by(Signal::SIGINT, 130);
}

#[test]
fn sigterm_cleans_up_and_exits_143() {
    ended_by(Signal::SIGTERM, 143);
}
