//! All load balancers of a cluster at a glance, from the API and from a file.

use crate::harness::{apply, faulty_lab, kubectl, lbprobe, left_over, settle};

/// A Service of policy Cluster for the gateway's pods, and one without any pod.
const OTHERS: &str = "
apiVersion: v1
kind: Service
metadata: {name: fine, namespace: default}
spec: {type: LoadBalancer, externalTrafficPolicy: Cluster, selector: {k8s-app: kube-dns}, ports: [{port: 53}]}
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: default}
spec: {type: LoadBalancer, externalTrafficPolicy: Local, selector: {app: nobody}, ports: [{port: 80}]}
";

#[test]
fn the_most_affected_comes_first_and_nothing_is_created() {
    let lab = faulty_lab();
    // kube-dns has its endpoints in kube-system: one of the same selector there.
    apply(&lab, &OTHERS.replacen("namespace: default", "namespace: kube-system", 1));
    for (name, namespace) in [("fine", "kube-system"), ("nobody", "default")] {
        let service = format!("service/{name}");
        kubectl(&lab, &["wait", &service, "-n", namespace, "--for=jsonpath={.status.loadBalancer.ingress}", "--timeout=20s"]);
    }
    settle(&lab);
    let all = lbprobe(&lab, &["explain", "-A"]);
    let get = "kubectl get services,endpointslices,nodes,networkpolicies,configmaps,daemonsets,pods,ingresses,events -A -o yaml";
    let alone = lbprobe(&lab, &[]);
    let of_namespace = lbprobe(&lab, &["-n", "istio-system"]);
    let from_file = lab.run(&["sh", "-c", &format!("{get} | kubectl lbprobe explain -A -f -")]).unwrap();
    let facts = lbprobe(&lab, &["explain", "-A", "-o", "facts"]);
    kubectl(&lab, &["delete", "service", "fine", "-n", "kube-system"]);
    kubectl(&lab, &["delete", "service", "nobody", "-n", "default"]);
    all.expect(3, &["hint: kubectl lbprobe explain nobody -n default", "does not count the pod as local", "the Service has no endpoint"]);
    let lines: Vec<Vec<_>> = all.stdout.lines().skip(1).take(3).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0].join(" "), "default nobody Local 0 3/3 3/3 will fail", "{all:#?}");
    assert_eq!(lines[1].join(" "), "istio-system istio-ingressgateway Local 1 2/3 - will fail", "{all:#?}");
    assert_eq!(lines[2].join(" "), "kube-system fine Cluster 1 - - fine", "{all:#?}");
    let from_file = String::from_utf8_lossy(&from_file.stdout).into_owned();
    let hint = "hint: kubectl lbprobe explain nobody -n default";
    assert_eq!(from_file.replace(&format!("{hint} -f -"), hint), all.stdout, "a file tells the same");
    assert!(from_file.contains(&format!("{hint} -f - says why")), "and asks for it again: {from_file}");
    assert_eq!((alone.code, &alone.stdout), (all.code, &all.stdout), "no command is this one");
    of_namespace.expect(3, &["istio-ingressgateway", "hint: kubectl lbprobe run istio-ingressgateway -n istio-system"]);
    assert!(!of_namespace.stdout.contains("nobody"), "{of_namespace:#?}");
    facts.expect(1, &["-o facts holds the facts of one Service", "hint:"]);
    assert_eq!(left_over(&lab), "");
}
