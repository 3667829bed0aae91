//! Observations in documents: a list with the record of each vantage; of many vantages the lines that probes write, and
//! those that several records have only once. Ten thousand records spelled out are sixty megabytes.
//!
//! ```text
//! { "probes": [{ "node": "node7", "network": "pod", "planned": 2, "checks": ["0 ok/1/4/0 ok/1/3/0", "1 ct/-/3500/-"], "lines": [0, 1] }],
//!   "lines": ["i rst=0 icmp=0", "a 0 h=200 s=nginx b=1a2b3c4d"] }
//! ```
//!
//! `checks` are the record's lines of checks; the numbers in `lines` stand for the lines of that place. What they say is
//! in [`lbprobe_protocol::record`].

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::Ipv4Addr;

use lbprobe_protocol::{Check, CheckId, Exchange, Host, Record, RecordError, VERSION, When};
use serde::de::Error as _;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{KernelLook, Observations, Probe, ProbeResult, Unmeasured};
use crate::error::NotObservations;
use crate::list_or_object::ListOrObject;
use crate::plan::{Network, SPELLED_OUT, Vantage};

/// Begins the line of a check.
const CHECK: &str = "c ";

/// The lines that are there once.
#[derive(Default)]
struct Table {
    indices: HashMap<String, usize>,
    lines: Vec<String>,
}

impl Table {
    fn index(&mut self, line: &str) -> usize {
        if let Some(index) = self.indices.get(line) {
            return *index;
        }
        self.indices.insert(line.to_owned(), self.lines.len());
        self.lines.push(line.to_owned());
        self.lines.len() - 1
    }
}

/// One vantage as it is written.
#[derive(Default, Serialize)]
struct Written<'a> {
    node: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<Network>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nothing: Option<&'a Unmeasured>,
    /// In full, where its lines would not carry all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a Record>,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned: Option<usize>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    interrupted: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lines: Vec<usize>,
}

impl<'a> Written<'a> {
    fn of(probe: &'a Probe, table: &mut Table) -> Self {
        let start = Self { node: &probe.vantage.node, network: Some(probe.vantage.network), ..Self::default() };
        let record = match &probe.seen {
            ProbeResult::Nothing(why) => return Self { nothing: Some(why), ..start },
            ProbeResult::Record(record) => record,
        };
        let text = record.to_text();
        let ids = record.observations.iter().map(|observation| observation.check);
        if Record::from_text(&text, &any_plan(ids)).as_ref() != Ok(record) {
            return Self { record: Some(record), ..start };
        }
        let mut written = Self { planned: Some(record.planned), interrupted: record.interrupted, cut: record.cut, ..start };
        // Neither the header, which has these three, nor the number of lines at the end.
        for line in text.lines().skip(1).filter(|line| !line.starts_with("end ")) {
            match line.strip_prefix(CHECK) {
                Some(check) => written.checks.push(check.to_owned()),
                None => written.lines.push(table.index(line)),
            }
        }
        written
    }
}

/// All vantages, made as they are written.
struct Stream<'a> {
    probes: &'a [Probe],
    table: &'a RefCell<Table>,
}

impl Serialize for Stream<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.probes.iter().map(|probe| Written::of(probe, &mut self.table.borrow_mut())))
    }
}

impl Serialize for Observations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.probes.len() <= SPELLED_OUT && self.outside.is_none() && self.named_pods.is_empty() && self.kernel.is_empty() {
            return self.probes.serialize(serializer);
        }
        let table = RefCell::default();
        let mut form = serializer.serialize_struct("Observations", 6)?;
        form.serialize_field("probes", &Stream { probes: &self.probes, table: &table })?;
        form.serialize_field("lines", &table.borrow().lines)?;
        if self.named_pods.is_empty() {
            form.skip_field("namedPods")?;
        } else {
            form.serialize_field("namedPods", &self.named_pods)?;
        }
        match &self.outside {
            Some(record) => form.serialize_field("outside", record)?,
            None => form.skip_field("outside")?,
        }
        match &self.outside_from {
            Some(machine) => form.serialize_field("outsideFrom", machine)?,
            None => form.skip_field("outsideFrom")?,
        }
        if self.kernel.is_empty() {
            form.skip_field("kernel")?;
        } else {
            form.serialize_field("kernel", &self.kernel)?;
        }
        form.end()
    }
}

