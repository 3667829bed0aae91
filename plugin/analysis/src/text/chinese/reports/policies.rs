//! What kube-apiserver says where a policy is not met.

use crate::admission::AdmissionRule;
use crate::facts::IGNORE_ANNOTATION;

pub(crate) fn message(rule: AdmissionRule) -> String {
    format!("{}，或用注解 {IGNORE_ANNOTATION}: {}=REASON 接受它", what(rule), rule.code())
}

fn what(rule: AdmissionRule) -> String {
    let fixed = match rule {
        AdmissionRule::Local => "externalTrafficPolicy 为 Local：没有 Endpoint 的节点上的 Pod 和主机访问其外部地址可能失败。请设为 Cluster",
        AdmissionRule::InternalLocal => {
            "internalTrafficPolicy 为 Local：没有 Endpoint 的节点上的客户端访问 ClusterIP 会失败。请设为 Cluster"
        }
        AdmissionRule::ExternalIps => "从 Kubernetes 1.40 起 kube-proxy 默认不再处理 externalIPs。请使用负载均衡",
        AdmissionRule::Spread => {
            "两个 Pod 可能落在同一节点上：那样接收流量的节点就少一个。请针对 kubernetes.io/hostname 添加 required 的 \
             podAntiAffinity，或 DoNotSchedule 的 topologySpreadConstraint"
        }
        AdmissionRule::Replicas(least) => {
            return format!("少于 {least} 个副本：滚动更新或失去一个节点可能造成中断。请把 replicas 设为 {least} 或更多");
        }
    };
    fixed.to_owned()
}
