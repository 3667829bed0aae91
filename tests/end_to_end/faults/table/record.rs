//! Records of changes that somebody forged, who may write annotations and no more.

use crate::faults::acts::Act::{Call, Do, Forge, Type, With};
use crate::faults::acts::{self, CALL};
use crate::faults::row::{At, FIX, Row, Tier, Way};
use crate::faults::scripts::{AS_DEPLOYED, FORGER};

/// As a record was once: what it asks for was done.
const OBEYED_ONCE: &str = r#"{"at":"2026-11-25T10:00:00Z","strategy":"cluster","merge":{},"before":"/nonexistent",
    "undo":{"spec":{"externalIPs":["203.0.113.66"],"selector":{"app":"evil"}}}}"#;

/// As a record is now, with an order in it.
const WITH_AN_ORDER: &str = r#"{"run":"deadbeef","at":"2026-11-25T10:00:00Z","strategy":"cluster",
    "digest":"0000000000000000000000000000000000000000000000000000000000000000",
    "undo":{"spec":{"externalIPs":["203.0.113.66"]}}}"#;

/// One that is a record, of a change that nobody made.
const OF_NO_CHANGE: &str = r#"{"run":"deadbeef","at":"2026-11-25T10:00:00Z","strategy":"cluster",
    "digest":"0000000000000000000000000000000000000000000000000000000000000000"}"#;

/// One that would write on a terminal.
const WITH_ESCAPES: &str = r#"{"at":"2026-11-25T10:00:00Z","strategy":"\u001b]0;owned\u0007","merge":{},"undo":{},"before":"\u001b[2J"}"#;

/// One that names a file to be read.
const OF_DEV_ZERO: &str = r#"{"at":"2026-11-25T10:00:00Z","strategy":"cluster","merge":{},"undo":{},"before":"/dev/zero"}"#;
const OF_A_PIPE: &str = r#"{"at":"2026-11-25T10:00:00Z","strategy":"cluster","merge":{},"undo":{},"before":"FOLDER/pipe"}"#;
const OF_STANDARD_INPUT: &str = r#"{"at":"2026-11-25T10:00:00Z","strategy":"cluster","merge":{},"undo":{},"before":"-"}"#;
const OF_A_SECRET: &str = r#"{"at":"2026-11-25T10:00:00Z","strategy":"cluster","merge":{},"undo":{},"before":"/etc/shadow"}"#;

/// Undoes that are no objects.
const UNDO_LIST: &str = r#"{"at":"2026-11-25T10:00:00Z","strategy":"cluster","merge":{},"undo":[],"before":"x"}"#;
const UNDO_TEXT: &str = r#"{"at":"2026-11-25T10:00:00Z","strategy":"cluster","merge":{},"undo":"x","before":"x"}"#;
const UNDO_NUMBER: &str = r#"{"at":"2026-11-25T10:00:00Z","strategy":"cluster","merge":{},"undo":1,"before":"x"}"#;
const UNDO_DEEP: &str =
    r#"{"at":"2026-11-25T10:00:00Z","strategy":"cluster","merge":1,"undo":{"metadata":{"annotations":[]}},"before":"x"}"#;
const UNDO_OF_ANOTHER: &str = r#"{"at":"2026-11-25T10:00:00Z","strategy":"cluster","merge":{},"before":"x",
    "undo":{"kind":"Secret","metadata":{"name":"another","namespace":"kube-system"}}}"#;

/// A record of a change that is not told of: nothing is changed by it.
const UNDO: acts::Call = acts::Call { words: "fix SERVICE --undo --yes --save FOLDER/save", codes: &[1], ..CALL };
const RESUME: acts::Call = acts::Call { words: "fix SERVICE --resume --yes --save FOLDER/save", codes: &[1], ..CALL };

const FORGED: Row = Row { command: UNDO.words, codes: &[1], says: &["istio-ingressgateway"], holds: &[AS_DEPLOYED], most: 40, ..FIX };

