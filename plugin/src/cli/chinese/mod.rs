//! The command line's help in Chinese. Clap has room for one text of each command and argument: tables have the Chinese
//! ones, and here they take the English ones' place.

mod arguments;
mod commands;
mod values;

use clap::builder::PossibleValue;
use clap::{Arg, Command};

use crate::report::line_breaks;

/// Columns of a line, as in English.
const WIDTH: usize = 80;

/// Columns for what an argument says, below its name.
const WIDTH_BELOW: usize = 70;

const USAGE: &str = "kubectl lbprobe [OPTIONS]\n       kubectl lbprobe SERVICE [run 的 OPTIONS]\n       kubectl lbprobe COMMAND [OPTIONS]";

/// The same command line with Chinese help.
pub(crate) fn translated(mut command: Command) -> Command {
    // Adds what clap brings itself: the command help, --help and --version.
    command.build();
    in_chinese(command.override_usage(USAGE), "")
}

fn in_chinese(command: Command, name: &str) -> Command {
    let template = template(&command);
    let command = command
        .help_template(template)
        .subcommand_help_heading("命令")
        .mut_args(|argument| argument_in_chinese(argument, name))
        .mut_subcommands(|subcommand| {
            let name = subcommand.get_name().to_owned();
            in_chinese(subcommand, &name)
        });
    let Some(commands::Words { short, long }) = commands::command(name) else { return command };
    let command = match long {
        // `help run` lists what `run` does, and has no more of it.
        Some(long) if command.get_long_about().is_some() => command.long_about(in_lines(&format!("{short}\n\n{long}"), WIDTH)),
        _ => command,
    };
    command.about(short)
}

/// Clap's own template, whose label of the usage is always English.
fn template(command: &Command) -> String {
    let style = command.get_styles().get_usage();
    format!("{{before-help}}{{about-with-newline}}\n{style}用法：{style:#} {{usage}}\n\n{{all-args}}{{after-help}}")
}

fn argument_in_chinese(argument: Arg, command: &str) -> Arg {
    let Some((short, long)) = arguments::argument(command, argument.get_id().as_str()) else { return argument };
    let heading = heading(&argument);
    let takes_values = argument.get_action().takes_values();
    let default = default_of(&argument);
    let (names, meanings) = possible_values(&argument, command).unzip();
    let summary: Vec<_> = [Some(short), default.as_deref(), names.as_deref()].into_iter().flatten().collect();
    let all: Vec<_> = [Some(short), long, meanings.as_deref(), default.as_deref()].into_iter().flatten().collect();
    argument
        .help_heading(heading)
        .next_line_help(true)
        .hide_default_value(takes_values)
        .hide_possible_values(takes_values)
        .help(in_lines(&summary.join(" "), WIDTH_BELOW))
        .long_help(in_lines(&all.join("\n\n"), WIDTH_BELOW))
}

/// Those of clap for what has none of its own are always English.
fn heading(argument: &Arg) -> &'static str {
    match argument.get_help_heading() {
        Some("Cluster") => "集群",
        Some("Checks") => "检查",
        Some("Probe pods") => "探测 Pod",
        _ if argument.is_positional() => "参数",
        _ => "选项",
    }
}

fn default_of(argument: &Arg) -> Option<String> {
    let values: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let is_told = argument.get_action().takes_values() && !argument.is_hide_default_value_set() && !values.is_empty();
    is_told.then(|| format!("[默认值：{}]", values.join(" ")))
}

/// What a value may be: on one line, and with what each means where that is told.
fn possible_values(argument: &Arg, command: &str) -> Option<(String, String)> {
    let possible = if argument.is_hide_possible_values_set() { Vec::new() } else { argument.get_possible_values() };
    let names: Vec<_> = possible.iter().filter(|value| !value.is_hide_set()).map(PossibleValue::get_name).collect();
    if names.is_empty() {
        return None;
    }
    let id = argument.get_id().as_str();
    let meaning = |name: &str| values::meaning(command, id, name).map(|meaning| format!("- {name}：{meaning}"));
    let meanings: Vec<_> = names.iter().copied().filter_map(meaning).collect();
    let on_one_line = format!("[可选值：{}]", names.join(", "));
    let listed = if meanings.is_empty() { on_one_line.clone() } else { format!("可选值：\n{}", meanings.join("\n")) };
    Some((on_one_line, listed))
}

