//! Quotas, limits, policies and webhooks; images that are no probe's.

use crate::faults::acts::Act::{Admission, Call, Do};
use crate::faults::acts::{self, CALL};
use crate::faults::admission::Admission::{
    DenyHostNetwork, DenyImage, DenyJobs, DenyPods, PullAlways, Sidecar, SuspendJobs, WebhookDeniesHostNetwork, WebhookDown, WebhookHangs,
};
use crate::faults::row::{At, RUN, Row, Tier};
use crate::faults::scripts::NAMESPACE;

/// `run` in a namespace of the row's own.
const ELSEWHERE: Row = Row { command: "run SERVICE --probe-namespace NAMESPACE", ..RUN };

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "b1",
        what: "a quota of two pods",
        first: &[
            NAMESPACE,
            Do("kubectl create quota few -n NAMESPACE --hard=pods=2 &&
                kubectl wait resourcequota/few -n NAMESPACE --for=jsonpath={.status.hard.pods} --timeout=30s"),
        ],
        codes: &[3, 4],
        says: &["resourcequota"],
        never: &["can-i create pods"],
        tier: Tier::Full,
        ..ELSEWHERE
    },
    Row {
        id: "b3",
        what: "a quota of CPU limits",
        first: &[
            NAMESPACE,
            Do("kubectl create quota few -n NAMESPACE --hard=limits.cpu=1m &&
                kubectl wait resourcequota/few -n NAMESPACE --for=jsonpath={.status.hard} --timeout=30s"),
        ],
        codes: &[1],
        says: &["resourcequota"],
        ..ELSEWHERE
    },
    Row {
        id: "b3j",
        what: "a quota of no Jobs",
        first: &[
            NAMESPACE,
            Do("kubectl create quota few -n NAMESPACE --hard=count/jobs.batch=0 &&
                kubectl wait resourcequota/few -n NAMESPACE --for=jsonpath={.status.hard} --timeout=30s"),
        ],
        codes: &[1],
        says: &["resourcequota"],
        never: &["can-i"],
        ..ELSEWHERE
    },
    Row {
        id: "b4",
        what: "a limit range below what a probe asks for",
        first: &[
            NAMESPACE,
            Do(r#"echo '{"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"small","namespace":"NAMESPACE"},
                "spec":{"limits":[{"type":"Container","max":{"cpu":"1m"}}]}}' | kubectl apply -f -"#),
        ],
        codes: &[1],
        ..ELSEWHERE
    },
    Row {
        id: "b5",
        what: "PodSecurity restricted",
        first: &[NAMESPACE, Do("kubectl label namespace NAMESPACE pod-security.kubernetes.io/enforce=restricted")],
        says: &["host network"],
        ..ELSEWHERE
    },
    Row { id: "b6", what: "a policy takes no pods", first: &[Admission(DenyPods)], codes: &[1], says: &["no pods today"], ..RUN },
    Row {
        id: "b6h",
        what: "a policy takes no host network (422)",
        first: &[Admission(DenyHostNetwork)],
        says: &["no host network today"],
        tier: Tier::Quick,
        ..RUN
    },
    Row { id: "b6j", what: "a policy takes no Jobs", first: &[Admission(DenyJobs)], codes: &[1], says: &["no jobs today"], ..RUN },
    Row {
        id: "b7",
        what: "a webhook for pods is down",
        first: &[Admission(WebhookDown("pods"))],
        codes: &[1],
        says: &["down.faults.example"],
        tier: Tier::Full,
        ..RUN
    },
    Row {
        id: "b7-jobs",
        what: "a webhook for Jobs is down",
        first: &[Admission(WebhookDown("jobs"))],
        codes: &[1],
        says: &["down.faults.example"],
        ..RUN
    },
    Row {
        id: "b8",
        what: "a webhook for pods hangs",
        first: &[Admission(WebhookHangs)],
        codes: &[1],
        says: &["webhook.faults.example"],
        never: &["cluster-info"],
        most: 90,
        tier: Tier::Full,
        ..RUN
    },
    Row {
        id: "b9",
        what: "a sidecar before the probe",
        first: &[Admission(Sidecar("aaa-proxy"))],
        never: &["--image"],
        most: 90,
        tier: Tier::Full,
        ..RUN
    },
    Row { id: "b9z", what: "a sidecar behind the probe", first: &[Admission(Sidecar("zzz-proxy"))], never: &["--image"], most: 90, ..RUN },
    Row {
        id: "b10",
        what: "an image that is nowhere",
        command: "run SERVICE --image docker.io/lab/nowhere:1 --delivery image",
        codes: &[4],
        ..RUN
    },
    Row {
        id: "b10-name",
        what: "an image's name that is none",
        command: "run SERVICE --image Lab/No:Where:1",
        codes: &[3],
        says: &["in ConfigMaps"],
        ..RUN
    },
    Row {
        id: "b10-policy",
        what: "a policy against the image that a carried probe starts in",
        command: "run SERVICE --delivery configmap",
        first: &[Admission(DenyImage("pause"))],
        codes: &[3],
        says: &["in ConfigMaps"],
        ..RUN
    },
    Row {
        id: "b10-policies",
        what: "a policy against every image that a carried probe may start in",
        command: "run SERVICE --delivery configmap",
        first: &[Admission(DenyImage("lab/"))],
        codes: &[1],
        says: &["no such image today"],
        ..RUN
    },
    Row {
        id: "b10-gone",
        what: "an image that a node told of and does not have",
        command: "run SERVICE --delivery configmap",
        first: &[Do(r#"kubectl patch node node2 --subresource=status --type=json \
            -p '[{"op":"add","path":"/status/images/0","value":{"names":["docker.io/lab/pause:0"],"sizeBytes":1}}]'"#)],
        codes: &[3],
        says: &["in ConfigMaps"],
        never: &["lab/pause:0"],
        ..RUN
    },
    Row {
        id: "b10-always",
        what: "imagePullPolicy Always in place of Never",
        command: "run SERVICE --delivery configmap --node node2",
        first: &[Admission(PullAlways)],
        codes: &[4],
        says: &["changed imagePullPolicy Never", "AlwaysPullImages"],
        most: 120,
        ..RUN
    },
    Row {
        id: "b10-quota",
        what: "a quota of ConfigMaps",
        command: "run SERVICE --probe-namespace NAMESPACE --delivery configmap",
        first: &[
            NAMESPACE,
            Do("kubectl create quota few -n NAMESPACE --hard=count/configmaps=1 &&
                kubectl wait resourcequota/few -n NAMESPACE --for=jsonpath={.status.hard} --timeout=30s"),
        ],
        codes: &[1],
        says: &["exceeded quota: few", "resourcequota"],
        ..RUN
    },
    Row { id: "b11", what: "an image that sleeps", command: "run SERVICE --image docker.io/lab/pause:1", codes: &[4], most: 120, ..RUN },
    Row {
        id: "b11-status",
        what: "an image that sleeps, read by its pods' status",
        command: "run SERVICE --image docker.io/lab/pause:1 --read-logs-up-to 0",
        codes: &[4],
        most: 120,
        ..RUN
    },
    Row { id: "b11g", what: "an image that prints garbage", command: "run SERVICE --image lab/garbage:1", codes: &[4], ..RUN },
    Row {
        id: "b13",
        what: "a second run beside it",
        then: &[(At::Phase("pods-running"), &[Call(acts::Call { words: "run SERVICE", codes: &[3], ..CALL })])],
        most: 90,
        ..RUN
    },
    Row {
        id: "b15",
        what: "no such namespace",
        command: "run SERVICE --probe-namespace nonexistent",
        codes: &[1],
        says: &["nonexistent", "hint:"],
        ..RUN
    },
    Row {
        id: "b20",
        what: "a webhook takes no host network (400)",
        first: &[Admission(WebhookDeniesHostNetwork(None))],
        says: &["no host network today"],
        ..RUN
    },
    Row {
        id: "b20-403",
        what: "a webhook takes no host network (403)",
        first: &[Admission(WebhookDeniesHostNetwork(Some(403)))],
        says: &["no host network today"],
        ..RUN
    },
    Row {
        id: "f4",
        what: "a queue suspends the Job",
        first: &[Admission(SuspendJobs)],
        codes: &[1],
        says: &["suspend"],
        tier: Tier::Full,
        ..RUN
    },
];
