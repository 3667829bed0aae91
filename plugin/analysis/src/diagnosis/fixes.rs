//! What can be done where policy Local leaves nodes without an endpoint: in the order in which it
//! is recommended, with what it costs, what it needs, and what the model expects after it.

use std::cell::RefCell;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::contrast::Contrast;
use super::{After, Fix, Need, Standing, Strategy, internal_policy, no_endpoints, source_ranges};
use crate::change::Change;
use crate::facts::{BACKEND_TYPE, DetectLocal, Facts, HOSTNAME, IpMode, NetworkPlugin, ProxyMode, Service, TrafficPolicy};
use crate::model::{self, Rule, gates};
use crate::node_evidence;
use crate::patch::ObjectReference;
use crate::plan::{Plan, TargetKind};
use crate::prediction::{Outlook, Prediction};

/// Stands where the user's own name goes.
pub(super) const HOSTNAME_PLACE: &str = "HOSTNAME";

/// What the fixes look at.
struct Situation<'a> {
    facts: &'a Facts,
    plan: &'a Plan,
    before: &'a Prediction,
    /// A copy to change. Of thousands of nodes one is enough: no change touches them.
    copy: RefCell<Option<Facts>>,
}

/// The fixes that this cluster has, best first; those that do not help here come last.
pub(crate) fn for_local_policy(facts: &Facts, plan: &Plan, before: &Prediction) -> Vec<Fix> {
    let situation = Situation::new(facts, plan, before);
    let mut fixes = vec![situation.service_name(), situation.policy_cluster()];
    fixes.extend(situation.eni_backends());
    fixes.push(second_load_balancer());
    fixes.extend(situation.hostname_annotation());
    fixes.push(situation.ip_mode_proxy());
    fixes.push(situation.endpoint_everywhere());
    fixes.extend(situation.cluster_cidr());
    fixes.extend(situation.newer_ipvs());
    fixes.extend(situation.newer_nftables());
    fixes.extend(situation.other_mode());
    fixes.extend(situation.network_load_balancer());
    fixes.sort_by_key(Fix::is_out_of_reach);
    fixes
}

/// The fixes for what is expected to fail, cause by cause, by the facts alone.
pub(crate) fn for_expectations(facts: &Facts, plan: &Plan, before: &Prediction) -> Vec<Fix> {
    if before.outlook(plan) == Outlook::Fine {
        return Vec::new();
    }
    if facts.serving_nodes().is_empty() {
        return vec![no_endpoints::bring_up(&facts.service)];
    }
    let fails = |kinds: fn(&TargetKind) -> bool| before.fails_for(plan, kinds);
    let mut fixes = Vec::new();
    if facts.service.external_traffic_policy == TrafficPolicy::Local
        && fails(TargetKind::is_external).any(|rule| rule != Rule::OutsideSourceRanges)
    {
        fixes.extend(for_local_policy(facts, plan, before));
    }
    if facts.service.internal_traffic_policy == TrafficPolicy::Local && fails(TargetKind::is_cluster_ip).next().is_some() {
        fixes.push(internal_policy::policy_cluster(facts, plan, before));
    }
    if fails(TargetKind::is_external).any(|rule| rule == Rule::OutsideSourceRanges) {
        fixes.push(source_ranges::add_ranges(facts, plan, before));
    }
    fixes.sort_by_key(Fix::is_out_of_reach);
    name_owner(&mut fixes, &facts.service);
    fixes
}

/// Says of changes of a Service with an owner of an unknown kind that they will not last.
pub(super) fn name_owner(fixes: &mut [Fix], service: &Service) {
    let Some(owner) = service.other_owner() else { return };
    let itself = ObjectReference::of_service(service);
    for fix in fixes.iter_mut().filter(|fix| fix.patch.as_ref().is_some_and(|patch| patch.object == itself)) {
        let revert = format!("{owner} owns the Service, and its controller may put the change back: make it there");
        fix.caveat = Some(fix.caveat.take().map_or_else(|| revert.clone(), |caveat| format!("{caveat}; {revert}")));
    }
}

/// The same checks after a change; nothing where the model does not see the fault before it.
pub(super) fn after(facts: &Facts, plan: &Plan, before: &Prediction, change: &Change) -> Option<After> {
    Situation::new(facts, plan, before).after(change)
}

