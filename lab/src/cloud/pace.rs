//! How often the cloud looks at its Services, nodes and their health.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Between two looks while nothing changes. Five health checks a second, on each node, were a sixth of what an idle lab
/// takes.
const QUIET_PERIOD: Duration = Duration::from_secs(1);

/// For so long after a change its consequences are looked for at every occasion.
const LIVELY: Duration = Duration::from_secs(5);

/// The versions of all Services, nodes and EndpointSlices.
pub type Versions = [BTreeSet<Option<String>>; 3];

/// When the cloud looked last, and when something had changed.
#[derive(Debug, Default)]
pub struct Pace {
    versions: Versions,
    rules: String,
    changed: Option<Instant>,
    looked: Option<Instant>,
}

impl Pace {
    /// Whether it is time for a look when the objects have these versions.
    pub fn is_due(&mut self, versions: Versions, now: Instant) -> bool {
        if self.versions != versions {
            self.versions = versions;
            self.changed = Some(now);
        }
        let is_lively = self.changed.is_some_and(|changed| now.duration_since(changed) < LIVELY);
        let is_due = is_lively || self.looked.is_none_or(|looked| now.duration_since(looked) >= QUIET_PERIOD);
        if is_due {
            self.looked = Some(now);
        }
        is_due
    }

    /// What a look led to. Other rules are a change too: a node's health is told by no object.
    pub fn found(&mut self, rules: &str, now: Instant) {
        if self.rules != rules {
            rules.clone_into(&mut self.rules);
            self.changed = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(service: &str) -> Versions {
        [BTreeSet::from([Some(service.to_owned())]), BTreeSet::new(), BTreeSet::new()]
    }

    #[test]
    fn it_looks_often_after_a_change_and_seldom_when_nothing_changes() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let at = |millis| start + Duration::from_millis(millis);
        assert!(pace.is_due(versions("1"), at(0)));
        assert!(pace.is_due(versions("1"), at(200)), "a moment after a change");
        assert!(pace.is_due(versions("1"), at(5_100)), "the last look was long ago");
        assert!(!pace.is_due(versions("1"), at(5_300)));
        assert!(pace.is_due(versions("1"), at(6_100)));
        assert!(pace.is_due(versions("2"), at(6_200)), "a change is looked at at once");
        assert!(pace.is_due(versions("2"), at(11_300)));
        assert!(!pace.is_due(versions("2"), at(11_400)));
        pace.found("other rules", at(11_500));
        assert!(pace.is_due(versions("2"), at(11_600)), "so is a change of a node's health");
    }
}
