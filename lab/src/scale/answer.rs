//! What a probe on a fake node would have seen. Pure.
//!
//! kube-proxy runs in iptables mode there, and its clusterCIDR does not cover the pods: pods on nodes without endpoint
//! wait in vain for the load balancer and for node ports without endpoint; everything else is answered.

use std::net::{IpAddr, Ipv4Addr};

use lbprobe_protocol::outcome::{ECONNREFUSED, EHOSTUNREACH};
use lbprobe_protocol::{
    Answer, Certificate, Check, ConnectFailure, Exchange, FollowUp, FollowedUp, Host, HttpAnswer, KubeProxyEvidence, NodeEvidence,
    Observation, Outcome, Plan, Question, Record, RefusalCounts, Sample, Trust, When,
};

use crate::scale::fake_node::FakeNode;
use crate::scale::load_balanced::{ADDRESS, CLUSTER_IP, PORTS};

/// Where a probe dials from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vantage {
    /// The node.
    pub node: FakeNode,
    /// Which of its networks.
    pub network: Network,
}

/// A pod's own network or its node's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// The pod's.
    Pod,
    /// The node's.
    Host,
}

impl Vantage {
    fn reaches(self, host: &Host) -> bool {
        match host {
            Host::Address(address) if *address == IpAddr::V4(ADDRESS) => self.network == Network::Host || self.node.has_endpoint(),
            Host::Address(address) => FakeNode::at(*address).is_none_or(|node| self.reaches_node_port(node)),
            Host::Node => self.reaches_node_port(self.node),
            Host::Name(_) | Host::Service { .. } => true,
        }
    }

    fn reaches_node_port(self, node: FakeNode) -> bool {
        node.has_endpoint() || (self.network == Network::Host && node == self.node)
    }

    fn resolved(self, host: &Host) -> Option<Ipv4Addr> {
        match host {
            Host::Address(_) => None,
            Host::Node => Some(self.node.address()),
            Host::Name(_) => Some(ADDRESS),
            Host::Service { .. } => Some(CLUSTER_IP),
        }
    }
}

/// The record of a probe that did what its plan says.
#[must_use]
pub fn record(plan: &Plan, vantage: Vantage) -> Record {
    let has_symptom = plan.checks.iter().any(|check| check.when == When::AtOnce && !vantage.reaches(&check.host));
    let is_made = |check: &&Check| check.when == When::AtOnce || has_symptom;
    let outcome = |check: &Check| {
        if vantage.reaches(&check.host) { Outcome::Answered } else { Outcome::Connect(ConnectFailure::TimedOut) }
    };
    assemble(plan, vantage, plan.checks.iter().filter(is_made).map(|check| (check, outcome(check))))
}

/// Ways in which the checks of [`unlike_others`] end.
const OUTCOMES: [Outcome; 6] = [
    Outcome::Answered,
    Outcome::Connect(ConnectFailure::TimedOut),
    Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED)),
    Outcome::Connect(ConnectFailure::Errno(EHOSTUNREACH)),
    // ENETUNREACH and EACCES.
    Outcome::Connect(ConnectFailure::Errno(101)),
    Outcome::Connect(ConnectFailure::Errno(13)),
];

/// A record that no other vantage has: the outcomes of the checks are the digits of the vantage's number.
#[must_use]
pub fn unlike_others(plan: &Plan, vantage: Vantage) -> Record {
    let mut rest = usize::from(vantage.node.number()) * 2 + usize::from(vantage.network == Network::Host);
    let outcomes = plan.checks.iter().map(|check| {
        let outcome = OUTCOMES[rest % OUTCOMES.len()];
        rest /= OUTCOMES.len();
        (check, outcome)
    });
    assemble(plan, vantage, outcomes)
}

