//! `explain` on manifests that describe no cluster, as Helm and Kustomize render them.

use std::io::Write as _;
use std::process::{Command, Stdio};

const SERVICE: &str = "
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}]
";

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: web, ports: [{name: http, containerPort: 8080}]}]
";

/// Exit code and what is printed, with one space between words.
fn told(text: &str, words: &[&str]) -> (i32, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_kubectl-lbprobe"))
        .args(["explain", "-f", "-"])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    program.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it reads");
    let output = program.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().expect("no signal"), text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[track_caller]
fn expect(text: &str, words: &[&str], code: i32, said: &[&str], never: &[&str]) {
    let (ended, text) = told(text, words);
    assert_eq!(ended, code, "{text}");
    for part in said {
        assert!(text.contains(part), "{part:?} is missing in {text}");
    }
    for part in never {
        assert!(!text.contains(part), "{part:?} is in {text}");
    }
}

fn both(service: &str, workload: &str) -> String {
    format!("{service}---\n{workload}")
}

#[test]
fn nodes_with_and_without_a_pod_are_assumed_and_said() {
    let said = [
        "DEPENDS: 2 of 18 checks may fail",
        "assumed-c no pod ok or passed on or timed",
        "the file has no nodes. Assumed: three nodes, the addresses, pods of Deployment web on assumed-a and assumed-b",
    ];
    expect(&both(SERVICE, DEPLOYMENT), &[], 4, &said, &["its ConfigMap is not in the file"]);
    // What is known of the cluster can be said.
    let known = ["--if", "mode=iptables", "--if", "kube-proxy=1.34", "--if", "clusterCIDR=10.244.0.0/16"];
    expect(&both(SERVICE, DEPLOYMENT), &known, 4, &["DEPENDS: the cluster"], &["may fail", "any mode"]);
    let (code, overview) = told(&both(SERVICE, DEPLOYMENT), &[&["-A"][..], &known].concat());
    assert!(code == 4 && overview.contains("--if mode=iptables --if kube-proxy=1.34.0 --if clusterCIDR=10.244.0.0/16"), "{overview}");
    let ipvs = ["--if", "mode=ipvs", "--if", "kube-proxy=1.23", "--if", "clusterCIDR=10.244.0.0/16"];
    expect(&both(SERVICE, DEPLOYMENT), &ipvs, 3, &["WILL FAIL", "assumed-c no pod refused or passed on"], &["FINE"]);
    // A DaemonSet has a pod on each, unless it chooses nodes.
    let set = DEPLOYMENT.replace("Deployment", "DaemonSet").replace("  replicas: 2\n", "");
    expect(&both(SERVICE, &set), &[], 4, &["DEPENDS: the cluster", "DaemonSet web on assumed-a, assumed-b and assumed-c"], &["may fail"]);
    let chosen = set.replace("      containers", "      nodeSelector: {pool: edge}\n      containers");
    expect(&both(SERVICE, &chosen), &[], 4, &["DEPENDS: 2 of 18 checks may fail"], &[]);
    let any_linux = set.replace("      containers", "      nodeSelector: {kubernetes.io/os: linux}\n      containers");
    expect(&both(SERVICE, &any_linux), &[], 4, &["DEPENDS: the cluster"], &["may fail"]);
}

#[test]
fn pods_that_nothing_keeps_apart_may_share_a_node() {
    let five = DEPLOYMENT.replace("replicas: 2", "replicas: 5");
    expect(&both(SERVICE, &five), &[], 4, &["25 % for each of 2 pods on assumed-a and 50 % for each of 1 pod on assumed-b"], &[]);
    let spread =
        "      topologySpreadConstraints:\n      - {maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule}\n";
    let apart = five.replace("      containers", &format!("{spread}      containers"));
    expect(&both(SERVICE, &apart), &[], 4, &["DEPENDS"], &["for each of 2 pods"]);
}

#[test]
fn names_of_ports_and_labels_are_held_against_the_pods() {
    let fault = ["--fail-on", "fault"];
    let misnamed = both(&SERVICE.replace("targetPort: http", "targetPort: htpp"), DEPLOYMENT);
    expect(&misnamed, &fault, 3, &["WILL FAIL", "declare a container port named htpp"], &[]);
    expect(&both(SERVICE, DEPLOYMENT), &fault, 0, &["DEPENDS"], &[]);
    let native_sidecar =
        "      initContainers: [{name: proxy, image: proxy, restartPolicy: Always, ports: [{name: htpp, containerPort: 9}]}]\n";
    let declared = misnamed.replace("      containers", &format!("{native_sidecar}      containers"));
    expect(&declared, &fault, 0, &["DEPENDS"], &["WILL FAIL"]);
    let other_labels = both(&SERVICE.replace("{app: web}", "{app: web, tier: edge}"), DEPLOYMENT);
    let said = ["whether the selector matches any pod", "Deployment web lacks tier=edge"];
    expect(&other_labels, &["--fail-on", "risk"], 3, &said, &[]);
    expect(&other_labels, &fault, 0, &said, &[]);
    let mistyped = both(&SERVICE.replace("{app: web}", "{app: wbe}"), DEPLOYMENT);
    expect(&mistyped, &["--fail-on", "risk"], 3, &["Deployment web has app=web, not app=wbe"], &[]);
    let in_namespace = both(&SERVICE.replace("{name: web}", "{name: web, namespace: shop}").replace("Local", "Cluster"), DEPLOYMENT);
    expect(&in_namespace, &["--fail-on", "risk"], 3, &["Deployment web has them in namespace default"], &[]);
    // Another chart's, or an operator's.
    let elsewhere = both(&SERVICE.replace("{app: web}", "{app: gateway}").replace("Local", "Cluster"), DEPLOYMENT);
    expect(&elsewhere, &["--fail-on", "risk"], 0, &["a pod that the file does not describe"], &["lacks"]);
    // Those of tests that Helm runs have the same labels, and no port.
    let test = "
apiVersion: v1
kind: Pod
metadata: {name: web-test, labels: {app: web}, annotations: {helm.sh/hook: test}}
spec: {containers: [{name: wget, image: busybox}]}
";
    let with_test = format!("{}---\n{test}", both(SERVICE, DEPLOYMENT));
    expect(&with_test, &[], 4, &["pods of Deployment web on"], &["Pod web-test"]);
}

#[test]
fn autoscalers_and_files_without_services_are_read() {
    let scaler = "
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {minReplicas: 3, maxReplicas: 9, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
";
    let one = DEPLOYMENT.replace("  replicas: 2\n", "");
    expect(&both(SERVICE, &one), &[], 4, &["pods of Deployment web on assumed-a"], &["assumed-a and assumed-b"]);
    let with_scaler = format!("{}---\n{scaler}", both(SERVICE, &one));
    expect(&with_scaler, &[], 4, &["pods of Deployment web on assumed-a and assumed-b", "for each of 2 pods on assumed-a"], &[]);
    expect(DEPLOYMENT, &["-A", "--fail-on", "risk"], 0, &["nothing to explain"], &[]);
    expect(DEPLOYMENT, &["-A"], 4, &["nothing to explain"], &[]);
    let knative = "
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: hello}
spec: {template: {spec: {containers: [{image: hello}]}}}
";
    expect(&format!("{}---\n{knative}", both(SERVICE, DEPLOYMENT)), &[], 4, &["Service default/web"], &[]);
}

#[test]
fn what_a_cloud_would_write_is_not_held_against_the_service() {
    let aws = "metadata: {name: web, annotations: {service.beta.kubernetes.io/aws-load-balancer-type: nlb}}";
    let policy_local = both(&SERVICE.replace("metadata: {name: web}", aws), DEPLOYMENT);
    expect(&policy_local, &["--fail-on", "fault"], 0, &[], &["providerID", "198.19."]);
    let proxy = "metadata: {name: web, annotations: {service.beta.kubernetes.io/do-loadbalancer-enable-proxy-protocol: \"true\"}}";
    let cluster = SERVICE.replace("metadata: {name: web}", proxy).replace("Local", "Cluster");
    expect(&both(&cluster, DEPLOYMENT), &["--fail-on", "fault"], 0, &["PROXY header"], &["WILL FAIL"]);
}

#[test]
fn policies_in_the_same_file_count() {
    let policy = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}
";
    let closed = format!("{}---\n{policy}", both(&SERVICE.replace("Local", "Cluster"), DEPLOYMENT));
    expect(&closed, &["--fail-on", "risk"], 3, &["NetworkPolicy default/closed"], &[]);
}

