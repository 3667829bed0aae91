//! The words for the rules by which the model answers.

use crate::model::Rule;

/// A rule in half a sentence, as it stands behind "because".
#[must_use]
pub const fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::HostShortCircuit => "from 1.15 a host's own connection takes any endpoint",
        Rule::NftablesHostShortCircuit => "a host's own connection takes any endpoint",
        Rule::LocalPodShortCircuit => "kube-proxy knows the pod for one of its own and gives it any endpoint",
        Rule::ExternalPolicyCluster => "externalTrafficPolicy Cluster: any endpoint, masqueraded",
        Rule::LocalEndpoint => "externalTrafficPolicy Local: an endpoint of the node takes it",
        Rule::NonLocalPodWithoutEndpoint => {
            "kube-proxy takes the pod for a stranger (its clusterCIDR has not the pod's address), and the node has no endpoint"
        }
        Rule::NoLocalEndpoint => "externalTrafficPolicy Local, and the node has no endpoint",
        Rule::OutsideSourceRanges => "loadBalancerSourceRanges does not have the client's address",
        Rule::ForwardedPastDropMark => {
            "before 1.25 iptables mode marks what it means to drop, and nobody looks at the mark of a packet that is forwarded"
        }
        Rule::ExternalIpsNotIntercepted => "before 1.21 externalIPs are not intercepted for connections from inside",
        Rule::InternalLocalAtEveryAddress => "internalTrafficPolicy Local holds at every address before 1.24",
        Rule::NoEndpoint => "no endpoint anywhere: kube-proxy rejects",
        Rule::NoEndpointHostNotRejected => "no endpoint anywhere, and the reject rule does not see a host's own connections",
        Rule::NoEndpointForwardedNotRejected => "no endpoint anywhere, and before 1.20 the reject rule does not see forwarded packets",
        Rule::ClusterIpAnyEndpoint => "the ClusterIP takes any endpoint",
        Rule::InternalLocalEndpoint => "internalTrafficPolicy Local: an endpoint of the node takes it",
        Rule::InternalNoLocalEndpoint => "internalTrafficPolicy Local, and the node has no endpoint",
        Rule::InternalNoLocalEndpointRejected => "internalTrafficPolicy Local, no endpoint on the node: rejected before 1.24",
        Rule::InternalForwardedPastDropMark => {
            "internalTrafficPolicy Local, no endpoint on the node: before 1.25 a pod's packet is marked, and leaves the node all the same"
        }
        Rule::IptablesUndeclaredPort => "iptables has no rule for a port that the Service does not declare",
        Rule::NftablesUndeclaredPort => "nftables has no rule for a port of the load balancer that the Service does not declare",
        Rule::NftablesUndeclaredClusterIpPort => "before 1.30 nftables has no rule for an undeclared port",
        Rule::NftablesRejectsUndeclaredPort => "from 1.30 nftables rejects undeclared ports of a ClusterIP",
        Rule::NftablesDropsHost => "before 1.34 nftables drops a host's own connection where the node has no endpoint",
        Rule::IpvsNoEndpoint => "no endpoint anywhere: the virtual server is empty and refuses",
        Rule::IpvsUndeclaredPort => "the address is bound to kube-ipvs0: the packet never leaves the node",
        Rule::IpvsRejectsUndeclaredPort => "the address is bound to kube-ipvs0, and from 1.26 undeclared ports are rejected",
        Rule::IpvsRejectsExternalIps => "from 1.26 until 1.28.6 and 1.29.1 ipvs rejects externalIPs under externalTrafficPolicy Local",
        Rule::IpvsEmptyVirtualServer => "before 1.24 ipvs has an empty virtual server on a node without endpoint, which refuses",
        Rule::IpvsInternalLocalEndpoint => {
            "internalTrafficPolicy Local, which in 1.22 and 1.23 counts at every address: an endpoint of the node takes it"
        }
        Rule::IpvsInternalEmptyVirtualServer => {
            "internalTrafficPolicy Local, which in 1.22 and 1.23 counts at every address beside externalTrafficPolicy Cluster: the virtual server is empty and refuses"
        }
        Rule::IpvsFallsBack => "from 1.24 ipvs falls back to any endpoint on a node without one",
        Rule::IpvsHostSource => {
            "the load balancer's address is bound to kube-ipvs0, so that the host uses it as source: the answer never comes back"
        }
        Rule::IpvsAnswerPastNode => "from 1.24 ipvs forwards to another node without masquerading: the answer goes past it",
        Rule::IpvsInternalRefused => "internalTrafficPolicy Local, no endpoint on the node: ipvs refuses before 1.24",
        Rule::IpvsInternalFallsBack => "from 1.24 ipvs falls back to any endpoint for a Service that is open to outside",
        Rule::EbpfNoEndpoint => "no endpoint anywhere: the data path rejects",
        Rule::CiliumAnyEndpoint => "Cilium gives connections from inside any endpoint",
        Rule::CiliumNoLocalEndpoint => "an open defect drops them without a local endpoint",
        Rule::CalicoAnyEndpoint => "Calico's eBPF data path applies externalTrafficPolicy to traffic from outside only",
        Rule::TerwayAnyEndpoint => "Terway's eBPF program dials an endpoint itself",
        Rule::TerwayPassesOn => "the pod's packets go to the real load balancer",
        Rule::AnswerPastOtherNode => {
            "kube-proxy there takes the pod for its own and may pick an endpoint elsewhere, whose answer goes past it"
        }
        Rule::IpModeProxy => "ipMode is Proxy: kube-proxy leaves the address alone",
        Rule::PastNodeNetwork => "the pod's packets go past the node's own network stack, where kube-proxy's rules are",
        Rule::NodePortAddresses => "nodePortAddresses leaves the node's address out: no rule takes the port",
        Rule::EndpointDialled => "an endpoint is dialled past kube-proxy",
        Rule::OtherServiceProxy => "the label service.kubernetes.io/service-proxy-name gives the Service to another proxy",
        Rule::HostnameOnly => "the status has a hostname only, of which kube-proxy knows nothing",
        Rule::OtherFamily => "the Service has no ClusterIP of the address's family: kube-proxy skips the address",
        Rule::NotInStatus => "the status does not have the address: kube-proxy knows nothing of it",
        Rule::OtherServicePort => "another Service at the same address declares the port",
        Rule::HeadlessService => "a headless Service's name leads to its endpoints",
    }
}
