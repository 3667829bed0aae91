//! `manifests/` on a real API server: what runs in namespace `lbprobe`, and what is kept out of it.

use std::io::Write as _;
use std::process::{Output, Stdio};
use std::time::Duration;

use lbprobe_lab::Lab;
use lbprobe_lab::outside::lab::Vantage;
use serde_json::{Map, Value, json};

use crate::harness::{RUN_SELECTOR, apply, eventually, faulty_lab, kubectl, nothing_left, root, run_gateway, start_run};
use crate::restricted::lab_has_account;

/// Has the rights of manifests/acceptance.yaml.
const ACCEPTANCE: &str = "system:serviceaccount:lbprobe:lbprobe-acceptance";

/// May edit everything in the namespace as far as RBAC goes: what is refused to it, a policy refuses.
const EDITOR: &str = "editor";

const POLICIES: [&str; 3] = ["lbprobe-pods", "lbprobe-jobs", "lbprobe-rest"];

const DRY_RUN: &[&str] = &["--dry-run=server"];

/// The editor's rights, and a pod and a Job that no run made. No scheduler takes the pod, so that it starts nowhere.
const BYSTANDERS: &str = "
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: editor, namespace: lbprobe}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: editor}]
---
apiVersion: v1
kind: Pod
metadata: {name: bystander, namespace: lbprobe, labels: {app: bystander}}
spec:
  schedulerName: nobody
  containers: [{name: pause, image: 'docker.io/lab/pause:1'}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: bystander, namespace: lbprobe}
spec:
  suspend: true
  template:
    spec:
      restartPolicy: Never
      containers: [{name: pause, image: 'docker.io/lab/pause:1'}]
";

/// One change of an object of a run.
type Change = fn(&mut Value);

/// What no probe pod is like, and the words of its refusal.
const PODS: &[(Change, &str)] = &[
    (|pod| probe(pod)["image"] = json!("docker.io/lab/pause:1"), "the image is none of those in ConfigMap lbprobe-admission"),
    (|pod| probe(pod)["name"] = json!("other"), "has one container, named probe"),
    (|pod| push(&mut pod["spec"]["containers"], json!({ "name": "b", "image": "docker.io/lab/pause:1" })), "has one container"),
    (|pod| remove(&mut pod["metadata"]["labels"], "lbprobe/run"), "has its run in label lbprobe/run"),
    (|pod| pod["metadata"]["labels"]["lbprobe/run"] = json!("ffffffff"), "has its run in label lbprobe/run and in its name"),
    (|pod| pod["metadata"]["labels"]["app.kubernetes.io/name"] = json!("other"), "has its run in label lbprobe/run"),
    (|pod| pod["metadata"]["labels"]["app"] = json!("gateway"), "labels that no probe pod has: app"),
    (|pod| pod["metadata"]["annotations"]["k8s.v1.cni.cncf.io/networks"] = json!("other"), "annotations that no probe pod has: k8s.v1"),
    (|pod| pod["metadata"]["finalizers"] = json!(["example.com/stay"]), "has no finalizer"),
    (|pod| pod["spec"]["automountServiceAccountToken"] = json!(true), "has no service account token"),
    (|pod| remove(&mut pod["spec"], "automountServiceAccountToken"), "has no service account token"),
    (|pod| take_account(pod, "lbprobe-acceptance"), "has no service account token"),
    (|pod| remove(&mut pod["spec"], "nodeName"), "names its node"),
    (|pod| pod["spec"]["restartPolicy"] = json!("Always"), "is not restarted"),
    (|pod| pod["spec"]["terminationGracePeriodSeconds"] = json!(3600), "ends within 30 seconds"),
    (|pod| take_priority(pod, "system-node-critical"), "has no system priority"),
    (|pod| pod["spec"]["securityContext"]["runAsUser"] = json!(0), "runs as user and group 65532"),
    (|pod| pod["spec"]["securityContext"]["runAsNonRoot"] = json!(false), "runs as user and group 65532"),
    (|pod| pod["spec"]["securityContext"]["supplementalGroups"] = json!([0]), "runs as user and group 65532"),
    (|pod| pod["spec"]["securityContext"]["seccompProfile"] = json!({ "type": "Unconfined" }), "with seccomp profile RuntimeDefault"),
    (|pod| probe(pod)["securityContext"] = json!({ "privileged": true }), "has no privilege"),
    (|pod| probe(pod)["securityContext"]["allowPrivilegeEscalation"] = json!(true), "has no privilege"),
    (|pod| probe(pod)["securityContext"]["capabilities"]["add"] = json!(["NET_RAW"]), "no capability"),
    (|pod| probe(pod)["securityContext"]["capabilities"] = json!({}), "no capability"),
    (|pod| probe(pod)["securityContext"]["readOnlyRootFilesystem"] = json!(false), "a read-only root"),
    (|pod| push(&mut probe(pod)["env"], json!({ "name": "LD_PRELOAD", "value": "/x" })), "has its plan in the environment"),
    (|pod| probe(pod)["env"] = plan_from_a_secret(), "has its plan in the environment, by value"),
    (|pod| probe(pod)["resources"]["limits"]["memory"] = json!("4Gi"), "is limited to 1 CPU and 256Mi"),
    (|pod| probe(pod)["resources"]["limits"]["cpu"] = json!("8"), "is limited to 1 CPU and 256Mi"),
    (|pod| remove(&mut probe(pod)["resources"], "limits"), "is limited to 1 CPU and 256Mi"),
    (|pod| probe(pod)["command"] = json!(["/bin/sh"]), "fields that no probe container has: command"),
    (|pod| probe(pod)["args"] = json!(["-c"]), "fields that no probe container has: args"),
    (|pod| probe(pod)["ports"] = json!([{ "containerPort": 80 }]), "fields that no probe container has: ports"),
    (|pod| probe(pod)["envFrom"] = json!([{ "secretRef": { "name": "a" } }]), "fields that no probe container has: envFrom"),
    (|pod| probe(pod)["livenessProbe"] = json!({ "httpGet": { "port": 80 } }), "fields that no probe container has: livenessProbe"),
    (|pod| probe(pod)["lifecycle"] = after_the_start(), "fields that no probe container has: lifecycle"),
    (|pod| pod["spec"]["volumes"] = json!([{ "name": "root", "hostPath": { "path": "/" } }]), "fields that no probe pod has: volumes"),
    (|pod| pod["spec"]["volumes"] = json!([{ "name": "a", "secret": { "secretName": "a" } }]), "fields that no probe pod has: volumes"),
    (|pod| pod["spec"]["hostPID"] = json!(true), "fields that no probe pod has: hostPID"),
    (|pod| pod["spec"]["hostIPC"] = json!(true), "fields that no probe pod has: hostIPC"),
    (|pod| pod["spec"]["hostAliases"] = json!([{ "ip": "192.0.2.1", "hostnames": ["a"] }]), "fields that no probe pod has: hostAliases"),
    (
        |pod| pod["spec"]["initContainers"] = json!([{ "name": "a", "image": "docker.io/lab/pause:1" }]),
        "fields that no probe pod has: initContainers",
    ),
];

