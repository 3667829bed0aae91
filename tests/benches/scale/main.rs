//! How the plugin scales: fake nodes by the thousand on a real API server, as ratios against a floor.
//!
//! The floor is the least that such a run can take: the same pods made raw, ten creates in flight, one watch, then
//! removed in twenty batches at once. Floor and run are measured in turn, so that a busy machine slows both.
//!
//! `LBPROBE_SCALE=1000,5000` says how many nodes there are, `LBPROBE_SCALE_ROUNDS=2` how often each is measured. What is
//! measured is the program that is released. A goal that is missed fails.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints")]

mod floor;
mod goals;
mod inside;
mod measured;
mod stage;
mod template;

use std::env;
use std::process::ExitCode;

use lbprobe_lab::options::MOST_FAKE_NODES;

use crate::goals::{Goal, at_scale, of_explanations, of_failures, of_samples};
use crate::stage::Stage;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    if let Some((first, rest)) = words.split_first()
        && first == inside::WORD
    {
        inside::act(rest);
        return ExitCode::SUCCESS;
    }
    let (sizes, rounds) = match (sizes(), rounds()) {
        (Ok(sizes), Ok(rounds)) => (sizes, rounds),
        (Err(cause), _) | (_, Err(cause)) => {
            eprintln!("error: {cause}");
            return ExitCode::FAILURE;
        }
    };
    let goals = measure(&sizes, rounds);
    println!();
    for goal in &goals {
        println!("{goal}");
    }
    if goals.iter().all(|goal| goal.is_met) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Everything on one lab, which ends before the goals are shown.
fn measure(sizes: &[u16], rounds: usize) -> Vec<Goal> {
    let most = sizes.iter().copied().max().unwrap_or_default();
    let stage = Stage::set(most);
    let mut goals: Vec<_> = sizes.iter().flat_map(|nodes| at_scale(&stage, *nodes, rounds)).collect();
    goals.extend(of_failures(&stage, most));
    goals.push(of_samples(&stage, most, rounds));
    goals.push(of_explanations(&stage, most, rounds));
    goals
}

fn sizes() -> Result<Vec<u16>, String> {
    let text = env::var("LBPROBE_SCALE").unwrap_or_else(|_| "1000,5000".into());
    let size = |word: &str| {
        let size = word.trim().parse().ok().filter(|size: &u16| (100..=MOST_FAKE_NODES).contains(size) && size.is_multiple_of(100));
        size.ok_or_else(|| format!("LBPROBE_SCALE: {word:?} is no multiple of 100 up to {MOST_FAKE_NODES}"))
    };
    text.split(',').map(size).collect()
}

fn rounds() -> Result<usize, String> {
    let text = env::var("LBPROBE_SCALE_ROUNDS").unwrap_or_else(|_| "2".into());
    let rounds = text.parse().ok().filter(|rounds: &usize| (1..=20).contains(rounds));
    rounds.ok_or_else(|| format!("LBPROBE_SCALE_ROUNDS: {text:?} is no number from 1 to 20"))
}
