//! The lab with its fake nodes, and what is measured on it: each measurement is a process of its own inside.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::scale::fake_node::FakeNode;
use lbprobe_lab::scale::load_balanced::GATEWAY;
use lbprobe_lab::scale::on_call::USER;
use lbprobe_lab::scale::{FAILING, PROBES, SHOP};
use lbprobe_lab::{Lab, LabOptions};
use serde::de::DeserializeOwned;

use crate::floor::Floor;
use crate::inside;
use crate::measured::Run;
use crate::template::Template;

/// The smallest cluster, by which others are judged.
pub(crate) const SMALL: u16 = 100;

/// A lab that is ready to be measured on.
pub(crate) struct Stage {
    lab: Lab,
    /// What the plugin's pods are, for the floor to make the same.
    template: Template,
}

impl Stage {
    /// Starts a lab with so many fake nodes, and runs the plugin once on the smallest cluster.
    pub(crate) fn set(nodes: u16) -> Self {
        let options = LabOptions {
            name: format!("scale-{}", std::process::id()),
            nodes: 1,
            cluster_cidr: "10.99.0.0/16".into(),
            fake_nodes: nodes,
            ..LabOptions::default()
        };
        let program = Path::new(env!("CARGO_BIN_EXE_lab"));
        let lab = Lab::start(program, &options, |what| eprintln!("waiting for {what}")).expect("the lab starts");
        ask::<()>(&lab, &[inside::PREPARE]);
        let plugin = run(SMALL, PROBES, "120s", &[]);
        let words: Vec<_> = [inside::TEMPLATE].into_iter().chain(plugin.iter().map(String::as_str)).collect();
        let template = ask(&lab, &words);
        Self { lab, template }
    }

    /// Makes the floor on the first so many nodes.
    pub(crate) fn floor(&self, nodes: u16) -> Floor {
        let template = serde_json::to_string(&self.template).expect("a template is JSON");
        ask(&self.lab, &[inside::FLOOR, &FakeNode::selector(nodes), &template])
    }

    /// Runs the plugin on the first so many nodes.
    pub(crate) fn run(&self, nodes: u16, more: &[&str]) -> Run {
        self.measured(&run(nodes, PROBES, "120s", more))
    }

    /// The same where every pod fails in its own way; some never start.
    pub(crate) fn run_failing(&self, nodes: u16) -> Run {
        self.measured(&run(nodes, FAILING, "30s", &[]))
    }

    /// Has the plugin explain every Service.
    pub(crate) fn explain_all(&self) -> Run {
        self.measured(&[plugin().as_str(), "explain", "-A", "--as", USER].map(str::to_owned))
    }

    /// Adds Services with endpoints on the first so many nodes.
    pub(crate) fn add_services(&self, number: u16, nodes: u16) {
        ask::<()>(&self.lab, &[inside::SERVICES, &number.to_string(), &nodes.to_string()]);
    }

    fn measured(&self, plugin: &[String]) -> Run {
        let words: Vec<_> = [inside::RUN].into_iter().chain(plugin.iter().map(String::as_str)).collect();
        ask(&self.lab, &words)
    }
}

/// The plugin's command line for a run.
fn run(nodes: u16, namespace: &str, start_timeout: &str, more: &[&str]) -> Vec<String> {
    let (plugin, selector) = (plugin(), FakeNode::selector(nodes));
    let words = [plugin.as_str(), "run", GATEWAY, "-n", SHOP, "--as", USER, "-l", selector.as_str(), "--probe-namespace", namespace];
    let limits = ["--start-timeout", start_timeout, "--deadline", "600s"];
    words.iter().chain(&limits).chain(more).map(|word| (*word).to_owned()).collect()
}

/// The program as `make release` leaves it.
fn plugin() -> String {
    let built: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/x86_64-unknown-linux-musl/release/kubectl-lbprobe");
    assert!(built.exists(), "make release makes {}", built.display());
    built.display().to_string()
}

/// Runs this program inside and reads what it says.
fn ask<T: DeserializeOwned>(lab: &Lab, words: &[&str]) -> T {
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = lab.command(Vantage::Control, &program.display().to_string());
    command.arg(inside::WORD).args(words).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().expect("the lab can be entered");
    assert!(output.status.success(), "failed to measure: {}", words[0]);
    serde_json::from_slice(&output.stdout).expect("a measurement is JSON")
}