/// The same of pods that are really created: in a dry run there is no Job yet that could own them.
const ORPHANS: &[(Change, &str)] = &[
    (|pod| remove(&mut pod["metadata"], "ownerReferences"), "is owned by the Job of its run"),
    (|pod| pod["metadata"]["ownerReferences"][0]["name"] = json!("lbprobe-ffffffff"), "is owned by the Job of its run"),
    (|pod| pod["metadata"]["ownerReferences"][0]["kind"] = json!("CronJob"), "is owned by the Job of its run"),
];

/// What no Job of a run is like.
const JOBS: &[(Change, &str)] = &[
    (|job| job["spec"]["parallelism"] = json!(1), "has parallelism 0"),
    (|job| job["spec"]["suspend"] = json!(true), "is not suspended"),
    (|job| remove(&mut job["spec"], "activeDeadlineSeconds"), "has a deadline within a day"),
    (|job| job["spec"]["activeDeadlineSeconds"] = json!(1_000_000), "has a deadline within a day"),
    (|job| remove(&mut job["spec"], "ttlSecondsAfterFinished"), "is removed within 10 minutes of it"),
    (|job| job["metadata"]["finalizers"] = json!(["example.com/stay"]), "has no finalizer"),
    (|job| remove(&mut job["metadata"]["labels"], "lbprobe/run"), "has the run in label lbprobe/run"),
    (|job| job["metadata"]["labels"]["lbprobe/run"] = json!("ffffffff"), "has the run in label lbprobe/run and in its name"),
    (|job| job["spec"]["completions"] = json!(3), "fields that the Job of a run does not have: completions"),
    (|job| job["spec"]["managedBy"] = json!("example.com/nobody"), "fields that the Job of a run does not have: managedBy"),
];

fn probe(pod: &mut Value) -> &mut Value {
    &mut pod["spec"]["containers"][0]
}

fn push(list: &mut Value, item: Value) {
    list.as_array_mut().unwrap().push(item);
}

fn remove(object: &mut Value, key: &str) {
    assert!(object.as_object_mut().unwrap().remove(key).is_some(), "there is no {key}");
}