fn assemble<'a>(plan: &Plan, vantage: Vantage, outcomes: impl Iterator<Item = (&'a Check, Outcome)>) -> Record {
    let mut answers = Vec::new();
    let observations = outcomes.map(|(check, outcome)| observation(check, outcome, vantage, &mut answers)).collect();
    let asks_of_node = plan.questions.iter().any(|question| matches!(question, Question::Node(_)));
    Record {
        planned: plan.checks.len(),
        observations,
        answers,
        refusals: Some(RefusalCounts { resets: 0, unreachables: 0, rate_limited: Some(0) }),
        kube_proxy: plan.questions.contains(&Question::KubeProxy).then(|| kube_proxy(vantage.node)),
        node: asks_of_node.then(|| node_evidence(vantage.node)),
        ..Record::default()
    }
}

fn observation(check: &Check, outcome: Outcome, vantage: Vantage, answers: &mut Vec<Answer>) -> Observation {
    let is_answered = outcome == Outcome::Answered;
    let answer = if is_answered { answer(&check.exchange).and_then(|answer| place(answer, answers)) } else { None };
    let sample = Sample {
        outcome,
        connect_ms: is_answered.then_some(1),
        total_ms: match outcome {
            Outcome::Answered => 3,
            Outcome::Connect(ConnectFailure::TimedOut) => check.timeout_ms,
            _ => 1,
        },
        answer,
    };
    // Made at once; the other kinds follow what does not occur here.
    let from_node = (check.follow_ups.contains(&FollowUp::FromNodeAddress) && is_answered)
        .then_some(FollowedUp { follow_up: FollowUp::FromNodeAddress, sample: Sample { answer: None, ..sample } });
    Observation {
        check: check.id,
        resolved: vantage.resolved(&check.host).map(IpAddr::V4),
        samples: vec![sample; usize::from(check.samples)],
        follow_ups: from_node.into_iter().collect(),
    }
}

/// The place of an answer among those that differ.
fn place(answer: Answer, answers: &mut Vec<Answer>) -> Option<u16> {
    let place = answers.iter().position(|known| *known == answer).unwrap_or_else(|| {
        answers.push(answer);
        answers.len() - 1
    });
    u16::try_from(place).ok()
}

/// Who answers.
fn answer(exchange: &Exchange) -> Option<Answer> {
    let http = || HttpAnswer {
        status: 200,
        version: None,
        server: Some("nginx/1.22.1".into()),
        body: Some("551dd7d4".into()),
        source: None,
        behind: None,
    };
    let certificate = || Certificate {
        fingerprint: "193ca6a061b702a2".into(),
        expires: Some(67_090_118_400),
        names: vec!["gateway.example.com".into(), "*.example.com".into()],
        trust: Trust::UnknownIssuer,
    };
    match exchange {
        Exchange::Connect | Exchange::Udp(_) => None,
        Exchange::Http(_) => Some(Answer { http: Some(http()), ..Answer::default() }),
        Exchange::Tls { .. } => Some(Answer { certificate: Some(certificate()), ..Answer::default() }),
        Exchange::Https { .. } => Some(Answer { certificate: Some(certificate()), http: Some(http()), ..Answer::default() }),
    }
}

fn kube_proxy(node: FakeNode) -> KubeProxyEvidence {
    KubeProxyEvidence {
        mode: Some("iptables".into()),
        release: Some("v1.34.4".into()),
        detect_local: Some("ClusterCIDR".into()),
        cluster_cidr: Some("10.99.0.0/16".into()),
        healthz: Some(200),
        livez: Some(200),
        node_eligible: Some(true),
        synced_seconds: Some(7),
        without_local: if node.has_endpoint() { Some(0) } else { u32::try_from(PORTS.len()).ok() },
        ..KubeProxyEvidence::default()
    }
}

