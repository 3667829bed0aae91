//! The processes of the cluster: each with a name, a network and a log.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::error::{Context as _, LabError};
use crate::inside::{LOG_FOLDER, STATE_FOLDER, network};

/// Starts components and hears of their end.
#[derive(Debug)]
pub struct Components {
    ends: UnboundedSender<Ended>,
    heard: UnboundedReceiver<Ended>,
}

/// A component that ended. None is meant to.
#[derive(Debug)]
pub struct Ended {
    /// Its name.
    pub component: String,
    status: std::io::Result<ExitStatus>,
}

impl Components {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        let (ends, heard) = unbounded_channel();
        Self { ends, heard }
    }

    /// A way to start components beside one that waits for their ends.
    #[must_use]
    pub fn starter(&self) -> Starter {
        Starter { ends: self.ends.clone() }
    }

    /// The next component that ends.
    pub async fn next_ended(&mut self) -> Ended {
        match self.heard.recv().await {
            Some(ended) => ended,
            // `self.ends` keeps the channel open.
            None => std::future::pending().await,
        }
    }
}

impl Default for Components {
    fn default() -> Self {
        Self::new()
    }
}

/// Starts components.
#[derive(Clone, Debug)]
pub struct Starter {
    ends: UnboundedSender<Ended>,
}

/// How often a component that ends by itself is started again where it may be.
const RESTARTS: usize = 3;

impl Starter {
    /// Starts a component in a network; none is the control plane's.
    pub fn start<S: AsRef<OsStr>>(&self, name: &str, network: Option<&str>, program: &Path, words: &[S]) -> Result<(), LabError> {
        self.keep(Launch::new(name, network, program, words), 0)
    }

    /// The same for a component that is started again when it gives up by itself, as systemd would
    /// do: kubelets share the path of their device plugins' socket, which no flag moves, and two
    /// that start in the same moment may take it from each other. One that is killed stays dead.
    pub fn start_and_restart<S: AsRef<OsStr>>(
        &self,
        name: &str,
        network: Option<&str>,
        program: &Path,
        words: &[S],
    ) -> Result<(), LabError> {
        self.keep(Launch::new(name, network, program, words), RESTARTS)
    }

    fn keep(&self, launch: Launch, mut restarts: usize) -> Result<(), LabError> {
        let mut child = launch.spawn()?;
        let ends = self.ends.clone();
        tokio::spawn(async move {
            loop {
                let status = child.wait().await;
                let _ = fs::remove_file(pid_file(&launch.name));
                let gave_up = status.as_ref().is_ok_and(|status| status.code().is_some_and(|code| code != 0));
                if let Some(again) = (gave_up && restarts > 0).then(|| launch.spawn().ok()).flatten() {
                    (child, restarts) = (again, restarts - 1);
                    continue;
                }
                let _ = ends.send(Ended { component: launch.name, status });
                break;
            }
        });
        Ok(())
    }
}

/// What is started.
#[derive(Debug)]
struct Launch {
    name: String,
    network: Option<String>,
    program: PathBuf,
    words: Vec<OsString>,
}

impl Launch {
    fn new<S: AsRef<OsStr>>(name: &str, network: Option<&str>, program: &Path, words: &[S]) -> Self {
        let words = words.iter().map(|word| word.as_ref().to_owned()).collect();
        Self { name: name.into(), network: network.map(str::to_owned), program: program.into(), words }
    }

    fn spawn(&self) -> Result<Child, LabError> {
        let name = &self.name;
        let log = File::options().create(true).append(true).open(log_file(name)).to(format!("make the log of {name}"))?;
        let mut command = match &self.network {
            None => Command::new(&self.program),
            Some(network) => network::inside(network, &self.program).into(),
        };
        command.args(&self.words).current_dir(STATE_FOLDER).stdin(Stdio::null());
        command.stdout(log.try_clone().to("share a log")?).stderr(log);
        let child = command.spawn().to(format!("start {name} ({})", self.program.display()))?;
        let pid = child.id().map(|id| id.to_string()).unwrap_or_default();
        fs::write(pid_file(name), pid).to(format!("note the process of {name}"))?;
        Ok(child)
    }
}

