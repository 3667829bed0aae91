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
            Self::NobodyListens => 2,
            Self::StaleRules => 3,
            Self::DrainedServers => 4,
            Self::NodeNameDiffers => 5,
            Self::DeadEndpoints => 6,
            Self::PolicyAtEveryAddress => 7,
            Self::BetweenNodes => 8,
            Self::NetworkPolicy => 9,
            Self::Unreachable => 10,
            Self::AddressOfOtherFamily => 11,
            Self::AddressOfANode => 12,
            Self::SourceRanges => 13,
            Self::LocalPolicyWithoutLocalEndpoint => 14,
            Self::ProxyHeaderMissing => 15,
            Self::TlsEndsAtLoadBalancer => 16,
            Self::UndeclaredPort => 17,
            Self::HostPortConflict => 18,
            Self::WrongServer => 19,
            Self::ExternalIps => 20,
            Self::InternalPolicyWithoutLocalEndpoint => 21,
            Self::ReplyBypassesNode => 22,
            Self::Loopback => 23,
            Self::ClusterDns => 24,
            Self::PublicName => 25,
            Self::RedirectFails => 26,
            Self::UnexpectedAnswer => 27,
            Self::NodePortAddresses => 28,
            Self::NodePortWithoutLocalEndpoint => 29,
            Self::NodePortReplyAstray => 30,
            Self::NodePortLost => 31,
            Self::FailsOutside => 32,
            Self::NamedPod => 33,
            Self::Elsewhere => 34,
            Self::Unrecognised => 35,
            // A consequence stands behind what it follows from, however certain it is.
            Self::CertManagerSelfCheck => 36,
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
