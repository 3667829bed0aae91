//! What kube-apiserver says where a policy is not met.

use crate::admission::AdmissionRule;
use crate::facts::IGNORE_ANNOTATION;

pub(crate) fn message(rule: AdmissionRule) -> String {
    let code = rule.code();
    let what = match rule {
        AdmissionRule::Local => {
            "externalTrafficPolicy is Local: pods and hosts on nodes without an endpoint may fail at the load balancer's address. \
                                 Set it to Cluster"
                .into()
        }
        AdmissionRule::InternalLocal => {
            "internalTrafficPolicy is Local: clients on nodes without an endpoint fail at the ClusterIP. Set it to Cluster".into()
        }
        AdmissionRule::ExternalIps => "kube-proxy stops serving externalIPs by default in Kubernetes 1.40. Use a load balancer".into(),
        AdmissionRule::Spread => {
            "two pods may share a node, and a load balancer that spreads over nodes then gives each of them less. Add a required \
                                  podAntiAffinity, or a topologySpreadConstraint with DoNotSchedule, for kubernetes.io/hostname"
                .into()
        }
        AdmissionRule::Replicas(least) => {
            format!("fewer than {least} replicas: nodes without a pod get no connections. Ask for {least} or more")
        }
    };
    format!("{what}, or accept it with the annotation {IGNORE_ANNOTATION}: {code}=REASON")
}