impl Ended {
    /// As an error that holds the end of its log.
    #[must_use]
    pub fn into_error(self) -> LabError {
        let cause = self.status.map_or_else(|cause| format!("was lost: {cause}"), |status| format!("ended ({status})"));
        failed(&self.component, &cause)
    }
}

/// The error of a component, with the end of its log.
#[must_use]
pub fn failed(component: &str, cause: &str) -> LabError {
    LabError::Component { component: component.to_owned(), cause: cause.to_owned(), log: last_lines(&log_file(component)) }
}

fn log_file(name: &str) -> PathBuf {
    Path::new(LOG_FOLDER).join(format!("{name}.log"))
}

/// Exists while the component runs: `lab status` lists these.
fn pid_file(name: &str) -> PathBuf {
    Path::new(STATE_FOLDER).join(format!("{name}.pid"))
}

/// How much a component has written so far.
pub(crate) fn log_size(name: &str) -> u64 {
    fs::metadata(log_file(name)).map(|log| log.len()).unwrap_or_default()
}

/// The processor time that a component has used, with that of the processes under it; none where it does not run.
/// `root` is where the lab's files are seen: `/` inside.
#[must_use]
pub fn processor_time(root: &Path, component: &str) -> Option<Duration> {
    let file = pid_file(component);
    let process = fs::read_to_string(root.join(file.strip_prefix("/").unwrap_or(&file))).ok()?;
    // The kernel counts in ticks of a hundredth of a second, whatever its own clock.
    Some(Duration::from_millis(10) * u32::try_from(ticks_under(&root.join("proc"), process.trim())).ok()?)
}

/// Of a process and those under it, as they are now: of one that has ended its parent tells.
fn ticks_under(processes: &Path, process: &str) -> u64 {
    let folder = processes.join(process);
    let own = fs::read_to_string(folder.join("stat")).map(|stat| ticks(&stat)).unwrap_or_default();
    let threads = fs::read_dir(folder.join("task")).into_iter().flatten().flatten();
    let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    own + children.map(|children| children.split_whitespace().map(|child| ticks_under(processes, child)).sum::<u64>()).sum::<u64>()
}

/// User and system time of a process, and of its children that have ended: fields 14 to 17 of proc_pid_stat(5). They
/// are counted from the end of the name, the second field, which may hold anything.
fn ticks(stat: &str) -> u64 {
    let (_, behind_the_name) = stat.rsplit_once(')').unwrap_or_default();
    behind_the_name.split_whitespace().skip(11).take(4).filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// Lines of a log that an error shows.
const SHOWN_LINES: usize = 40;

fn last_lines(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_a_name_with_blanks_and_brackets() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 0 0 0 11 22 33 44 20 0 1 0 5000 1000 200 18446744073709551615";
        assert_eq!(ticks(stat), 11 + 22 + 33 + 44);
        assert_eq!(ticks("7 (gone"), 0);
    }

    #[test]
    fn a_component_counts_with_its_children() {
        let root = std::env::temp_dir().join(format!("lbprobe-processor-time-{}", std::process::id()));
        let stat = |own: u32| format!("1 (x) S 1 1 1 0 -1 0 0 0 0 0 {own} 0 0 0 20\n");
        for (process, own, children) in [("10", 100, "11 12\n"), ("11", 20, ""), ("12", 3, "")] {
            let thread = root.join("proc").join(process).join("task").join(process);
            fs::create_dir_all(&thread).unwrap();
            fs::write(thread.join("children"), children).unwrap();
            fs::write(root.join("proc").join(process).join("stat"), stat(own)).unwrap();
        }
        fs::create_dir_all(root.join("run/lab")).unwrap();
        fs::write(root.join("run/lab/node2-guest.pid"), "10").unwrap();
        let used = ["node2-guest", "node3-guest"].map(|component| processor_time(&root, component));
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(used, [Some(Duration::from_millis(1230)), None]);
    }
}
