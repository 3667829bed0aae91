//! What each probe pod is told.

use lbprobe_protocol::{Check, Exchange, FollowUp, Host, NodeQuestion, Question, SYMPTOM_MS, VERSION, When};

use super::{EvidenceChecks, Network, Plan, Redirects, Target, TargetKind};
use crate::facts::Service;

impl Plan {
    /// What each probe pod of a network is told.
    #[must_use]
    pub fn for_probe(&self, service: &Service, network: Network, linger_ms: u32) -> lbprobe_protocol::Plan {
        let checks = self.targets.iter().map(|target| self.check(target, service, network));
        let wait_ms = if network == Network::Pod { self.wait_ms } else { 0 };
        lbprobe_protocol::Plan {
            version: VERSION,
            wait_ms,
            linger_ms,
            checks: checks.collect(),
            questions: self.questions(service, network),
            watch: None,
            kernel: None,
        }
    }

    /// What each probe pod of a network keeps watch on: the targets of clients, each sample within most of
    /// the interval; and the node's kube-proxy, from the host network.
    #[must_use]
    pub fn for_watch(&self, service: &Service, network: Network, watch: lbprobe_protocol::Watch) -> lbprobe_protocol::Plan {
        let timeout_ms = self.timeout_ms.min(watch.interval_ms - watch.interval_ms / 10);
        let check = |target| Check { follow_ups: Vec::new(), samples: 1, timeout_ms, ..self.check(target, service, network) };
        lbprobe_protocol::Plan {
            version: VERSION,
            wait_ms: 0,
            linger_ms: 0,
            checks: self.service_targets().map(check).collect(),
            questions: if network == Network::Host { vec![Question::KubeProxy] } else { Vec::new() },
            watch: Some(watch),
            kernel: None,
        }
    }

    /// What clients outside dial, for a machine there.
    #[must_use]
    pub fn for_outside(&self, service: &Service) -> lbprobe_protocol::Plan {
        self.outside_of(service, |target| target.is_clients_address(service))
    }

    /// The same with the node ports behind a load balancer, which it dials itself, and what it may listen at beside the Service.
    #[must_use]
    pub fn for_outside_with_node_ports(&self, service: &Service) -> lbprobe_protocol::Plan {
        self.outside_of(service, |target| {
            let is_beside = target.other_listener || target.kind.is_node_port() || matches!(target.kind, TargetKind::PublicName(_));
            target.is_clients_address(service) || is_beside
        })
    }

    /// A node's own port is no target there: the machine has no node.
    fn outside_of(&self, service: &Service, is_meant: impl Fn(&Target) -> bool) -> lbprobe_protocol::Plan {
        let targets = self.targets.iter().filter(|target| is_meant(target) && target.kind != TargetKind::OwnNodePort);
        let check = |target| Check {
            follow_ups: self.following(target).into_iter().collect(),
            when: When::AtOnce,
            ..self.check(target, service, Network::Pod)
        };
        lbprobe_protocol::Plan {
            version: VERSION,
            wait_ms: 0,
            linger_ms: 0,
            checks: targets.map(check).collect(),
            questions: Vec::new(),
            watch: None,
            kernel: None,
        }
    }

    pub(super) fn check(&self, target: &Target, service: &Service, network: Network) -> Check {
        let is_evidence = target.is_evidence();
        let when = match (is_evidence, self.evidence) {
            _ if target.other_listener => When::Unasked,
            (true, EvidenceChecks::OnSymptom) => When::OnSymptom,
            (true, EvidenceChecks::Always) | (false, _) => When::AtOnce,
        };
        Check {
            id: target.id,
            host: host(&target.kind, service),
            port: target.dialled_port.unwrap_or(target.port),
            exchange: target.exchange.clone(),
            samples: if is_evidence { 1 } else { self.samples },
            timeout_ms: match when {
                When::AtOnce | When::Unasked => self.timeout_ms,
                // What waited for a symptom ends with what called for it.
                When::OnSymptom => self.timeout_ms.saturating_sub(SYMPTOM_MS).max(SYMPTOM_MS),
            },
            when,
            follow_ups: follow_ups(target, network).chain(self.following(target)).collect(),
        }
    }

    /// Redirects are followed where clients use the target, and speak HTTP there.
    fn following(&self, target: &Target) -> Option<FollowUp> {
        let is_http = matches!(target.exchange, Exchange::Http(_) | Exchange::Https { .. });
        (self.redirects == Redirects::Followed && is_http && !target.is_evidence()).then_some(FollowUp::Redirects)
    }

    /// What the probes of a network find out beside their checks.
    fn questions(&self, service: &Service, network: Network) -> Vec<Question> {
        if network == Network::Pod {
            return Vec::new();
        }
        let mut ports: Vec<_> = self.service_targets().map(|target| target.port).collect();
        ports.dedup();
        let node = NodeQuestion {
            addresses: service.load_balancer_ips().chain(service.external_ips.iter().copied()).collect(),
            cluster_ips: service.cluster_ips.clone(),
            ports,
            health_check_node_port: service.health_check_node_port,
        };
        vec![Question::KubeProxy, Question::Node(node)]
    }
}

/// Addresses that ipvs binds to the node are dialled from the node's own as well.
fn follow_ups(target: &Target, network: Network) -> impl Iterator<Item = FollowUp> {
    let from_node = (network == Network::Host && target.kind.external_address().is_some()).then_some(FollowUp::FromNodeAddress);
    let (speaks, speaks_tls) = match target.exchange {
        Exchange::Connect | Exchange::Udp(_) => (false, false),
        Exchange::Http(_) => (true, false),
        Exchange::Tls { .. } | Exchange::Https { .. } => (true, true),
    };
    let header = speaks.then_some(FollowUp::ProxyHeader);
    from_node.into_iter().chain(header).chain(speaks_tls.then_some(FollowUp::PlainHttp))
}

pub(super) fn host(kind: &TargetKind, service: &Service) -> Host {
    match kind {
        TargetKind::LoadBalancerIp(address)
        | TargetKind::ClusterIp(address)
        | TargetKind::ExternalIp(address)
        | TargetKind::Address(address)
        | TargetKind::NodePort { address, .. }
        | TargetKind::Endpoint { address, .. } => Host::Address(*address),
        TargetKind::OwnNodePort => Host::Node,
        TargetKind::LoadBalancerHostname(name) | TargetKind::PublicName(name) => Host::Name(name.clone()),
        TargetKind::DnsName => Host::Service { namespace: service.namespace.clone(), name: service.name.clone() },
    }
}
