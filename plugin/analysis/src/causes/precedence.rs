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
            Self::PolicyAtEveryAddress => 5,
            Self::BetweenNodes => 6,
            Self::NetworkPolicy => 7,
            Self::Unreachable => 8,
            Self::AddressOfOtherFamily => 9,
            Self::AddressOfANode => 10,
            Self::SourceRanges => 11,
            Self::LocalPolicyWithoutLocalEndpoint => 12,
            Self::ProxyHeaderMissing => 13,
            Self::TlsEndsAtLoadBalancer => 14,
            Self::UndeclaredPort => 15,
            Self::HostPortConflict => 16,
            Self::WrongServer => 17,
            Self::ExternalIps => 18,
            Self::InternalPolicyWithoutLocalEndpoint => 19,
            Self::ReplyBypassesNode => 20,
            Self::Loopback => 21,
            Self::ClusterDns => 22,
            Self::RedirectFails => 23,
            Self::Unrecognised => 24,
            // A consequence stands behind what it follows from, however certain it is.
            Self::CertManagerSelfCheck => 25,
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
