//! What is left of the plugin: objects by the API server, processes by the kernel and by every node's containerd.

use std::fmt;
use std::thread::sleep;
use std::time::{Duration, Instant};

use lbprobe_lab::patience::stretched;

use super::setting::Setting;
use crate::harness::RUN_SELECTOR;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// Probes that run, by the kernel's name of the program and by the container's name in its pod, and plugins that have not
/// ended. Whether the API server knows of them plays no part.
const PROCESSES: &str = r#"
for program in lbprobe-probe kubectl-lbprobe; do
  pgrep -x "$program" | sed "s/^/$program, process /"
done
for socket in /run/lab/node*/containerd.sock; do
  ctr="timeout 10 ctr --address $socket --namespace k8s.io"
  tasks=$($ctr tasks ls) || exit
  running=$(echo "$tasks" | awk '$3 == "RUNNING" { print $1 }')
  $ctr containers ls --quiet 'labels."io.kubernetes.container.name"==probe' | grep -Fx -e "$running" | sed "s|^|$socket, container |"
done
true
"#;

/// What is there at a moment.
#[derive(Clone, Debug)]
pub(super) struct LeftOver {
    pub(super) objects: Vec<String>,
    pub(super) processes: Vec<String>,
}

impl LeftOver {
    /// All of it.
    pub(super) fn look(setting: &Setting<'_>) -> Result<Self, String> {
        let objects = setting.sh(&format!("kubectl get pods,jobs -A -l {RUN_SELECTOR} -o name --request-timeout=30s"))?;
        Ok(Self { objects: lines(&objects), processes: lines(&setting.sh(PROCESSES)?) })
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.objects.is_empty() && self.processes.is_empty()
    }
}

impl fmt::Display for LeftOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<_> = self.objects.iter().chain(&self.processes).map(String::as_str).collect();
        if all.is_empty() { f.write_str("nothing") } else { f.write_str(&all.join("; ")) }
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// Waits until nothing is left: how long that took, or what is there still.
pub(super) fn wait_for_nothing(most: Duration, look: impl Fn() -> Result<LeftOver, String>) -> Result<Duration, String> {
    let (start, most) = (Instant::now(), stretched(most));
    loop {
        let left = look()?;
        if left.is_nothing() {
            return Ok(start.elapsed());
        }
        if start.elapsed() > most {
            return Err(format!("left after {} s: {left}", most.as_secs()));
        }
        sleep(PAUSE);
    }
}
