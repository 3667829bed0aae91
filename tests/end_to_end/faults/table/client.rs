//! The plugin itself: signals, its streams, its clock.

use crate::faults::acts::Act::{CloseTerminal, Do, Suspend, Wait};
use crate::faults::acts::{HUP, INT, KILL, TERM};
use crate::faults::row::{At, Left, RUN, Row, Tier, WATCH, Way};

/// Of a stopped plugin it must not be said.
const NOT_KUBELETS: &[&str] = &["kubelet did not start"];

pub(super) const ROWS: &[Row] = &[
    Row { id: "a1", what: "run, undisturbed", says: &["FAULT", "externalTrafficPolicy is Local", "(confirmed)"], tier: Tier::Full, ..RUN },
    Row {
        id: "a2-job",
        what: "kill -9 when the Job is made",
        command: "run SERVICE --deadline 10s",
        then: &[(At::Phase("job-created"), &[KILL])],
        codes: &[137],
        left: Left::For(45),
        ..RUN
    },
    Row {
        id: "a2-created",
        what: "kill -9 when the pods are made",
        command: "run SERVICE --deadline 10s",
        then: &[(At::Phase("pods-created"), &[KILL])],
        codes: &[137],
        left: Left::For(45),
        ..RUN
    },
    Row {
        id: "a2-running",
        what: "kill -9 when the pods run",
        command: "run SERVICE --deadline 10s",
        then: &[(At::Phase("pods-running"), &[KILL])],
        codes: &[137],
        left: Left::For(45),
        ..RUN
    },
    Row {
        id: "a2-removed",
        what: "kill -9 between the removal of the pods and of the Job",
        command: "run SERVICE --deadline 10s",
        then: &[(At::Phase("pods-removed"), &[KILL])],
        codes: &[137],
        left: Left::For(45),
        ..RUN
    },
    Row {
        id: "a2-default",
        what: "kill -9 with the default deadline",
        then: &[(At::Phase("pods-running"), &[KILL])],
        codes: &[137],
        left: Left::For(90),
        ..RUN
    },
    Row {
        id: "a3",
        what: "SIGINT when the pods run",
        then: &[(At::Phase("pods-running"), &[INT])],
        codes: &[130],
        tier: Tier::Quick,
        ..RUN
    },
    Row { id: "a3-job", what: "SIGINT when the Job is made", then: &[(At::Phase("job-created"), &[INT])], codes: &[130], ..RUN },
    Row { id: "a3-created", what: "SIGINT when the pods are made", then: &[(At::Phase("pods-created"), &[INT])], codes: &[130], ..RUN },
    Row { id: "a3-term", what: "SIGTERM when all have answered", then: &[(At::Phase("answered"), &[TERM])], codes: &[143], ..RUN },
    Row {
        id: "a3-reported",
        what: "SIGINT between the verdict and the clean-up",
        then: &[(At::Phase("reported"), &[INT])],
        codes: &[3, 130],
        says: &["FAULT"],
        tier: Tier::Full,
        ..RUN
    },
    Row {
        id: "a3-removed",
        what: "SIGINT between the removal of the pods and of the Job",
        then: &[(At::Phase("pods-removed"), &[INT])],
        codes: &[3, 130],
        says: &["FAULT"],
        left: Left::For(90),
        ..RUN
    },
    Row {
        id: "a4",
        what: "SIGINT twice, 50 ms apart",
        then: &[(At::Phase("pods-running"), &[INT, Wait(50), INT])],
        codes: &[130],
        left: Left::For(90),
        ..RUN
    },
    Row {
        id: "a4-six",
        what: "SIGINT six times",
        then: &[(At::Phase("pods-running"), &[INT, Wait(20), INT, Wait(20), INT, Wait(20), INT, Wait(20), INT, Wait(20), INT])],
        codes: &[130],
        left: Left::For(90),
        ..RUN
    },
    Row {
        id: "a5",
        what: "SIGHUP when the pods run",
        then: &[(At::Phase("pods-running"), &[HUP])],
        codes: &[129],
        tier: Tier::Quick,
        ..RUN
    },
    Row {
        id: "a5-terminal",
        what: "the terminal's window is closed",
        way: Way::Terminal,
        then: &[(At::Phase("pods-running"), &[CloseTerminal])],
        codes: &[137],
        left: Left::For(20),
        tier: Tier::Full,
        ..RUN
    },
    Row {
        id: "a6",
        what: "Ctrl-Z for 20 s when the pods are made",
        then: &[(At::Phase("pods-created"), &[Suspend(20)])],
        never: NOT_KUBELETS,
        most: 90,
        ..RUN
    },
    Row {
        id: "a6-minute",
        what: "Ctrl-Z for a minute when the pods run",
        then: &[(At::Phase("pods-running"), &[Suspend(60)])],
        codes: &[3, 4],
        never: NOT_KUBELETS,
        most: 150,
        ..RUN
    },
    Row {
        id: "a6b",
        what: "Ctrl-Z for longer than the deadline",
        command: "run SERVICE --deadline 10s",
        then: &[(At::Phase("pods-created"), &[Suspend(20)])],
        codes: &[3, 4],
        never: NOT_KUBELETS,
        most: 90,
        ..RUN
    },
    Row {
        id: "a7",
        what: "the reader of its output ends after a line",
        way: Way::Redirected("| head -1"),
        codes: &[1, 3],
        tier: Tier::Full,
        ..RUN
    },
    Row { id: "d1-in", what: "standard input closed", way: Way::Redirected("<&-"), ..RUN },
    Row { id: "d1-out", what: "standard output closed", way: Way::Redirected(">&-"), codes: &[1, 3], ..RUN },
    Row { id: "d1-err", what: "standard error closed", way: Way::Redirected("2>&-"), ..RUN },
    Row { id: "d1-full", what: "no room for its output", way: Way::Redirected(">/dev/full"), codes: &[1], tier: Tier::Full, ..RUN },
    Row { id: "d6-ahead", what: "run by a clock that is an hour fast", clock: Some("+1h"), ..RUN },
    Row { id: "d6-behind", what: "run by a clock that is an hour slow", clock: Some("-1h"), ..RUN },
    Row { id: "d6-years", what: "run by a clock that is 12 years fast", clock: Some("+12y"), ..RUN },
    Row {
        id: "d6w",
        what: "watch by a clock that is a minute fast",
        command: "watch SERVICE --for 10s --node node1",
        clock: Some("+60"),
        codes: &[0],
        never: &["nothing was heard"],
        ..WATCH
    },
    Row {
        id: "d40",
        what: "watch, and nobody reads standard error when something is lost",
        command: "watch SERVICE --for 8s",
        way: Way::Redirected("2> >(true)"),
        says: &["OUTAGES"],
        tier: Tier::Quick,
        ..WATCH
    },
    Row {
        id: "d41",
        what: "watch by a clock that is a minute slow, and the only pod is removed",
        command: "watch SERVICE --for 20s --node node1 --vantage pod",
        clock: Some("-60"),
        then: &[(
            At::Phase("watching"),
            &[Do("kubectl delete pods -n default -l app.kubernetes.io/name=lbprobe --grace-period=0 --force")],
        )],
        codes: &[4],
        never: &["STEADY"],
        ..WATCH
    },
];
