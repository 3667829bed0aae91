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
            Self::HostPortConflict => 13,
            Self::WrongServer => 14,
            Self::ExternalIps => 15,
            Self::InternalPolicyWithoutLocalEndpoint => 16,
            Self::Loopback => 17,
            Self::ClusterDns => 18,
            Self::RedirectFails => 19,
            Self::Unrecognised => 20,
            // A consequence stands behind what it follows from, however certain it is.
            Self::CertManagerSelfCheck => 21,
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
