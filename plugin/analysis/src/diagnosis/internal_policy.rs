//! internalTrafficPolicy Local: the ClusterIP and the DNS name, which are the way round a load
//! balancer, fail on nodes without an endpoint (kubernetes issue 121371).

use std::collections::BTreeSet;

use super::contrast::{Contrast, names, who};
use super::{Cause, CauseKind, Confidence, Fix, fixes};
use crate::change::Change;
use crate::facts::TrafficPolicy;
use crate::plan::Network;

pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let facts = contrast.facts;
    let with_endpoint = facts.serving_nodes();
    if facts.service.internal_traffic_policy != TrafficPolicy::Local || with_endpoint.is_empty() {
        return None;
    }
    let failing = Network::ALL.map(|network| (network, contrast.cluster_ip_failing_nodes(network)));
    let failing: Vec<_> = failing.into_iter().filter(|(_, nodes)| !nodes.is_empty()).collect();
    if failing.is_empty() || failing.iter().any(|(_, nodes)| !nodes.is_disjoint(&with_endpoint)) {
        return None;
    }
    let complete = failing.iter().all(|(network, nodes)| {
        let working = contrast.cluster_ip_reached_nodes(*network);
        !working.is_empty() && working.is_subset(&with_endpoint) && nodes.is_disjoint(&working)
    });
    let failures = failing.iter().map(|(network, nodes)| format!("{} on {} fail at the ClusterIP", who(*network), names(nodes)));
    Some(Cause {
        kind: CauseKind::InternalPolicyWithoutLocalEndpoint,
        confidence: if complete { Confidence::Confirmed } else { Confidence::Likely },
        summary:
            "internalTrafficPolicy is Local, and the failing nodes have no endpoint of their own: the ClusterIP and the DNS name work \
                  only beside an endpoint"
                .into(),
        evidence: [format!("ready endpoints are on {} only", names(&with_endpoint))].into_iter().chain(failures).collect(),
        fixes: vec![policy_cluster(contrast, &with_endpoint)],
    })
}

fn policy_cluster(contrast: &Contrast<'_>, with_endpoint: &BTreeSet<&str>) -> Fix {
    let (namespace, name) = (&contrast.facts.service.namespace, &contrast.facts.service.name);
    let change = Change::InternalTrafficPolicy(TrafficPolicy::Cluster);
    Fix {
        what: "set internalTrafficPolicy to Cluster".into(),
        cost: format!(
            "connections from inside leave their node: those that now stay on {} may take another endpoint",
            names(with_endpoint)
        ),
        command: Some(format!(r#"kubectl patch service {name} -n {namespace} -p '{{"spec":{{"internalTrafficPolicy":"Cluster"}}}}'"#)),
        after: fixes::after(contrast.facts, contrast.matrix.plan, contrast.prediction, &change),
        ..Fix::default()
    }
}
