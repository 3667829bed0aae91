//! The words of what was seen and what is expected: by `Display`, as documents quote them.

use std::collections::HashSet;
use std::fmt;

use crate::causes::Confidence;
use crate::kube_proxy::{Expectation, Expected};
use crate::observations::CheckState;

pub(crate) fn check_state(state: CheckState) -> String {
    state.to_string()
}

impl fmt::Display for CheckState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reached => f.write_str("ok"),
            Self::Failed(outcome) => write!(f, "{outcome}"),
            Self::Mixed { failed, of, outcome } => write!(f, "{failed} of {of} {outcome}"),
            Self::Silent | Self::Unanswered => f.write_str("no answer"),
            Self::Unmeasured => f.write_str("not measured"),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reached { .. } => "ok",
            Self::Refused => "refused",
            Self::Dropped => "timed out",
            Self::Lost => "lost",
            Self::NotIntercepted => "passed on",
            Self::LocalListener => "local listener",
        })
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certain(answer) => write!(f, "{}", answer.expected),
            // Answers that end alike are one word: by which endpoint a connection is taken is no matter here.
            Self::Depends(cases) => {
                let mut words: Vec<_> = cases.iter().map(|case| case.answer.expected.to_string()).collect();
                let mut known = HashSet::new();
                words.retain(|word| known.insert(word.clone()));
                f.write_str(&words.join(" or "))
            }
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Confirmed => "confirmed",
            Self::Likely => "likely",
            Self::Possible => "possible",
        })
    }
}
