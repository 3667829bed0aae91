//! How connections are refused: by a TCP reset, or by an ICMP error.
//!
//! Both end connect() with ECONNREFUSED. Only the counters of the pod's network namespace tell
//! them apart, and only there: on a node's own network others' traffic counts too.

use std::fs;

use lbprobe_protocol::RefusalCounts;

/// Counters at the start of the run.
pub(crate) struct RefusalCounter {
    before: Option<RefusalCounts>,
}

impl RefusalCounter {
    pub(crate) fn start() -> Self {
        Self { before: read() }
    }

    /// What came since the start; none where the counters cannot be read.
    pub(crate) fn rise(&self) -> Option<RefusalCounts> {
        let (before, now) = (self.before?, read()?);
        Some(RefusalCounts {
            resets: now.resets.wrapping_sub(before.resets),
            unreachables: now.unreachables.wrapping_sub(before.unreachables),
            rate_limited: now.rate_limited.zip(before.rate_limited).map(|(now, before)| now.wrapping_sub(before)),
        })
    }
}

fn read() -> Option<RefusalCounts> {
    let text = fs::read_to_string("/proc/net/snmp").ok()?;
    counts(&text)
}

fn counts(text: &str) -> Option<RefusalCounts> {
    let rate_limited = |which| counter(text, "Icmp:", which);
    Some(RefusalCounts {
        resets: counter(text, "Tcp:", "AttemptFails")?,
        unreachables: counter(text, "Icmp:", "InDestUnreachs")?,
        rate_limited: rate_limited("OutRateLimitGlobal")
            .zip(rate_limited("OutRateLimitHost"))
            .map(|(global, host)| global.wrapping_add(host)),
    })
}

/// `/proc/net/snmp` has two lines a protocol: names, then values in the same order.
fn counter(text: &str, protocol: &str, name: &str) -> Option<u32> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(protocol));
    let place = lines.next()?.split_whitespace().position(|word| word == name)?;
    lines.next()?.split_whitespace().nth(place)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_found_by_name() {
        let old = "Icmp: InMsgs InErrors InCsumErrors InDestUnreachs\nIcmp: 7 0 0 5\nTcp: RtoMin ActiveOpens AttemptFails\nTcp: 200 9 3\n";
        assert_eq!(counts(old), Some(RefusalCounts { resets: 3, unreachables: 5, rate_limited: None }));
        let new =
            "Icmp: InDestUnreachs OutRateLimitGlobal OutRateLimitHost\nIcmp: 5 1 6\nTcp: RtoMin ActiveOpens AttemptFails\nTcp: 200 9 3\n";
        assert_eq!(counts(new), Some(RefusalCounts { resets: 3, unreachables: 5, rate_limited: Some(7) }));
        assert_eq!(counts("Udp: InErrors\nUdp: 4\n"), None);
    }
}
