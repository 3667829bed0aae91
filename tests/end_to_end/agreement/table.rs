//! The agreement table: what was expected and what was seen, by release and mode of kube-proxy,
//! vantage and target.

use std::collections::BTreeMap;
use std::fmt;

use lbprobe_analysis::documents::Report;
use lbprobe_analysis::plan::{Network, Target, TargetKind, Vantage};
use lbprobe_analysis::prediction::{Comparison, compare};
use lbprobe_analysis::results::Results;
use lbprobe_lab::LabOptions;

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kube_proxy: String,
    vantage: String,
    target: &'static str,
}

/// Cells of one expectation and one sight.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    expected: String,
    seen: String,
}

/// All cells of all runs so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    rows: BTreeMap<Key, BTreeMap<Pair, usize>>,
    pub(super) agreeing: usize,
    pub(super) open: usize,
    /// A line for each.
    pub(super) disagreeing: Vec<String>,
}

impl Table {
    pub(super) const fn new() -> Self {
        Self { rows: BTreeMap::new(), agreeing: 0, open: 0, disagreeing: Vec::new() }
    }

    /// Adds the cells of a run.
    pub(super) fn add(&mut self, options: &LabOptions, situation: &str, report: &Report) {
        let results = Results::of(report);
        let (facts, matrix, prediction) = (&results.facts, &results.matrix, results.prediction());
        let serving = facts.serving_nodes();
        for (vantage, target, expectation, seen) in prediction.beside(matrix) {
            let here = if serving.contains(vantage.node.as_str()) { "EP" } else { "noEP" };
            let key = Key {
                kube_proxy: kube_proxy(options, &vantage.node),
                vantage: format!("{} {here}", if vantage.network == Network::Pod { "pod" } else { "host" }),
                target: name(target, vantage, facts.service.declares(target.transport())),
            };
            match compare(expectation, seen) {
                Comparison::Agrees => self.agreeing += 1,
                Comparison::Open => self.open += 1,
                Comparison::Contradicts => self.disagreeing.push(format!(
                    "{situation}: {} {} on {} to {}:{}: expected {expectation}, saw {seen}",
                    key.kube_proxy, key.vantage, vantage.node, key.target, target.port
                )),
            }
            let pair = Pair { expected: expectation.to_string(), seen: seen.to_string() };
            *self.rows.entry(key).or_default().entry(pair).or_default() += 1;
        }
    }

    /// Takes the cells of another.
    pub(super) fn merge(&mut self, other: Self) {
        for (key, pairs) in other.rows {
            let row = self.rows.entry(key).or_default();
            for (pair, count) in pairs {
                *row.entry(pair).or_default() += count;
            }
        }
        self.agreeing += other.agreeing;
        self.open += other.open;
        self.disagreeing.extend(other.disagreeing);
    }
}

/// Release and mode, and whether kube-proxy knows pods by their address where that counts.
fn kube_proxy(options: &LabOptions, node: &str) -> String {
    use clap::ValueEnum as _;
    let release = options.release_of(node).to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let mode = options.mode_of(node);
    let is_known = options.cluster_cidr == lbprobe_lab::addresses::POD_RANGE;
    format!("{release} {mode}{}", if is_known { ", CIDR matches" } else { "" })
}

fn name(target: &Target, vantage: &Vantage, is_declared: bool) -> &'static str {
    match &target.kind {
        TargetKind::LoadBalancerIp(_) if !is_declared => "LB IP, undeclared",
        TargetKind::LoadBalancerIp(_) => "LB IP",
        TargetKind::LoadBalancerHostname(_) | TargetKind::PublicName(_) => "LB hostname",
        TargetKind::DnsName => "DNS name",
        TargetKind::ClusterIp(_) => "ClusterIP",
        TargetKind::ExternalIp(_) => "external IP",
        TargetKind::OwnNodePort => "own NodePort",
        TargetKind::NodePort { node, .. } if *node == vantage.node => "own NodePort",
        TargetKind::NodePort { .. } => "other's NodePort",
        TargetKind::Endpoint { .. } => "endpoint",
        TargetKind::Address(_) => "an address of no Service",
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<29} {:<9} {:<17} {:<22} {:<16} CELLS", "KUBE-PROXY", "VANTAGE", "TARGET", "EXPECTED", "OBSERVED")?;
        for (key, pairs) in &self.rows {
            for (Pair { expected, seen }, count) in pairs {
                writeln!(f, "{:<29} {:<9} {:<17} {expected:<22} {seen:<16} {count:>5}", key.kube_proxy, key.vantage, key.target)?;
            }
        }
        write!(f, "{} cells agree, {} are open, {} disagree", self.agreeing, self.open, self.disagreeing.len())
    }
}
