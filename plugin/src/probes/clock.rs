//! The time of a run: that in which this program ran. While it was stopped, or its machine asleep, nothing could be
//! heard, and nobody is late.

use std::time::Duration;

use tokio::time::Instant;

/// Between two looks at the clock nothing longer has passed in a program that runs.
const LONGEST_STEP: Duration = Duration::from_secs(2);

/// Stands at zero when it begins.
pub(super) struct RunClock {
    last: Instant,
    now: Duration,
}

impl RunClock {
    pub(super) fn begin() -> Self {
        Self { last: Instant::now(), now: Duration::ZERO }
    }

    /// What it shows. To be looked at often.
    pub(super) fn look(&mut self) -> Duration {
        let now = Instant::now();
        self.now += (now - self.last).min(LONGEST_STEP);
        self.last = now;
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_stopped_program_has_no_time() {
        let mut clock = RunClock::begin();
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(clock.look(), Duration::from_millis(500));
        tokio::time::advance(Duration::from_mins(10)).await;
        assert_eq!(clock.look(), Duration::from_millis(2500));
    }
}