fn take_account(pod: &mut Value, name: &str) {
    // The second is the name that the field once had.
    for field in ["serviceAccountName", "serviceAccount"] {
        pod["spec"][field] = json!(name);
    }
}

fn take_priority(pod: &mut Value, class: &str) {
    // The server fills in the number.
    remove(&mut pod["spec"], "priority");
    pod["spec"]["priorityClassName"] = json!(class);
}

fn after_the_start() -> Value {
    json!({ "postStart": { "exec": { "command": ["a"] } } })
}

fn plan_from_a_secret() -> Value {
    json!([{ "name": "LBPROBE_PLAN", "valueFrom": { "secretKeyRef": { "name": "a", "key": "b" } } }])
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn apply_manifests(lab: &Lab, names: &[&str]) {
    let files: Vec<_> = names.iter().map(|name| root().join("manifests").join(name).display().to_string()).collect();
    let files = files.iter().flat_map(|file| ["-f", file.as_str()]);
    kubectl(lab, &std::iter::once("apply").chain(files).collect::<Vec<_>>());
}

/// `kubectl create`, as somebody.
fn create(lab: &Lab, user: &str, options: &[&str], objects: &[Value]) -> Output {
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
    let mut command = lab.command(Vantage::Control, "kubectl");
    command.args(["create", "-f", "-", "--as", user]).args(options);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(list.to_string().as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Fails unless an attempt was refused by a policy, in these words.
#[track_caller]
fn refused_by(policy: &str, attempt: &Output, words: &str) {
    let said = text(&attempt.stderr);
    let is_refused = said.contains(&format!("ValidatingAdmissionPolicy '{policy}'")) && said.contains(words);
    assert!(!attempt.status.success() && is_refused, "{policy}, {words}: {attempt:?}");
}

/// Fails unless each of these objects is refused by a policy, in its words.
#[track_caller]
fn all_refused_by(lab: &Lab, policy: &str, options: &[&str], objects: &[(Value, &str)]) {
    let attempts: Vec<_> = objects.iter().map(|(object, _)| object.clone()).collect();
    let attempt = create(lab, EDITOR, options, &attempts);
    let said = text(&attempt.stderr);
    let by = format!("ValidatingAdmissionPolicy '{policy}'");
    for (object, words) in objects {
        let name = object["metadata"]["name"].as_str().unwrap();
        let of_object = said.lines().find(|line| line.contains(&format!("{name:?} is forbidden")));
        assert!(of_object.is_some_and(|line| line.contains(&by) && line.contains(words)), "{words}: {object:#}\n{said}");
    }
    assert_eq!(text(&attempt.stdout), "", "none is created");
}

/// Rights, namespace and policies, in force; then the manifests of acceptance, which an administrator may apply.
fn set_up(lab: &Lab) {
    apply_manifests(lab, &["namespace.yaml", "rbac.yaml", "admission.yaml"]);
    lab_has_account(lab, "lbprobe");
    apply(lab, BYSTANDERS);
    let containers = json!([{ "name": "pause", "image": "docker.io/lab/pause:1" }]);
    let template = json!({ "metadata": { "labels": { "app": "a" } }, "spec": { "containers": containers, "restartPolicy": "Never" } });
    let metadata = json!({ "name": "intruder", "namespace": "lbprobe" });
    let job = json!({ "template": template });
    let cron_job = json!({ "schedule": "* * * * *", "jobTemplate": { "spec": job } });
    let intruders = [
        json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"] }),
        json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": job }),
        json!({ "apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": cron_job }),
    ];
    eventually("the policies are in force", Duration::from_secs(20), || {
        let said = text(&create(lab, EDITOR, DRY_RUN, &intruders).stderr);
        POLICIES.iter().all(|policy| said.contains(&format!("ValidatingAdmissionPolicy '{policy}'")))
    });
    apply_manifests(lab, &["acceptance.yaml"]);
    kubectl(lab, &["delete", "job/lbprobe-acceptance", "cronjob/lbprobe-acceptance", "-n", "lbprobe"]);
}

/// The server finds nothing wrong with the policies' expressions and the types of what they are about.
fn the_expressions_have_types(lab: &Lab) {
    let fields = [".metadata.generation", ".status.observedGeneration", ".status.typeChecking.expressionWarnings"];
    let fields = format!(r#"jsonpath={{range .items[*]}}{}{{"\n"}}{{end}}"#, fields.map(|field| format!("{{{field}}}")).join(" "));
    let mut checked = String::new();
    eventually("the server has checked the policies", Duration::from_secs(20), || {
        checked = kubectl(lab, &[&["get", "validatingadmissionpolicies"], &POLICIES[..], &["-o", &fields]].concat());
        checked.lines().map(|line| line.splitn(3, ' ').collect::<Vec<_>>()).all(|words| words[0] == words[1])
    });
    let warnings: Vec<_> = checked.lines().map(|line| line.splitn(3, ' ').nth(2).unwrap_or_default()).collect();
    assert_eq!(warnings, ["", "", ""]);
}

/// The Job of a run, a pod of the pod network and one of the host network: after the run, which went well.
fn objects_of_a_run(lab: &Lab) -> [Value; 3] {
    let running = start_run(lab, &["--as", ACCEPTANCE, "--probe-namespace", "lbprobe"]);
    let mut found = [Value::Null, Value::Null, Value::Null];
    eventually("the run's Job, and a pod of each network", Duration::from_secs(20), || {
        let listed = kubectl(lab, &["get", "jobs,pods", "-n", "lbprobe", "-l", RUN_SELECTOR, "-o", "json"]);
        let listed: Value = serde_json::from_str(&listed).unwrap();
        for object in listed["items"].as_array().unwrap() {
            let place = match (object["kind"] == "Job", object["spec"]["hostNetwork"] == true) {
                (true, _) => 0,
                (false, false) => 1,
                (false, true) => 2,
            };
            found[place] = as_created(object);
        }
        found.iter().all(Value::is_object)
    });
    let ran = running.end();
    ran.expect(3, &["(confirmed)"]);
    assert_eq!(ran.stderr, "", "nothing is missing, the clean-up included");
    nothing_left(lab);
    found
}

/// An object that can be created again.
fn as_created(object: &Value) -> Value {
    let kept = ["name", "namespace", "labels", "annotations", "ownerReferences"].into_iter();
    let metadata: Map<String, Value> = kept.filter_map(|key| Some((key.to_owned(), object["metadata"].get(key)?.clone()))).collect();
    let mut created = json!({ "apiVersion": object["apiVersion"], "kind": object["kind"], "metadata": metadata, "spec": object["spec"] });
    if created["kind"] == "Job" {
        // These have the uid of the Job that was.
        remove(&mut created["spec"], "selector");
        created["spec"]["template"]["metadata"] = json!({});
    }
    created
}

/// A pod of the same run under another number.
fn numbered(pod: &Value, number: usize) -> Value {
    let mut pod = pod.clone();
    let run = pod["metadata"]["labels"]["lbprobe/run"].as_str().unwrap().to_owned();
    pod["metadata"]["name"] = json!(format!("lbprobe-{run}-{number}"));
    pod
}

/// The same Job of another run.
fn of_run(job: &Value, run: &str) -> Value {
    let mut job = job.clone();
    job["metadata"]["name"] = json!(format!("lbprobe-{run}"));
    job["metadata"]["labels"]["lbprobe/run"] = json!(run);
    job
}

/// Objects with one change each, under names of their own.
fn deviations(changes: &[(Change, &'static str)], original: impl Fn(usize) -> Value) -> Vec<(Value, &'static str)> {
    let deviation = |(number, (change, words)): (usize, &(Change, &'static str))| {
        let mut object = original(number + 1000);
        change(&mut object);
        (object, *words)
    };
    changes.iter().enumerate().map(deviation).collect()
}

/// The acceptance account makes a Job; its deadline is all that can be changed.
fn only_the_deadline_is_changed(lab: &Lab, job: &Value) {
    let created = create(lab, ACCEPTANCE, &[], &[of_run(job, "0badcafe")]);
    assert!(created.status.success(), "{created:?}");
    let patch = |change: &str| {
        let job = ["kubectl", "patch", "job", "lbprobe-0badcafe", "-n", "lbprobe", "--as", EDITOR, "--type", "merge", "-p"];
        lab.run(&[&job[..], &[change]].concat()).unwrap()
    };
    let prolonged = patch(r#"{"spec":{"activeDeadlineSeconds":300}}"#);
    assert!(prolonged.status.success(), "{prolonged:?}");
    for (change, words) in [
        (r#"{"spec":{"activeDeadlineSeconds":1000000}}"#, "has a deadline within a day"),
        (r#"{"spec":{"activeDeadlineSeconds":null}}"#, "has a deadline within a day"),
        (r#"{"spec":{"parallelism":1}}"#, "not parallelism"),
        (r#"{"spec":{"suspend":true}}"#, "not suspend"),
        (r#"{"spec":{"ttlSecondsAfterFinished":300}}"#, "not ttlSecondsAfterFinished"),
        (r#"{"metadata":{"labels":{"lbprobe/run":null}}}"#, "not labels"),
        (r#"{"metadata":{"finalizers":["example.com/stay"]}}"#, "not finalizers"),
    ] {
        refused_by("lbprobe-jobs", &patch(change), words);
    }
}

/// What no run made is neither removed nor entered nor changed; the Job of a run is removed.
fn only_what_runs_made_is_removed(lab: &Lab) {
    let delete = |user: &str, path: &str| lab.run(&["kubectl", "delete", "--as", user, "--raw", path]).unwrap();
    for (user, path) in [
        (ACCEPTANCE, "/api/v1/namespaces/lbprobe/pods?labelSelector=app%3Dbystander"),
        (EDITOR, "/api/v1/namespaces/lbprobe/pods/bystander"),
        (ACCEPTANCE, "/apis/batch/v1/namespaces/lbprobe/jobs/bystander"),
    ] {
        refused_by("lbprobe-rest", &delete(user, path), "only pods and Jobs with label lbprobe/run are deleted here");
    }
    kubectl(lab, &["get", "pod/bystander", "job/bystander", "-n", "lbprobe"]);
    let exec = "/api/v1/namespaces/lbprobe/pods/bystander/exec?command=id";
    let entered = lab.run(&["kubectl", "create", "--as", EDITOR, "--raw", exec, "-f", "/dev/null"]).unwrap();
    refused_by("lbprobe-rest", &entered, "nobody enters them");
    let image = r#"{"spec":{"containers":[{"name":"pause","image":"docker.io/lab/other:1"}]}}"#;
    let changed = lab.run(&["kubectl", "patch", "pod", "bystander", "-n", "lbprobe", "--as", EDITOR, "-p", image]).unwrap();
    refused_by("lbprobe-rest", &changed, "pods are not changed here");
    // As pod networks do.
    kubectl(lab, &["annotate", "pod", "bystander", "-n", "lbprobe", "--as", EDITOR, "example.com/address=192.0.2.1"]);
    let removed = delete(ACCEPTANCE, "/apis/batch/v1/namespaces/lbprobe/jobs/lbprobe-0badcafe");
    assert!(removed.status.success(), "{removed:?}");
}

/// The rights of the acceptance account, as the server sees them.
fn the_rights_are_no_more_than_needed(lab: &Lab) {
    for (wanted, answer) in [
        ("patch jobs -n lbprobe", "yes"),
        ("deletecollection pods -n lbprobe", "yes"),
        ("delete pods -n lbprobe", "no"),
        ("patch pods -n lbprobe", "no"),
        ("get secrets -n lbprobe", "no"),
        ("create pods -n default", "no"),
        ("create events -n default", "no"),
        ("patch services -n istio-system", "no"),
    ] {
        let words: Vec<_> = ["kubectl", "auth", "can-i", "--as", ACCEPTANCE].into_iter().chain(wanted.split(' ')).collect();
        assert_eq!(text(&lab.run(&words).unwrap().stdout).trim(), answer, "{wanted}");
    }
}

#[test]
fn a_standing_account_runs_probes_in_its_namespace_and_nothing_else() {
    let lab = faulty_lab();
    set_up(&lab);
    the_expressions_have_types(&lab);
    the_rights_are_no_more_than_needed(&lab);
    let [job, pod, host_pod] = objects_of_a_run(&lab);
    let admitted = create(&lab, ACCEPTANCE, DRY_RUN, &[numbered(&pod, 900), numbered(&host_pod, 901), of_run(&job, "00c0ffee")]);
    assert!(admitted.status.success() && text(&admitted.stdout).lines().count() == 3, "{admitted:?}");
    all_refused_by(&lab, "lbprobe-pods", DRY_RUN, &deviations(PODS, |number| numbered(&pod, number)));
    all_refused_by(&lab, "lbprobe-pods", &[], &deviations(ORPHANS, |number| numbered(&host_pod, number)));
    all_refused_by(&lab, "lbprobe-jobs", DRY_RUN, &deviations(JOBS, |number| of_run(&job, &format!("{number:08x}"))));
    only_the_deadline_is_changed(&lab, &job);
    only_what_runs_made_is_removed(&lab);
    run_gateway(&lab, &["--as", ACCEPTANCE, "--probe-namespace", "lbprobe", "--image", "docker.io/lab/pause:1"])
        .expect(1, &["the image is none of those in ConfigMap lbprobe-admission"]);
    kubectl(&lab, &["delete", "pod/bystander", "job/bystander", "rolebinding/editor", "-n", "lbprobe"]);
    nothing_left(&lab);
}
