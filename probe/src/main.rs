//! The in-pod half of kubectl-lbprobe: dials what its plan names, all at once, and prints one
//! record of what it saw.
//!
//! Exit codes: 0 the record is written, whatever it says; 2 the plan is missing or unreadable.

use std::process::ExitCode;

use lbprobe_protocol::{PLAN_VARIABLE, Plan, VERSION};

fn main() -> ExitCode {
    let plan = match read_plan() {
        Ok(plan) => plan,
        Err(cause) => {
            eprintln!("lbprobe-probe: {cause}");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => {
            runtime.block_on(lbprobe_probe::run(&plan));
            ExitCode::SUCCESS
        }
        Err(cause) => {
            eprintln!("lbprobe-probe: failed to start: {cause}");
            ExitCode::FAILURE
        }
    }
}

/// The plan from the first argument, or from the environment.
fn read_plan() -> Result<Plan, String> {
    let text = std::env::args()
        .nth(1)
        .or_else(|| std::env::var(PLAN_VARIABLE).ok())
        .ok_or_else(|| format!("no plan: give it as the first argument or in {PLAN_VARIABLE}"))?;
    let plan: Plan = serde_json::from_str(&text).map_err(|cause| format!("the plan is unreadable: {cause}"))?;
    if plan.version == VERSION {
        Ok(plan)
    } else {
        Err(format!("the plan is of version {}, this probe speaks version {VERSION}", plan.version))
    }
}
