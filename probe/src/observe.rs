//! What a probe sees: the wait, the checks and the questions, until one record.

use std::time::Duration;

use futures::FutureExt as _;
use futures::future::FusedFuture as _;
use lbprobe_protocol::{Plan, Record};
use tokio::time::timeout;

use crate::dial::Dialler;
use crate::dialling::Dialling;
use crate::end::Terminated;
use crate::identity::ClientIdentity;
use crate::questions::{self, Evidence};
use crate::refusals::RefusalCounter;
use crate::report;

/// Runs the plan; servers that ask who it is are shown the identity. SIGTERM and SIGINT end it with what is known by then.
pub async fn observe(plan: &Plan, identity: Option<ClientIdentity>) -> Record {
    observe_until(plan, identity, &mut Terminated::new()).await
}

pub(crate) async fn observe_until(plan: &Plan, identity: Option<ClientIdentity>, terminated: &mut Terminated) -> Record {
    if plan.kernel.is_some() {
        return lend(plan, terminated).await;
    }
    let mut interrupted = timeout(Duration::from_millis(plan.wait_ms.into()), terminated.wait()).await.is_ok();
    let counter = RefusalCounter::start();
    let dialler = Dialler::new(identity);
    let mut dialling = Dialling::new(plan, &dialler);
    let answers = questions::answer(&plan.questions).fuse();
    tokio::pin!(answers);
    let mut evidence = Evidence::default();
    let mut is_dialling = true;
    while !interrupted && (is_dialling || !answers.is_terminated()) {
        tokio::select! {
            answered = &mut answers => evidence = answered,
            goes_on = dialling.step(), if is_dialling => is_dialling = goes_on,
            () = terminated.wait() => interrupted = true,
        }
    }
    let (seen, retried) = dialling.end();
    if !interrupted {
        evidence.ask_again().await;
    }
    let Evidence { kube_proxy, node, .. } = evidence;
    Record { refusals: counter.rise(), retried, kube_proxy, node, ..report::record(plan, seen, interrupted) }
}

/// Waits in its network, in which another probe of this node dials, until that one ends it.
async fn lend(plan: &Plan, terminated: &mut Terminated) -> Record {
    let lent = timeout(Duration::from_millis(plan.wait_ms.into()), terminated.wait()).await;
    Record { planned: plan.checks.len(), interrupted: lent.is_err(), ..Record::default() }
}
