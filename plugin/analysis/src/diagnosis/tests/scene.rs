//! A cluster of three nodes and what its probes saw, to be changed in one point by each test.

use std::collections::BTreeSet;
use std::net::IpAddr;

use lbprobe_protocol::outcome::ECONNREFUSED;
use lbprobe_protocol::{
    Answer, Certificate, ConnectFailure, FollowUp, FollowedUp, KubeProxyEvidence, NodeEvidence, Observation, Outcome, Record,
    RefusalCounts, Sample, Trust,
};

use crate::diagnosis::{CauseKind, Confidence, Diagnosis};
use crate::facts::{
    DetectLocal, Endpoint, EndpointPort, Facts, Ingress, Known, KubeProxy, KubeProxyConfig, LocalDetection, NetworkPlugin, Node,
    PodNetwork, ProxyMode, Service, ServicePort, TrafficPolicy, Version,
};
use crate::observations::{Observations, Probe, Seen, Unmeasured};
use crate::plan::{EvidenceChecks, Network, Plan, PlanOptions, Target, Vantage};
use crate::report::Report;

pub(super) const SILENT: Outcome = Outcome::Connect(ConnectFailure::TimedOut);
pub(super) const REFUSED: Outcome = Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED));

/// The load balancer's address.
pub(super) const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 1));

/// Policy Local, two ports, the endpoint on node1 of three nodes, iptables 1.34 whose range covers
/// all pods.
pub(super) fn facts() -> Facts {
    let node = |number: u8| Node {
        pod_cidrs: vec![format!("10.244.{number}.0/24").parse().unwrap()],
        internal_ips: vec![[192, 0, 2, number].into()],
        kube_proxy_version: Some(Version::new(34, 1)),
        ..Node::named(&format!("node{number}"))
    };
    let port =
        |name: &str, number: u16| ServicePort { name: Some(name.into()), node_port: Some(30000 + number), ..ServicePort::tcp(number) };
    let own = |name: &str, number| EndpointPort { name: Some(name.into()), port: number };
    let endpoint = Endpoint { ports: vec![own("http", 8080), own("https", 8443)], ..Endpoint::ready([10, 244, 1, 2].into(), "node1") };
    let config = KubeProxyConfig {
        source: "ConfigMap kube-system/kube-proxy".into(),
        mode: ProxyMode::Iptables,
        detection: LocalDetection { mode: DetectLocal::ClusterCidr, cluster_cidrs: vec!["10.244.0.0/16".parse().unwrap()] },
        masquerade_all: false,
        node_port_addresses: Vec::new(),
    };
    Facts {
        changed_meanwhile: Vec::new(),
        service: Service {
            cluster_ips: vec![[10, 96, 0, 7].into()],
            ports: vec![port("http", 80), port("https", 443)],
            ingress: vec![Ingress::Address { ip: ADDRESS, ip_mode: None }],
            health_check_node_port: Some(32000),
            ..Service::named("shop", "gateway")
        },
        endpoints: vec![endpoint],
        nodes: (1..=3).map(node).collect(),
        kube_proxy: KubeProxy { config: Known::Value(config), releases: Known::default(), processes: [].into() },
        pod_network: Known::Value(PodNetwork { plugin: NetworkPlugin::Flannel, source: "a test".into() }),
        neighbours: Known::Value(Vec::new()),
        pod_policies: Known::Value(Vec::new()),
        challenges: Known::Value(Vec::new()),
    }
}

/// The same under ipvs of a release.
pub(super) fn ipvs(minor: u16) -> Facts {
    let mut facts = facts();
    if let Known::Value(config) = &mut facts.kube_proxy.config {
        config.mode = ProxyMode::Ipvs;
    }
    for node in &mut facts.nodes {
        node.kube_proxy_version = Some(Version::new(minor, 3));
    }
    facts
}

/// The same under policy Cluster.
pub(super) fn cluster_policy() -> Facts {
    let mut facts = facts();
    facts.service.external_traffic_policy = TrafficPolicy::Cluster;
    facts
}

/// Facts, checks, and what was seen.
pub(super) struct Scene {
    pub(super) facts: Facts,
    plan: Plan,
    observations: Observations,
}

impl Scene {
    /// Each check ends as said, or else is answered.
    pub(super) fn new(facts: Facts, failing: impl Fn(&Vantage, &Target) -> Option<Outcome>) -> Self {
        Self::with_ports(facts, &[], failing)
    }

    /// The same, with ports that the user asked for.
    pub(super) fn with_ports(facts: Facts, ports: &[u16], failing: impl Fn(&Vantage, &Target) -> Option<Outcome>) -> Self {
        let ports = ports.iter().copied().collect::<BTreeSet<_>>();
        let options = PlanOptions { ports, evidence: EvidenceChecks::Always, ..PlanOptions::default() };
        let plan = Plan::new(&facts, &options);
        let observation = |vantage: &Vantage, target: &Target| {
            let outcome = failing(vantage, target).unwrap_or(Outcome::Answered);
            let sample = Sample { outcome, connect_ms: None, total_ms: 1, answer: None };
            Observation { check: target.id, resolved: None, samples: vec![sample], follow_ups: Vec::new() }
        };
        let probe = |vantage: &Vantage| {
            let observations = plan.targets.iter().map(|target| observation(vantage, target)).collect();
            let record = Record { planned: plan.targets.len(), observations, ..Record::default() };
            Probe { vantage: vantage.clone(), seen: Seen::Record(record) }
        };
        let observations = Observations { probes: plan.vantages.iter().map(probe).collect() };
        Self { facts, plan, observations }
    }

