//! Keeps watch: every check again and again, a line for each sample as it ends, and one when kube-proxy ends
//! or is back.

use std::hash::{BuildHasher as _, RandomState};
use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use lbprobe_protocol::pace::START_GAP;
use lbprobe_protocol::{MOST_IN_FLIGHT, Plan, ProbeEvent, ProbeEventKind, Question, Watch};
use tokio::time::{Instant, sleep_until};

use crate::dial::Dialler;
use crate::end::{End, Terminated};
use crate::heartbeat::Heartbeat;
use crate::identity::ClientIdentity;
use crate::kube_proxy_presence::Presence;

/// Dials until the time is over, SIGTERM ends it, kubelet is lost, or nobody can read the log any more.
pub(crate) async fn keep(
    (plan, watch): (&Plan, Watch),
    identity: Option<ClientIdentity>,
    terminated: &mut Terminated,
    log: impl Write,
) -> End {
    let mut heartbeat = Heartbeat::listen(watch.kubelet_silence_ms.map(|silence| Duration::from_millis(silence.into())));
    let dialler = Dialler::new(identity);
    let end = Instant::now() + Duration::from_millis(watch.for_ms);
    let mut schedule = Schedule::new(plan.checks.len(), watch.interval_ms);
    let mut kube_proxy = plan.questions.contains(&Question::KubeProxy).then(Presence::new);
    let mut pending: FuturesUnordered<LocalBoxFuture<'_, Unnumbered>> = FuturesUnordered::new();
    let mut log = Log { to: log, next: 0 };
    loop {
        let is_read = tokio::select! {
            Some(seen) = pending.next() => log.tell(seen),
            turn = turn_of(kube_proxy.as_mut()) => log.tell(Unnumbered { at_ms: now_ms(), what: turn }),
            index = schedule.next(), if pending.len() < MOST_IN_FLIGHT => {
                pending.push(sample_of(&dialler, plan, index));
                true
            }
            () = sleep_until(end) => break,
            () = heartbeat.lost() => return End::KubeletLost,
            () = terminated.wait() => return End::Done,
        };
        if !is_read {
            return End::Done;
        }
    }
    loop {
        let is_read = tokio::select! {
            seen = pending.next() => match seen {
                Some(seen) => log.tell(seen),
                None => return End::Done,
            },
            () = terminated.wait() => return End::Done,
        };
        if !is_read {
            return End::Done;
        }
    }
}

/// Never, where none is watched.
async fn turn_of(kube_proxy: Option<&mut Presence>) -> ProbeEventKind {
    match kube_proxy {
        Some(kube_proxy) => kube_proxy.turn().await,
        None => std::future::pending().await,
    }
}

/// An event without its number: that is given as it is told.
struct Unnumbered {
    at_ms: u64,
    what: ProbeEventKind,
}

