//! Completion by a real kubectl, in shells on a terminal: what stands on the command line behind a tabulator.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use lbprobe_lab::Lab;
use lbprobe_lab::outside::lab::Vantage;

use crate::harness::{eventually, faulty_lab};

/// What is typed before a tabulator, and the line behind it.
const LINES: [(&str, &str); 6] = [
    ("kubectl lbprobe expl", "kubectl lbprobe explain"),
    ("kubectl lbprobe run gw --delivery conf", "kubectl lbprobe run gw --delivery configmap"),
    ("kubectl lbprobe run gw --carry", "kubectl lbprobe run gw --carry-up-to"),
    ("kubectl lbprobe run -n istio-sy", "kubectl lbprobe run -n istio-system"),
    ("kubectl lbprobe run -n istio-system istio-ing", "kubectl lbprobe run -n istio-system istio-ingressgateway"),
    ("kubectl lbprobe fix gw --strategy int", "kubectl lbprobe fix gw --strategy internal-cluster"),
];

/// Puts the cursor at the beginning of the line.
const HOME: &str = "\u{1}";

/// A shell on a terminal; it ends with this value.
struct Shell {
    child: Child,
    keys: ChildStdin,
    shown: Arc<Mutex<String>>,
}

impl Shell {
    fn start(lab: &Lab, command: &str) -> Self {
        let mut child = lab
            .command(Vantage::Control, "env")
            .args(["TERM=xterm", "HISTFILE=/dev/null", "script", "--quiet", "--return", "--command"])
            .args([&format!("stty cols 200 rows 50; {command}"), "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let shown = Arc::new(Mutex::new(String::new()));
        let (mut output, heard) = (child.stdout.take().unwrap(), Arc::clone(&shown));
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut bytes) {
                heard.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..length]));
            }
        });
        Self { keys: child.stdin.take().unwrap(), child, shown }
    }

    fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn line(&mut self, line: &str) {
        self.keys(line);
        // Some read what comes at once as something pasted.
        thread::sleep(Duration::from_millis(300));
        self.keys("\r");
    }

    /// Waits until something is printed that the keys alone would not show.
    #[track_caller]
    fn prints(&self, text: &str) {
        let shown = || self.shown.lock().unwrap().clone();
        eventually(&format!("{text:?} in {:?}", shown()), Duration::from_secs(30), || shown().contains(text));
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The words are echoed, so that nothing runs.
fn completes(lab: &Lab, command: &str, preparation: &str) {
    let mut shell = Shell::start(lab, command);
    shell.line(preparation);
    shell.prints("<ready>");
    for (number, (typed, completed)) in LINES.into_iter().enumerate() {
        shell.keys(typed);
        thread::sleep(Duration::from_millis(500));
        shell.keys("\t");
        // kubectl asks the plugin, and that the cluster.
        thread::sleep(Duration::from_secs(3));
        shell.keys(HOME);
        shell.keys(&format!("echo '<'{number}'>' "));
        thread::sleep(Duration::from_millis(500));
        shell.keys("\r");
        shell.prints(&format!("<{number}> {completed}"));
    }
}

#[test]
fn kubectl_completes_commands_flags_and_names_in_three_shells() {
    let lab = faulty_lab();
    let installed = lab.run(&["kubectl", "lbprobe", "completion", "--install"]).unwrap();
    assert!(installed.status.success(), "{installed:?}");
    let again = lab.run(&["kubectl", "lbprobe", "completion", "--install"]).unwrap();
    assert!(again.status.success(), "{again:?}");
    let shells = [
        ("bash --noprofile --norc -i", ". /usr/share/bash-completion/bash_completion; . <(kubectl completion bash); echo '<'ready'>'"),
        ("zsh -f -i", "autoload -Uz compinit; compinit -u; source <(kubectl completion zsh); echo '<'ready'>'"),
        ("fish --no-config -i", "kubectl completion fish | source; echo '<'ready'>'"),
    ];
    thread::scope(|scope| {
        let lab: &Lab = &lab;
        for (command, preparation) in shells {
            scope.spawn(move || completes(lab, command, preparation));
        }
    });
}
