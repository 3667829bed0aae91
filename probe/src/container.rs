//! The whole of a probe in its container: the checks and the questions, the record on both roads, and a moment for its
//! reader.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::time::Duration;

use lbprobe_protocol::{Plan, Record, TERMINATION_LOG, TERMINATION_MESSAGE_BYTES};
use tokio::time::timeout;

use crate::end::{End, Terminated};
use crate::identity::ClientIdentity;
use crate::observe::observe_until;
use crate::watch;

/// Runs the plan, reports on both roads, and waits a moment for the reader of its log.
pub async fn run(plan: &Plan, identity: Option<ClientIdentity>) -> End {
    let mut terminated = Terminated::new();
    if let Some(watch) = plan.watch {
        return watch::keep((plan, watch), identity, &mut terminated, io::stdout()).await;
    }
    let record = observe_until(plan, identity, &mut terminated).await;
    report(plan, &record, &mut terminated).await;
    End::Done
}

/// Looks into the kernel, and reports in the same way.
#[cfg(target_os = "linux")]
pub async fn look_into_kernel(plan: &Plan) {
    let mut terminated = Terminated::new();
    let record = crate::kernel::observe(plan, &mut terminated).await;
    report(plan, &record, &mut terminated).await;
}

async fn report(plan: &Plan, record: &Record, terminated: &mut Terminated) {
    write(record);
    if !record.interrupted {
        let _ = timeout(Duration::from_millis(plan.linger_ms.into()), terminated.wait()).await;
    }
}

/// Writes the record to the termination message and to the log. Either may fail (no such file
/// outside a pod, a closed pipe): the other carries the same.
fn write(record: &Record) {
    if let Ok(mut file) = OpenOptions::new().write(true).open(TERMINATION_LOG) {
        let _ = file.write_all(record.to_text_within(TERMINATION_MESSAGE_BYTES).as_bytes());
    }
    let mut log = io::stdout().lock();
    let _ = log.write_all(record.to_text().as_bytes()).and_then(|()| log.flush());
}