/// One sample of a check.
fn sample_of<'a>(dialler: &'a Dialler, plan: &'a Plan, index: usize) -> LocalBoxFuture<'a, Unnumbered> {
    let check = &plan.checks[index];
    async move {
        let at_ms = now_ms();
        let sample = dialler.attempt(check).await.sample;
        Unnumbered { at_ms, what: ProbeEventKind::Sample { check: check.id, outcome: sample.outcome, total_ms: sample.total_ms } }
    }
    .boxed_local()
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The probe's log, line by line.
struct Log<W> {
    to: W,
    /// The number of the next line.
    next: u64,
}

impl<W: Write> Log<W> {
    /// Writes a line; whether somebody can read it still.
    fn tell(&mut self, Unnumbered { at_ms, what }: Unnumbered) -> bool {
        let event = ProbeEvent { number: self.next, at_ms, what };
        self.next += 1;
        writeln!(self.to, "{}", event.to_line()).and_then(|()| self.to.flush()).is_ok()
    }
}

/// When each check is due.
struct Schedule {
    due: Vec<Instant>,
    last_start: Option<Instant>,
    interval_ms: u64,
    /// State of a small generator (Steele, Lea and Flood, 2014): nobody has to be surprised by it.
    state: u64,
}

impl Schedule {
    /// All checks spread over the first interval.
    fn new(checks: usize, interval_ms: u32) -> Self {
        let state = RandomState::new().hash_one(std::process::id());
        let mut schedule = Self { due: Vec::new(), last_start: None, interval_ms: interval_ms.into(), state };
        let now = Instant::now();
        for _ in 0..checks {
            let offset = schedule.random() % schedule.interval_ms.max(1);
            schedule.due.push(now + Duration::from_millis(offset));
        }
        schedule
    }

    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)) >> 16
    }

    /// The check that is due next, when it is; and when it is due again. A sample that could not begin in time, for all
    /// others in flight, is late: it is not made up for by more of them.
    async fn next(&mut self) -> usize {
        let Some((index, due)) = self.due.iter().copied().enumerate().min_by_key(|(_, due)| *due) else {
            return std::future::pending().await;
        };
        sleep_until(self.last_start.map_or(due, |last| due.max(last + START_GAP))).await;
        let now = Instant::now();
        self.last_start = Some(now);
        let tenth = self.interval_ms / 10;
        let is_late = now.saturating_duration_since(due) > Duration::from_millis(tenth);
        let jitter = self.random() % (2 * tenth + 1);
        let from = if is_late { now } else { due };
        self.due[index] = from + Duration::from_millis(self.interval_ms - tenth + jitter);
        index
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use lbprobe_protocol::{Check, Exchange, Host, Outcome, TlsFailure, VERSION, When};

    use super::*;
    use crate::loopback::Listener;

    #[tokio::test]
    async fn checks_come_again_after_an_interval_more_or_less_a_tenth() {
        tokio::time::pause();
        let mut schedule = Schedule::new(2, 1000);
        let mut seen: [Vec<Instant>; 2] = [Vec::new(), Vec::new()];
        for _ in 0..40 {
            let index = schedule.next().await;
            seen[index].push(Instant::now());
        }
        for times in seen {
            assert!(times.len() > 15, "{times:?}");
            for pair in times.windows(2) {
                let between = (pair[1] - pair[0]).as_millis();
                // Where both are due at once, one is 2 ms later than it would be alone; timers have 1 ms more.
                assert!((896..=1105).contains(&between), "{between}");
            }
        }
    }

    #[tokio::test]
    async fn samples_do_not_start_together() {
        tokio::time::pause();
        let mut schedule = Schedule::new(100, 1000);
        let mut last: Option<Instant> = None;
        for _ in 0..300 {
            schedule.next().await;
            let now = Instant::now();
            assert!(last.is_none_or(|last| now - last >= START_GAP));
            last = Some(now);
        }
    }

    #[tokio::test]
    async fn a_sample_that_had_to_wait_is_not_made_up_for() {
        tokio::time::pause();
        let mut schedule = Schedule::new(1, 1000);
        schedule.next().await;
        tokio::time::advance(Duration::from_secs(10)).await;
        schedule.next().await;
        let late = Instant::now();
        schedule.next().await;
        assert!(late.elapsed() >= Duration::from_millis(900), "{:?}", late.elapsed());
    }

    #[tokio::test]
    async fn a_watch_of_many_checks_has_no_more_than_fifty_connections() {
        let listener = Listener::silent();
        let check = |id| Check {
            id,
            host: Host::Address(Ipv4Addr::LOCALHOST.into()),
            port: listener.port,
            exchange: Exchange::Tls { sni: None },
            samples: 1,
            timeout_ms: 400,
            when: When::AtOnce,
            follow_ups: Vec::new(),
        };
        let watch = Watch { interval_ms: 400, for_ms: 1500, kubelet_silence_ms: None };
        let checks = (0..150).map(check).collect();
        let plan = Plan { version: VERSION, wait_ms: 0, linger_ms: 0, checks, questions: Vec::new(), watch: Some(watch), kernel: None };
        let mut log = Vec::new();
        keep((&plan, watch), None, &mut Terminated::new(), &mut log).await;
        assert!(listener.most_open() <= MOST_IN_FLIGHT, "{} connections", listener.most_open());
        assert!(listener.most_open() > MOST_IN_FLIGHT / 5, "they are made side by side");
        let log = String::from_utf8(log).unwrap();
        assert!(log.lines().count() > MOST_IN_FLIGHT, "{log}");
        for (number, line) in (0..).zip(log.lines()) {
            let event = ProbeEvent::from_line(line).unwrap();
            assert_eq!(event.number, number);
            assert!(matches!(event.what, ProbeEventKind::Sample { outcome: Outcome::Tls(TlsFailure::TimedOut), .. }), "{line}");
        }
    }

    #[tokio::test]
    async fn a_log_that_nobody_can_read_ends_the_watch() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let listener = Listener::silent_at_first(0);
        let watch = Watch { interval_ms: 200, for_ms: 3_600_000, kubelet_silence_ms: None };
        let check = Check {
            id: 0,
            host: Host::Address(Ipv4Addr::LOCALHOST.into()),
            port: listener.port,
            exchange: Exchange::Connect,
            samples: 1,
            timeout_ms: 1000,
            when: When::AtOnce,
            follow_ups: Vec::new(),
        };
        let plan = Plan {
            version: VERSION,
            wait_ms: 0,
            linger_ms: 0,
            checks: vec![check],
            questions: Vec::new(),
            watch: Some(watch),
            kernel: None,
        };
        keep((&plan, watch), None, &mut Terminated::new(), Closed).await;
    }
}
