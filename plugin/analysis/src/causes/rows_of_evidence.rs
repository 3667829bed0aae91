//! From which rows of a report a line of evidence comes.

use super::evidence::{Evidence, Failure};
use crate::plan::Network;

/// Rows of a report's grid: of some nodes, from one of their networks or from both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowsOfEvidence<'a> {
    /// Of these nodes.
    pub nodes: Vec<&'a str>,
    /// From this network; nothing where it is from both.
    pub network: Option<Network>,
}

impl Evidence {
    /// The rows on which it rests; nothing where it is not of some nodes: where all are meant, or where the API says it.
    #[must_use]
    pub fn rows(&self) -> Option<RowsOfEvidence<'_>> {
        let (nodes, network): (Vec<&str>, _) = match self {
            Self::Fails(failure) | Self::FailsBesidePolicy(failure) => {
                let (Failure::OneWay { network, nodes, .. } | Failure::OtherWays { network, nodes, .. }) = failure;
                (named(nodes), Some(*network))
            }
            Self::Reaches { network, nodes }
            | Self::FailsNowAndThenAtClusterIp { network, nodes }
            | Self::FailsAtAddress { network, nodes, .. }
            | Self::OtherNodesUnreached { network, nodes }
            | Self::WithinSourceRange { network, nodes }
            | Self::FailsOnceConnected { network, nodes, .. }
            | Self::FailsAtUndeclaredPort { network, nodes, .. }
            | Self::FailsAtNodePorts { network, nodes, .. }
            | Self::FailsAtExternalIps { network, nodes }
            | Self::FailsElsewhere { network, nodes, .. }
            | Self::FailsAtClusterIp { network, nodes }
            | Self::RedirectFails { network, nodes, .. } => (named(nodes), Some(*network)),
            Self::PodsFailAtClusterIp { nodes } => (named(nodes), Some(Network::Pod)),
            Self::ReachesFromNodeAddress { nodes } => (named(nodes), Some(Network::Host)),
            Self::EndpointsOnlyOn { nodes, .. }
            | Self::ReadyEndpointsOn { nodes }
            | Self::EmptyVirtualServer { nodes }
            | Self::AsPredicted { nodes, .. }
            | Self::ChangeWaits { nodes, .. }
            | Self::KubeProxyUnhealthy { nodes }
            | Self::VirtualServersRefuse { nodes }
            | Self::KubeProxyOlderThan { nodes, .. }
            | Self::CountsNoLocalEndpoint { nodes }
            | Self::CountMayBeOfAMoment { nodes }
            | Self::NodeNotEligible { nodes }
            | Self::NetworkUnavailable { nodes }
            | Self::HeldByOtherNodes { nodes, .. }
            | Self::AddressOnNode { nodes, .. }
            | Self::AnsweredAddressOnNode { nodes }
            | Self::EndpointsReachedDirectly { nodes }
            | Self::NodePortAnswersOwnHostAlone { from: nodes, .. }
            | Self::WritesFailed { nodes, .. }
            | Self::PolicyLocalNotFollowed { nodes }
            | Self::PolicyCluster { nodes } => (named(nodes), None),
            Self::EndsAtRule { node, network, .. } => (vec![node], Some(*network)),
            Self::ReplyToLoadBalancer { node, .. } => (vec![node], Some(Network::Host)),
            Self::RefusalsKeptBack { node } | Self::AddressOfNode { node, .. } => (vec![node], None),
            Self::PlainPodReaches { vantage } | Self::CheckFails { vantage, .. } => (vec![&vantage.node], Some(vantage.network)),
            Self::NameUnresolved { vantages, .. } | Self::NameLeadsTo { vantages, .. } => {
                (vantages.iter().map(|vantage| vantage.node.as_str()).collect(), None)
            }
            _ => return None,
        };
        (!nodes.is_empty()).then_some(RowsOfEvidence { nodes, network })
    }
}

fn named(nodes: &[String]) -> Vec<&str> {
    nodes.iter().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use crate::fixture;

    /// What a page links to is there, and where evidence names a node it says which.
    #[test]
    fn the_rows_of_each_cause_are_of_the_reports_nodes() {
        let mut of_nodes = 0;
        for (kind, scene) in fixture::by_cause() {
            let report = scene.report();
            for evidence in report.diagnosis.causes.iter().flat_map(|cause| &cause.evidence) {
                let Some(rows) = evidence.rows() else { continue };
                of_nodes += 1;
                let known = |node: &&str| report.facts.nodes.iter().any(|known| known.name == *node);
                assert!(rows.nodes.iter().all(known), "{}: {evidence:?}", kind.code());
            }
        }
        assert!(of_nodes > 40, "{of_nodes}");
    }
}