    fn records(&mut self) -> impl Iterator<Item = (&Vantage, &mut Record)> {
        self.observations.probes.iter_mut().filter_map(|probe| match &mut probe.seen {
            Seen::Record(record) => Some((&probe.vantage, record)),
            Seen::Nothing(_) => None,
        })
    }

    /// Follow-ups of checks that failed.
    pub(super) fn follow_up(mut self, which: FollowUp, ended: impl Fn(&Vantage, &Target) -> Option<Outcome>) -> Self {
        let targets = self.plan.targets.clone();
        for (vantage, record) in self.records() {
            for (observation, target) in record.observations.iter_mut().zip(&targets) {
                let failed = observation.samples[0].outcome != Outcome::Answered;
                if let Some(outcome) = ended(vantage, target).filter(|_| failed) {
                    let sample = Sample { outcome, connect_ms: None, total_ms: 1, answer: None };
                    observation.follow_ups.push(FollowedUp { follow_up: which, sample });
                }
            }
        }
        self
    }

    /// The certificate of who answers; by its name.
    pub(super) fn certificate(mut self, name: impl Fn(&Vantage, &Target) -> Option<&'static str>) -> Self {
        let targets = self.plan.targets.clone();
        for (vantage, record) in self.records() {
            for (observation, target) in record.observations.iter_mut().zip(&targets) {
                let Some(name) = name(vantage, target).filter(|_| observation.samples[0].outcome == Outcome::Answered) else { continue };
                let fingerprint = format!("{:016x}", name.len());
                let certificate = Certificate { fingerprint, expires: None, names: vec![name.into()], trust: Trust::Trusted };
                observation.samples[0].answer = u16::try_from(record.answers.len()).ok();
                record.answers.push(Answer { certificate: Some(certificate), http: None });
            }
        }
        self
    }

    /// What hosts learn of their nodes.
    pub(super) fn nodes(mut self, learnt: impl Fn(&str) -> NodeEvidence) -> Self {
        for (vantage, record) in self.records().filter(|(vantage, _)| vantage.network == Network::Host) {
            record.node = Some(learnt(&vantage.node));
        }
        self
    }

    /// Errors that nodes kept to themselves.
    pub(super) fn withheld(mut self, number: impl Fn(&str) -> u32) -> Self {
        for (vantage, record) in self.records().filter(|(vantage, _)| vantage.network == Network::Host) {
            record.refusals = Some(RefusalCounts { resets: 0, unreachables: 0, withheld: Some(number(&vantage.node)) });
        }
        self
    }

    /// What hosts learn of their kube-proxies.
    pub(super) fn kube_proxies(mut self, learnt: impl Fn(&str) -> KubeProxyEvidence) -> Self {
        for (vantage, record) in self.records().filter(|(vantage, _)| vantage.network == Network::Host) {
            record.kube_proxy = Some(learnt(&vantage.node));
        }
        self
    }

    /// The whole report.
    pub(super) fn report(&self) -> Report {
        Report::new(self.facts.clone(), self.plan.clone(), self.observations.clone())
    }

    /// Nothing comes from a vantage.
    pub(super) fn without(mut self, node: &str) -> Self {
        for probe in self.observations.probes.iter_mut().filter(|probe| probe.vantage.node == node) {
            probe.seen = Seen::Nothing(Unmeasured { reason: "no image".into(), hint: None });
        }
        self
    }

    pub(super) fn diagnosis(&self) -> Diagnosis {
        Diagnosis::of(&self.facts, &self.plan, &self.observations)
    }

    /// Kinds and confidences in their order, and all evidence in one text.
    #[track_caller]
    pub(super) fn expect(&self, causes: &[(CauseKind, Confidence)], evidence: &[&str]) -> Diagnosis {
        let diagnosis = self.diagnosis();
        let found: Vec<_> = diagnosis.causes.iter().map(|cause| (cause.kind, cause.confidence)).collect();
        assert_eq!(found, causes, "{:#?}", diagnosis.causes);
        let all: Vec<_> =
            diagnosis.causes.iter().flat_map(|cause| cause.evidence.iter().chain([&cause.summary])).map(String::as_str).collect();
        let all = all.join("\n");
        for part in evidence {
            assert!(all.contains(part), "{part:?} is missing in {all}");
        }
        diagnosis
    }
}

/// A declared port of the load balancer.
pub(super) fn at_load_balancer(target: &Target) -> bool {
    target.kind.is_load_balancer() && [80, 443].contains(&target.port)
}