fn node_evidence(node: FakeNode) -> NodeEvidence {
    NodeEvidence { local_endpoints: Some(u32::from(node.has_endpoint())), ..NodeEvidence::default() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use lbprobe_protocol::{HttpRequest, NodeQuestion, TERMINATION_MESSAGE_BYTES, VERSION};

    use super::*;

    fn check(id: u16, host: Host, exchange: Exchange, when: When) -> Check {
        let follow_ups = vec![FollowUp::FromNodeAddress, FollowUp::ProxyHeader];
        Check { id, host, port: 80, exchange, samples: 3, timeout_ms: 3500, when, follow_ups }
    }

    /// As of a real run: three ways to the Service on two ports, then node ports and endpoints.
    fn plan() -> Plan {
        let request = || HttpRequest::get("/", None);
        let exchanges = [Exchange::Http(request()), Exchange::Https { sni: None, request: request() }];
        let service = || Host::Service { namespace: "shop".into(), name: "gateway".into() };
        let address = |node: u16, pod: bool| {
            let node = FakeNode::first(10).nth(node.into()).unwrap();
            Host::Address(if pod { node.pod_address(7) } else { node.address() }.into())
        };
        let at_once = exchanges.iter().flat_map(|exchange| {
            [Host::Address(ADDRESS.into()), service(), Host::Address(CLUSTER_IP.into())].map(|host| (host, exchange.clone(), When::AtOnce))
        });
        let on_symptom =
            [Host::Node, address(0, false), address(1, false), address(0, true)].map(|host| (host, exchanges[0].clone(), When::OnSymptom));
        let checks = (0..).zip(at_once.chain(on_symptom)).map(|(id, (host, exchange, when))| check(id, host, exchange, when)).collect();
        let questions = vec![Question::KubeProxy, Question::Node(NodeQuestion::default())];
        Plan { version: VERSION, wait_ms: 0, linger_ms: 0, checks, questions, watch: None, kernel: None }
    }

    fn vantage(node: u16, network: Network) -> Vantage {
        Vantage { node: FakeNode::first(100).nth(node.into()).unwrap(), network }
    }

    fn failing(record: &Record) -> Vec<u16> {
        let fails = |observation: &&Observation| observation.samples.iter().any(|sample| sample.outcome != Outcome::Answered);
        record.observations.iter().filter(fails).map(|observation| observation.check).collect()
    }

    #[test]
    fn a_pod_without_endpoint_fails_at_the_load_balancer_and_at_node_ports_without_endpoint() {
        let seen = record(&plan(), vantage(3, Network::Pod));
        assert_eq!(seen.observations.len(), 10);
        assert_eq!(failing(&seen), [0, 3, 6, 8]);
    }

    #[test]
    fn pods_beside_an_endpoint_and_hosts_fail_nowhere_and_look_no_further() {
        for vantage in [vantage(10, Network::Pod), vantage(3, Network::Host)] {
            let seen = record(&plan(), vantage);
            assert_eq!((seen.observations.len(), failing(&seen)), (6, Vec::new()), "{vantage:?}");
        }
    }

    #[test]
    fn a_record_fits_the_termination_message_and_reads_back() {
        for vantage in [vantage(0, Network::Pod), vantage(3, Network::Pod), vantage(3, Network::Host)] {
            let record = record(&plan(), vantage);
            let text = record.to_text_within(TERMINATION_MESSAGE_BYTES);
            assert_eq!(Record::from_text(&text, &plan()), Ok(record), "{text}");
        }
    }

    #[test]
    fn no_two_vantages_that_fail_in_their_own_way_fail_alike() {
        let vantages: Vec<_> = (0..100).flat_map(|node| [Network::Pod, Network::Host].map(|network| vantage(node, network))).collect();
        let outcomes = |vantage: &Vantage| {
            let record = unlike_others(&plan(), *vantage);
            record.observations.iter().map(|observation| observation.samples[0].outcome.code()).collect::<Vec<_>>()
        };
        assert_eq!(vantages.iter().map(outcomes).collect::<BTreeSet<_>>().len(), vantages.len());
    }
}
