//! What a user or a file gives the plugin: kubeconfigs, flags, reports, expectations.

use crate::faults::acts::Act::{Call, Do, File, Save};
use crate::faults::acts::{self, CALL, KILL};
use crate::faults::row::{At, Left, RUN, Row, Tier, Way};
use crate::faults::scripts::KEEPER;

/// A kubeconfig whose user logs in by a command.
const LOGIN: &str = r#"{"apiVersion":"v1","kind":"Config","current-context":"lab",
"clusters":[{"name":"lab","cluster":{"server":"https://198.18.0.2:6443","certificate-authority":"/run/lab/pki/ca.crt"}}],
"contexts":[{"name":"lab","context":{"cluster":"lab","user":"somebody"}}],
"users":[{"name":"somebody","user":{"exec":{"apiVersion":"client.authentication.k8s.io/v1","command":"FOLDER/login-to-cloud",
    "args":["--password","ARG-SECRET"],"env":[{"name":"TOKEN","value":"ENV-SECRET"}],"interactiveMode":"IfAvailable"}}}]}"#;

/// One that fails, and says too much.
const LOGIN_FAILS: &str = "#!/bin/sh\necho OUT-SECRET\necho FIRST-SECRET >&2\necho log in again >&2\nexit 7\n";

/// One that waits for something that does not come.
const LOGIN_HANGS: &str = "#!/bin/sh\nexec sleep 60\n";

/// What must not be shown of it.
const SECRETS: &[&str] = &["OUT-SECRET", "FIRST-SECRET", "ARG-SECRET", "ENV-SECRET"];

const HEAD: &str = "apiVersion: lbprobe/v1
kind: Acceptance
services:
- service: istio-ingressgateway
  namespace: istio-system
";

const DUPLICATE_KEYS: &str = "apiVersion: lbprobe/v1
kind: Acceptance
services:
- service: istio-ingressgateway
  service: istio-ingressgateway
  expect:
  - {to: dnsName, port: 80}
";

const PATH_OF_TWO_LINES: &str = r#"apiVersion: lbprobe/v1
kind: Acceptance
services:
- service: istio-ingressgateway
  namespace: istio-system
  path: "/\r\nX-Evil: 1"
  expect:
  - {to: dnsName, port: 80}
"#;

const HOST_OF_TWO_LINES: &str = r#"apiVersion: lbprobe/v1
kind: Acceptance
services:
- service: istio-ingressgateway
  namespace: istio-system
  host: "gateway\r\nX-Evil: 1"
  expect:
  - {to: dnsName, port: 80}
"#;

const PORT_0: &str = "apiVersion: lbprobe/v1
kind: Acceptance
services:
- service: istio-ingressgateway
  namespace: istio-system
  expect:
  - {to: dnsName, port: 0}
";

const ONE_IS_MISSING: &str = "apiVersion: lbprobe/v1
kind: Acceptance
services:
- service: nowhere
  namespace: istio-system
  expect:
  - {to: dnsName, port: 80}
- service: istio-ingressgateway
  namespace: istio-system
  expect:
  - {to: dnsName, port: 80}
";

/// Nothing is probed.
const REFUSED: Row = Row { codes: &[1], most: 20, tier: Tier::Full, ..RUN };

/// A file of expectations that is wrong.
const EXPECTATIONS: Row = Row { command: "accept -f FOLDER/expectations.yaml", ..REFUSED };