#[test]
fn what_was_made_by_a_cluster_needs_its_nodes() {
    let made = SERVICE.replace("metadata: {name: web}", "metadata: {name: web, uid: 6e4f}");
    expect(&both(&made, DEPLOYMENT), &[], 1, &["it has no nodes"], &[]);
    let with_status = format!("{SERVICE}status: {{loadBalancer: {{ingress: [{{ip: 198.51.100.1}}]}}}}\n");
    expect(&both(&with_status, DEPLOYMENT), &[], 1, &["it has no nodes"], &[]);
}

#[test]
fn what_is_ignored_does_not_count_and_is_said() {
    let ignoring = |value: &str| {
        let metadata = format!("metadata: {{name: web, annotations: {{lbprobe/ignore: \"{value}\"}}}}");
        both(&SERVICE.replace("metadata: {name: web}", &metadata), DEPLOYMENT)
    };
    let risk = ["--fail-on", "risk"];
    expect(&both(SERVICE, DEPLOYMENT), &risk, 3, &["LBP002"], &["Ignored"]);
    expect(&ignoring("LBP002=clients use DNS"), &risk, 0, &["Ignored - LBP002: clients use DNS"], &[]);
    let told = ["LBP002 is not ignored: annotation lbprobe/ignore gives no reason", "LBP003: why (nothing here has this code)"];
    expect(&ignoring("LBP002; LBP003=why; x=y"), &risk, 3, &told, &["x:"]);
    expect(&both(SERVICE, DEPLOYMENT), &["--fail-on", "risk", "--ignore", "LBP002"], 0, &["LBP002: by --ignore"], &[]);
    // What is assumed stays open, unless that is accepted too.
    expect(&both(SERVICE, DEPLOYMENT), &["--ignore", "LBP002"], 4, &["IGNORED: "], &["WILL FAIL", "FINE"]);
    expect(&both(SERVICE, DEPLOYMENT), &["--ignore", "LBP002=known,LBP579"], 0, &["IGNORED: ", "LBP002: known"], &[]);
    expect(&both(SERVICE, DEPLOYMENT), &["--ignore", "2"], 2, &["a code is LBP and three digits"], &[]);
    // In the overview and for pipelines as well.
    expect(&ignoring("LBP002=clients use DNS"), &["-A", "--fail-on", "risk"], 0, &["web: ignored LBP002: clients use DNS"], &[]);
    let (_, annotations) = told_of(&ignoring("LBP002=clients use DNS"), "github");
    assert!(!annotations.contains("LBP002"), "{annotations}");
}

