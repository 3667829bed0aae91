//! The matrix of faults. Whatever disturbs the plugin, it stays honest, ends in time and leaves nothing behind.
//!
//! - [`table`] has the faults as data, a [`row::Row`] each;
//! - [`acts`], [`admission`] and [`scripts`] are what is done to the plugin, the cluster and files;
//! - [`driver`] runs a row, at phases at which the plugin waits for it; no row waits for a time where something can be
//!   seen;
//! - [`invariants`] hold of every row; [`service`], [`clients`] and [`left`] are what they are held against, and ask
//!   neither the plugin nor its probes.
//!
//! `make faults` runs all of it and prints a table; `make test` the part that is worth its time every day.

mod acts;
mod admission;
mod clients;
mod driver;
mod invariants;
mod left;
mod row;
mod running;
mod scenes;
mod scripts;
mod service;
mod setting;
mod summary;
mod table;

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use lbprobe_lab::artifacts::Artifacts;
use lbprobe_lab::{Lab, ProxyMode};

use self::invariants::{DOCUMENTED, KILLED};
use self::row::{Row, Tier};
use self::scenes::Scenes;
use self::summary::{Line, total};
use self::table::{CHANGES, CLIENT, CLUSTER, FOUND, GIVEN, MOTION, RECORDS};
use crate::cases::deploy_clients;
use crate::harness::{OTHER_CIDR, fresh_faulty_lab, slot, start};

/// With the value `all` every row is run; with rows' ids and commas between them only those are.
const WANTED: &str = "LBPROBE_FAULTS";

/// The lines of all tests so far.
static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());

/// The rows of these tables that are run by now, but for those of the quick part.
fn rows(tables: &[&'static [Row]]) -> Vec<&'static Row> {
    let wanted = std::env::var(WANTED).unwrap_or_default();
    let is_run = |row: &&Row| match wanted.as_str() {
        "" => row.tier == Tier::Full,
        "all" => row.tier > Tier::Quick,
        ids => ids.split(',').any(|id| id == row.id),
    };
    tables.iter().copied().flatten().filter(is_run).collect()
}

/// Runs rows one after another, and fails with all that is wrong.
#[expect(clippy::print_stdout, reason = "the table is what the test shows")]
#[track_caller]
fn hold(lab: &Lab, mut rows: Vec<&'static Row>) {
    // Scenes take longer than rows.
    rows.sort_by_key(|row| row.scene);
    deploy_clients(lab);
    let mut scenes = Scenes::of(lab);
    let mut lines = Vec::new();
    for row in rows {
        let ran = catch_unwind(AssertUnwindSafe(|| {
            let base = scenes.set(row.scene);
            driver::run(lab, row, &base)
        }));
        let line = ran.map_or_else(|cause| Line::of_panic(row, message(cause.as_ref())), |outcome| Line::new(row, outcome));
        println!("{line}");
        lines.push(line);
    }
    let mut all = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    all.extend(lines.iter().cloned());
    println!("{}\nin all tests so far: {}", total(&lines), total(&all));
    drop(all);
    let failures: Vec<_> = lines.iter().filter(|line| !line.wrong.is_empty()).map(Line::failure).collect();
    assert!(failures.is_empty(), "{}\n{}", failures.join("\n"), total(&lines));
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").to_owned()
}

#[test]
fn the_quick_part_of_the_matrix_holds() {
    let lab = fresh_faulty_lab();
    hold(&lab, table::all().filter(|row| row.tier == Tier::Quick).collect());
}

/// Runs rows on a shared lab, where there are any by now.
#[track_caller]
fn hold_on_a_shared_lab(tables: &[&'static [Row]]) {
    let rows = rows(tables);
    if !rows.is_empty() {
        hold(&fresh_faulty_lab(), rows);
    }
}

#[test]
fn a_program_that_is_disturbed_stays_honest_and_leaves_nothing() {
    hold_on_a_shared_lab(CLIENT);
}

#[test]
fn a_program_that_is_refused_or_misled_says_so_and_leaves_nothing() {
    hold_on_a_shared_lab(GIVEN);
}

#[test]
fn a_service_that_moves_meanwhile_is_never_judged_by_what_it_was() {
    hold_on_a_shared_lab(MOTION);
}

#[test]
fn changes_that_are_disturbed_are_kept_put_back_or_recorded() {
    hold_on_a_shared_lab(CHANGES);
}

#[test]
fn records_that_anybody_wrote_are_not_obeyed() {
    hold_on_a_shared_lab(RECORDS);
}

/// These take the cluster itself apart: other tests would not want it back.
#[test]
fn a_cluster_that_breaks_amid_a_run_is_told_from_a_fault() {
    let rows = rows(CLUSTER);
    if rows.is_empty() {
        return;
    }
    let _slot = slot();
    hold(&start("faults", ProxyMode::Iptables, OTHER_CIDR), rows);
}

#[test]
fn at_every_phase_of_the_plugin_something_is_disturbed() {
    let plugin = Artifacts::locate().unwrap().plugin;
    let output = Command::new(plugin).env("LBPROBE_PAUSE_AT", "list").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let phases = String::from_utf8(output.stdout).unwrap();
    let disturbed: BTreeSet<_> = table::all().flat_map(Row::phases).collect();
    assert_eq!(phases.lines().collect::<BTreeSet<_>>(), disturbed);
}

#[test]
fn every_fault_that_was_found_once_has_a_row() {
    let is_of = |row: &Row, id: &str| row.id == id || row.id.strip_prefix(id).is_some_and(|rest| rest.starts_with('-'));
    let missing: Vec<_> = FOUND.iter().copied().filter(|id| !table::all().any(|row| is_of(row, id))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn rows_are_well_formed() {
    let mut ids = BTreeSet::new();
    for row in table::all() {
        assert!(ids.insert(row.id), "{} is there twice", row.id);
        let is_killed = row.acts().any(|act| act.kills());
        let is_right = |code: &i32| DOCUMENTED.contains(code) || (is_killed && *code == KILLED);
        assert!(!row.codes.is_empty() && row.codes.iter().all(is_right), "{}: {:?}", row.id, row.codes);
        assert!(!row.what.is_empty() && !row.id.contains(|character: char| !character.is_ascii_alphanumeric() && character != '-'));
    }
    assert!(ids.len() >= 80, "{} rows", ids.len());
}
