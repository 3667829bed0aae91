//! What decides about the plugin's objects before they are made: policies of the API server, and webhooks.
//!
//! The webhooks' server is nginx: it finds the request's uid in the body by an expression, and hands it on to a server
//! that writes it into an answer which is the same for everybody.

use k8s_openapi::ByteString;
use serde_json::{Value, json};

use super::setting::Setting;
use crate::disturbance::Disturbance;

/// Who decides, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// A policy takes no pod.
    DenyPods,
    /// A policy takes no pod on the host network, with code 422.
    DenyHostNetwork,
    /// A policy takes no Job.
    DenyJobs,
    /// A policy takes no image whose name has this in it.
    DenyImage(&'static str),
    /// A webhook makes kubelets pull every image, as the admission plugin AlwaysPullImages does: that would hold for the
    /// lab's own pods too.
    PullAlways,
    /// A webhook takes no pod on the host network, with this code; without one the API server says 400.
    WebhookDeniesHostNetwork(Option<u16>),
    /// Nobody listens where the webhook for this resource is said to be.
    WebhookDown(&'static str),
    /// A webhook for pods takes connections and says nothing.
    WebhookHangs,
    /// A webhook puts a container of this name into every pod.
    Sidecar(&'static str),
    /// A webhook suspends every Job, as a queue does.
    SuspendJobs,
}

/// Where the webhooks' server listens. The certificate is etcd's, which is for this address.
const SERVER: &str = "127.0.0.1:19443";

/// All objects of the policies and webhooks have this name.
const NAME: &str = "faults";

/// What the plugin's objects are known by.
fn labels() -> Value {
    json!({ "app.kubernetes.io/name": "lbprobe" })
}

/// Puts it up, and waits until it decides.
pub(super) fn begin<'a>(setting: &Setting<'a>, admission: Admission) -> Disturbance<'a> {
    setting.write("canary.json", &admission.canary().to_string());
    setting.write("admission.json", &admission.manifest(setting).to_string());
    setting.write("webhook.conf", &server(&admission.answer()));
    let mut disturbance = Disturbance::in_lab(setting.lab);
    let control =
        |disturbance: Disturbance<'a>, act: &str, undo: &str| disturbance.with("control", &setting.fill(act), &setting.fill(undo));
    disturbance = control(disturbance, "kubectl create --dry-run=server -f FOLDER/canary.json >/dev/null", "true");
    if admission.wants_server() {
        // The port of one that was just killed may not be free yet.
        let start = "for try in $(seq 20); do
                nginx -e FOLDER/webhook.log -c FOLDER/webhook.conf </dev/null >/dev/null 2>&1 && exit; sleep 0.5
            done; cat FOLDER/webhook.log >&2; exit 1";
        // The master before its workers: else it has a new one at once, which keeps the port.
        let end = "master=$(cat FOLDER/webhook.pid); workers=$(pgrep -P $master); kill -KILL $master $workers";
        disturbance = control(disturbance, start, end);
    }
    disturbance = control(disturbance, "kubectl apply -f FOLDER/admission.json >/dev/null", "kubectl delete -f FOLDER/admission.json");
    disturbance = control(disturbance, &until_it_decides(admission), "true");
    if admission == Admission::WebhookHangs {
        let stop = "kill -STOP $(pgrep -P $(cat FOLDER/webhook.pid)) $(cat FOLDER/webhook.pid)";
        disturbance = control(disturbance, stop, "true");
    }
    disturbance
}

/// The API server hears of it a moment later: until then an object like the plugin's passes untouched.
fn until_it_decides(admission: Admission) -> String {
    let is_marked = admission.mark().map(|mark| format!("grep -q '{mark}' FOLDER/canary.out && exit 0;")).unwrap_or_default();
    format!(
        "for i in $(seq 100); do \
         kubectl create --dry-run=server --request-timeout=3s -o json -f FOLDER/canary.json >FOLDER/canary.out 2>&1 || exit 0; \
         {is_marked} sleep 0.2; done; exit 1"
    )
}

