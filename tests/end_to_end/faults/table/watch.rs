//! `watch`: it goes on for long, and what is left of it would dial for long.

use crate::faults::acts::Act::Wait;
use crate::faults::acts::{HUP, INT, KILL};
use crate::faults::row::{At, Left, Row, Tier, WATCH};

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "e5",
        what: "watch for ten minutes, kill -9",
        command: "watch SERVICE --for 10m",
        then: &[(At::Phase("watching"), &[KILL])],
        codes: &[137],
        left: Left::For(90),
        ..WATCH
    },
    Row {
        id: "e5-hup",
        what: "watch for ten minutes, SIGHUP",
        command: "watch SERVICE --for 10m",
        then: &[(At::Phase("watching"), &[HUP])],
        codes: &[129, 3, 4],
        tier: Tier::Full,
        ..WATCH
    },
    Row {
        id: "e8",
        what: "watch with less time to start than a pod takes",
        command: "watch SERVICE --for 15s --start-timeout 100ms",
        codes: &[3, 4],
        never: &["within 0 s"],
        ..WATCH
    },
    Row {
        id: "e10",
        what: "watch, Ctrl-C twice",
        command: "watch SERVICE --for 10m",
        then: &[(At::Phase("watching"), &[INT, Wait(50), INT])],
        codes: &[3, 4, 130],
        left: Left::For(90),
        ..WATCH
    },
];
