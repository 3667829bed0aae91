//! Disturbances that take more than a line of sh, and what undoes them.

use super::acts::Act;

/// The gateway takes connections and says nothing: the kernel accepts them for a server that is stopped. The brackets
/// keep the expression from matching the shell that holds it.
pub(super) const HANG: Act = Act::With(
    r"for master in $(pgrep -f '[n]ginx: master process .*/etc/gateway/nginx\.conf'); do
        kill -STOP $master $(pgrep -P $master)
    done",
    r"for master in $(pgrep -f '[n]ginx: master process .*/etc/gateway/nginx\.conf'); do
        kill -CONT $master $(pgrep -P $master)
    done",
);

/// The gateway has no endpoint any more.
pub(super) const SCALE_TO_0: Act = Act::Do(
    "kubectl scale deployment/istio-ingressgateway -n istio-system --replicas=0 &&
    until test -z \"$(kubectl get endpointslices -n istio-system -l kubernetes.io/service-name=istio-ingressgateway \
        -o jsonpath='{.items[*].endpoints[*].addresses}')\"; do sleep 0.2; done",
);

/// The gateway's pod ends, and another one comes; nobody waits for it.
pub(super) const ROLL: Act = Act::Do("kubectl rollout restart deployment/istio-ingressgateway -n istio-system");

/// What the load balancer needs to reach everybody, changed by somebody else.
pub(super) const POLICY_CLUSTER: Act = Act::Do(r#"kubectl patch service SERVICE -p '{"spec":{"externalTrafficPolicy":"Cluster"}}'"#);

/// And back.
pub(super) const POLICY_LOCAL: Act = Act::Do(r#"kubectl patch service SERVICE -p '{"spec":{"externalTrafficPolicy":"Local"}}'"#);

/// The Service goes.
pub(super) const DELETE_SERVICE: Act = Act::Do("kubectl delete service SERVICE");

/// A namespace of the row's own.
pub(super) const NAMESPACE: Act = Act::With(
    "kubectl create namespace NAMESPACE && kubectl wait --for=create serviceaccount/default -n NAMESPACE --timeout=30s",
    "kubectl delete namespace NAMESPACE --ignore-not-found --wait=false",
);

/// The API server is killed as soon as the plugin goes on from where its pods are made, and comes back after 2 s.
pub(super) const RESTART_API: Act = Act::Do(
    r#"(until test -e FOLDER/phases/pods-created.go; do sleep 0.05; done
    pid=$(cat /run/lab/kube-apiserver.pid) && mapfile -d '' words </proc/$pid/cmdline && kill -KILL "$pid" && sleep 2 && cd /run/lab || exit
    setsid "${words[@]}" </dev/null >>/run/lab/log/kube-apiserver.log 2>&1 &
    echo $! >/run/lab/kube-apiserver.pid) </dev/null >/dev/null 2>&1 &"#,
);

/// Somebody who may write the status of pods writes the answers of a probe on node1, which reached everything, into
/// those of the other nodes.
pub(super) const FORGE_ANSWERS: Act = Act::Do(
    r#"pods() { kubectl get pods -n default -l app.kubernetes.io/name=lbprobe \
        -o jsonpath='{range .items[*]}{.metadata.name} {.spec.nodeName} {.spec.hostNetwork}{"\n"}{end}'; }
    source=$(pods | awk '$2 == "node1" && $3 != "true" { print $1; exit }')
    until kubectl logs -n default "$source" >FOLDER/answer 2>/dev/null && test -s FOLDER/answer; do sleep 0.2; done
    sleep 1
    kubectl logs -n default "$source" >FOLDER/answer
    data=$(kubectl create configmap answer --from-file=FOLDER/answer --dry-run=client -o jsonpath='{.data}')
    message=${data#*:}
    ended='{"exitCode":0,"reason":"Completed","message":'${message%\}}'}'
    container='{"name":"probe","image":"probe","imageID":"probe","ready":false,"restartCount":0,"state":{"terminated":'$ended'}}'
    pods | awk '$2 != "node1" && $3 != "true" { print $1 }' | while read -r pod; do
        kubectl patch pod "$pod" -n default --subresource=status --type=merge \
            -p '{"status":{"phase":"Succeeded","containerStatuses":['"$container"']}}' || exit
    done"#,
);