/// What takes the load balancer's address out of kube-proxy's hands.
pub(super) fn past_kube_proxy(contrast: &Contrast<'_>) -> Vec<Fix> {
    let situation = Situation::new(contrast.facts, contrast.matrix.plan, contrast.prediction);
    let mut fixes: Vec<_> = situation.hostname_annotation().into_iter().chain([situation.ip_mode_proxy()]).collect();
    fixes.sort_by_key(Fix::is_out_of_reach);
    fixes
}

/// The vendor's way where listeners of several owners share a load balancer.
pub(super) fn separate_load_balancers() -> Fix {
    Fix {
        what: "give the other listener a load balancer of its own, so that this address serves only the Service's ports".into(),
        cost: "a second load balancer to pay for, and another address for its clients".into(),
        ..Fix::default()
    }
}

/// Leaving the load balancer's address alone.
pub(super) fn service_name(service: &Service) -> Fix {
    Fix {
        strategy: Some(Strategy::DnsName),
        what: format!("dial {}.{} (the Service's DNS name) inside the cluster", service.name, service.namespace),
        cost: "clients inside change their address; TLS or a PROXY header that the load balancer adds is missing there".into(),
        ..Fix::default()
    }
}

impl<'a> Situation<'a> {
    fn new(facts: &'a Facts, plan: &'a Plan, before: &'a Prediction) -> Self {
        Self { facts, plan, before, copy: RefCell::new(None) }
    }

    fn after(&self, change: &Change) -> Option<After> {
        if self.before.outlook(self.plan) != Outlook::Fails {
            return None;
        }
        let mut copy = self.copy.borrow_mut();
        let changed = copy.get_or_insert_with(|| self.facts.clone());
        changed.service.clone_from(&self.facts.service);
        changed.endpoints.clone_from(&self.facts.endpoints);
        changed.kube_proxy.clone_from(&self.facts.kube_proxy);
        change.apply(changed).ok()?;
        let prediction = Prediction::new(changed, self.plan);
        Some(After {
            failing: prediction.failing(self.plan),
            before: self.before.failing(self.plan),
            vantages: prediction.failing_vantages(self.plan),
            outside: Some(model::outside(changed)),
        })
    }

    /// Clients that move to the name leave the load balancer's address alone: what counts is
    /// whether the name answers.
    fn service_name(&self) -> Fix {
        let is_name = |kind: &TargetKind| *kind == TargetKind::DnsName;
        let after = After {
            failing: self.before.failing_at(self.plan, is_name),
            before: self.before.failing_at(self.plan, TargetKind::is_external),
            vantages: self.before.failing_vantages_at(self.plan, is_name),
            outside: Some(model::outside(self.facts)),
        };
        let is_broken = self.facts.service.internal_traffic_policy == TrafficPolicy::Local && after.failing > 0;
        Fix {
            caveat: is_broken
                .then(|| "internalTrafficPolicy Local breaks the name on nodes without an endpoint; set it to Cluster first".into()),
            after: (self.before.outlook(self.plan) == Outlook::Fails).then_some(after),
            ..service_name(&self.facts.service)
        }
    }

    fn policy_cluster(&self) -> Fix {
        let merge = json!({ "spec": { "externalTrafficPolicy": "Cluster" } });
        let change = Change::ExternalTrafficPolicy(TrafficPolicy::Cluster);
        Fix {
            what: self.in_owner("set externalTrafficPolicy to Cluster"),
            cost: "clients outside lose their source address, and there is one more hop".into(),
            after: self.after(&change),
            ..Fix::by_patch(Strategy::Cluster, self.object(), merge, change)
        }
    }

    /// An operator puts back what is changed in the Service that it owns: the change belongs there.
    fn object(&self) -> ObjectReference {
        ObjectReference::governing(&self.facts.service)
    }

    fn in_owner(&self, what: &str) -> String {
        match self.facts.service.istio_gateway() {
            Some(owner) => format!("{what} on {} {}, which owns the Service and would revert a change there", owner.kind, owner.name),
            None => what.to_owned(),
        }
    }

    /// A merge patch that gives the Service an annotation, also where it has to come from its owner.
    fn annotation(&self, key: &str, value: &str) -> Value {
        if self.facts.service.istio_gateway().is_some() {
            json!({ "spec": { "serviceAnnotations": { key: value } } })
        } else {
            json!({ "metadata": { "annotations": { key: value } } })
        }
    }

