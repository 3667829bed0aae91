//! The cause that a run would name where a rule fails connections: an explanation calls it by the same code and page.

use super::CauseKind;
use crate::kube_proxy::Rule;

impl CauseKind {
    /// Nothing for rules that fail no connection, or whose failures a run puts down to more than the rule.
    #[must_use]
    pub const fn of_rule(rule: Rule) -> Option<Self> {
        match rule {
            Rule::NoEndpoint
            | Rule::NoEndpointHostNotRejected
            | Rule::NoEndpointForwardedNotRejected
            | Rule::IpvsNoEndpoint
            | Rule::EbpfNoEndpoint
            | Rule::AntreaNoEndpoint
            | Rule::KubeRouterNoEndpoint => Some(Self::NoEndpoints),
            Rule::NonLocalPodWithoutEndpoint
            | Rule::NoLocalEndpoint
            | Rule::ForwardedPastDropMark
            | Rule::NftablesDropsHost
            | Rule::IpvsEmptyVirtualServer
            | Rule::IpvsHostSource
            | Rule::CiliumNoLocalEndpoint
            | Rule::CalicoNoLocalEndpoint
            | Rule::AntreaNoLocalEndpoint
            | Rule::KubeRouterNoLocalEndpoint
            | Rule::KubeRouterLeavesAddress
            | Rule::NoLocalEndpointInDataPath => Some(Self::LocalPolicyWithoutLocalEndpoint),
            Rule::InternalNoLocalEndpoint
            | Rule::InternalNoLocalEndpointRejected
            | Rule::InternalForwardedPastDropMark
            | Rule::IpvsInternalRefused
            | Rule::CalicoInternalPolicyLocal => Some(Self::InternalPolicyWithoutLocalEndpoint),
            Rule::InternalLocalAtEveryAddress | Rule::IpvsInternalEmptyVirtualServer | Rule::KubeRouterLocalAtEveryAddress => {
                Some(Self::PolicyAtEveryAddress)
            }
            Rule::OutsideSourceRanges => Some(Self::SourceRanges),
            Rule::LoadBalancerLoopback => Some(Self::Loopback),
            Rule::LoadBalancerWithoutBackend => Some(Self::FailsOutside),
            Rule::IptablesUndeclaredPort
            | Rule::NftablesUndeclaredPort
            | Rule::NftablesUndeclaredClusterIpPort
            | Rule::NftablesRejectsUndeclaredPort
            | Rule::IpvsUndeclaredPort
            | Rule::IpvsRejectsUndeclaredPort => Some(Self::UndeclaredPort),
            Rule::ExternalIpsNotIntercepted | Rule::ExternalIpsOff | Rule::IpvsRejectsExternalIps => Some(Self::ExternalIps),
            Rule::KubeProxyMisnamed => Some(Self::NodeNameDiffers),
            Rule::PortWithoutEndpoint => Some(Self::PortWithoutEndpoint),
            Rule::OtherFamily => Some(Self::AddressOfOtherFamily),
            Rule::CiliumReplyBypassesNode => Some(Self::ReplyBypassesNode),
            Rule::NodePortAddresses => Some(Self::NodePortAddresses),
            Rule::AnswerPastOtherNode | Rule::IpvsAnswerPastNode => Some(Self::NodePortReplyAstray),
            Rule::HostShortCircuit
            | Rule::NftablesHostShortCircuit
            | Rule::LocalPodShortCircuit
            | Rule::ExternalPolicyCluster
            | Rule::LocalEndpoint
            | Rule::ClusterIpAnyEndpoint
            | Rule::InternalLocalEndpoint
            | Rule::IpvsInternalLocalEndpoint
            | Rule::IpvsFallsBack
            | Rule::IpvsInternalFallsBack
            | Rule::IpvsDoesNotStart
            | Rule::TkeLeavesAddress
            | Rule::BackendHoldsAddress
            | Rule::CiliumAnyEndpoint
            | Rule::CiliumMixesPolicies
            | Rule::CiliumBesideKubeProxy
            | Rule::CiliumPartly
            | Rule::CiliumAnswersDirectly
            | Rule::CiliumIngress
            | Rule::CiliumMarksBesideIpvs
            | Rule::SctpInDataPath
            | Rule::CalicoAnyEndpoint
            | Rule::TerwayAnyEndpoint
            | Rule::TerwayPassesOn
            | Rule::AntreaAnyEndpoint
            | Rule::KubeRouterLocalEndpoint
            | Rule::KubeRouterAnyEndpoint
            | Rule::OvnAnyEndpoint
            | Rule::HeadlessNotServed
            | Rule::HeadlessService
            | Rule::DataPathNotRead
            | Rule::IpModeProxy
            | Rule::PastNodeNetwork
            | Rule::EndpointDialled
            | Rule::OtherServiceProxy
            | Rule::OfNoService
            | Rule::ResolvedOnNode
            | Rule::HostnameOnly
            | Rule::LoadBalancerHasFamily
            | Rule::NotInStatus
            | Rule::OtherServicePort => None,
        }
    }
}