pub(super) const ROWS: &[Row] = &[
    Row { id: "b16", what: "no such Service", command: "run nowhere -n istio-system", says: &["nowhere"], ..REFUSED },
    Row { id: "b16-node", what: "no such node", command: "run SERVICE --node nowhere", says: &["nowhere"], ..REFUSED },
    Row { id: "b16-selector", what: "a selector that is none", command: "run SERVICE -l !!", ..REFUSED },
    Row {
        id: "b16-deadline",
        what: "a deadline shorter than a check",
        command: "run SERVICE --deadline 10s --timeout 30s",
        codes: &[3, 4],
        most: 150,
        left: Left::For(45),
        ..RUN
    },
    Row { id: "d2", what: "a proxy that is down", env: &["HTTPS_PROXY=http://127.0.0.1:9"], says: &["127.0.0.1:9"], ..REFUSED },
    Row { id: "d2-nonsense", what: "a proxy that is none", env: &["HTTPS_PROXY=nonsense://x"], ..REFUSED },
    Row {
        id: "d3e",
        what: "a login command fails, and says secrets",
        first: &[File("kubeconfig", LOGIN), File("login-to-cloud", LOGIN_FAILS)],
        env: &["KUBECONFIG=FOLDER/kubeconfig"],
        says: &["login-to-cloud", "exit status: 7", "log in again"],
        never: SECRETS,
        tier: Tier::Quick,
        ..REFUSED
    },
    Row {
        id: "e20",
        what: "the same at a terminal",
        first: &[File("kubeconfig", LOGIN), File("login-to-cloud", LOGIN_FAILS)],
        way: Way::Terminal,
        env: &["KUBECONFIG=FOLDER/kubeconfig"],
        says: &["login-to-cloud"],
        never: &["ARG-SECRET", "ENV-SECRET", "OUT-SECRET"],
        ..REFUSED
    },
    Row {
        id: "d3h",
        what: "a login command hangs",
        first: &[File("kubeconfig", LOGIN), File("login-to-cloud", LOGIN_HANGS)],
        command: "run SERVICE --request-timeout 3s",
        env: &["KUBECONFIG=FOLDER/kubeconfig"],
        says: &["login-to-cloud"],
        never: SECRETS,
        ..REFUSED
    },
    Row {
        id: "d3k",
        what: "a kubeconfig that is missing beside one that is there",
        command: "explain SERVICE",
        env: &["KUBECONFIG=/nonexistent:/run/lab/pki/admin.kubeconfig"],
        codes: &[3],
        ..REFUSED
    },
    Row {
        id: "d4",
        what: "a limit of a millisecond for each request",
        command: "run SERVICE --request-timeout 1ms",
        never: &["within 0 s"],
        ..REFUSED
    },
    Row { id: "d5", what: "a user without rights", command: "run SERVICE --as stranger", says: &["can-i"], ..REFUSED },
    Row {
        id: "d5-delete",
        what: "a user who may do everything but delete",
        first: &[KEEPER],
        command: "run SERVICE --as keeper",
        left: Left::For(100),
        ..RUN
    },
    Row { id: "e2", what: "expectations with a key twice", first: &[File("expectations.yaml", DUPLICATE_KEYS)], ..EXPECTATIONS },
    Row {
        id: "e2c",
        what: "expectations with a path of two lines",
        first: &[File("expectations.yaml", PATH_OF_TWO_LINES)],
        says: &["path"],
        tier: Tier::Quick,
        ..EXPECTATIONS
    },
    Row {
        id: "e2c-host",
        what: "expectations with a host of two lines",
        first: &[File("expectations.yaml", HOST_OF_TWO_LINES)],
        says: &["host"],
        ..EXPECTATIONS
    },
    Row { id: "e2p", what: "expectations of port 0", first: &[File("expectations.yaml", PORT_0)], says: &["port"], ..EXPECTATIONS },
    Row {
        id: "e2l",
        what: "expectations with a path of 200 kB",
        first: &[
            File("head", HEAD),
            Do(r#"{ cat FOLDER/head; printf '  path: "/'; head -c 200000 /dev/zero | tr '\0' a;
                printf '"\n  expect:\n  - {to: dnsName, port: 80}\n'; } >FOLDER/expectations.yaml"#),
        ],
        says: &["path"],
        never: &["controller-uid"],
        ..EXPECTATIONS
    },
    Row {
        id: "e3",
        what: "expectations of two Services, one of which is missing",
        first: &[File("expectations.yaml", ONE_IS_MISSING)],
        codes: &[3, 4],
        says: &["nowhere", "istio-ingressgateway"],
        most: 60,
        tier: Tier::Quick,
        ..EXPECTATIONS
    },
    Row {
        id: "e3-junit",
        what: "the same for a pipeline",
        first: &[File("expectations.yaml", ONE_IS_MISSING)],
        command: "accept -f FOLDER/expectations.yaml -o junit",
        codes: &[3, 4],
        says: &["<testsuite", "nowhere", "istio-ingressgateway"],
        most: 60,
        tier: Tier::Long,
        ..EXPECTATIONS
    },
    Row {
        id: "e4",
        what: "accept, kill -9",
        first: &[Save("accept --init SERVICE", "expectations.yaml")],
        command: "accept -f FOLDER/expectations.yaml --deadline 10s",
        then: &[(At::Phase("pods-running"), &[KILL])],
        codes: &[137],
        left: Left::For(45),
        ..RUN
    },
    Row {
        id: "x4",
        what: "a report of 100 MB of list items",
        first: &[Do("yes '- a' | head -c 100000000 >FOLDER/report.yaml")],
        command: "diagnose -f FOLDER/report.yaml",
        ..REFUSED
    },
    Row {
        id: "x5",
        what: "a report with escapes in its names",
        first: &[
            Save("run SERVICE -o json", "report.json"),
            Do(r"sed -i 's/node2/node2\\u001b[2J/g' FOLDER/report.json && grep -q 'u001b' FOLDER/report.json"),
        ],
        command: "diagnose -f FOLDER/report.json",
        codes: &[1, 3],
        tier: Tier::Full,
        ..RUN
    },
    Row {
        id: "c23-reports",
        what: "reports that are devices and pipes",
        first: &[Do("mkfifo FOLDER/pipe")],
        command: "diagnose -f /dev/zero",
        then: &[(
            At::Ended,
            &[
                Call(acts::Call { words: "diagnose -f FOLDER/pipe", codes: &[1], ..CALL }),
                Call(acts::Call { words: "verify SERVICE --baseline FOLDER/pipe", codes: &[1], ..CALL }),
                Call(acts::Call { words: "accept -f /dev/zero", codes: &[1], ..CALL }),
                Call(acts::Call { words: "explain SERVICE -f FOLDER/pipe", codes: &[1], ..CALL }),
            ],
        )],
        ..REFUSED
    },
];
