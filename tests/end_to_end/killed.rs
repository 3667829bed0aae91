//! A client that is killed leaves nothing after the Job's deadline.

use std::time::Duration;

use lbprobe_lab::patience::stretched;
use nix::sys::signal::Signal;

use crate::harness::{eventually, faulty_lab, left_over, start_run};

#[test]
fn a_killed_client_leaves_nothing_after_the_deadline() {
    let lab = faulty_lab();
    let deadline = stretched(Duration::from_secs(10));
    let mut run = start_run(&lab, &["--deadline", &format!("{}s", deadline.as_secs()), "--timeout", "30s"]);
    run.until("probe pods exist", Duration::from_secs(10), || left_over(&lab).lines().count() == 7);
    run.signal(Signal::SIGKILL);
    run.end();
    assert_eq!(left_over(&lab).lines().count(), 7, "six pods and their Job outlive the client");
    eventually("the cluster has removed everything", deadline + Duration::from_secs(15), || left_over(&lab).is_empty());
}
