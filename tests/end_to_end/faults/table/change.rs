//! `fix --apply`: killed, interrupted, beside others, without room for its files.

use crate::faults::acts::Act::{Call, Do, Settle, StopFor, Type, With};
use crate::faults::acts::{self, Act, CALL, HUP, INT, KILL, TERM};
use crate::faults::row::{At, FIX, Left, Row, Tier, Way};
use crate::faults::scripts::{AS_DEPLOYED, DELETE_SERVICE, NO_RECORD, SCALE_TO_0, THEIR_RECORD};

/// A change that does not help: it is probed more than once.
const USELESS: &str = r#"fix SERVICE --patch {"metadata":{"annotations":{"service.beta.kubernetes.io/backend-type":"eni"}}} --apply --yes --wait 20s --save FOLDER/save"#;

/// As a person calls it, who is asked.
const ASKED: Row = Row {
    command: "fix SERVICE --strategy cluster --apply --save FOLDER/save",
    way: Way::Terminal,
    holds: &[AS_DEPLOYED, NO_RECORD],
    ..FIX
};

/// The change is taken back, and the fault is seen again.
const UNDO: acts::Call = acts::Call {
    words: "fix SERVICE --undo --yes --save FOLDER/save",
    codes: &[3],
    says: &["externalTrafficPolicy is Local"],
    never: &["no known cause"],
};

/// Killed between the change and its verification.
const KILLED: Row = Row {
    then: &[(At::Phase("changed"), &[KILL]), (At::Ended, &[Call(UNDO)])],
    codes: &[137],
    holds: &[AS_DEPLOYED, NO_RECORD],
    left: Left::For(90),
    ..FIX
};

/// The record of somebody else, who changed the Service as well.
const THEY_CHANGE_IT: Act = Do(
    r#"kubectl patch service SERVICE --type=merge -p '{"spec":{"externalTrafficPolicy":"Cluster"},"metadata":{"annotations":{
    "lbprobe/fix":"{\"run\":\"deadbeef\",\"at\":\"2026-11-25T10:00:00Z\",\"strategy\":\"cluster\",\"digest\":\"0000000000000000000000000000000000000000000000000000000000000000\"}"}}}'"#,
);

/// The Service as it was, made anew by somebody else.
const MADE_ANEW: Act = Do("kubectl delete service SERVICE && kubectl create -f FOLDER/service.json");

/// A file system of 2 MB for what is saved.
const SMALL_DISK: Act = With("mount -t tmpfs -o size=2m tmpfs FOLDER/save", "umount FOLDER/save");

/// No byte more has room there.
const FILL: Act = Do("dd if=/dev/zero of=FOLDER/save/fill bs=4k 2>/dev/null; dd if=/dev/zero of=FOLDER/save/rest bs=1 2>/dev/null; true");

/// A controller that knows nothing of the Service's fields.
const OWNED_BY_A_DEPLOYMENT: Act = Do(r#"uid=$(kubectl get deployment istio-ingressgateway -n istio-system -o jsonpath={.metadata.uid}) &&
    kubectl patch service SERVICE --type=merge -p '{"metadata":{"ownerReferences":[
        {"apiVersion":"apps/v1","kind":"Deployment","name":"istio-ingressgateway","uid":"'$uid'","controller":true}]}}'"#);