/// Clap ends lines at spaces only, and takes every character to be one column wide.
fn in_lines(text: &str, width: usize) -> String {
    let wrapped = |line: &str| {
        let options = textwrap::Options::new(width)
            .subsequent_indent(if line.starts_with("- ") { "  " } else { "" })
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .word_separator(line_breaks::separator());
        textwrap::fill(line, options)
    };
    text.lines().map(wrapped).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use clap::error::ErrorKind;
    use textwrap::core::display_width;

    use super::super::Arguments;
    use super::*;

    /// Columns beside the longest name in the list of all commands.
    const WIDTH_IN_LIST: usize = 66;

    fn english() -> Command {
        let mut program = Arguments::command();
        program.build();
        program
    }

    /// The program, which has no name here, and its commands.
    fn all(program: &Command) -> Vec<(&str, &Command)> {
        let commands = program.get_subcommands().map(|command| (command.get_name(), command));
        std::iter::once(("", program)).chain(commands).collect()
    }

    fn has_chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
    }

    #[test]
    fn every_text_has_a_chinese_one() {
        for (name, command) in all(&english()) {
            let words = commands::command(name).unwrap_or_else(|| panic!("{name}"));
            assert!(has_chinese(words.short) && display_width(words.short) <= WIDTH_IN_LIST, "{name}");
            assert_eq!(words.long.is_some_and(has_chinese), command.get_long_about().is_some(), "{name}");
            assert!(command.get_after_help().is_none(), "{name}: its text is not translated");
            for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
                let id = argument.get_id().as_str();
                let (short, long) = arguments::argument(name, id).unwrap_or_else(|| panic!("{name} {id}"));
                assert!(has_chinese(short) && long.is_none_or(has_chinese), "{name} {id}");
                // That of --help says in one text what clap says in two.
                assert!(id == "help" || long.is_some() == argument.get_long_help().is_some(), "{name} {id}");
                let has_default_heading = ["参数", "选项"].contains(&heading(argument));
                assert_eq!(has_default_heading, argument.get_help_heading().is_none(), "{name} {id}");
                if !argument.is_hide_possible_values_set() {
                    for value in argument.get_possible_values() {
                        let meaning = values::meaning(name, id, value.get_name());
                        assert_eq!(meaning.is_some(), value.get_help().is_some(), "{name} {id} {}", value.get_name());
                    }
                }
            }
        }
    }

    #[test]
    fn every_argument_shows_chinese_under_a_chinese_heading() {
        for (name, command) in all(&translated(Arguments::command())) {
            for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
                let texts = [argument.get_help(), argument.get_long_help()];
                let is_chinese = texts.into_iter().all(|text| text.is_some_and(|text| has_chinese(&text.to_string())));
                let is_below_chinese = argument.get_help_heading().is_some_and(has_chinese);
                assert!(is_chinese && is_below_chinese, "{name} {}", argument.get_id());
            }
        }
    }

    #[test]
    fn help_fits_80_columns_and_has_none_of_claps_words() {
        const CLAPS: [&str; 7] = ["Usage:", "Options:", "Arguments:", "Commands:", "[default", "ossible values", "Print "];
        for (name, command) in all(&translated(Arguments::command())) {
            let command = command.clone().term_width(WIDTH);
            for help in [command.clone().render_help(), command.clone().render_long_help()] {
                for line in help.to_string().lines() {
                    assert!(display_width(line) <= WIDTH, "{name}: {line}");
                    assert!(!CLAPS.iter().any(|word| line.contains(word)), "{name}: {line}");
                }
            }
        }
    }

    #[test]
    fn the_command_line_stays_the_same() {
        let parsed = |line: &str| translated(Arguments::command()).try_get_matches_from(line.split(' '));
        for line in ["kubectl-lbprobe run --help", "kubectl-lbprobe help run", "kubectl-lbprobe run -h"] {
            let help = parsed(line).unwrap_err();
            assert_eq!(help.kind(), ErrorKind::DisplayHelp, "{line}");
            assert!(help.to_string().contains("用法： kubectl lbprobe run [OPTIONS] <SERVICE>"), "{help}");
        }
        let run = parsed("kubectl-lbprobe run web -n shop --delivery configmap").unwrap();
        assert_eq!(run.subcommand_name(), Some("run"));
        assert_eq!(parsed("kubectl-lbprobe run web --delivery fax").unwrap_err().kind(), ErrorKind::InvalidValue);
        assert_eq!(parsed("kubectl-lbprobe --version").unwrap_err().kind(), ErrorKind::DisplayVersion);
    }
}