/// Plain `fix` at a terminal, where somebody presses Enter at once.
const AT_A_TERMINAL: Row = Row {
    command: "fix SERVICE --save FOLDER/save",
    way: Way::Terminal,
    then: &[(At::Later(0), &[Type("\r")])],
    codes: &[1, 3, 4],
    most: 90,
    ..FORGED
};

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "c20",
        what: "a forged record of the old form, fix --undo",
        first: &[Forge(OBEYED_ONCE)],
        then: &[(
            At::Ended,
            &[
                Call(acts::Call { words: "cleanup -A", codes: &[1, 4], says: &["istio-ingressgateway"], ..CALL }),
                Call(acts::Call { words: "fix SERVICE --save FOLDER/save", codes: &[1], ..CALL }),
            ],
        )],
        tier: Tier::Quick,
        ..FORGED
    },
    Row {
        id: "c20-order",
        what: "a forged record with an order in it, fix --undo",
        first: &[Forge(WITH_AN_ORDER)],
        tier: Tier::Full,
        ..FORGED
    },
    Row {
        id: "c20-nothing",
        what: "a forged record of a change that nobody made, fix --undo",
        first: &[Forge(OF_NO_CHANGE)],
        codes: &[1, 3],
        most: 90,
        ..FORGED
    },
    Row {
        id: "c42",
        what: "a forged record, plain fix at a terminal, Enter",
        first: &[Forge(OBEYED_ONCE)],
        tier: Tier::Full,
        ..AT_A_TERMINAL
    },
    Row {
        id: "g1",
        what: "who may write the status only forges a record; an administrator calls fix, and presses Enter",
        first: &[
            FORGER,
            Do("! kubectl auth can-i patch services -n istio-system --as forger"),
            Do(r#"kubectl patch service SERVICE --as forger --subresource=status --type=merge -p '{"metadata":{"annotations":{
                "lbprobe/fix":"{\"run\":\"deadbeef\",\"at\":\"2026-11-25T10:00:00Z\",\"strategy\":\"cluster\",\"digest\":\"0000000000000000000000000000000000000000000000000000000000000000\"}"}}}'"#),
        ],
        tier: Tier::Full,
        ..AT_A_TERMINAL
    },
    Row { id: "c21", what: "a forged record that names another object", first: &[Forge(UNDO_OF_ANOTHER)], ..FORGED },
    Row {
        id: "c22",
        what: "forged records whose undo is no object",
        first: &[Forge(UNDO_LIST)],
        then: &[(
            At::Ended,
            &[Forge(UNDO_TEXT), Call(UNDO), Forge(UNDO_NUMBER), Call(UNDO), Forge(UNDO_DEEP), Call(UNDO), Forge("null"), Call(UNDO)],
        )],
        ..FORGED
    },
    Row {
        id: "c23",
        what: "forged records that name devices, pipes and secrets as files",
        first: &[Do("mkfifo FOLDER/pipe"), Forge(OF_DEV_ZERO)],
        command: RESUME.words,
        then: &[(
            At::Ended,
            &[Forge(OF_A_PIPE), Call(RESUME), Forge(OF_STANDARD_INPUT), Call(RESUME), Forge(OF_A_SECRET), Call(RESUME)],
        )],
        tier: Tier::Full,
        ..FORGED
    },
    Row {
        id: "c24",
        what: "escapes in a forged record, cleanup at a terminal",
        first: &[Forge(WITH_ESCAPES)],
        command: "cleanup -A",
        way: Way::Terminal,
        codes: &[1, 4],
        never: &["\u{1b}]0;owned", "\u{1b}[2J"],
        tier: Tier::Full,
        ..FORGED
    },
    Row {
        id: "c24-fix",
        what: "escapes in a forged record, fix at a terminal",
        first: &[Forge(WITH_ESCAPES)],
        never: &["\u{1b}]0;owned", "\u{1b}[2J"],
        ..AT_A_TERMINAL
    },
    Row {
        id: "c26",
        what: "a record that is none hides no other one",
        first: &[
            Forge("no record"),
            With(
                "kubectl create service clusterip second -n default --tcp=80 &&
                kubectl annotate service second -n default \
                'lbprobe/fix={\"run\":\"deadbeef\",\"at\":\"2026-11-25T10:00:00Z\",\"strategy\":\"cluster\",\"digest\":\"0000000000000000000000000000000000000000000000000000000000000000\"}'",
                "kubectl delete service second -n default",
            ),
        ],
        command: "cleanup -A",
        codes: &[1, 4],
        says: &["istio-ingressgateway", "service/second"],
        tier: Tier::Full,
        ..FORGED
    },
];