    fn eni_backends(&self) -> Option<Fix> {
        let mut merge = self.annotation(BACKEND_TYPE, "eni");
        merge["spec"]["externalTrafficPolicy"] = json!("Cluster");
        let terway = Need { what: "Terway with ENI addresses".into(), standing: self.terway() };
        // Under policy Local the backends are ENIs already, and the fault is there all the same.
        let is_done = self.facts.service.has_eni_backends();
        self.is_alibaba().then(|| Fix {
            what: self.in_owner("let the load balancer dial the pods' ENIs, with externalTrafficPolicy Cluster"),
            cost: "clients outside keep their source address; inside, connections still end at kube-proxy and show a node's".into(),
            needs: vec![terway, Need::unknown("cloud controller manager 1.9.3.164 or later")],
            caveat: Some(if is_done {
                "the backends are ENIs already; with policy Local that does not help inside, policy Cluster does".into()
            } else {
                "ENI backends with policy Local do not help inside".into()
            }),
            after: self.after(&Change::EniBackends),
            ..Fix::by_patch(Strategy::Eni, self.object(), merge, Change::EniBackends)
        })
    }

    fn hostname_annotation(&self) -> Option<Fix> {
        let merge = self.annotation(HOSTNAME, HOSTNAME_PLACE);
        let change = Change::Hostname(HOSTNAME_PLACE.into());
        self.is_alibaba().then(|| Fix {
            what: self.in_owner("hide the address from kube-proxy: put a hostname into the status instead"),
            cost: "connections inside go to the real load balancer; the status loses its IP, and the name must resolve; a backend still \
                   cannot reach itself through TCP and UDP listeners"
                .into(),
            needs: vec![Need::unknown("cloud controller manager 2.3.0 or later")],
            after: self.after(&change),
            ..Fix::by_patch(Strategy::Hostname, self.object(), merge, change)
        })
    }

    fn ip_mode_proxy(&self) -> Fix {
        let known: Vec<_> = self.facts.nodes.iter().filter_map(|node| self.facts.kube_proxy_release(node)).collect();
        let standing = match known.iter().min() {
            Some(oldest) if *oldest < gates::IP_MODE => Standing::NotMet,
            Some(_) if known.len() == self.facts.nodes.len() => Standing::Met,
            _ => Standing::Unknown,
        };
        // Seen in its source in April 2026.
        let controller = if self.is_alibaba() { Standing::NotMet } else { Standing::Unknown };
        Fix {
            what: "have the cloud controller set ipMode Proxy in the status: kube-proxy then no longer intercepts the address".into(),
            cost: "connections from inside go out to the real load balancer and back; a backend may not reach itself that way".into(),
            needs: vec![
                Need { what: "kube-proxy 1.30 or later on every node".into(), standing },
                Need { what: "a cloud controller that sets ipMode".into(), standing: controller },
            ],
            after: self.after(&Change::IpMode(IpMode::Proxy)),
            ..Fix::default()
        }
    }

    fn endpoint_everywhere(&self) -> Fix {
        let nodes = self.facts.nodes.iter().map(|node| node.name.clone()).collect();
        Fix {
            what: "run an endpoint on every node (a DaemonSet, or one replica per node by anti-affinity)".into(),
            cost: "pods on every node; the fault returns on a node while its pod is away".into(),
            after: self.after(&Change::ReplicasOn(nodes)),
            ..Fix::default()
        }
    }

    /// iptables and nftables mode give a pod that they know any endpoint.
    fn cluster_cidr(&self) -> Option<Fix> {
        let config = self.facts.kube_proxy.config.value()?;
        if config.mode == ProxyMode::Ipvs || config.detection.mode != DetectLocal::ClusterCidr {
            return None;
        }
        let cidrs = self.facts.nodes.iter().flat_map(|node| &node.pod_cidrs).filter(|cidr| cidr.addr().is_ipv4());
        let range = covering(&cidrs.copied().collect::<Vec<_>>())?;
        let covered = config.detection.cluster_cidrs.iter().find(|cidr| cidr.addr().is_ipv4()).is_some_and(|cidr| cidr.contains(&range));
        (!covered).then(|| Fix {
            what: format!("give kube-proxy a clusterCIDR that covers all pods, in {} (today's nodes use {range})", config.source),
            cost: "kube-proxy restarts on every node; pods keep their own address at ClusterIPs from then on".into(),
            after: self.after(&Change::ClusterCidr(range)),
            ..Fix::default()
        })
    }

