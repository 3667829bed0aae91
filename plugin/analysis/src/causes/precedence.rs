//! Which of several causes that are equally certain comes first.

use super::CauseKind;

impl CauseKind {
    /// The place among causes that are equally certain: one that would explain others stands before them. What nothing
    /// can answer without comes first, then what is wrong on a node or between nodes, then what keeps the load
    /// balancer's address from its endpoints, and what concerns a single name or port last.
    pub(super) const fn precedence(self) -> u8 {
        match self {
            Self::NoEndpoints => 0,
            Self::PortWithoutEndpoint => 1,
            Self::StaleRules => 2,
            Self::DrainedServers => 3,
            Self::NodeNameDiffers => 4,
            Self::BetweenNodes => 5,
            Self::NetworkPolicy => 6,
            Self::Unreachable => 7,
            Self::AddressOfOtherFamily => 8,
            Self::AddressOfANode => 9,
            Self::SourceRanges => 10,
            Self::LocalPolicyWithoutLocalEndpoint => 11,
            Self::ProxyHeaderMissing => 12,
            Self::TlsEndsAtLoadBalancer => 13,
            Self::UndeclaredPort => 14,
            Self::HostPortConflict => 15,
            Self::WrongServer => 16,
            Self::ExternalIps => 17,
            Self::InternalPolicyWithoutLocalEndpoint => 18,
            Self::Loopback => 19,
            Self::ClusterDns => 20,
            Self::RedirectFails => 21,
            Self::Unrecognised => 22,
            // A consequence stands behind what it follows from, however certain it is.
            Self::CertManagerSelfCheck => 23,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One that is missing in the list of all leaves its place empty.
    #[test]
    fn every_cause_has_a_place_of_its_own() {
        let mut places = CauseKind::ALL.map(CauseKind::precedence);
        places.sort_unstable();
        assert!(places.into_iter().eq(0..u8::try_from(CauseKind::ALL.len()).unwrap()), "{places:?}");
    }
}
