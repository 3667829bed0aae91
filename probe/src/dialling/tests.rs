use std::net::Ipv4Addr;

use lbprobe_protocol::{Check, Exchange, Host, HttpFailure, HttpRequest, Record, VERSION};

use super::*;
use crate::loopback::Listener;
use crate::observe::observe;

const SILENT: Outcome = Outcome::Http(HttpFailure::TimedOut);

fn check(port: u16, samples: u8, timeout_ms: u32) -> Check {
    Check {
        id: 0,
        host: Host::Address(Ipv4Addr::LOCALHOST.into()),
        port,
        exchange: Exchange::Http(HttpRequest::get("/", None)),
        samples,
        timeout_ms,
        when: When::AtOnce,
        follow_ups: Vec::new(),
    }
}

/// So many checks of the same kind, each with an id of its own.
fn plan(checks: u16, check: &Check) -> Plan {
    let checks = (0..checks).map(|id| Check { id, ..check.clone() }).collect();
    Plan { version: VERSION, wait_ms: 0, linger_ms: 0, checks, questions: Vec::new(), watch: None, kernel: None }
}

fn outcomes(record: &Record) -> Vec<Outcome> {
    record.observations.iter().flat_map(|observation| &observation.samples).map(|sample| sample.outcome).collect()
}

#[tokio::test]
async fn three_hundred_attempts_are_never_more_than_fifty_at_once() {
    let listener = Listener::silent();
    let plan = plan(100, &check(listener.port, 3, 300));
    let start = Instant::now();
    let record = observe(&plan, None).await;
    assert!(listener.most_open() <= MOST_IN_FLIGHT, "{} connections", listener.most_open());
    assert!(listener.most_open() > MOST_IN_FLIGHT / 5, "they are made side by side");
    assert_eq!(outcomes(&record), vec![SILENT; 300]);
    assert_eq!(record.retried, 4, "what fails everywhere is believed");
    assert!(start.elapsed() <= plan.longest(), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_loss_under_load_counts_only_once_it_is_lost_alone() {
    let listener = Listener::silent_at_first(20);
    let record = observe(&plan(60, &check(listener.port, 1, 1000)), None).await;
    assert_eq!(outcomes(&record), vec![Outcome::Answered; 60]);
    assert!(record.retried >= 20, "{}", record.retried);
    assert_eq!(record.answers.len(), 1);
}

#[tokio::test]
async fn a_loss_of_a_small_plan_counts_at_once() {
    let listener = Listener::silent_at_first(10);
    let record = observe(&plan(10, &check(listener.port, 1, 300)), None).await;
    assert_eq!(outcomes(&record), vec![SILENT; 10]);
    assert_eq!(record.retried, 0);
}

#[tokio::test]
async fn a_failure_calls_for_what_waits_for_a_symptom_and_an_answer_does_not() {
    let listener = Listener::silent_at_first(0);
    let evidence = Check { id: 1, when: When::OnSymptom, ..check(listener.port, 1, 5000) };
    let made_by = async |port, when| {
        let mut plan = plan(1, &Check { when, ..check(port, 2, 5000) });
        plan.checks.push(evidence.clone());
        observe(&plan, None).await.observations.len()
    };
    let made = async |port| made_by(port, When::AtOnce).await;
    // Nobody listens on a port whose listener is gone.
    let closed = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    assert_eq!((made(closed).await, made(listener.port).await), (2, 1));
    assert_eq!(made_by(closed, When::Unasked).await, 1, "what nobody asked for is no symptom");
}

#[tokio::test]
async fn what_waits_for_its_turn_is_not_slow() {
    let plan = plan(3, &check(9, 1, 1000));
    let dialler = Dialler::new(None);
    let mut dialling = Dialling::new(&plan, &dialler);
    assert_eq!((dialling.slow_at(), dialling.queue.len()), (None, 3));
    let (first, second) = (Instant::now(), Instant::now() + Duration::from_mins(1));
    dialling.start(first);
    dialling.start(second);
    let symptom = Duration::from_millis(SYMPTOM_MS.into());
    assert_eq!(dialling.slow_at(), Some(first + symptom), "the oldest in flight counts");
    dialling.starts.remove(&0);
    assert_eq!(dialling.slow_at(), Some(second + symptom));
    dialling.show_symptom();
    assert_eq!(dialling.slow_at(), None, "one is enough");
}

#[tokio::test]
async fn thousands_that_wait_are_no_futures_yet() {
    let plan = plan(1000, &check(9, 10, 1000));
    let dialler = Dialler::new(None);
    let dialling = Dialling::new(&plan, &dialler);
    assert_eq!((dialling.queue.len(), dialling.in_flight.len()), (10_000, 0));
}
