//! How much of the machine a test takes: tests wait for their turn, whatever the number of test threads.

use std::num::NonZeroUsize;
use std::sync::{Condvar, LazyLock, Mutex, PoisonError};
use std::thread::available_parallelism;

use lbprobe_lab::LabOptions;

use super::lock;

/// What there is to take, in thirds of a processor. More processors than three would be used, but each test that runs
/// beside others brings a lab of its own, and a lab takes more than a gigabyte.
static BUDGET: LazyLock<usize> = LazyLock::new(|| 3 * available_parallelism().map_or(2, NonZeroUsize::get).clamp(2, 3));

/// What a test on ordinary nodes takes: it waits for more than half of its time, and three of them keep two processors
/// at work.
const ORDINARY: usize = 2;

/// What is taken.
struct Turns {
    taken: usize,
    /// How much each of those wants that wait.
    waiting: Vec<usize>,
}

static TURNS: Mutex<Turns> = Mutex::new(Turns { taken: 0, waiting: Vec::new() });

/// Something has changed.
static CHANGED: Condvar = Condvar::new();

/// The right to use the machine; given back at the end of the test, failed or not.
pub(crate) struct Turn {
    width: usize,
}

/// Waits for the turn of a test on ordinary nodes.
pub(crate) fn turn() -> Turn {
    take(ORDINARY)
}

/// Waits for the turn of a test on a lab with these options. Each guest adds a third of a processor: it works while it
/// idles too.
pub(crate) fn turn_for(options: &LabOptions) -> Turn {
    take(ORDINARY + guests(options))
}

/// Waits for the whole machine: for a test that has enough work for it by itself, and would find deadlines
/// missed beside another.
pub(crate) fn alone() -> Turn {
    take(*BUDGET)
}

/// How many nodes of a lab are guests.
pub(super) fn guests(options: &LabOptions) -> usize {
    options.node_names().filter(|node| options.is_guest(node)).count()
}

fn take(width: usize) -> Turn {
    let width = width.min(*BUDGET);
    let mut turns = lock(&TURNS);
    turns.waiting.push(width);
    // Nobody overtakes one who wants more: there would always be somebody who wants less.
    let is_late = |turns: &mut Turns| turns.taken + width > *BUDGET || turns.waiting.iter().any(|other| *other > width);
    let mut turns = CHANGED.wait_while(turns, is_late).unwrap_or_else(PoisonError::into_inner);
    if let Some(own) = turns.waiting.iter().position(|other| *other == width) {
        turns.waiting.swap_remove(own);
    }
    turns.taken += width;
    drop(turns);
    CHANGED.notify_all();
    Turn { width }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&TURNS).taken -= self.width;
        CHANGED.notify_all();
    }
}
