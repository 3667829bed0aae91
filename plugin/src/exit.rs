//! Exit codes. Pipelines rely on them: they are part of the tool's contract.
//!
//! | Code | Meaning |
//! |---|---|
//! | 0 | healthy: every planned check was measured and answered; after a fix, or beside a baseline, too |
//! | 1 | could not measure, or change: an error ended the run before there was a verdict |
//! | 2 | usage: the command line is wrong (clap's own code) |
//! | 3 | fault found, or predicted |
//! | 4 | inconclusive: nothing failed, but something could not be measured, or is not known |
//! | 129, 130, 143 | ended by SIGHUP, Ctrl-C or SIGTERM (128 + the signal), after cleaning up |

use std::process::ExitCode;

use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::prediction::Outlook;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Healthy,
    CouldNotMeasure,
    Fault,
    Inconclusive,
    HungUp,
    Interrupted,
    Terminated,
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Healthy => Self::Healthy,
            Verdict::Fault => Self::Fault,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<Outlook> for Exit {
    fn from(outlook: Outlook) -> Self {
        match outlook {
            Outlook::Fine => Self::Healthy,
            Outlook::Fails => Self::Fault,
            Outlook::Depends => Self::Inconclusive,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Healthy => 0,
            Exit::CouldNotMeasure => 1,
            Exit::Fault => 3,
            Exit::Inconclusive => 4,
            Exit::HungUp => 129,
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
        })
    }
}
