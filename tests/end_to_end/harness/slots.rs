//! How much of the machine a test takes: tests wait for a slot, whatever the number of test threads.
//!
//! Tests on shared labs come first. Then those labs end, and none idles beside labs of tests' own: an idle lab takes a
//! quarter of a processor.
//!
//! What each slot cost is kept in `target/lab/slots.tsv`; `make slowest` shows it.

use std::fs::File;
use std::io::Write;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, LazyLock, Mutex, PoisonError};
use std::thread::{self, available_parallelism};
use std::time::{Duration, Instant};

use lbprobe_lab::LabOptions;
use lbprobe_lab::patience::slowdown;

use super::failures::tell_at_once;
use super::{lock, root};

/// What there is to take, in quarters of a processor: five for each, because tests wait for deadlines, and with four
/// the processors were idle for a sixth of the time. With six, guests' kubelets do not start pods in time. More processors than three would be used, but each test that runs
/// beside others brings a lab of its own, and a lab takes more than a gigabyte.
static BUDGET: LazyLock<usize> = LazyLock::new(|| 5 * available_parallelism().map_or(2, NonZeroUsize::get).clamp(2, 3));

/// What a test on ordinary nodes takes: it waits for more than half of its time, and four of them keep two processors
/// at work.
const ORDINARY: usize = 2;

/// From so slow on no further test begins, until the machine has recovered or no other test runs: some machines give half
/// of what their processors promise. From 2 on both processors are at work, so that nothing is lost by waiting; at 5 and more, deadlines
/// were missed, and what was looked at again made it slower still.
const TOO_SLOW: f64 = 2.5;

/// Between two looks at how slow the machine is.
const LOOK: Duration = Duration::from_secs(2);

/// Tests that wait for a shared lab or for a slot on it.
static FIRST: AtomicUsize = AtomicUsize::new(0);

/// Which tests go before which.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Those on shared labs.
    First,
    /// All others.
    Later,
}

/// A place among those that come first, until the test begins.
pub(super) struct FirstTurn;

/// Goes before all tests on labs of their own.
pub(super) fn first_turn() -> FirstTurn {
    FIRST.fetch_add(1, Ordering::SeqCst);
    FirstTurn
}

impl Drop for FirstTurn {
    fn drop(&mut self) {
        FIRST.fetch_sub(1, Ordering::SeqCst);
        CHANGED.notify_all();
    }
}

/// What is taken.
struct Slots {
    taken: usize,
    /// How much of it by tests on ordinary nodes.
    ordinary: usize,
    /// How much each of those wants that wait for a later turn.
    waiting: Vec<usize>,
}

impl Slots {
    /// Whether somebody who wants so much can begin. What the widest of those who wait wants is kept free of ordinary
    /// tests: there is always another one of those. One that fits beside it may begin. Nothing is kept free for those who
    /// want everything: they come last.
    fn has_room(&self, width: usize, turn: Turn) -> bool {
        let widest = self.waiting.iter().copied().filter(|width| *width < *BUDGET).max().unwrap_or_default();
        let is_next = match turn {
            Turn::First => true,
            Turn::Later => FIRST.load(Ordering::SeqCst) == 0 && (width >= widest || self.ordinary + width + widest <= *BUDGET),
        };
        is_next && self.taken + width <= *BUDGET && (self.taken == 0 || slowdown() < TOO_SLOW)
    }

    fn take(&mut self, width: usize) {
        self.taken += width;
        self.ordinary += if width == ORDINARY { width } else { 0 };
    }

    fn give_back(&mut self, width: usize) {
        self.taken -= width;
        self.ordinary -= if width == ORDINARY { width } else { 0 };
    }
}

static SLOTS: Mutex<Slots> = Mutex::new(Slots { taken: 0, ordinary: 0, waiting: Vec::new() });

/// Something has changed.
static CHANGED: Condvar = Condvar::new();

/// A line a slot: seconds held, quarters of a processor, seconds waited, the test, how slow the machine was at its end.
/// `None` where the file cannot be written.
static COSTS: LazyLock<Option<Mutex<File>>> = LazyLock::new(|| File::create(root().join("target/lab/slots.tsv")).ok().map(Mutex::new));

/// The right to use the machine; given back at the end of the test, failed or not.
pub(crate) struct Slot {
    width: usize,
    waited: Duration,
    since: Instant,
}

/// Waits for the slot of a test on ordinary nodes.
pub(crate) fn slot() -> Slot {
    take(ORDINARY, Turn::Later)
}

/// Waits for the slot of a test on a shared lab.
pub(super) fn first_slot() -> Slot {
    take(ORDINARY, Turn::First)
}

/// Waits for the slot of a test on a lab with these options. Each guest adds a quarter of a processor: it works while it
/// idles too.
pub(crate) fn slot_for(options: &LabOptions) -> Slot {
    take(ORDINARY + guests(options), Turn::Later)
}

/// Waits for the slot of a test on two labs with ordinary nodes.
pub(crate) fn slot_for_two() -> Slot {
    take(2 * ORDINARY, Turn::Later)
}

/// Waits for the whole machine: for a test that has enough work for it by itself, and would find deadlines
/// missed beside another.
pub(crate) fn alone() -> Slot {
    take(*BUDGET, Turn::Later)
}

/// How many nodes of a lab are guests.
pub(super) fn guests(options: &LabOptions) -> usize {
    options.node_names().filter(|node| options.is_guest(node)).count()
}

fn take(width: usize, turn: Turn) -> Slot {
    tell_at_once();
    let width = width.min(*BUDGET);
    let asked = Instant::now();
    let mut slots = lock(&SLOTS);
    if turn == Turn::Later {
        slots.waiting.push(width);
    }
    while !slots.has_room(width, turn) {
        slots = CHANGED.wait_timeout(slots, LOOK).unwrap_or_else(PoisonError::into_inner).0;
    }
    if turn == Turn::Later
        && let Some(own) = slots.waiting.iter().position(|other| *other == width)
    {
        slots.waiting.swap_remove(own);
    }
    slots.take(width);
    drop(slots);
    CHANGED.notify_all();
    Slot { width, waited: asked.elapsed(), since: Instant::now() }
}

impl Drop for Slot {
    fn drop(&mut self) {
        lock(&SLOTS).give_back(self.width);
        CHANGED.notify_all();
        if let Some(costs) = COSTS.as_ref() {
            let Self { width, waited, since } = self;
            let (held, waited) = (since.elapsed().as_secs(), waited.as_secs());
            // Tests run in threads of their names. What cannot be written is only missing from the list.
            let _ = writeln!(lock(costs), "{held}\t{width}\t{waited}\t{}\t{:.1}", thread::current().name().unwrap_or("?"), slowdown());
        }
    }
}
