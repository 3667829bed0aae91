//! What no Service of this cluster has, and does not answer: from where it fails says where to look. No rule of this cluster explains it,
//! so that it is never more than likely.

use std::collections::BTreeSet;

use lbprobe_protocol::Outcome;

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::plan::Network;
use crate::remedies::Remedy;
use crate::vantage::{FailingFrom, NoAnswer};

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let failing = |network| symptoms.failing_at(network, |_| true);
    let (pods, hosts) = (failing(Network::Pod), failing(Network::Host));
    if pods.is_empty() && hosts.is_empty() {
        return None;
    }
    let host = symptoms.facts.service.name.clone();
    let from = from(symptoms, &pods, &hosts);
    let evidence = [(Network::Pod, &pods), (Network::Host, &hosts)].into_iter().filter(|(_, nodes)| !nodes.is_empty());
    let mut evidence: Vec<_> = evidence
        .map(|(network, nodes)| Evidence::FailsElsewhere {
            network,
            nodes: names(nodes),
            outcomes: symptoms.ways_where(network, |_, state| state.failed_to_connect()),
        })
        .collect();
    if from == FailingFrom::Pods {
        let limiting = symptoms.facts.pod_policies.value().into_iter().flatten().filter(|policy| policy.limits_egress);
        let policies: Vec<_> = limiting.map(|policy| format!("{}/{}", policy.namespace, policy.name)).collect();
        evidence.extend((!policies.is_empty()).then_some(Evidence::LimitedByPolicies { policies }));
    }
    let mut outcomes = Network::ALL.into_iter().flat_map(|network| symptoms.ways_where(network, |_, state| state.failed_to_connect()));
    let how = if outcomes.all(|outcome| matches!(outcome, Outcome::Resolve(_))) { NoAnswer::Unresolved } else { NoAnswer::Unreached };
    let answers_outside = (!symptoms.outside.is_empty()).then(|| symptoms.outside.iter().any(|check| check.outcome.is_none()));
    Some(Cause {
        finding: Finding::Elsewhere { host, how, from: from.clone(), answers_outside },
        confidence: Confidence::Likely,
        evidence,
        fixes: vec![Remedy::LookAtWay { how, from, answers_outside }.into()],
    })
}

/// Where pods fail and the hosts of the same nodes do not, the nodes' own way is open.
fn from(symptoms: &Symptoms<'_>, pods: &BTreeSet<&str>, hosts: &BTreeSet<&str>) -> FailingFrom {
    let reaching = |network| symptoms.reaching(network, |_| true);
    let (pods_reach, hosts_reach) = (reaching(Network::Pod), reaching(Network::Host));
    if pods_reach.is_empty() && hosts_reach.is_empty() {
        FailingFrom::Everywhere
    } else if hosts.is_empty() && pods.is_subset(&hosts_reach) {
        FailingFrom::Pods
    } else {
        FailingFrom::Nodes(names(&(pods | hosts)))
    }
}
