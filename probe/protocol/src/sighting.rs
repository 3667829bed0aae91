//! One sample of a probe that keeps watch: a line of its log.
//!
//! ```text
//! w NUMBER CHECK AT OUTCOME MILLISECONDS
//! ```
//!
//! A line is some 40 bytes; a probe with six checks a second fills kubelet's 10 MiB of a log in 12 hours.

use crate::{CheckId, Outcome};

/// One sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Counts the probe's samples from 0, so that missing ones are noticed.
    pub number: u64,
    /// The check.
    pub check: CheckId,
    /// When it began, in milliseconds since 1970 by the node's clock.
    pub at_ms: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, in milliseconds.
    pub total_ms: u32,
}

impl Sighting {
    /// The line, without its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        format!("w {} {} {} {} {}", self.number, self.check, self.at_ms, self.outcome.code(), self.total_ms)
    }

    /// Reads a line; nothing where it is none, whatever it is: a log is untrusted.
    #[must_use]
    pub fn from_line(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("w ")?.split(' ');
        let sighting = Self {
            number: words.next()?.parse().ok()?,
            check: words.next()?.parse().ok()?,
            at_ms: words.next()?.parse().ok()?,
            outcome: Outcome::from_code(words.next()?)?,
            total_ms: words.next()?.parse().ok()?,
        };
        words.next().is_none().then_some(sighting)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ConnectFailure;

    #[test]
    fn a_line_reads_back() {
        let outcome = Outcome::Connect(ConnectFailure::TimedOut);
        let sighting = Sighting { number: 7, check: 2, at_ms: 1_700_000_000_123, outcome, total_ms: 900 };
        assert_eq!(Sighting::from_line(&sighting.to_line()), Some(sighting));
        assert_eq!(Sighting::from_line(&format!("{} more", sighting.to_line())), None);
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in "(w )?.{0,80}") {
            let _ = Sighting::from_line(&line);
        }
    }
}
