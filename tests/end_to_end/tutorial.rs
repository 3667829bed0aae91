//! The tutorial's commands, as they stand in it, one after another.

use lbprobe_lab::outside::lab::Vantage;

use crate::harness::{fresh_faulty_lab, nothing_left, seconds};

/// What each command that measures ends with, in order, and what it says.
const ENDS: [(&str, i32, &str); 8] = [
    ("kubectl lbprobe ", 3, "istio-ingressgateway"),
    ("kubectl lbprobe explain", 3, "the node has no endpoint"),
    ("kubectl lbprobe run", 3, "FAULT: externalTrafficPolicy is Local"),
    ("kubectl lbprobe fix", 3, "set externalTrafficPolicy to Cluster"),
    ("kubectl lbprobe fix", 0, "KEPT: the change stays"),
    ("kubectl lbprobe verify", 0, "VERIFIED: 2 vantages fixed"),
    ("kubectl patch", 0, "patched"),
    ("kubectl lbprobe run", 3, "FAULT"),
];

/// The lines of the page's blocks of commands that are for a shell in the lab.
fn commands() -> Vec<&'static str> {
    let page = include_str!("../../docs/tutorial.md");
    let blocks = page.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    blocks.flat_map(str::lines).filter(|line| line.starts_with("kubectl ")).collect()
}

#[test]
fn each_command_does_what_the_page_says() {
    let lab = fresh_faulty_lab();
    let folder = tempfile::tempdir().unwrap();
    let commands = commands();
    assert_eq!(commands.len(), ENDS.len(), "{commands:?}");
    // A slow machine gets more time for a sample than the page's reader needs.
    let patience = seconds(4);
    for (command, (begin, code, says)) in commands.into_iter().zip(ENDS) {
        assert!(command.starts_with(begin), "{command}");
        let dials = command.contains(" run ") || command.contains(" fix ");
        let timed = if dials { format!("{command} --timeout {patience}") } else { command.to_owned() };
        let script = format!("cd {} && {timed}", folder.path().display());
        let output = lab.run_at(Vantage::Control, &["sh", "-c", &script]).unwrap();
        let [shown, said] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        let all = format!("{shown} {said}").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(output.status.code() == Some(code) && all.contains(says), "{timed}: {:?}\n{shown}\n{said}", output.status.code());
    }
    nothing_left(&lab);
}
