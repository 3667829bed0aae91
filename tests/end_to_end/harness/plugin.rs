//! kubectl and the plugin, to their end or in the background.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use lbprobe_lab::Lab;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::patience::{slowdown, stretched};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::RUN_SELECTOR;
use super::waiting::{eventually, say_repeated};

/// kubectl's output; a failure fails the test. A `--timeout` of whole seconds is that of an idle machine.
pub(crate) fn kubectl(lab: &Lab, words: &[&str]) -> String {
    let words: Vec<_> = ["kubectl"].iter().chain(words).map(|word| with_long_timeout(word)).collect();
    let output = lab.run(&words).unwrap();
    assert!(output.status.success(), "{}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// kubectl does not measure the machine while it waits: it is given twice as long as the machine seems to need.
fn with_long_timeout(word: &str) -> String {
    let seconds = word.strip_prefix("--timeout=").and_then(|time| time.strip_suffix('s')?.parse().ok());
    let longer = seconds.map(|seconds| stretched(2 * Duration::from_secs(seconds)));
    longer.map_or_else(|| word.to_owned(), |time| format!("--timeout={}s", time.as_secs()))
}

/// Applies a manifest.
pub(crate) fn apply(lab: &Lab, manifest: &str) {
    let mut child =
        lab.command(Vantage::Control, "kubectl").args(["apply", "-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(manifest.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// Slower than at the ends of half of the tests ([`super::slots`]).
const SLOW: f64 = 4.0;

/// From here on both processors are at work, and what was not as expected is looked at once more: a server may have answered
/// after the deadline.
const BUSY: f64 = 2.0;

/// Commands that change nothing, and give the same as long as the cluster stays as it is.
const REPEATABLE: [&str; 3] = ["run", "verify", "accept"];

/// What a run of the plugin gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
    /// How slow the machine was meanwhile.
    slowdown: f64,
    /// The command, where it can be repeated.
    command: Option<Vec<OsString>>,
    repeated: OnceCell<Box<Self>>,
}

impl Ran {
    /// Of a program that is run to its end.
    pub(crate) fn of(run: impl FnOnce() -> Output) -> Self {
        let start = Start::now();
        Self::since(start, &run())
    }

    fn since(start: Start, output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let took = start.at.elapsed();
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            took,
            slowdown: start.slowdown.max(slowdown()),
            command: None,
            repeated: OnceCell::new(),
        }
    }

    /// Fails with everything that was printed unless the code is as expected and each text occurs. On a busy machine the
    /// command may have a second try, which is returned.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, texts: &[&str]) -> &Self {
        let Some(difference) = self.difference(code, texts) else { return self };
        let Some(command) = self.command.as_ref().filter(|_| self.slowdown > BUSY) else { panic!("{difference}, {self:#?}") };
        say_repeated(1, &difference);
        let repeated = self.repeated.get_or_init(|| {
            let output = || Command::new(&command[0]).args(&command[1..]).stdin(Stdio::null()).output().unwrap();
            Box::new(Self::of(output))
        });
        let Some(difference) = repeated.difference(code, texts) else { return repeated };
        panic!("{difference}, twice: {repeated:#?}\nat first: {self:#?}")
    }

    /// What is not as expected.
    fn difference(&self, code: i32, texts: &[&str]) -> Option<String> {
        // Lines are wrapped to the terminal's width.
        let all = format!("{} {}", self.stdout, self.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        let missing = || texts.iter().find(|text| !all.contains(**text)).map(|text| format!("{text:?} is missing"));
        (self.code != Some(code)).then(|| format!("exit code {:?}, not {code}", self.code)).or_else(missing)
    }

    /// Fails where it took longer than this on an idle machine.
    #[track_caller]
    pub(crate) fn within(&self, idle: Duration) -> &Self {
        assert!(self.took < idle.mul_f64(self.slowdown), "not within {idle:?}: {self:#?}");
        self
    }
}

/// When something was started, and how slow the machine was then.
#[derive(Clone, Copy)]
struct Start {
    at: Instant,
    slowdown: f64,
}

impl Start {
    fn now() -> Self {
        let slowdown = slowdown();
        Self { at: Instant::now(), slowdown }
    }
}

/// `kubectl lbprobe run` on the Istio gateway.
pub(crate) fn run_gateway(lab: &Lab, words: &[&str]) -> Ran {
    lbprobe(lab, &[&["run", "istio-ingressgateway", "-n", "istio-system"], words].concat())
}

/// Whether a report is asked for, and nobody says in which form.
fn wants_explanation(words: &[&str]) -> bool {
    let has_report = words.first().is_some_and(|command| ["run", "verify", "diagnose", "fix"].contains(command));
    has_report && !words.iter().any(|word| word.starts_with("-o") || word.starts_with("--output") || ["-q", "--explain"].contains(word))
}

/// The brief form of what a command says.
pub(crate) const BRIEF: [&str; 2] = ["-o", "table"];

/// `kubectl lbprobe`.
pub(crate) fn lbprobe(lab: &Lab, words: &[&str]) -> Ran {
    let is_run = |flag: &str| words.first() == Some(&"run") && !words.contains(&flag);
    let mut words = [&["kubectl", "lbprobe"], words, patient(words)].concat();
    // Tests look at all that is said; what a screen has of it, few do.
    if wants_explanation(&words[2..]) {
        words.push("--explain");
    }
    // On a busy machine a guest's kubelet takes longer to start a pod than any real one should.
    if is_run("--start-timeout") && !lab.guests().is_empty() {
        words.extend(["--start-timeout", "90s"]);
    }
    // On one that gives a fraction of its processors a server may answer later than within the default.
    if is_run("--timeout") && slowdown() > SLOW {
        words.extend(["--timeout", "7s"]);
    }
    in_lab(lab, &words)
}

/// Any command line with `kubectl lbprobe` in it, which has to be its end. What changes nothing may have a second try.
pub(crate) fn in_lab(lab: &Lab, words: &[&str]) -> Ran {
    let mut command = lab.command(Vantage::Control, "env");
    command.args(words).stdin(Stdio::null());
    let ran = Ran::of(|| command.output().unwrap());
    let again = || [command.get_program()].into_iter().chain(command.get_args()).map(OsString::from).collect();
    Ran { command: subcommand(words).is_some_and(|name| REPEATABLE.contains(&name)).then(again), ..ran }
}

/// What follows `kubectl lbprobe`.
fn subcommand<'a>(words: &[&'a str]) -> Option<&'a str> {
    words.windows(3).find(|words| words[..2] == ["kubectl", "lbprobe"]).map(|words| words[2])
}