/// The form of many vantages.
#[derive(Deserialize)]
struct SharedLines {
    probes: Vec<Read>,
    #[serde(default)]
    lines: Vec<String>,
    #[serde(default, rename = "namedPods")]
    named_pods: Vec<ProbeResult>,
    #[serde(default)]
    outside: Option<Record>,
    #[serde(default, rename = "outsideFrom")]
    outside_from: Option<String>,
    #[serde(default)]
    kernel: Vec<KernelLook>,
}

/// One vantage as it is read.
#[derive(Deserialize)]
struct Read {
    node: String,
    network: Network,
    nothing: Option<Unmeasured>,
    record: Option<Record>,
    planned: Option<usize>,
    #[serde(default)]
    interrupted: bool,
    #[serde(default)]
    cut: bool,
    #[serde(default)]
    checks: Vec<String>,
    #[serde(default)]
    lines: Vec<usize>,
}

impl Read {
    fn seen(&mut self, all: &[String]) -> Result<ProbeResult, NotObservations> {
        match (self.nothing.take(), self.record.take(), self.planned) {
            (Some(why), _, _) => Ok(ProbeResult::Nothing(why)),
            (None, Some(record), _) => Ok(ProbeResult::Record(record)),
            (None, None, Some(planned)) => Ok(ProbeResult::Record(self.read(planned, all)?)),
            (None, None, None) => Err(NotObservations::Nothing),
        }
    }

    fn read(&self, planned: usize, all: &[String]) -> Result<Record, NotObservations> {
        let (done, full) = (if self.interrupted { "part" } else { "done" }, if self.cut { "cut" } else { "full" });
        let ids = self.checks.iter().filter_map(|check| check.split(' ').next()?.parse().ok());
        let plan = any_plan(ids);
        let mut text = [format!("lbprobe/{VERSION}"), planned.to_string(), done.to_owned(), full.to_owned()].join(" ") + "\n";
        for check in &self.checks {
            text.extend([CHECK, check.as_str(), "\n"]);
        }
        for index in &self.lines {
            let line = all.get(*index).ok_or(NotObservations::NoLine(*index))?;
            text.extend([line.as_str(), "\n"]);
            // A line may be named any number of times.
            if text.len() > Record::most_bytes(&plan) {
                return Err(NotObservations::TooLong);
            }
        }
        let count = text.lines().count();
        let _ = writeln!(text, "end {count}");
        Record::from_text(&text, &plan).map_err(|cause: RecordError| NotObservations::Record(cause.to_string()))
    }
}

/// A plan that these checks are in: records are read within bounds.
fn any_plan(ids: impl Iterator<Item = CheckId>) -> lbprobe_protocol::Plan {
    let check = |id| Check {
        id,
        host: Host::Address(Ipv4Addr::UNSPECIFIED.into()),
        port: 0,
        exchange: Exchange::Connect,
        samples: u8::MAX,
        timeout_ms: 0,
        when: When::AtOnce,
        follow_ups: Vec::new(),
    };
    lbprobe_protocol::Plan {
        version: VERSION,
        wait_ms: 0,
        linger_ms: 0,
        checks: ids.map(check).collect(),
        questions: Vec::new(),
        watch: None,
        kernel: None,
    }
}

impl<'de> Deserialize<'de> for Observations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let SharedLines { probes, lines, named_pods, outside, outside_from, kernel } =
            match ListOrObject::<Vec<Probe>, SharedLines>::deserialize(deserializer)? {
                ListOrObject::List(probes) => return Ok(Self { probes, ..Self::default() }),
                ListOrObject::Object(shared) => shared,
            };
        let probe = |mut read: Read| {
            let seen = read.seen(&lines);
            let vantage = Vantage { node: read.node, network: read.network };
            match seen {
                Ok(seen) => Ok(Probe { vantage, seen }),
                Err(cause) => Err(D::Error::custom(NotObservations::Of { vantage: vantage.to_string(), cause: Box::new(cause) })),
            }
        };
        Ok(Self { probes: probes.into_iter().map(probe).collect::<Result<_, _>>()?, named_pods, outside, outside_from, kernel })
    }
}

#[cfg(test)]
mod tests;
