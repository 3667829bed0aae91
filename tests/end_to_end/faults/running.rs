//! The plugin while it runs: what it has printed so far, where it waits, and how it ends.

use std::fs;
use std::io::{Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use lbprobe_lab::outside::lab::Vantage;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::row::{Row, Way};
use super::setting::Setting;

/// Of Debian's package libfaketime.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// The plugin's name where the kernel keeps it.
const PLUGIN: &str = "kubectl-lbprobe";

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// What is waited for comes within this time, or not at all.
const PATIENCE: Duration = Duration::from_secs(90);

/// What was printed is complete so long after the end, unless something else holds the stream open.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// One of the plugin's streams.
struct Stream {
    heard: Arc<Mutex<Vec<u8>>>,
    listener: JoinHandle<()>,
}

pub(super) struct Running {
    /// nsenter, which is the parent of what runs in the lab.
    child: Child,
    input: Option<ChildStdin>,
    stdout: Stream,
    stderr: Stream,
    start: Instant,
    /// As a person would type it.
    pub(super) words: Vec<String>,
}

/// How the plugin ended.
#[derive(Debug)]
pub(super) struct Exit {
    /// As a shell tells it: 128 and the signal where one ended it.
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) took: Duration,
}

impl Exit {
    /// Both streams with one blank for each white space: lines are broken to the terminal's width.
    pub(super) fn text(&self) -> String {
        one_line(&format!("{} {}", self.stdout, self.stderr))
    }
}

/// A text with one blank for each white space.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Running {
    /// Calls the plugin as the row says.
    pub(super) fn start(setting: &Setting<'_>, row: &Row) -> Self {
        let words = words(setting, row);
        let input = if row.way == Way::Terminal { Stdio::piped() } else { Stdio::null() };
        let mut command = setting.lab.command(Vantage::Control, "env");
        let mut child = command.args(&words).stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, stderr) = (listen(child.stdout.take().unwrap()), listen(child.stderr.take().unwrap()));
        Self { input: child.stdin.take(), child, stdout, stderr, start: Instant::now(), words }
    }

    /// Waits until the plugin has come to a phase.
    pub(super) fn reaches(&mut self, file: &Path) -> Result<(), String> {
        self.waits_until(&file.display().to_string(), |_| file.exists())
    }

    /// Waits until it has printed a text.
    pub(super) fn says(&mut self, text: &str) -> Result<(), String> {
        self.waits_until(text, |running| running.printed().contains(text))
    }

    fn waits_until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) -> Result<(), String> {
        let start = Instant::now();
        loop {
            // What it did just before it ended counts.
            let has_ended = self.child.try_wait().is_ok_and(|status| status.is_some());
            if holds(self) {
                return Ok(());
            }
            if has_ended {
                return Err(format!("it ended before this: {what}"));
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("not within {} s: {what}", PATIENCE.as_secs()));
            }
            sleep(PAUSE);
        }
    }

    fn printed(&self) -> String {
        format!("{}{}", self.stdout.text(), self.stderr.text())
    }

    /// Sends a signal to the plugin itself. One that has ended takes none: the first of several may be enough.
    pub(super) fn signal(&mut self, signal: Signal) -> Result<(), String> {
        let Some(plugin) = descendant(self.child.id(), PLUGIN) else {
            return self.is_ending();
        };
        kill(plugin, signal).map_err(|cause| format!("{signal}: {cause}"))
    }

    /// Whether the plugin has ended, and only its parent has not heard of it yet.
    fn is_ending(&mut self) -> Result<(), String> {
        let start = Instant::now();
        while start.elapsed() < LAST_WORDS {
            if self.child.try_wait().is_ok_and(|status| status.is_some()) {
                return Ok(());
            }
            sleep(PAUSE);
        }
        Err("the plugin does not run".into())
    }

    /// Lets a stopped plugin go on: nsenter stops itself with its child, and would not see its end.
    pub(super) fn resume(&self) {
        let nsenter = i32::try_from(self.child.id()).ok().map(Pid::from_raw);
        for process in nsenter.into_iter().chain(descendant(self.child.id(), PLUGIN)) {
            let _ = kill(process, Signal::SIGCONT);
        }
    }

    /// Types keys. A program that has ended reads none.
    pub(super) fn type_keys(&mut self, keys: &str) {
        if let Some(input) = &mut self.input {
            let _ = input.write_all(keys.as_bytes());
        }
    }

    /// Takes the terminal away, as a window that is closed does.
    pub(super) fn close_terminal(&self) -> Result<(), String> {
        let script = descendant(self.child.id(), "script").ok_or("there is no terminal")?;
        kill(script, Signal::SIGKILL).map_err(|cause| cause.to_string())
    }

    /// Waits for the end. One that is late is killed, and that is an error.
    pub(super) fn end(&mut self, most: Duration) -> Result<Exit, String> {
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Ok(self.exit(status)),
                Ok(None) if self.start.elapsed() < most => sleep(PAUSE),
                Ok(None) => return Err(format!("it did not end within {} s", most.as_secs())),
                Err(cause) => return Err(cause.to_string()),
            }
        }
    }

    /// Kills it; what it had printed.
    pub(super) fn kill(&mut self) -> Exit {
        let _ = self.signal(Signal::SIGKILL);
        self.resume();
        let _ = self.child.kill();
        let status = self.child.wait().unwrap_or_default();
        self.exit(status)
    }

    fn exit(&self, status: ExitStatus) -> Exit {
        let took = self.start.elapsed();
        let complete = Instant::now() + LAST_WORDS;
        while Instant::now() < complete && !(self.stdout.listener.is_finished() && self.stderr.listener.is_finished()) {
            sleep(PAUSE);
        }
        let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1);
        Exit { code, stdout: self.stdout.text(), stderr: self.stderr.text(), took }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            self.kill();
        }
    }
}