impl Admission {
    fn resource(self) -> &'static str {
        match self {
            Self::DenyJobs | Self::SuspendJobs => "jobs",
            Self::WebhookDown(resource) => resource,
            _ => "pods",
        }
    }

    fn wants_server(self) -> bool {
        matches!(self, Self::WebhookDeniesHostNetwork(_) | Self::WebhookHangs | Self::Sidecar(_) | Self::SuspendJobs | Self::PullAlways)
    }

    /// What an object has that was changed.
    fn mark(self) -> Option<&'static str> {
        match self {
            Self::Sidecar(name) => Some(name),
            Self::SuspendJobs => Some("\"suspend\": true"),
            Self::PullAlways => Some("\"imagePullPolicy\": \"Always\""),
            _ => None,
        }
    }

    /// An object like the plugin's.
    fn canary(self) -> Value {
        let metadata = json!({ "name": "canary", "namespace": "default", "labels": labels() });
        let containers = json!([{ "name": "probe", "image": "docker.io/lab/pause:1" }]);
        if self.resource() == "jobs" {
            let pod = json!({ "spec": { "restartPolicy": "Never", "containers": containers } });
            json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": { "template": pod } })
        } else {
            json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": { "hostNetwork": true, "containers": containers } })
        }
    }

    fn rules(self) -> Value {
        let group = if self.resource() == "jobs" { "batch" } else { "" };
        json!([{ "apiGroups": [group], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": [self.resource()] }])
    }

    fn manifest(self, setting: &Setting<'_>) -> Value {
        let objects = match self {
            Self::DenyPods => self.policy("false", "no pods today"),
            Self::DenyHostNetwork => self.policy("!(has(object.spec.hostNetwork) && object.spec.hostNetwork)", "no host network today"),
            Self::DenyJobs => self.policy("false", "no jobs today"),
            Self::DenyImage(part) => {
                self.policy(&format!("object.spec.containers.all(container, !container.image.contains('{part}'))"), "no such image today")
            }
            Self::WebhookDeniesHostNetwork(_) | Self::WebhookHangs | Self::WebhookDown(_) => {
                self.webhook(setting, "ValidatingWebhookConfiguration")
            }
            Self::Sidecar(_) | Self::SuspendJobs | Self::PullAlways => self.webhook(setting, "MutatingWebhookConfiguration"),
        };
        json!({ "apiVersion": "v1", "kind": "List", "items": objects })
    }

    fn policy(self, expression: &str, message: &str) -> Vec<Value> {
        let constraints = json!({ "objectSelector": { "matchLabels": labels() }, "resourceRules": self.rules() });
        let object = |kind: &str, spec: Value| {
            let metadata = json!({ "name": NAME });
            json!({ "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": metadata, "spec": spec })
        };
        let policy = json!({
            "failurePolicy": "Fail",
            "matchConstraints": constraints,
            "validations": [{ "expression": expression, "message": message }],
        });
        vec![
            object("ValidatingAdmissionPolicy", policy),
            object("ValidatingAdmissionPolicyBinding", json!({ "policyName": NAME, "validationActions": ["Deny"] })),
        ]
    }

    fn webhook(self, setting: &Setting<'_>, kind: &str) -> Vec<Value> {
        let (name, server) = match self {
            Self::WebhookDown(_) => ("down.faults.example", "127.0.0.1:9"),
            _ => ("webhook.faults.example", SERVER),
        };
        let conditions = match self {
            Self::WebhookDeniesHostNetwork(_) => {
                json!([{ "name": "host-network", "expression": "has(object.spec.hostNetwork) && object.spec.hostNetwork" }])
            }
            _ => json!([]),
        };
        let authority = ByteString(setting.file_of_lab("/run/lab/pki/ca.crt"));
        let webhook = json!({
            "name": name,
            "clientConfig": { "url": format!("https://{server}/"), "caBundle": authority },
            "rules": self.rules(),
            "objectSelector": { "matchLabels": labels() },
            "matchConditions": conditions,
            "failurePolicy": "Fail",
            "sideEffects": "None",
            // Longer than the plugin waits for an answer.
            "timeoutSeconds": 20,
            "admissionReviewVersions": ["v1"],
        });
        vec![json!({ "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": { "name": NAME }, "webhooks": [webhook] })]
    }

    /// What the webhook says to every request; the uid is nginx's to fill in.
    fn answer(self) -> Value {
        let denied = |status: Value| json!({ "uid": "$http_x_uid", "allowed": false, "status": status });
        let changed = |patch: Value| {
            let patch = ByteString(patch.to_string().into_bytes());
            json!({ "uid": "$http_x_uid", "allowed": true, "patchType": "JSONPatch", "patch": patch })
        };
        let response = match self {
            Self::WebhookDeniesHostNetwork(Some(code)) => denied(json!({ "message": "no host network today", "code": code })),
            Self::Sidecar(name) => {
                let container = json!({ "name": name, "image": "docker.io/lab/pause:1", "imagePullPolicy": "Never" });
                changed(json!([{ "op": "add", "path": "/spec/containers/0", "value": container }]))
            }
            Self::PullAlways => changed(json!([{ "op": "replace", "path": "/spec/containers/0/imagePullPolicy", "value": "Always" }])),
            Self::SuspendJobs => changed(json!([{ "op": "add", "path": "/spec/suspend", "value": true }])),
            _ => denied(json!({ "message": "no host network today" })),
        };
        json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response })
    }
}

/// nginx's configuration with that answer. Texts of it have no single quotes.
fn server(answer: &Value) -> String {
    CONFIGURATION.replace("LISTEN", SERVER).replace("ANSWER", &answer.to_string())
}

const CONFIGURATION: &str = r#"
user root;
worker_processes 1;
pid FOLDER/webhook.pid;
error_log FOLDER/webhook.log;
events {}
http {
  access_log off;
  # The body is a variable only where it has room in memory.
  client_body_buffer_size 4m;
  client_max_body_size 4m;
  map $request_body $uid { "~\"uid\":\"(?<found>[0-9a-f-]+)\"" $found; }
  server {
    listen LISTEN ssl;
    ssl_certificate /run/lab/pki/etcd.crt;
    ssl_certificate_key /run/lab/pki/etcd.key;
    location / {
      proxy_set_header X-Uid $uid;
      proxy_pass http://unix:FOLDER/webhook.sock;
    }
  }
  server {
    listen unix:FOLDER/webhook.sock;
    default_type application/json;
    location / { return 200 'ANSWER'; }
  }
}
"#;
