//! The API server and what is behind it, nodes, and others who remove what the plugin made.

use crate::faults::acts::Act::{Call, Do, Stop, StopFor, With};
use crate::faults::acts::{self, CALL, INT};
use crate::faults::row::{At, Left, RUN, Row, Tier, WATCH};
use crate::faults::scripts::{NAMESPACE, PAINTED_NODE, RESTART_API};

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "a10",
        what: "API server silent for 20 s when the pods are made",
        then: &[(At::Phase("pods-created"), &[StopFor("kube-apiserver", 20)])],
        codes: &[3, 4],
        never: &["kubelet did not start"],
        most: 120,
        tier: Tier::Full,
        ..RUN
    },
    Row {
        id: "a11",
        what: "API server silent from the beginning",
        first: &[Stop("kube-apiserver")],
        codes: &[1],
        says: &["no answer within"],
        ..RUN
    },
    Row {
        id: "a12",
        what: "API server silent, SIGINT",
        then: &[(At::Phase("pods-running"), &[Stop("kube-apiserver"), INT])],
        codes: &[130],
        most: 120,
        left: Left::For(100),
        ..RUN
    },
    Row {
        id: "a13",
        what: "SIGINT while the Job's create hangs",
        then: &[(At::Phase("facts-read"), &[Stop("kube-apiserver")]), (At::Later(2), &[INT])],
        codes: &[130],
        most: 120,
        left: Left::For(100),
        ..RUN
    },
    Row { id: "a14", what: "etcd silent for 12 s", then: &[(At::Phase("pods-created"), &[StopFor("etcd", 12)])], most: 90, ..RUN },
    Row { id: "a15", what: "API server killed, back after 2 s", then: &[(At::Phase("pods-created"), &[RESTART_API])], most: 120, ..RUN },
    Row {
        id: "a17",
        what: "pods deleted by force by somebody else",
        then: &[(
            At::Phase("pods-created"),
            &[Do("kubectl delete pods -n default -l app.kubernetes.io/name=lbprobe --grace-period=0 --force")],
        )],
        codes: &[3, 4],
        tier: Tier::Full,
        ..RUN
    },
    Row {
        id: "a18",
        what: "Job deleted by somebody else",
        then: &[(At::Phase("pods-created"), &[Do("kubectl delete jobs -n default -l app.kubernetes.io/name=lbprobe")])],
        codes: &[3, 4],
        ..RUN
    },
    Row {
        id: "a19",
        what: "the probes' namespace deleted",
        first: &[NAMESPACE],
        command: "run SERVICE --probe-namespace NAMESPACE",
        then: &[(At::Phase("pods-created"), &[Do("kubectl delete namespace NAMESPACE --wait=false")])],
        codes: &[3, 4],
        most: 90,
        left: Left::For(60),
        ..RUN
    },
    Row {
        id: "a20",
        what: "cleanup -A by somebody else",
        then: &[(At::Phase("pods-running"), &[Call(acts::Call { words: "cleanup -A", codes: &[0], ..CALL })])],
        codes: &[3, 4],
        ..RUN
    },
    Row {
        id: "a30",
        what: "kubelet of node3 stopped before it starts the pods",
        then: &[(At::Phase("job-created"), &[Stop("node3-kubelet")])],
        says: &["node3"],
        most: 120,
        ..RUN
    },
    Row {
        id: "a31",
        what: "watch, kubelet of node3 stopped, Ctrl-C: its probes go on, and that is said",
        command: "watch SERVICE --for 10m",
        then: &[(At::Phase("watching"), &[Stop("node3-kubelet"), INT])],
        codes: &[3, 4],
        says: &["kubelet has not confirmed that the probe has ended: node3"],
        most: 120,
        ..WATCH
    },
    Row { id: "a32", what: "containerd of node3 stopped", first: &[Stop("node3-containerd")], says: &["node3"], most: 120, ..RUN },
    Row {
        id: "a33",
        what: "containerd of node3 stopped when the pods are made",
        then: &[(At::Phase("pods-created"), &[Stop("node3-containerd")])],
        never: &["--image"],
        most: 120,
        ..RUN
    },
    Row {
        id: "a34",
        what: "a taint of node3 that is not tolerated",
        first: &[With("kubectl taint node node3 faults=yes:NoExecute", "kubectl taint node node3 faults-")],
        command: "run SERVICE --tolerations none",
        ..RUN
    },
    Row {
        id: "a35",
        what: "a taint of node3 that comes when the pods are made",
        then: &[(At::Phase("pods-created"), &[With("kubectl taint node node3 faults=yes:NoExecute", "kubectl taint node node3 faults-")])],
        codes: &[3, 4],
        ..RUN
    },
    Row {
        id: "d7",
        what: "no CoreDNS",
        first: &[With(
            "kubectl scale deployment/coredns -n kube-system --replicas=0 &&
            until test -z \"$(kubectl get pods -n kube-system -l k8s-app=kube-dns -o name)\"; do sleep 0.2; done",
            "kubectl scale deployment/coredns -n kube-system --replicas=1 && kubectl rollout status deployment/coredns -n kube-system",
        )],
        most: 90,
        ..RUN
    },
    Row {
        id: "e7",
        what: "watch, API server silent for 20 s",
        command: "watch SERVICE --for 40s",
        then: &[(At::Phase("watching"), &[StopFor("kube-apiserver", 20)])],
        most: 120,
        ..WATCH
    },
    Row { id: "e22", what: "a node whose condition has escapes", first: &[PAINTED_NODE], says: &["painted"], most: 90, ..RUN },
];
