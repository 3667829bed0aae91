//! The plugin's commands as tools of an MCP server (Model Context Protocol) on standard input and output.
//!
//! Each call runs this program once more, with arguments that were checked: what it prints is the answer, and a client that goes
//! away leaves nothing behind, as the run it began ends and cleans up by itself.

mod arguments;
mod tools;

use std::process::Stdio;

use lbprobe_analysis::text::{self, Language};
use rmcp::ServiceExt as _;
use rmcp::model::{CallToolResult, ContentBlock};
use rmcp::transport::stdio;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::settings::{Fixing, Mcp};
use tools::Tools;

/// Serves until the client closes standard input.
pub(crate) async fn serve(Mcp { flags, probe_namespace, fixing }: Mcp) -> Result<(), String> {
    let program = Program { flags, probe_namespace, fixing };
    let service = Tools::new(program).serve(stdio()).await.map_err(|cause| cause.to_string())?;
    service.waiting().await.map(drop).map_err(|cause| cause.to_string())
}

/// This program, as each call runs it.
#[derive(Debug)]
struct Program {
    /// The cluster's flags, which are the same for every call.
    flags: Vec<String>,
    probe_namespace: Option<String>,
    fixing: Fixing,
}

/// Commands that start probe pods.
const WITH_PODS: [&str; 3] = ["run", "verify", FIX];

/// Those that need no cluster, and take none of its flags.
const WITHOUT_CLUSTER: &str = "diagnose";

/// The one that leaves records of what it changed.
const FIX: &str = "fix";

impl Program {
    /// Runs a command, with a text on its standard input. The answer has what the exit code means, then what was printed, then what
    /// stood on standard error.
    async fn run(&self, words: &[String], input: &str) -> CallToolResult {
        let answer = self.output(words, input).await.unwrap_or_else(|cause| Answer::without_program(&cause));
        let blocks = [answer.meaning(), &answer.shown, &answer.said].into_iter().filter(|text| !text.is_empty());
        let content = blocks.map(ContentBlock::text).collect();
        if answer.is_of_a_verdict() { CallToolResult::success(content) } else { CallToolResult::error(content) }
    }

    async fn output(&self, words: &[String], input: &str) -> std::io::Result<Answer> {
        let mut command = Command::new(std::env::current_exe()?);
        let is_of = |command: &str| words.first().is_some_and(|word| word == command);
        let flags = self.flags.iter().filter(|_| !is_of(WITHOUT_CLUSTER));
        let namespace = self.probe_namespace.iter().filter(|_| WITH_PODS.into_iter().any(is_of));
        command.args(words).args(flags).args(namespace.flat_map(|name| ["--probe-namespace", name]));
        if let Fixing::Offered { save } = &self.fixing
            && is_of(FIX)
        {
            command.arg("--save").arg(save);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        let write = async {
            if let Some(mut stdin) = stdin {
                // One that reads nothing may be gone by now.
                let _ = stdin.write_all(input.as_bytes()).await;
            }
        };
        let ((), output) = tokio::join!(write, child.wait_with_output());
        let output = output?;
        let [shown, said] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).trim_end().to_owned());
        Ok(Answer { code: output.status.code(), shown, said })
    }
}

/// What a call came to.
struct Answer {
    /// The exit code; none where a signal ended it, or it did not start.
    code: Option<i32>,
    /// On standard output.
    shown: String,
    /// On standard error.
    said: String,
}

impl Answer {
    fn without_program(cause: &std::io::Error) -> Self {
        Self { code: None, shown: String::new(), said: cause.to_string() }
    }

    /// Whether there is one: exit codes 1 and 2 mean that it could not look.
    fn is_of_a_verdict(&self) -> bool {
        matches!(self.code, Some(0 | 3 | 4))
    }

    fn meaning(&self) -> &str {
        text::exit_code(self.code, Language::English)
    }
}
