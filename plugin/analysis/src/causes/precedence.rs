//! Which of several causes that are equally certain comes first.

use super::CauseKind;

impl CauseKind {
    /// The place among causes that are equally certain: one that would explain others stands before them. What nothing
    /// can answer without comes first, then what is wrong on a node or between nodes, then what keeps the load
    /// balancer's address from its endpoints, and what concerns a single name or port last.
    pub(super) const fn precedence(self) -> u8 {
        match self {
            Self::NoEndpoints => 0,
            Self::StaleRules => 1,
            Self::DrainedServers => 2,
            Self::NodeNameDiffers => 3,
            Self::BetweenNodes => 4,
            Self::NetworkPolicy => 5,
            Self::Unreachable => 6,
            Self::AddressOfANode => 7,
            Self::SourceRanges => 8,
            Self::LocalPolicyWithoutLocalEndpoint => 9,
            Self::ProxyHeaderMissing => 10,
            Self::TlsEndsAtLoadBalancer => 11,
            Self::UndeclaredPort => 12,
            Self::WrongServer => 13,
            Self::ExternalIps => 14,
            Self::InternalPolicyWithoutLocalEndpoint => 15,
            Self::Loopback => 16,
            Self::ClusterDns => 17,
            Self::Unrecognised => 18,
            // A consequence stands behind what it follows from, however certain it is.
            Self::CertManagerSelfCheck => 19,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::fixture::by_cause;

    #[test]
    fn no_two_causes_have_the_same_place() {
        let places: BTreeSet<_> = by_cause().into_iter().map(|(kind, _)| kind.precedence()).collect();
        assert_eq!(places.len(), by_cause().len());
    }
}