fn told_of(text: &str, form: &str) -> (i32, String) {
    told(text, &["-o", form])
}

#[test]
fn a_fault_that_is_ignored_is_no_fine() {
    let cluster = crate::cluster::Cluster::with_policy("Local").of_release("v1.23.17");
    let ignored = |codes: &str| {
        let mut cluster = crate::cluster::Cluster { kube_proxy: crate::cluster::kube_proxy("ipvs"), ..cluster.clone() };
        cluster.service["metadata"]["annotations"]["lbprobe/ignore"] = serde_json::json!(codes);
        cluster
    };
    ignored("").expect(3, &["WILL FAIL"], &[]);
    ignored("LBP002=known").expect(0, &["IGNORED: ", "LBP002: known"], &["FINE", "WILL FAIL"]);
    ignored("LBP023=known").expect(3, &["WILL FAIL", "LBP023: known (nothing here has this code)"], &[]);
    let (code, text) = ignored("LBP002=known").overview();
    assert!(code == 0 && text.contains("1/2 ignored") && text.contains("web: ignored LBP002: known"), "{code} {text}");
}

/// What is assumed of a cluster is never held against a Service for certain.
#[test]
fn assumed_addresses_and_unknown_pods_prove_nothing() {
    let fault = ["--fail-on", "fault"];
    let ranges = SERVICE.replace("Local", "Cluster\n  loadBalancerSourceRanges: [10.0.0.0/8]");
    expect(&both(&ranges, DEPLOYMENT), &fault, 0, &["DEPENDS"], &["198.18.1", "WILL FAIL"]);
    let elsewhere = SERVICE.replace("{app: web}", "{app: elsewhere}").replace("Local", "Cluster\n  internalTrafficPolicy: Local");
    let known = ["--if", "mode=iptables", "--if", "kube-proxy=1.34", "--fail-on", "fault"];
    expect(&both(&elsewhere, DEPLOYMENT), &known, 0, &["DEPENDS"], &["WILL FAIL"]);
    // Of the file's own pods it is known.
    let own = SERVICE.replace("Local", "Cluster\n  internalTrafficPolicy: Local");
    expect(&both(&own, DEPLOYMENT), &known, 3, &["WILL FAIL"], &[]);
    let overview = [&known[..], &["-A"]].concat();
    expect(&both(&own, DEPLOYMENT), &overview, 3, &["will fail"], &[]);
    expect(&both(&elsewhere, DEPLOYMENT), &overview, 0, &["depends"], &["will fail"]);
}

