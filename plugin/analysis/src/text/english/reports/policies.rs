//! What kube-apiserver says where a policy is not met.

use crate::admission::AdmissionRule;
use crate::facts::IGNORE_ANNOTATION;

pub(crate) fn message(rule: AdmissionRule) -> String {
    format!("{}, or accept it with the annotation {IGNORE_ANNOTATION}: {}=REASON", what(rule), rule.code())
}

fn what(rule: AdmissionRule) -> String {
    let fixed = match rule {
        AdmissionRule::Local => {
            "externalTrafficPolicy is Local: pods and hosts on nodes without an endpoint may fail at its external addresses. Set it to Cluster"
        }
        AdmissionRule::InternalLocal => {
            "internalTrafficPolicy is Local: clients on nodes without an endpoint fail at the ClusterIP. Set it to Cluster"
        }
        AdmissionRule::ExternalIps => "kube-proxy stops serving externalIPs by default in Kubernetes 1.40. Use a load balancer",
        AdmissionRule::Spread => {
            "two pods may land on one node: then one node fewer takes traffic. Add a required podAntiAffinity, or a topologySpreadConstraint with \
             DoNotSchedule, for kubernetes.io/hostname"
        }
        AdmissionRule::Replicas(least) => {
            return format!(
                "fewer than {least} replicas: a rollout or the loss of a node may interrupt it. Set replicas to {least} or more"
            );
        }
    };
    fixed.to_owned()
}
