//! What can be done where policy Local leaves nodes without an endpoint, with what the model says
//! of the cluster after it.

use ipnet::IpNet;

use super::{After, Fix};
use crate::change::Change;
use crate::facts::{DetectLocal, Facts, ProxyMode, TrafficPolicy, Version};
use crate::plan::{Plan, TargetKind};
use crate::prediction::{Outlook, Prediction, is_failure};

/// The release from which ipvs mode falls back to other nodes' endpoints (kubernetes PR 97081).
const IPVS_FALLS_BACK: Version = Version::new(24, 0);

/// The fixes that this cluster has, best first; those that do not help here come last.
pub(crate) fn for_local_policy(facts: &Facts, plan: &Plan) -> Vec<Fix> {
    let before = Prediction::new(facts, plan);
    let mut fixes =
        vec![service_name(facts, plan, &before), policy_cluster(facts, plan, &before), endpoint_everywhere(facts, plan, &before)];
    fixes.extend(cluster_cidr(facts, plan, &before));
    fixes.extend(newer_ipvs(facts, plan, &before));
    fixes.sort_by_key(|fix| fix.after.as_ref().is_some_and(|after| after.failing >= before.failing()));
    fixes
}

/// The same checks after a change; nothing where the model does not see the fault before it.
fn after(facts: &Facts, plan: &Plan, before: &Prediction, change: &Change) -> Option<After> {
    let mut changed = facts.clone();
    change.apply(&mut changed).ok().filter(|()| before.outlook() == Outlook::Fails)?;
    Some(After { failing: Prediction::new(&changed, plan).failing(), before: before.failing() })
}

/// Clients that move to the name leave the load balancer's address alone: what counts is whether
/// the name answers.
fn service_name(facts: &Facts, plan: &Plan, before: &Prediction) -> Fix {
    let (namespace, name) = (&facts.service.namespace, &facts.service.name);
    let at_name = before.checks(plan).filter(|(_, target, _)| target.kind == TargetKind::DnsName);
    let failing = at_name.filter(|(_, _, expectation)| expectation.answers().all(is_failure)).count();
    Fix {
        what: format!("dial {name}.{namespace} (the Service's DNS name) inside the cluster"),
        cost: "clients inside change their address; TLS or a PROXY header that the load balancer adds is missing there".into(),
        command: None,
        after: (before.outlook() == Outlook::Fails).then(|| After { failing, before: before.failing() }),
    }
}

fn policy_cluster(facts: &Facts, plan: &Plan, before: &Prediction) -> Fix {
    let (namespace, name) = (&facts.service.namespace, &facts.service.name);
    Fix {
        what: "set externalTrafficPolicy to Cluster (where an operator owns the Service, as ASM's IstioGateway does, set it there)".into(),
        cost: "clients outside lose their source address; one hop more. With Terway ENI, the annotation \
               service.beta.kubernetes.io/backend-type: eni keeps the source address"
            .into(),
        command: Some(format!(r#"kubectl patch service {name} -n {namespace} -p '{{"spec":{{"externalTrafficPolicy":"Cluster"}}}}'"#)),
        after: after(facts, plan, before, &Change::ExternalTrafficPolicy(TrafficPolicy::Cluster)),
    }
}

fn endpoint_everywhere(facts: &Facts, plan: &Plan, before: &Prediction) -> Fix {
    let nodes = facts.nodes.iter().map(|node| node.name.clone()).collect();
    Fix {
        what: "run an endpoint on every node (a DaemonSet, or a replica a node with anti-affinity)".into(),
        cost: "pods on every node; the fault returns on a node while its pod is away".into(),
        command: None,
        after: after(facts, plan, before, &Change::ReplicasOn(nodes)),
    }
}

/// iptables and nftables mode give a pod that they know any endpoint.
fn cluster_cidr(facts: &Facts, plan: &Plan, before: &Prediction) -> Option<Fix> {
    let config = facts.kube_proxy.config.value()?;
    if config.mode == ProxyMode::Ipvs || config.detect_local != DetectLocal::ClusterCidr {
        return None;
    }
    let cidrs: Vec<_> = facts.nodes.iter().flat_map(|node| &node.pod_cidrs).filter(|cidr| cidr.addr().is_ipv4()).copied().collect();
    let range = covering(&cidrs)?;
    let covered = config.cluster_cidrs.iter().find(|cidr| cidr.addr().is_ipv4()).is_some_and(|cidr| cidr.contains(&range));
    (!covered).then(|| Fix {
        what: format!("give kube-proxy a clusterCIDR that covers all pods, in {} (those of today's nodes lie in {range})", config.source),
        cost: "kube-proxy restarts on every node; pods keep their own address at ClusterIPs from then on".into(),
        command: None,
        after: after(facts, plan, before, &Change::ClusterCidr(range)),
    })
}

/// The smallest range that holds all of them.
fn covering(cidrs: &[IpNet]) -> Option<IpNet> {
    let mut range = *cidrs.first()?;
    while !cidrs.iter().all(|cidr| range.contains(cidr)) {
        range = range.supernet()?;
    }
    Some(range)
}

fn newer_ipvs(facts: &Facts, plan: &Plan, before: &Prediction) -> Option<Fix> {
    let is_ipvs = facts.kube_proxy.config.value().is_some_and(|config| config.mode == ProxyMode::Ipvs);
    let is_old = facts.nodes.iter().any(|node| {
        let release = facts.kube_proxy.releases.value().and_then(|releases| releases.get(&node.name).copied());
        release.or(node.kube_proxy_version).or(node.kubelet_version).is_some_and(|release| release < IPVS_FALLS_BACK)
    });
    (is_ipvs && is_old).then(|| Fix {
        what: "upgrade kube-proxy to 1.24 or later".into(),
        cost: "an upgrade of the nodes. It helps pods, not hosts: for those a refusal becomes a timeout".into(),
        command: None,
        after: after(facts, plan, before, &Change::KubeProxy(IPVS_FALLS_BACK)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_covering_range() {
        let cidrs = |words: &[&str]| words.iter().map(|word| word.parse().unwrap()).collect::<Vec<IpNet>>();
        assert_eq!(covering(&cidrs(&["10.244.1.0/24", "10.244.2.0/24"])), Some("10.244.0.0/22".parse().unwrap()));
        assert_eq!(covering(&cidrs(&["10.244.1.0/24"])), Some("10.244.1.0/24".parse().unwrap()));
        assert_eq!(covering(&[]), None);
    }
}