#[test]
fn a_service_has_the_families_that_it_asks_for_or_names() {
    let fault = ["--fail-on", "fault"];
    let of = |more: &str| both(&SERVICE.replace("Local", &format!("Cluster\n  {more}")), DEPLOYMENT);
    let dual = "ipFamilyPolicy: RequireDualStack\n  ipFamilies: [IPv4, IPv6]\n  externalIPs: [203.0.113.5, \"2001:db8::5\"]";
    expect(&of(dual), &fault, 0, &["198.19.0.1 and 2001:db8:4::1"], &["WILL FAIL"]);
    expect(
        &of("ipFamilyPolicy: PreferDualStack\n  loadBalancerIP: \"2001:db8::5\""),
        &fault,
        0,
        &["2001:db8::5 and 198.19.0.1"],
        &["WILL FAIL"],
    );
    expect(&of("externalIPs: [\"2001:db8::5\"]"), &fault, 0, &["2001:db8::5"], &["WILL FAIL"]);
    let other = SERVICE.replace("{name: web}", "{name: other}").replace("Local", "Cluster\n  ipFamilies: [IPv6]");
    let two = format!("{other}---\n{}", of("loadBalancerIP: 203.0.113.9"));
    expect(&two, &["-A", "--fail-on", "fault"], 0, &["web", "other"], &["will fail"]);
}

#[test]
fn target_ports_are_read_as_kube_apiserver_reads_them() {
    let fault = ["--fail-on", "fault"];
    let of =
        |target: &str| both(&SERVICE.replace("Local", "Cluster").replace("targetPort: http", &format!("targetPort: {target}")), DEPLOYMENT);
    expect(&of("\"\""), &fault, 0, &[], &["WILL FAIL"]);
    expect(&of("\"8080\""), &fault, 3, &["WILL FAIL"], &[]);
    expect(&of("8080"), &fault, 0, &[], &["WILL FAIL"]);
}

#[test]
fn endpoints_that_the_file_has_are_those_of_the_service() {
    let service = SERVICE.replace("  selector: {app: web}\n", "").replace("Local", "Cluster").replace(", targetPort: http", "");
    let slice = |port: &str| {
        format!(
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: web-1, labels: {{kubernetes.io/service-name: web}}}}\naddressType: \
             IPv4\nports: [{{name: {port}, port: 8080}}]\nendpoints: [{{addresses: [192.0.2.9]}}]\n"
        )
    };
    let risk = ["--fail-on", "risk"];
    expect(&both(&service, &slice("http")), &risk, 0, &["1 ready endpoint"], &["left over", "web-unknown"]);
    expect(&both(&service, &slice("zz")), &risk, 3, &["WILL FAIL"], &["web-unknown"]);
    let endpoints = "apiVersion: v1\nkind: Endpoints\nmetadata: {name: web}\nsubsets: [{addresses: [{ip: 192.0.2.9}], ports: [{name: http, port: 8080}]}]\n";
    expect(&both(&service, endpoints), &risk, 0, &["1 ready endpoint"], &["web-unknown"]);
    expect(&service, &risk, 0, &["a pod that the file does not describe"], &["left over"]);
}

#[test]
fn what_is_not_understood_is_said_and_what_is_of_others_is_passed_over() {
    let broken = DEPLOYMENT.replace("replicas: 2", "replicas: \"3\"");
    expect(&both(SERVICE, &broken), &[], 1, &["Deployment", "web"], &[]);
    let rollout =
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web}\nspec: {workloadRef: {kind: Deployment, name: web}}\n";
    let others = [
        "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {order: x, selector: all()}\n",
        "apiVersion: example.com/v1\nkind: Node\nmetadata: {name: a}\nspec: 1\n",
        "apiVersion: example.com/v1\nkind: IPWhiteList\nmetadata: {name: a}\n",
        rollout,
    ];
    let file = format!("{}---\n{}", both(SERVICE, DEPLOYMENT), others.join("---\n"));
    expect(&file, &[], 4, &["pods of Deployment web"], &[]);
}

#[test]
fn what_is_ignored_fails_no_case_and_leaves_no_name_behind() {
    let metadata = "metadata: {name: web, annotations: {lbprobe/ignore: \"LBP002=asked by Mallory\"}}";
    let named = both(&SERVICE.replace("metadata: {name: web}", metadata), &DEPLOYMENT.replace("name: web", "name: secretdep"));
    let (_, cases) = told_of(&named, "junit");
    assert!(!cases.contains("<failure") && cases.contains("<skipped"), "{cases}");
    for form in [&["-o", "json"][..], &["-o", "yaml"], &["-o", "junit"], &["-A"], &[]] {
        let (_, text) = told(&named, &[form, &["--redact"]].concat());
        assert!(!text.contains("secretdep") && !text.contains("Mallory"), "{form:?}: {text}");
    }
}
