//! What helps where the server takes no object.

use lbprobe_analysis::shell::quoted;

use crate::error::Refusal;

/// For an object that was to be created in a namespace.
pub(in crate::error) fn hint(refusal: &Refusal, resource: &str, namespace: &str) -> String {
    let place = quoted(namespace);
    match refusal {
        Refusal::Quota => {
            format!("kubectl describe resourcequota -n {place}；或用 --probe-namespace 从另一个命名空间探测")
        }
        Refusal::PodSecurity => "用 --probe-namespace 从另一个命名空间探测，或用 --vantage pod 不使用主机网络".into(),
        Refusal::Rbac => {
            format!("kubectl auth can-i create {resource} -n {place}；manifests/rbac.yaml 中有一次运行所需的权限")
        }
        Refusal::WebhookDown(name) => {
            format!("kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations，并查明 {} 为什么不应答", quoted(name))
        }
        Refusal::NoDryRun(name) => format!("webhook {} 可能有副作用：只有真正创建对象才知道它的答复", quoted(name)),
        Refusal::NoNamespace => "kubectl get namespaces；用 --probe-namespace 指定另一个".into(),
        Refusal::Other => "用 --probe-namespace 从适用其他策略的命名空间探测".into(),
    }
}
