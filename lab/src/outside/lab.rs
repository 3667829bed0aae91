//! A lab in the hands of a test or of the command line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::artifacts::Artifacts;
use crate::error::{Context as _, LabError};
use crate::inside::node::Node;
use crate::inside::{Event, STATE_FOLDER};
use crate::options::{LabOptions, MOST_NODES, ProxyRelease};
use crate::outside::limits;
use crate::outside::registry::{Place, sweep_dead};
use crate::{addresses, guest};

/// Go collects garbage when the heap has grown by so many percent; by default 100. The cluster's components are
/// small beside the machine's memory, and a tenth of their work is saved. (Guests, which are small, do not see
/// it.)
const GARBAGE_COLLECTION: &str = "1500";

/// A lab that lives. It ends when this value is dropped or its process dies, unless detached.
#[derive(Debug)]
pub struct Lab {
    place: Place,
    /// Closing it ends the lab; none for a lab of another process.
    lifeline: Option<ChildStdin>,
    /// Present with the lifeline.
    janitor: Option<Child>,
}

/// Where in the lab a command runs: each is a network of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vantage<'a> {
    /// Beside the control plane, with the administrator's kubeconfig.
    Control,
    /// Outside the cluster.
    Client,
    /// The cloud's router.
    Cloud,
    /// A node's host network.
    Node(&'a str),
}

impl Vantage<'_> {
    /// By the name of the network: `control`, `client`, `cloud`, or a node's.
    #[must_use]
    pub fn named(name: &str) -> Vantage<'_> {
        match name {
            "control" => Vantage::Control,
            "client" => Vantage::Client,
            "cloud" => Vantage::Cloud,
            node => Vantage::Node(node),
        }
    }

    fn namespace(&self) -> Option<&str> {
        match self {
            Self::Control => None,
            Self::Client => Some("client"),
            Self::Cloud => Some("cloud"),
            Self::Node(name) => Some(name),
        }
    }
}

impl Lab {
    /// Starts a lab with the `lab` program and waits until its nodes are Ready, its DNS answers
    /// and default service accounts exist. `tell` hears what is being waited for.
    pub fn start(program: &Path, options: &LabOptions, mut tell: impl FnMut(&str)) -> Result<Self, LabError> {
        Artifacts::locate()?.require(options)?;
        sweep_dead()?;
        limits::raise(&mut tell);
        let place = Place::of(&options.name)?;
        let words = serde_json::to_string(options)?;
        let mut janitor = Command::new(program)
            .args(["janitor", &words])
            .env("GOGC", GARBAGE_COLLECTION)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .to(format!("start {}", program.display()))?;
        let events = janitor.stdout.take();
        let mut lab = Self { place, lifeline: janitor.stdin.take(), janitor: Some(janitor) };
        for line in events.into_iter().flat_map(|events| BufReader::new(events).lines()) {
            match serde_json::from_str(&line.to("read the lab's events")?) {
                Ok(Event::Starting { what }) => tell(&what),
                Ok(Event::Ready) => return Ok(lab),
                Ok(Event::Failed { message }) => {
                    lab.end();
                    return Err(LabError::Other(message));
                }
                Err(cause) => return Err(LabError::Other(format!("the lab said something unreadable: {cause}"))),
            }
        }
        Err(LabError::Other(lab.last_words()))
    }

    /// A lab that another process started.
    pub fn attach(name: &str) -> Result<Self, LabError> {
        let place = Place::of(name)?;
        if place.is_alive() {
            Ok(Self { place, lifeline: None, janitor: None })
        } else {
            Err(LabError::Other(format!("no lab named {name} runs\nhint: lab up --name {name}")))
        }
    }

    /// Lets the lab live on after this process.
    pub fn detach(mut self) -> Result<(), LabError> {
        if let Some(mut lifeline) = self.lifeline.take() {
            lifeline.write_all(b"detach\n").to("detach the lab")?;
        }
        self.janitor = None;
        Ok(())
    }

