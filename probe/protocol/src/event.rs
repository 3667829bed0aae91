//! What a probe that keeps watch writes: a line of its log for each sample, and for each end and return of
//! the node's kube-proxy.
//!
//! ```text
//! w NUMBER CHECK AT OUTCOME MILLISECONDS
//! k NUMBER AT gone|back
//! ```
//!
//! A line is some 40 bytes; a probe with six checks a second fills kubelet's 10 MiB of a log in 12 hours.

use crate::{CheckId, Outcome};

/// A line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeEvent {
    /// Counts the probe's lines from 0, so that missing ones are noticed.
    pub number: u64,
    /// When it was, in milliseconds since 1970 by the node's clock; of a sample, when it began.
    pub at_ms: u64,
    /// What was seen.
    pub what: ProbeEventKind,
}

/// What is seen of the node's network from one moment to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeEventKind {
    /// One sample.
    Sample {
        /// The check.
        check: CheckId,
        /// How it ended.
        outcome: Outcome,
        /// How long it took, in milliseconds.
        total_ms: u32,
    },
    /// The node's kube-proxy has ended: nobody listens any more where it did.
    KubeProxyGone,
    /// One answers where none did.
    KubeProxyBack,
}

impl ProbeEvent {
    /// The line, without its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        let Self { number, at_ms, .. } = self;
        match self.what {
            ProbeEventKind::Sample { check, outcome, total_ms } => format!("w {number} {check} {at_ms} {} {total_ms}", outcome.code()),
            ProbeEventKind::KubeProxyGone => format!("k {number} {at_ms} gone"),
            ProbeEventKind::KubeProxyBack => format!("k {number} {at_ms} back"),
        }
    }

    /// Reads a line; nothing where it is none, whatever it is: a log is untrusted.
    #[must_use]
    pub fn from_line(line: &str) -> Option<Self> {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["w", number, check, at_ms, outcome, total_ms] => {
                let outcome = Outcome::from_code(outcome)?;
                let what = ProbeEventKind::Sample { check: check.parse().ok()?, outcome, total_ms: total_ms.parse().ok()? };
                Some(Self { number: number.parse().ok()?, at_ms: at_ms.parse().ok()?, what })
            }
            ["k", number, at_ms, turn] => {
                let what = match turn {
                    "gone" => ProbeEventKind::KubeProxyGone,
                    "back" => ProbeEventKind::KubeProxyBack,
                    _ => return None,
                };
                Some(Self { number: number.parse().ok()?, at_ms: at_ms.parse().ok()?, what })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ConnectFailure;

    #[test]
    fn a_line_reads_back() {
        let sample = ProbeEventKind::Sample { check: 2, outcome: Outcome::Connect(ConnectFailure::TimedOut), total_ms: 900 };
        for what in [sample, ProbeEventKind::KubeProxyGone, ProbeEventKind::KubeProxyBack] {
            let event = ProbeEvent { number: 7, at_ms: 1_700_000_000_123, what };
            assert_eq!(ProbeEvent::from_line(&event.to_line()), Some(event));
            assert_eq!(ProbeEvent::from_line(&format!("{} more", event.to_line())), None);
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in "(w |k )?.{0,80}") {
            let _ = ProbeEvent::from_line(&line);
        }
    }
}