    /// Whether kube-proxy runs in a mode on some node.
    fn runs_in(&self, mode: ProxyMode) -> bool {
        node_evidence::modes(&self.facts.kube_proxy).contains(&mode)
    }

    /// Hosts are fixed too: iptables mode masquerades what they dial.
    fn other_mode(&self) -> Option<Fix> {
        self.runs_in(ProxyMode::Ipvs).then(|| Fix {
            what: "run kube-proxy in another mode than ipvs, which is deprecated from 1.35 on: iptables, or nftables from 1.33.6 on".into(),
            cost: "drain and reboot node by node: otherwise rules and bound addresses of the old mode stay behind".into(),
            after: self.after(&Change::Mode(ProxyMode::Iptables)),
            ..Fix::default()
        })
    }

    fn newer_nftables(&self) -> Option<Fix> {
        let releases = || self.facts.nodes.iter().filter_map(|node| self.facts.kube_proxy_release(node));
        let is_old = releases().any(|release| !gates::nftables_host_reaches(release));
        (self.runs_in(ProxyMode::Nftables) && is_old).then(|| Fix {
            what: "upgrade kube-proxy to 1.33.6, 1.34 or later".into(),
            cost: "an upgrade of the nodes".into(),
            caveat: Some("helps hosts, and pods only where kube-proxy's clusterCIDR contains their addresses".into()),
            after: self.after(&Change::KubeProxy(gates::NFTABLES_HOST_REACHES)),
            ..Fix::default()
        })
    }

    /// Alibaba Cloud's network load balancers have a hostname only.
    fn network_load_balancer(&self) -> Option<Fix> {
        self.is_alibaba().then(|| Fix {
            what: "use a network load balancer (NLB) instead of a CLB: its status has only a hostname, which kube-proxy does not intercept"
                .into(),
            cost: "a new load balancer with another address; a backend still cannot reach itself through TCP and UDP listeners".into(),
            after: self.after(&Change::Hostname(HOSTNAME_PLACE.into())),
            ..Fix::default()
        })
    }

    fn newer_ipvs(&self) -> Option<Fix> {
        let is_ipvs = self.runs_in(ProxyMode::Ipvs);
        let is_old =
            self.facts.nodes.iter().filter_map(|node| self.facts.kube_proxy_release(node)).any(|release| release < gates::IPVS_FALLS_BACK);
        (is_ipvs && is_old).then(|| Fix {
            what: "upgrade kube-proxy to 1.24 or later".into(),
            cost: "an upgrade of the nodes".into(),
            caveat: Some("helps pods, not hosts: for hosts the refusal becomes a timeout".into()),
            after: self.after(&Change::KubeProxy(gates::IPVS_FALLS_BACK)),
            ..Fix::default()
        })
    }

    /// Alibaba Cloud's marks: annotations of its cloud controller, its pod network, its node IDs.
    fn is_alibaba(&self) -> bool {
        let annotated =
            self.facts.service.annotations.keys().any(|key| {
                key.starts_with("service.beta.kubernetes.io/alibaba-cloud-") || key == "service.beta.kubernetes.io/backend-type"
            });
        let owned = self.facts.service.istio_gateway().is_some();
        annotated || owned || self.terway() == Standing::Met
    }

    fn terway(&self) -> Standing {
        match self.facts.pod_network.value().map(|network| network.plugin) {
            Some(
                NetworkPlugin::Terway
                | NetworkPlugin::TerwayVeth
                | NetworkPlugin::TerwayIpvlan
                | NetworkPlugin::TerwayDataPathV2
                | NetworkPlugin::TerwayExclusiveEni,
            ) => Standing::Met,
            Some(_) => Standing::NotMet,
            None => Standing::Unknown,
        }
    }
}

fn second_load_balancer() -> Fix {
    Fix {
        strategy: Some(Strategy::TwoLoadBalancers),
        what: "give clients inside a load balancer of their own: a second, internal Service of type LoadBalancer for the same pods, with \
               externalTrafficPolicy Cluster"
            .into(),
        cost: "a second load balancer to pay for, and another address for clients inside; nothing changes outside".into(),
        ..Fix::default()
    }
}

/// The smallest range that holds all of them.
fn covering(cidrs: &[IpNet]) -> Option<IpNet> {
    let mut range = *cidrs.first()?;
    while !cidrs.iter().all(|cidr| range.contains(cidr)) {
        range = range.supernet()?;
    }
    Some(range)
}

#[cfg(test)]
mod tests;
