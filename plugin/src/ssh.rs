//! A probe on another machine, by the user's own `ssh`: it is written to a file there, runs once, and its file is removed.
//!
//! Whatever `ssh` is told by its configuration holds: keys, jump hosts, ports. It asks nothing (`BatchMode`), since a run
//! may have no terminal.

use std::io::{self, Read as _};
use std::process::{Output, Stdio};
use std::time::Duration;

use lbprobe_analysis::words::printable;
use lbprobe_protocol::{MOST_VARIABLE_BYTES, Plan, Record};
use ruzstd::decoding::StreamingDecoder;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use crate::error::SshProblem;
use crate::probes::carried_probe;
use crate::settings::SshHost;

/// How long `ssh` may take to connect and to send the probe, beside what the checks take.
const OVERHEAD: Duration = Duration::from_mins(1);

/// What the user's configuration may say otherwise: it asks nothing, has no terminal that would change bytes, runs no other command,
/// and leaves no connection behind that would hold its output open.
const OPTIONS: [&str; 11] = [
    "-T",
    "-o",
    "BatchMode=yes",
    "-o",
    "ConnectTimeout=15",
    "-o",
    "RemoteCommand=none",
    "-o",
    "ControlMaster=no",
    "-o",
    "ControlPath=none",
];

/// Characters of what the other machine says that are shown.
const FOREIGN: usize = 200;

/// What a probe sees there. `identity` is the client certificate as its variable has it; empty where there is none.
pub(crate) async fn observe(host: &SshHost, plan: &Plan, identity: &str) -> Result<Record, SshProblem> {
    let within = OVERHEAD.saturating_add(plan.longest());
    timeout(within, ask(host, plan, identity)).await.unwrap_or(Err(SshProblem::Overdue(within)))
}

async fn ask(host: &SshHost, plan: &Plan, identity: &str) -> Result<Record, SshProblem> {
    let system = text(&run(host, "uname -sm", Vec::new()).await?);
    let probe = probe_for(last_line(&system))?;
    let length = probe.len();
    let first_line = plan.to_variable() + "\n";
    if first_line.len() > MOST_VARIABLE_BYTES {
        return Err(SshProblem::TooLong);
    }
    let answer = run(host, START, [first_line.into_bytes(), format!("{identity}\n{length}\n").into_bytes(), probe].concat()).await?;
    Ok(Record::from_text(&text(&answer), plan)?)
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// By a shell that is known, as the user's may be any. The plan is the first line of its input, so that no shell reads it as words,
/// and the client certificate the second; the third has the length of the probe, which is the rest: one that is cut is not run,
/// and it is removed however this ends.
const START: &str = include_str!("ssh/start.sh");

/// A shell may say something of its own before it.
fn last_line(text: &str) -> &str {
    text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

/// The program for a system, as `uname -sm` names it.
fn probe_for(system: &str) -> Result<Vec<u8>, SshProblem> {
    let architecture = match system {
        "Linux x86_64" => "amd64",
        "Linux aarch64" => "arm64",
        _ => return Err(SshProblem::OtherSystem { system: printable(system, FOREIGN) }),
    };
    let carried = carried_probe(architecture).ok_or(SshProblem::NothingCarried)?;
    let mut program = Vec::new();
    let mut decoder = StreamingDecoder::new(carried.compressed()).map_err(|cause| SshProblem::Broken(io::Error::other(cause)))?;
    decoder.read_to_end(&mut program).map_err(SshProblem::Broken)?;
    Ok(program)
}

/// Runs a command there with this input.
async fn run(host: &SshHost, command: &str, input: Vec<u8>) -> Result<Output, SshProblem> {
    let mut child = Command::new("ssh")
        .args(OPTIONS)
        .args(["--", host.as_str(), command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(SshProblem::NotStarted)?;
    let stdin = child.stdin.take();
    let send = async move {
        if let Some(mut stdin) = stdin {
            // Where the other side has ended, its exit code says why.
            let _ = stdin.write_all(&input).await;
            let _ = stdin.shutdown().await;
        }
    };
    let (output, ()) = tokio::join!(child.wait_with_output(), send);
    let output = output.map_err(SshProblem::NotStarted)?;
    if output.status.success() {
        return Ok(output);
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let message = words.lines().rev().map(|line| printable(line, FOREIGN)).find(|line| !line.is_empty());
    Err(message.map_or(SshProblem::FailedSilently { status: output.status }, |message| SshProblem::Failed { message }))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn only_systems_that_a_probe_is_carried_for_get_one() {
        for system in ["Darwin arm64", "Linux armv7l", "", "Linux x86_64\nLinux x86_64"] {
            assert!(matches!(probe_for(system), Err(SshProblem::OtherSystem { .. })), "{system}");
        }
    }

    /// The commands themselves, by a shell here: what comes first is the plan, and nothing stays.
    #[test]
    fn the_program_gets_the_plan_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let plan = r#"{"a'b": "$(touch x) `y` \\n"}"#;
        let program = "#!/bin/sh\nprintf '%s%s' \"$LBPROBE_PLAN\" \"$LBPROBE_CLIENT_IDENTITY\"\n";
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", START]).env("TMPDIR", folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = shell.spawn().unwrap();
        write!(child.stdin.take().unwrap(), "{plan}\n-----BEGIN|MII=\n{}\n{program}", program.len()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), text(&output)), (Some(0), format!("{plan}-----BEGIN|MII=")));
        let mut child = shell.spawn().unwrap();
        write!(child.stdin.take().unwrap(), "{plan}\n\n{}\n{program}", program.len() + 1).unwrap();
        let cut = child.wait_with_output().unwrap();
        assert_eq!((cut.status.code(), text(&cut).as_str()), (Some(1), ""), "a cut one is not run");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
