//! Much to dial: what the plugin's own connections do must not pass for a fault.

use crate::faults::acts::Act::{Do, Ports, Save, Settle};
use crate::faults::row::{RUN, Row, Scene};

/// A hundred ports, ten samples.
const LOADED: Row = Row {
    command: "run SERVICE --samples 10",
    says: &["externalTrafficPolicy is Local"],
    never: &["no known cause", "the servers expect the PROXY header", "--image", "Argument list too long"],
    most: 400,
    ..RUN
};

/// Today's expectations of the gateway, as often as a script says.
const REPEAT: &str = "accept -f FOLDER/many.yaml";

pub(super) const ROWS: &[Row] = &[
    Row { id: "d10", what: "100 TCP ports, 3 samples", first: &[Ports(100, "tcp"), Settle], command: "run SERVICE", ..LOADED },
    Row { id: "d10s", what: "100 TCP ports, 10 samples", first: &[Ports(100, "tcp"), Settle], ..LOADED },
    Row { id: "d10h", what: "100 HTTP ports, 10 samples", first: &[Ports(100, "http"), Settle], ..LOADED },
    Row {
        id: "d10m",
        what: "the same, read by the pods' status",
        first: &[Ports(100, "http"), Settle],
        command: "run SERVICE --samples 10 --read-logs-up-to 0",
        codes: &[3, 4],
        says: &[],
        ..LOADED
    },
    Row {
        id: "d10x",
        what: "five addresses, 100 ports",
        first: &[
            Do("kubectl annotate service SERVICE lab.lbprobe/addresses=5 &&
                for second in $(seq 60); do
                    test $(kubectl get service SERVICE -o jsonpath='{.status.loadBalancer.ingress[*].ip}' | wc -w) = 5 && break; sleep 1
                done"),
            Ports(100, "tcp"),
            Settle,
        ],
        command: "run SERVICE",
        ..LOADED
    },
    Row { id: "g3", what: "100 HTTPS ports, 10 samples", first: &[Ports(100, "https"), Settle], ..LOADED },
    Row {
        id: "f3",
        what: "100 HTTP ports, 10 samples, all well",
        scene: Scene::Cluster,
        first: &[Ports(100, "http"), Settle],
        codes: &[0],
        says: &["HEALTHY"],
        ..LOADED
    },
    Row {
        id: "e3b",
        what: "expectations of the same Service 40 times",
        first: &[
            Save("accept --init SERVICE", "one.yaml"),
            Do(
                "{ sed '/^services:/q' FOLDER/one.yaml; for i in $(seq 40); do sed '1,/^services:/d' FOLDER/one.yaml; done; } >FOLDER/many.yaml",
            ),
        ],
        command: REPEAT,
        codes: &[0],
        says: &[],
        ..LOADED
    },
    Row {
        id: "e3c",
        what: "expectations of the same Service 120 times",
        first: &[
            Save("accept --init SERVICE", "one.yaml"),
            Do(
                "{ sed '/^services:/q' FOLDER/one.yaml; for i in $(seq 120); do sed '1,/^services:/d' FOLDER/one.yaml; done; } >FOLDER/many.yaml",
            ),
        ],
        command: REPEAT,
        codes: &[0],
        says: &[],
        ..LOADED
    },
];
