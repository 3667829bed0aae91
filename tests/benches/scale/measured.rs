//! One call of the plugin, seen from outside.

use std::fmt;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams, PartialObjectMeta};
use kube::{Api, Client};
use lbprobe_lab::scale::{FAILING, PROBES, RUN_SELECTOR, on_call, unread};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use crate::inside::admin;

/// How long a call may take.
const LIMIT: Duration = Duration::from_mins(15);

/// How long after its end pods and Jobs may be there.
const GONE_LIMIT: Duration = Duration::from_mins(3);

/// Between two looks at the plugin's memory, and at what is left.
const PAUSE: Duration = Duration::from_millis(50);

/// Characters of what the plugin said that are kept.
const WORDS: usize = 200;

/// What a call of the plugin took; times are seconds from its start.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    /// None where it was ended from outside.
    pub(crate) code: Option<i32>,
    /// Until the first byte on standard output.
    verdict: Option<f64>,
    /// Until it ended.
    pub(crate) ended: f64,
    /// Until nothing of it was there; none where something stayed.
    gone: Option<f64>,
    /// Pods and Jobs that stayed.
    pub(crate) left: usize,
    /// The most memory that it held at a time.
    pub(crate) kilobytes: usize,
    /// What it asked of the API server.
    pub(crate) requests: u64,
    /// On standard output.
    pub(crate) bytes: usize,
    /// On standard output.
    pub(crate) lines: usize,
    /// What it said of errors last.
    pub(crate) words: String,
}

impl Run {
    /// Seconds to the verdict; without end where there was none.
    pub(crate) fn to_verdict(&self) -> f64 {
        self.verdict.unwrap_or(f64::INFINITY)
    }

    /// Seconds until all was gone; without end where something stayed.
    pub(crate) fn to_gone(&self) -> f64 {
        self.gone.unwrap_or(f64::INFINITY)
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or_else(|| "none".into(), |code| code.to_string());
        let (verdict, gone) = (self.to_verdict(), self.to_gone());
        let Self { ended, kilobytes, requests, bytes, lines, .. } = self;
        write!(
            f,
            "run: exit code {code}, verdict {verdict:.1} s, ended {ended:.1} s, all gone {gone:.1} s, \
             {requests} requests, {kilobytes} kB of memory, {lines} lines, {bytes} bytes"
        )
    }
}

/// What was on standard output.
#[derive(Debug, Default)]
struct Output {
    verdict: Option<f64>,
    bytes: usize,
    lines: usize,
}

/// Calls the plugin, waits until nothing of it is left, and removes what stays.
pub(crate) async fn run(plugin: &[String]) -> Run {
    let admin = admin().await;
    let before = requests(&admin).await;
    let (program, arguments) = plugin.split_first().expect("a program is named");
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let start = Instant::now();
    let mut running = command.spawn().expect("the plugin starts");
    let stdout = running.stdout.take().expect("it is piped");
    let stderr = running.stderr.take().expect("it is piped");
    let process = running.id().unwrap_or_default();
    let observed =
        timeout(LIMIT, async { tokio::join!(listen(stdout, start), last_words(stderr), most_kilobytes(process), running.wait()) }).await;
    let (output, words, kilobytes, code) = if let Ok((output, words, kilobytes, status)) = observed {
        (output, words, kilobytes, status.ok().and_then(|status| status.code()))
    } else {
        let _ = running.kill().await;
        (Output::default(), format!("did not end within {} min", LIMIT.as_secs() / 60), 0, None)
    };
    let ended = start.elapsed().as_secs_f64();
    let gone = all_gone(&admin).await.then(|| start.elapsed().as_secs_f64());
    let requests = requests(&admin).await.saturating_sub(before);
    let left = if gone.is_some() { 0 } else { left(&admin, None).await };
    if left > 0 {
        sweep(&admin).await;
    }
    let Output { verdict, bytes, lines } = output;
    Run { code, verdict, ended, gone, left, kilobytes, requests, bytes, lines, words }
}

async fn requests(admin: &Client) -> u64 {
    on_call::requests(admin).await.expect("the API server counts requests")
}

async fn listen(mut stdout: impl AsyncRead + Unpin, start: Instant) -> Output {
    let mut output = Output::default();
    let mut piece = vec![0; 1 << 16];
    while let Ok(length @ 1..) = stdout.read(&mut piece).await {
        output.verdict.get_or_insert_with(|| start.elapsed().as_secs_f64());
        output.bytes += length;
        output.lines += String::from_utf8_lossy(&piece[..length]).matches('\n').count();
    }
    output
}

/// The last line on standard error that speaks of an error or a warning, else the last of all.
async fn last_words(mut stderr: impl AsyncRead + Unpin) -> String {
    let mut said = Vec::new();
    let _ = stderr.read_to_end(&mut said).await;
    let said = String::from_utf8_lossy(&said);
    let is_trouble = |line: &&str| line.starts_with("error") || line.starts_with("warning");
    let line = said.lines().rfind(is_trouble).or_else(|| said.lines().next_back());
    line.unwrap_or_default().chars().take(WORDS).collect()
}

/// The peak of a process's memory, as the kernel counts it, when it ends.
async fn most_kilobytes(process: u32) -> usize {
    let mut most = 0;
    while let Some(now) = peak(process) {
        most = now;
        sleep(PAUSE).await;
    }
    most
}

fn peak(process: u32) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

async fn all_gone(admin: &Client) -> bool {
    let patience = Instant::now() + GONE_LIMIT;
    while left(admin, Some(1)).await > 0 {
        if Instant::now() > patience {
            return false;
        }
        sleep(PAUSE).await;
    }
    true
}

/// How many pods and Jobs of runs there are, of each at most so many.
async fn left(admin: &Client, most: Option<u32>) -> usize {
    let mut params = of_runs();
    params.limit = most;
    let pods: Api<PartialObjectMeta<Pod>> = Api::all(admin.clone());
    let jobs: Api<PartialObjectMeta<Job>> = Api::all(admin.clone());
    let (pods, jobs) = tokio::try_join!(pods.list(&params), jobs.list(&params)).expect("pods and Jobs can be listed");
    pods.items.len() + jobs.items.len()
}

/// Removes what would be in the way of the next measurement.
async fn sweep(admin: &Client) {
    let patience = Instant::now() + GONE_LIMIT;
    while left(admin, Some(1)).await > 0 && Instant::now() < patience {
        for namespace in [PROBES, FAILING] {
            let jobs: Api<Job> = Api::namespaced(admin.clone(), namespace);
            if let Err(cause) = jobs.delete_collection(&DeleteParams::background(), &of_runs()).await {
                eprintln!("{cause}");
            }
            if let Err(cause) = unread::remove_pods(admin, namespace, RUN_SELECTOR).await {
                eprintln!("{cause}");
            }
        }
        sleep(PAUSE).await;
    }
}

fn of_runs() -> ListParams {
    ListParams::default().labels(RUN_SELECTOR)
}