/// On a busy machine the lab's API server may take longer for an answer than any real one should.
pub(crate) fn patient(words: &[&str]) -> &'static [&'static str] {
    let asks = words.first().is_some_and(|command| ["run", "verify", "accept", "fix", "watch"].contains(command));
    if asks && slowdown() > BUSY { &["--request-timeout", "20s"] } else { &[] }
}

/// A run in the background, to be disturbed.
pub(crate) struct Background {
    child: Child,
    start: Start,
}

/// Starts `kubectl lbprobe run` on the Istio gateway.
pub(crate) fn start_run(lab: &Lab, words: &[&str]) -> Background {
    start_plugin(lab, &[&["run", "istio-ingressgateway", "-n", "istio-system"], words].concat())
}

/// Starts any command of `kubectl lbprobe`.
pub(crate) fn start_plugin(lab: &Lab, words: &[&str]) -> Background {
    start_plugin_with(lab, &[], words)
}

/// The same with further environment variables, by name and value.
pub(crate) fn start_plugin_with(lab: &Lab, envs: &[(&str, &str)], words: &[&str]) -> Background {
    let mut command: Command = lab.command(Vantage::Control, "env");
    command.args(envs.iter().map(|(name, value)| format!("{name}={value}"))).args(["kubectl", "lbprobe"]).args(words).args(patient(words));
    command.args(wants_explanation(words).then_some("--explain"));
    let start = Start::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    Background { child, start }
}

impl Background {
    /// The plugin's own process: kubectl replaces itself by it, and nsenter waits for that as its only child.
    pub(crate) fn pid(&self) -> Pid {
        let nsenter = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{nsenter}/task/{nsenter}/children")).unwrap();
        Pid::from_raw(children.trim().parse().unwrap())
    }

    /// Sends a signal to the plugin itself.
    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    /// Whether it has ended.
    pub(crate) fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits until something holds while it runs.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
        let mut is_early = false;
        eventually(what, limit, || {
            let held = holds();
            is_early = !held && self.is_over();
            held || is_early
        });
        assert!(!is_early, "{what}: the plugin has ended before, with {:?}", self.child.wait());
    }

    pub(crate) fn end(self) -> Ran {
        let output = self.child.wait_with_output().unwrap();
        Ran::since(self.start, &output)
    }
}

/// Names of what runs have left in all namespaces.
pub(crate) fn left_over(lab: &Lab) -> String {
    kubectl(lab, &["get", "pods,jobs", "-A", "-l", RUN_SELECTOR, "-o", "name"])
}

/// Fails unless all that runs created is gone within a few seconds.
#[track_caller]
pub(crate) fn nothing_left(lab: &Lab) {
    eventually("everything of the run is gone", Duration::from_secs(8), || left_over(lab).is_empty());
}
