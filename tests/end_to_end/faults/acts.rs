//! What a row does to the plugin, to the cluster and to files: a small vocabulary.

use std::thread::sleep;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::admission::{self, Admission};
use super::running::{Running, one_line};
use super::setting::Setting;
use crate::disturbance::Disturbance;
use crate::harness::settle;

/// One thing that is done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// A signal to the plugin.
    Signal(Signal),
    /// The plugin is stopped for so many seconds, as by Ctrl-Z.
    Suspend(u64),
    /// Nothing, for so many milliseconds.
    Wait(u64),
    /// Keys on the plugin's terminal.
    Type(&'static str),
    /// The plugin's terminal goes away.
    CloseTerminal,
    /// A component of the lab, by the name of its pid file, is stopped until the end.
    Stop(&'static str),
    /// The same for so many seconds.
    StopFor(&'static str, u64),
    /// A script of bash beside the control plane.
    Do(&'static str),
    /// One of sh, and another one that puts it right at the end.
    With(&'static str, &'static str),
    /// A file of the row's folder.
    File(&'static str, &'static str),
    /// The annotation in which the plugin keeps its record, written in the way of one who may write no more than the
    /// Service's status.
    Forge(&'static str),
    /// Something that decides about the plugin's objects.
    Admission(Admission),
    /// So many ports of the Service, named after what is spoken there.
    Ports(u16, &'static str),
    /// The change before it has come to every kube-proxy.
    Settle,
    /// The plugin is called once more, by somebody else, to its end.
    Call(Call),
    /// The same, with what it prints in a file of the row's folder.
    Save(&'static str, &'static str),
}

/// Another call of the plugin, and what has to come of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) words: &'static str,
    pub(super) codes: &'static [i32],
    pub(super) says: &'static [&'static str],
    pub(super) never: &'static [&'static str],
}

/// A call of which nothing is said yet.
pub(super) const CALL: Call = Call { words: "", codes: &[], says: &[], never: &[] };

pub(super) const INT: Act = Act::Signal(Signal::SIGINT);
pub(super) const TERM: Act = Act::Signal(Signal::SIGTERM);
pub(super) const HUP: Act = Act::Signal(Signal::SIGHUP);
pub(super) const KILL: Act = Act::Signal(Signal::SIGKILL);

/// Components without which nothing can be asked of the cluster.
const SIGHT: [&str; 2] = ["kube-apiserver", "etcd"];

impl Act {
    /// Whether the Service may be another one after it.
    pub(super) fn may_change_objects(self) -> bool {
        matches!(self, Self::Do(_) | Self::With(..) | Self::Forge(_) | Self::Ports(..) | Self::Call(_))
    }

    /// Whether the plugin does not end by itself after it.
    pub(super) fn kills(self) -> bool {
        matches!(self, Self::Signal(Signal::SIGKILL) | Self::CloseTerminal)
    }
}

/// When something is put right after the plugin's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// At once: nothing can be looked at before.
    Sight,
    /// Before it is looked for what is left.
    Nodes,
    /// After everything.
    Rest,
}

/// What ends after some seconds.
enum Timed<'a> {
    Component(Disturbance<'a>),
    Plugin,
}

/// All that is wrong at present.
pub(super) struct Disturbances<'a> {
    setting: &'a Setting<'a>,
    standing: Vec<(Order, Disturbance<'a>)>,
    timed: Vec<(u64, Timed<'a>)>,
    /// What other calls of the plugin printed.
    pub(super) calls: Vec<String>,
}

impl<'a> Disturbances<'a> {
    /// Nothing is.
    pub(super) fn none(setting: &'a Setting<'a>) -> Self {
        Self { setting, standing: Vec::new(), timed: Vec::new(), calls: Vec::new() }
    }

    /// Does something while the plugin runs.
    pub(super) fn amid(&mut self, act: Act, plugin: &mut Running) -> Result<(), String> {
        match act {
            Act::Signal(signal) => plugin.signal(signal)?,
            Act::Suspend(seconds) => {
                plugin.signal(Signal::SIGSTOP)?;
                self.timed.push((seconds, Timed::Plugin));
            }
            Act::Type(keys) => plugin.type_keys(keys),
            Act::CloseTerminal => plugin.close_terminal()?,
            _ => self.apart(act)?,
        }
        Ok(())
    }

    /// Does something in which the plugin that is disturbed has no part.
    pub(super) fn apart(&mut self, act: Act) -> Result<(), String> {
        let setting = self.setting;
        match act {
            Act::Wait(milliseconds) => sleep(Duration::from_millis(milliseconds)),
            Act::Stop(component) => {
                let order = if SIGHT.contains(&component) { Order::Sight } else { Order::Nodes };
                let stopped = self.stopped(component);
                self.standing.push((order, stopped));
            }
            Act::StopFor(component, seconds) => {
                let stopped = self.stopped(component);
                self.timed.push((seconds, Timed::Component(stopped)));
            }
            Act::Do(script) => drop(setting.sh(script)?),
            Act::With(script, undo) => self.stand(&setting.fill(script), &setting.fill(undo)),
            Act::File(name, content) => drop(setting.write(name, content)),
            Act::Forge(text) => forge(setting, text)?,
            Act::Admission(kind) => self.standing.push((Order::Rest, admission::begin(setting, kind))),
            Act::Ports(number, scheme) => set_ports(setting, number, scheme)?,
            Act::Settle => settle(setting.lab),
            Act::Call(call) => self.call(&call)?,
            Act::Save(words, file) => {
                let printed = self.called(words, &[0, 3])?;
                std::fs::write(setting.path(file), printed).map_err(|cause| cause.to_string())?;
            }
            Act::Signal(_) | Act::Suspend(_) | Act::Type(_) | Act::CloseTerminal => {
                return Err(format!("{act:?}: the plugin does not run"));
            }
        }
        Ok(())
    }

    fn stand(&mut self, act: &str, undo: &str) {
        self.standing.push((Order::Rest, Disturbance::in_lab(self.setting.lab).with("control", act, undo)));
    }

    fn stopped(&self, component: &str) -> Disturbance<'a> {
        let signal = |name: &str| format!("kill -{name} $(cat /run/lab/{component}.pid)");
        Disturbance::in_lab(self.setting.lab).with("control", &signal("STOP"), &signal("CONT"))
    }

    fn call(&mut self, call: &Call) -> Result<(), String> {
        self.called(call.words, call.codes)?;
        let printed = self.calls.last().map(|printed| one_line(printed)).unwrap_or_default();
        let missing = call.says.iter().find(|text| !printed.contains(**text));
        let forbidden = ["panicked"].iter().chain(call.never).find(|text| printed.contains(**text));
        match (missing, forbidden) {
            (None, None) => Ok(()),
            (Some(text), _) => Err(format!("{}: {text:?} is not said", call.words)),
            (None, Some(text)) => Err(format!("{}: {text:?} is said", call.words)),
        }
    }

    /// What it prints on standard output.
    fn called(&mut self, words: &str, codes: &[i32]) -> Result<String, String> {
        let filled = self.setting.fill(words);
        let words: Vec<_> = ["timeout", "120", "kubectl", "lbprobe"].into_iter().chain(filled.split_whitespace()).collect();
        let output = self.setting.lab.run(&words).map_err(|cause| cause.to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        self.calls.push(format!("$ kubectl lbprobe {filled}\n{stdout}{stderr}({})", output.status));
        let is_right = output.status.code().is_some_and(|code| codes.contains(&code));
        if is_right { Ok(stdout) } else { Err(format!("kubectl lbprobe {filled}: {}, not one of {codes:?}", output.status)) }
    }

    /// Waits for what lasts some seconds only, and puts it right.
    pub(super) fn run_out(&mut self, plugin: &Running) {
        for (seconds, what) in self.timed.drain(..) {
            sleep(Duration::from_secs(seconds));
            match what {
                Timed::Component(disturbance) => drop(disturbance),
                Timed::Plugin => plugin.resume(),
            }
        }
    }

    /// Whether nothing can be asked of the cluster now.
    pub(super) fn are_blinding(&self) -> bool {
        !self.timed.is_empty() || self.standing.iter().any(|(order, _)| *order == Order::Sight)
    }

    /// Puts right what is to be by now, the last first; whether there was anything.
    pub(super) fn end(&mut self, order: Order) -> bool {
        let (mut ended, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.standing).into_iter().partition(|(own, _)| *own == order);
        self.standing = rest;
        let was_any = !ended.is_empty();
        while ended.pop().is_some() {}
        was_any
    }
}

impl Drop for Disturbances<'_> {
    fn drop(&mut self) {
        self.timed.clear();
        for order in [Order::Sight, Order::Nodes, Order::Rest] {
            self.end(order);
        }
    }
}

fn patch(setting: &Setting<'_>, options: &str, merge: &Value) -> Result<(), String> {
    std::fs::write(setting.path("patch.json"), merge.to_string()).map_err(|cause| cause.to_string())?;
    setting.sh(&format!("kubectl patch service SERVICE --type=merge {options} --patch-file FOLDER/patch.json")).map(drop)
}

fn forge(setting: &Setting<'_>, text: &str) -> Result<(), String> {
    patch(setting, "--subresource=status", &json!({ "metadata": { "annotations": { "lbprobe/fix": setting.fill(text) } } }))
}

fn set_ports(setting: &Setting<'_>, number: u16, scheme: &str) -> Result<(), String> {
    let target = if scheme == "https" { 443 } else { 80 };
    let port = |place: u16| json!({ "name": format!("{scheme}-{place}"), "port": 2000 + place, "targetPort": target });
    let ports: Vec<_> = (0..number).map(port).collect();
    patch(setting, "", &json!({ "spec": { "ports": ports } }))
}