pub(super) const ROWS: &[Row] = &[
    Row { id: "c0", what: "fix, undisturbed", says: &["KEPT"], holds: &[NO_RECORD], ..FIX },
    Row {
        id: "c1u",
        what: "fix, kill -9 after the change; others find it; --undo",
        then: &[
            (At::Phase("changed"), &[KILL]),
            (
                At::Ended,
                &[
                    Call(acts::Call { words: "fix SERVICE --save FOLDER/save", codes: &[1], says: &["--undo"], ..CALL }),
                    Call(acts::Call { words: "cleanup -A", codes: &[4], says: &["istio-ingressgateway"], ..CALL }),
                    Call(acts::Call { words: "fix SERVICE --undo --save FOLDER/save", codes: &[1], says: &["--yes"], ..CALL }),
                    Call(UNDO),
                ],
            ),
        ],
        tier: Tier::Quick,
        ..KILLED
    },
    Row {
        id: "c1-lost",
        what: "the same without the file of the change",
        then: &[(At::Phase("changed"), &[KILL]), (At::Ended, &[Do("rm FOLDER/save/*.change.json"), Call(UNDO)])],
        ..KILLED
    },
    Row {
        id: "c1-resume",
        what: "fix, kill -9 after the change; --resume",
        then: &[
            (At::Phase("changed"), &[KILL]),
            (
                At::Ended,
                &[Call(acts::Call { words: "fix SERVICE --resume --yes --save FOLDER/save", codes: &[0], says: &["KEPT"], ..CALL })],
            ),
        ],
        holds: &[NO_RECORD],
        ..KILLED
    },
    Row { id: "c1-before", what: "fix, kill -9 before the change", then: &[(At::Phase("before-change"), &[KILL])], ..KILLED },
    Row {
        id: "c4",
        what: "fix, SIGTERM between two probes",
        command: USELESS,
        then: &[(At::Phase("between-probes"), &[TERM])],
        codes: &[143],
        says: &["--undo"],
        ..FIX
    },
    Row {
        id: "c60",
        what: "fix, SIGINT between two probes",
        command: USELESS,
        then: &[(At::Phase("between-probes"), &[INT])],
        codes: &[130],
        ..FIX
    },
    Row { id: "c43", what: "SIGINT at the question", then: &[(At::Text("[y/N]"), &[INT])], codes: &[130], tier: Tier::Quick, ..ASKED },
    Row { id: "c43-term", what: "SIGTERM at the question", then: &[(At::Text("[y/N]"), &[TERM])], codes: &[143], ..ASKED },
    Row { id: "c43-hup", what: "SIGHUP at the question", then: &[(At::Text("[y/N]"), &[HUP])], codes: &[129], ..ASKED },
    Row {
        id: "c43-key",
        what: "Ctrl-C at the question, then y",
        then: &[(At::Text("[y/N]"), &[Type("\u{3}")]), (At::Later(1), &[Type("y\r")])],
        codes: &[130],
        ..ASKED
    },
    Row { id: "c43-enter", what: "Enter at the question", then: &[(At::Text("[y/N]"), &[Type("\r")])], codes: &[3], ..ASKED },
    Row {
        id: "c5",
        what: "fix, API server silent for 25 s while it is probed again",
        then: &[(At::Phase("changed"), &[]), (At::Later(3), &[StopFor("kube-apiserver", 25)])],
        codes: &[0, 1, 3, 4],
        // What was not measured is no reason to keep a change and forget it.
        holds: &["! { grep -q KEPT FOLDER/stdout && grep -q 'not measured' FOLDER/stdout; }"],
        most: 180,
        tier: Tier::Full,
        ..FIX
    },
    Row {
        id: "c6",
        what: "fix, the disk is full when the change is judged",
        first: &[SMALL_DISK],
        then: &[(At::Phase("before-settle"), &[FILL])],
        codes: &[0, 1],
        says: &["KEPT"],
        tier: Tier::Full,
        ..FIX
    },
    Row {
        id: "c6-settled",
        what: "fix, the disk is full when the change is kept",
        first: &[SMALL_DISK],
        then: &[(At::Phase("settled"), &[FILL])],
        codes: &[0, 1],
        says: &["KEPT"],
        ..FIX
    },
    Row {
        id: "c6-before",
        what: "fix, the disk is full from the beginning",
        first: &[SMALL_DISK, FILL],
        codes: &[1],
        holds: &[AS_DEPLOYED, NO_RECORD],
        ..FIX
    },
    Row {
        id: "c6m",
        what: "fix, --save names a folder that is missing",
        command: "fix SERVICE --strategy cluster --apply --yes --save FOLDER/missing",
        codes: &[1],
        holds: &[AS_DEPLOYED, NO_RECORD],
        ..FIX
    },
    Row {
        id: "c7",
        what: "fix, links where its files go",
        first: &[Do("echo mine >FOLDER/victim && for when in before after; do \
             ln -s FOLDER/victim FOLDER/save/lbprobe-istio-system-istio-ingressgateway.$when.json; done")],
        codes: &[0, 1],
        holds: &["test \"$(cat FOLDER/victim)\" = mine"],
        tier: Tier::Full,
        ..FIX
    },
    Row {
        id: "c62",
        what: "fix, kill -9; its files are cut, then gone; --resume, --undo",
        then: &[
            (At::Phase("changed"), &[KILL]),
            (
                At::Ended,
                &[
                    Do("truncate -s 10 FOLDER/save/*.json"),
                    Call(acts::Call { words: "fix SERVICE --resume --yes --save FOLDER/save", codes: &[1], ..CALL }),
                    Do("rm FOLDER/save/*.json"),
                    Call(acts::Call { words: "fix SERVICE --resume --yes --save FOLDER/save", codes: &[1], says: &["--undo"], ..CALL }),
                    Call(UNDO),
                ],
            ),
        ],
        tier: Tier::Full,
        ..KILLED
    },
    Row {
        id: "c10",
        what: "somebody else makes the same fix between question and change",
        then: &[(
            At::Phase("before-change"),
            &[Call(acts::Call {
                words: "fix SERVICE --strategy cluster --apply --yes --save FOLDER/other",
                codes: &[0],
                says: &["KEPT"],
                ..CALL
            })],
        )],
        codes: &[1, 4],
        tier: Tier::Full,
        ..FIX
    },
    Row {
        id: "c11",
        what: "somebody else wants another fix before the change is judged",
        then: &[(
            At::Phase("before-settle"),
            &[Call(acts::Call {
                words: "fix SERVICE --strategy eni --apply --yes --save FOLDER/other",
                codes: &[1],
                never: &["KEPT", "PUT BACK"],
                ..CALL
            })],
        )],
        says: &["KEPT"],
        holds: &[NO_RECORD],
        tier: Tier::Full,
        ..FIX
    },
    Row {
        id: "c46",
        what: "the record is another run's when the change is judged",
        then: &[(At::Phase("before-settle"), &[THEY_CHANGE_IT])],
        codes: &[1, 3, 4],
        holds: &[THEIR_RECORD],
        ..FIX
    },
    Row {
        id: "g2",
        what: "somebody else makes a change between question and change, and is killed",
        then: &[
            (At::Phase("before-change"), &[THEY_CHANGE_IT]),
            (
                At::Ended,
                &[Do(THEIR_RECORD), Settle, Call(acts::Call { words: "fix SERVICE --undo --yes --save FOLDER/save", codes: &[3], ..CALL })],
            ),
        ],
        codes: &[1],
        holds: &[AS_DEPLOYED, NO_RECORD],
        ..FIX
    },
    Row {
        id: "c12f",
        what: "fix, the Service is deleted after the change",
        then: &[(At::Phase("changed"), &[DELETE_SERVICE])],
        codes: &[1, 4],
        never: &["--resume"],
        ..FIX
    },
    Row {
        id: "c12r",
        what: "fix, the Service is deleted and made anew after the change",
        first: &[Do("kubectl get service SERVICE -o json | sed '/\"resourceVersion\"/d' >FOLDER/service.json")],
        then: &[(At::Phase("changed"), &[MADE_ANEW])],
        codes: &[1, 3, 4],
        never: &["KEPT"],
        ..FIX
    },
    Row {
        id: "c13f",
        what: "fix, the gateway is scaled to 0 after the change",
        then: &[(At::Phase("changed"), &[SCALE_TO_0, Settle])],
        codes: &[3, 4],
        never: &["KEPT"],
        most: 180,
        ..FIX
    },
    Row {
        id: "c27",
        what: "fix of a Service that a Deployment owns",
        first: &[OWNED_BY_A_DEPLOYMENT],
        codes: &[0, 1, 3],
        never: &["changed deployment/", "patch deployment", "REVERTED"],
        tier: Tier::Full,
        ..FIX
    },
    Row {
        id: "c28b",
        what: "run on a Service that a Deployment owns",
        first: &[OWNED_BY_A_DEPLOYMENT],
        command: "run SERVICE",
        codes: &[3],
        never: &["patch deployment", "patch Deployment"],
        ..FIX
    },
];
