//! What may be left out or stand elsewhere on the command line: `SERVICE` alone is `run SERVICE`, and flags may stand before
//! the command.

use std::ffi::{OsStr, OsString};

use clap::Command;
use strsim::osa_distance;

/// The command that is meant where none is named.
const DEFAULT: &str = "run";

/// The shortest word that is taken for a misspelt command, not for a Service.
const SHORTEST_TYPO: usize = 4;

/// The words behind the program's name, with the command first. Words that only flags are, or that name neither a command
/// nor what a Service may be called, stay as they are.
pub(super) fn with_command_first(mut words: Vec<OsString>, program: &Command) -> Vec<OsString> {
    let Some(position) = first_positional(&words, program) else { return words };
    if words[position] == "--" {
        // What follows is no flag and no command, whatever it looks like.
        if position + 1 < words.len() {
            words.insert(0, DEFAULT.into());
        }
        return words;
    }
    let word = words[position].to_string_lossy().into_owned();
    if is_command(&word, program) {
        let command = words.remove(position);
        words.insert(0, command);
    } else if !is_misspelt_command(&word, program) {
        words.insert(0, DEFAULT.into());
    }
    words
}

fn is_command(word: &str, program: &Command) -> bool {
    word == "help" || program.find_subcommand(word).is_some()
}

/// One letter wrong, missing, doubled or swapped with the next.
fn is_misspelt_command(word: &str, program: &Command) -> bool {
    let mut commands = program.get_subcommands().filter(|command| !command.is_hide_set());
    word.chars().count() >= SHORTEST_TYPO && commands.any(|command| osa_distance(command.get_name(), word) == 1)
}

/// The first word that is neither a flag nor the value of one.
fn first_positional(words: &[OsString], program: &Command) -> Option<usize> {
    let mut position = 0;
    while let Some(word) = words.get(position) {
        let word = word.to_string_lossy();
        if word == "--" || !word.starts_with('-') || word == "-" {
            return Some(position);
        }
        position += if takes_next_word(&word, program) { 2 } else { 1 };
    }
    None
}

/// `--name value` and `-n value`, not `--name=value`, `-nvalue` and `--switch`. What the default command does not know may be
/// of another one that follows.
fn takes_next_word(flag: &str, program: &Command) -> bool {
    let default = program.find_subcommand(DEFAULT);
    let mut known = default.into_iter().chain([program]).chain(program.get_subcommands()).flat_map(Command::get_arguments);
    let meant = known.find(|argument| match flag.strip_prefix("--") {
        Some(long) => argument.get_long() == Some(long),
        None => flag.strip_prefix('-').is_some_and(|short| argument.get_short().is_some_and(|known| short == known.to_string())),
    });
    meant.is_some_and(|argument| argument.get_action().takes_values() && !argument.is_require_equals_set())
}

/// Whether these words ask for what a shell may offer next: kubectl's protocol, which is cobra's.
pub(super) fn completion_request(words: &[OsString]) -> Option<&[OsString]> {
    let (first, rest) = words.split_first()?;
    (first == OsStr::new("__complete")).then_some(rest)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::Arguments;
    use super::*;

    #[test]
    fn a_service_alone_is_run_and_flags_may_stand_before_the_command() {
        // As it is at each start, and as completion has it.
        let programs = [Arguments::command(), super::super::program()];
        for (words, meant) in [
            ("gateway", "run gateway"),
            ("svc/gateway -n shop", "run svc/gateway -n shop"),
            ("-n shop gateway", "run -n shop gateway"),
            ("-n=shop gateway", "run -n=shop gateway"),
            ("--namespace shop -o json gateway", "run --namespace shop -o json gateway"),
            ("--outside gateway", "run --outside gateway"),
            ("--verify-image gateway", "run --verify-image gateway"),
            ("-oyaml gateway", "run -oyaml gateway"),
            ("-n watch gateway", "run -n watch gateway"),
            ("-n shop explain gateway", "explain -n shop gateway"),
            ("--context a watch gateway", "watch --context a gateway"),
            ("--if mode=ipvs explain gateway", "explain --if mode=ipvs gateway"),
            ("--strategy cluster fix gateway", "fix --strategy cluster gateway"),
            ("-- gateway", "run -- gateway"),
            ("-n shop -- explain", "run -n shop -- explain"),
            ("--", "--"),
            ("explain gateway", "explain gateway"),
            ("explian gateway", "explian gateway"),
            ("verfiy", "verfiy"),
            ("runner", "run runner"),
            ("help run", "help run"),
            ("--help", "--help"),
            ("-n shop", "-n shop"),
            ("", ""),
        ] {
            let given = words.split_whitespace().map(OsString::from).collect();
            let expected: Vec<_> = meant.split_whitespace().map(OsString::from).collect();
            for program in &programs {
                assert_eq!(with_command_first(Vec::clone(&given), program), expected, "{words}");
            }
        }
    }
}
