//! The plan of this program.

use std::ffi::OsString;

use lbprobe_protocol::{OTHER_VERSION_EXIT, PLAN_VARIABLE, Plan, PlanError};

/// Why there is no plan to follow.
#[derive(Debug, thiserror::Error)]
pub enum NoPlan {
    /// Nobody gave one.
    #[error("no plan: give it as the first argument or in {PLAN_VARIABLE}")]
    Missing,
    /// What was given is no text.
    #[error("the plan is unreadable: it is not UTF-8")]
    NotText,
    /// The text is no plan, or one of another version.
    #[error("{0}")]
    Unusable(#[from] PlanError),
}

impl NoPlan {
    /// By which the plugin tells a plan of another version.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unusable(PlanError::Version(_)) => OTHER_VERSION_EXIT,
            Self::Missing | Self::NotText | Self::Unusable(_) => 2,
        }
    }
}

/// The plan from the first argument, or from the environment.
pub fn read_plan() -> Result<Plan, NoPlan> {
    let text = std::env::args_os().nth(1).or_else(|| std::env::var_os(PLAN_VARIABLE)).ok_or(NoPlan::Missing)?;
    let text = OsString::into_string(text).map_err(|_| NoPlan::NotText)?;
    Ok(Plan::from_variable(&text)?)
}