impl Stream {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

fn listen(mut from: impl Read + Send + 'static) -> Stream {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let shared = Arc::clone(&heard);
    let listener = std::thread::spawn(move || {
        let mut part = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut part) {
            shared.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&part[..length]);
        }
    });
    Stream { heard, listener }
}

/// A process of that name below another one.
fn descendant(process: u32, name: &str) -> Option<Pid> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).ok()?;
    let mut children = children.split_whitespace().filter_map(|word| word.parse::<u32>().ok());
    children.find_map(|child| {
        let found = fs::read_to_string(format!("/proc/{child}/comm")).ok()?;
        if found.trim() == name { i32::try_from(child).ok().map(Pid::from_raw) } else { descendant(child, name) }
    })
}

/// What `env` is given.
fn words(setting: &Setting<'_>, row: &Row) -> Vec<String> {
    let mut words: Vec<String> = row.env.iter().map(|variable| setting.fill(variable)).collect();
    let phases: Vec<_> = row.phases().collect();
    if !phases.is_empty() {
        words.push(format!("LBPROBE_PAUSE_AT={}", phases.join(",")));
        words.push(format!("LBPROBE_PAUSE_FOLDER={}", setting.path("phases").display()));
    }
    if let Some(offset) = row.clock {
        assert!(Path::new(FAKETIME).exists(), "{FAKETIME} is missing (Debian's package libfaketime)");
        words.extend([format!("LD_PRELOAD={FAKETIME}"), format!("FAKETIME={offset}"), "FAKETIME_DONT_FAKE_MONOTONIC=1".into()]);
    }
    let command = setting.fill(row.command);
    let command = command.split_whitespace().map(str::to_owned);
    let program: Vec<String> = match row.way {
        Way::Plain => ["kubectl", "lbprobe"].map(str::to_owned).into_iter().chain(command).collect(),
        Way::Redirected(to) => {
            let script = format!("set -o pipefail; kubectl lbprobe \"$@\" {}", setting.fill(to));
            ["bash".to_owned(), "-c".into(), script, "lbprobe".into()].into_iter().chain(command).collect()
        }
        Way::Terminal => {
            let quoted: Vec<_> = command.map(|word| format!("'{word}'")).collect();
            let script = format!("stty cols 80 rows 24; exec kubectl lbprobe {}", quoted.join(" "));
            ["TERM=xterm", "script", "--quiet", "--return", "--command", &script, "/dev/null"].map(str::to_owned).into()
        }
    };
    words.extend(program);
    words
}