/// A node whose kubelet says more than it should.
pub(super) const PAINTED_NODE: Act = Act::With(
    r#"echo '{"apiVersion":"v1","kind":"Node","metadata":{"name":"painted","labels":{"kubernetes.io/os":"linux"}}}' | kubectl create -f - &&
    kubectl patch node painted --subresource=status --type=merge -p '{"status":{"conditions":[
        {"type":"Ready","status":"False","reason":"Painted","message":"\u001b[31mred\u001b]0;owned\u0007"}]}}'"#,
    "kubectl delete node painted",
);

/// The load balancer's status has a name that leads to a cloud's metadata server, and node2 counts who dials that.
pub(super) const METADATA_SERVER: Act = Act::With(
    r"kubectl annotate service SERVICE service.beta.kubernetes.io/alibaba-cloud-loadbalancer-hostname=metadata.example.com &&
    kubectl wait service SERVICE --for=jsonpath='{.status.loadBalancer.ingress[0].hostname}'=metadata.example.com --timeout=30s &&
    sleep 1 && sed -i 's/^[^ ]*/169.254.169.254/' /run/lab/cloud-hosts && grep -q '^169.254.169.254 metadata' /run/lab/cloud-hosts &&
    echo 'table inet faults {
        chain forward { type filter hook forward priority 0; ip daddr 169.254.169.254 counter drop; }
        chain output { type filter hook output priority 0; ip daddr 169.254.169.254 counter drop; }
    }' | nsenter --net=/run/netns/node2 nft -f -",
    "nsenter --net=/run/netns/node2 nft delete table inet faults",
);

/// Nobody on node2 has dialled it.
pub(super) const NOBODY_DIALLED_IT: &str = "test $(nsenter --net=/run/netns/node2 nft list table inet faults | grep -c 'packets 0 ') = 2";

/// A user who may do everything but delete.
pub(super) const KEEPER: Act = Act::With(
    r#"echo '{"apiVersion":"v1","kind":"List","items":[
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"keeper"},
            "rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["get","list","watch","create","update","patch"]}]},
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"keeper"},
            "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"keeper"},
            "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"keeper"}]}]}' | kubectl apply -f -"#,
    "kubectl delete clusterrolebinding/keeper clusterrole/keeper",
);

/// A user who may look at Services and write their status, and cannot change anything else of them.
pub(super) const FORGER: Act = Act::With(
    r#"echo '{"apiVersion":"v1","kind":"List","items":[
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"forger"},"rules":[
            {"apiGroups":[""],"resources":["services"],"verbs":["get"]},
            {"apiGroups":[""],"resources":["services/status"],"verbs":["get","patch"]}]},
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"forger"},
            "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"forger"},
            "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"forger"}]}]}' | kubectl apply -f -"#,
    "kubectl delete clusterrolebinding/forger clusterrole/forger",
);

/// What holds of the Service when nobody was obeyed who forged a record.
pub(super) const AS_DEPLOYED: &str = r#"test "$(kubectl get service SERVICE -o jsonpath='{.spec.externalTrafficPolicy} {.spec.externalIPs} {.spec.selector}')" \
    = 'Local  {"app":"istio-ingressgateway"}'"#;

/// No record of a change stands on the Service.
pub(super) const NO_RECORD: &str = r"test -z $(kubectl get service SERVICE -o jsonpath='{.metadata.annotations.lbprobe/fix}')";

/// The record of run deadbeef stands there.
pub(super) const THEIR_RECORD: &str = r"kubectl get service SERVICE -o jsonpath='{.metadata.annotations.lbprobe/fix}' | grep -q deadbeef";
