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
            Self::DeadEndpoints => 5,
            Self::PolicyAtEveryAddress => 6,
            Self::BetweenNodes => 7,
            Self::NetworkPolicy => 8,
            Self::Unreachable => 9,
            Self::AddressOfOtherFamily => 10,
            Self::AddressOfANode => 11,
            Self::SourceRanges => 12,
            Self::LocalPolicyWithoutLocalEndpoint => 13,
            Self::ProxyHeaderMissing => 14,
            Self::TlsEndsAtLoadBalancer => 15,
            Self::UndeclaredPort => 16,
            Self::HostPortConflict => 17,
            Self::WrongServer => 18,
            Self::ExternalIps => 19,
            Self::InternalPolicyWithoutLocalEndpoint => 20,
            Self::ReplyBypassesNode => 21,
            Self::Loopback => 22,
            Self::ClusterDns => 23,
            Self::PublicName => 24,
            Self::RedirectFails => 25,
            Self::UnexpectedAnswer => 26,
            Self::NodePortAddresses => 27,
            Self::NodePortWithoutLocalEndpoint => 28,
            Self::NodePortReplyAstray => 29,
            Self::NodePortLost => 30,
            Self::FailsOutside => 31,
            Self::NamedPod => 32,
            Self::Unrecognised => 33,
            // A consequence stands behind what it follows from, however certain it is.
            Self::CertManagerSelfCheck => 34,
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