    /// The lab's place outside.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// A command that will run inside, in the lab's namespaces and from the given network.
    #[must_use]
    pub fn command(&self, vantage: Vantage<'_>, program: &str) -> Command {
        let init = self.place.init().unwrap_or(-1);
        let mut command = Command::new("nsenter");
        command.args(["--target", &init.to_string(), "--mount", "--pid", "--ipc", "--uts"]);
        let guest = self.guest(vantage);
        match vantage.namespace().filter(|_| guest.is_none()) {
            None => command.arg("--net"),
            Some(name) => command.arg(format!("--net=/proc/{init}/root/run/netns/{name}")),
        };
        // Whoever runs the tests by nohup has them ignore SIGHUP, and programs inside would too.
        command.args(["env", "--default-signal=HUP"]);
        if let Ok(folder) = std::env::current_dir() {
            command.arg("--chdir").arg(folder);
        }
        command.arg(format!("KUBECONFIG={}", crate::inside::pki::ADMIN_KUBECONFIG));
        // kubectl spends a third of a call on collecting garbage.
        command.arg(format!("GOGC={GARBAGE_COLLECTION}"));
        command.arg(format!("PATH={}:{}", crate::inside::BIN_FOLDER, std::env::var("PATH").unwrap_or_default()));
        if let Some(address) = guest {
            command.args(["lab", "inside", "guest-exec", &address.to_string(), "--"]);
        }
        command.arg(program);
        command
    }

    /// The names of the nodes that are guests.
    #[must_use]
    pub fn guests(&self) -> Vec<String> {
        let state = self.place.inside(STATE_FOLDER);
        let is_guest = |node: &String| state.as_ref().is_some_and(|state| guest::is_guest(state, node));
        (1..=MOST_NODES).map(|number| format!("node{number}")).filter(is_guest).collect()
    }

    /// The names of all nodes.
    #[must_use]
    pub fn nodes(&self) -> Vec<String> {
        let state = self.place.inside(STATE_FOLDER);
        let is_node = |node: &String| state.as_ref().is_some_and(|state| state.join(node).is_dir() || guest::is_guest(state, node));
        (1..=MOST_NODES).map(|number| format!("node{number}")).filter(is_node).collect()
    }

    /// The address of the guest that a vantage is in: no namespace leads there.
    fn guest(&self, vantage: Vantage<'_>) -> Option<Ipv4Addr> {
        let Vantage::Node(name) = vantage else { return None };
        self.guest_address(name)
    }

    /// The address of a node that is a guest.
    #[must_use]
    pub fn guest_address(&self, name: &str) -> Option<Ipv4Addr> {
        let state = self.place.inside(STATE_FOLDER)?;
        let number = name.strip_prefix("node")?.parse().ok()?;
        guest::is_guest(&state, name).then(|| addresses::node(number))
    }

    /// Replaces a node's kube-proxy by that of another release, in its mode.
    pub fn replace_kube_proxy(&self, node: &str, release: ProxyRelease) -> Result<(), LabError> {
        let options = LabOptions { name: self.place.name().to_owned(), nodes: MOST_NODES, ..LabOptions::default() };
        let found = Node::named(&options, node)?;
        let is_guest = self.guests().iter().any(|guest| guest == node);
        let built = Artifacts::locate()?.built_kube_proxy(release)?;
        let program = if is_guest { guest::root::kube_proxy(release).into() } else { built };
        let script = found.replace_kube_proxy(release, &program);
        let output = self.run_at(Vantage::Node(node), &["sh", "-c", &script])?;
        if output.status.success() {
            return Ok(());
        }
        Err(LabError::Command { command: script, output: String::from_utf8_lossy(&output.stderr).into_owned() })
    }

    /// Runs a program beside the control plane to its end.
    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, words: &[S]) -> Result<Output, LabError> {
        self.run_at(Vantage::Control, words)
    }

    /// Runs a program at a vantage to its end.
    pub fn run_at<S: AsRef<std::ffi::OsStr>>(&self, vantage: Vantage<'_>, words: &[S]) -> Result<Output, LabError> {
        let mut command = self.command(vantage, "env");
        command.args(words).stdin(Stdio::null());
        command.output().to("enter the lab")
    }

    /// Ends the lab, and returns when nothing of it is left.
    pub fn end(&mut self) {
        self.place.kill();
        self.lifeline = None;
        if let Some(mut janitor) = self.janitor.take() {
            let _ = janitor.wait();
        }
        let patience = Instant::now() + Duration::from_secs(10);
        while self.place.is_alive() && Instant::now() < patience {
            sleep(Duration::from_millis(20));
        }
        let _ = sweep_dead();
    }

    /// What the janitor said when it ended before the lab was ready.
    fn last_words(&mut self) -> String {
        self.lifeline = None;
        let said = self.janitor.take().and_then(|janitor| janitor.wait_with_output().ok());
        let said = said.map(|output| String::from_utf8_lossy(&output.stderr).trim().to_owned()).unwrap_or_default();
        if said.is_empty() { "the lab was ended while it started".into() } else { said }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if self.lifeline.is_some() {
            self.end();
        }
    }
}
