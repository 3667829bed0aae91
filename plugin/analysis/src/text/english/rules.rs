//! The words for the rules by which the model answers.

use crate::kube_proxy::Rule;

/// A rule in half a sentence, as it stands behind "because".
#[expect(clippy::too_many_lines, reason = "one line for each: a table")]
pub(crate) const fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::HostShortCircuit => "from 1.15, a host's own connection goes to any endpoint",
        Rule::NftablesHostShortCircuit => "a host's own connection goes to any endpoint",
        Rule::LocalPodShortCircuit => "kube-proxy counts the pod as local and sends it to any endpoint",
        Rule::ExternalPolicyCluster => "externalTrafficPolicy Cluster: any endpoint, and the source address is a node's",
        Rule::LocalEndpoint => "externalTrafficPolicy Local: an endpoint on the node takes it",
        Rule::NonLocalPodWithoutEndpoint => {
            "kube-proxy does not count the pod as local (no clusterCIDR contains its address), and the node has no endpoint"
        }
        Rule::NoLocalEndpoint => "externalTrafficPolicy Local, and the node has no endpoint",
        Rule::OutsideSourceRanges => "loadBalancerSourceRanges does not contain the client's address",
        Rule::ForwardedPastDropMark => {
            "before 1.25, iptables mode only marks what should be dropped, and nothing acts on the mark of a forwarded packet"
        }
        Rule::ExternalIpsNotIntercepted => "before 1.21, connections from inside to externalIPs are not intercepted",
        Rule::InternalLocalAtEveryAddress => "before 1.24, internalTrafficPolicy Local applies at every address",
        Rule::NoEndpoint => "the Service has no endpoint: kube-proxy rejects the connection",
        Rule::NoEndpointHostNotRejected => "the Service has no endpoint, and the reject rule does not match a host's own connections",
        Rule::NoEndpointForwardedNotRejected => {
            "the Service has no endpoint, and before 1.20 the reject rule does not match forwarded packets"
        }
        Rule::ClusterIpAnyEndpoint => "the ClusterIP leads to any endpoint",
        Rule::InternalLocalEndpoint => "internalTrafficPolicy Local: an endpoint on the node takes it",
        Rule::InternalNoLocalEndpoint => "internalTrafficPolicy Local, and the node has no endpoint",
        Rule::InternalNoLocalEndpointRejected => "internalTrafficPolicy Local, no endpoint on the node: rejected before 1.24",
        Rule::InternalForwardedPastDropMark => {
            "internalTrafficPolicy Local, no endpoint on the node: before 1.25 a pod's packet is only marked, and still leaves the node"
        }
        Rule::IptablesUndeclaredPort => "iptables mode has no rule for a port that the Service does not declare",
        Rule::NftablesUndeclaredPort => "nftables mode has no rule for a load balancer port that the Service does not declare",
        Rule::NftablesUndeclaredClusterIpPort => "before 1.30, nftables mode has no rule for an undeclared port",
        Rule::NftablesRejectsUndeclaredPort => "from 1.30, nftables mode rejects undeclared ports of a ClusterIP",
        Rule::NftablesDropsHost => "before 1.33.6 and 1.34, nftables mode drops a host's own connection on a node without an endpoint",
        Rule::IpvsNoEndpoint => "the Service has no endpoint: its virtual server is empty and refuses",
        Rule::IpvsUndeclaredPort => "kube-ipvs0 holds the address: the packet never leaves the node",
        Rule::IpvsRejectsUndeclaredPort => "kube-ipvs0 holds the address, and from 1.26 undeclared ports are rejected",
        Rule::IpvsRejectsExternalIps => {
            "from 1.26 until 1.28.6 and 1.29.1, ipvs mode rejects externalIPs under externalTrafficPolicy Local"
        }
        Rule::IpvsEmptyVirtualServer => "before 1.24, ipvs mode has an empty virtual server on a node without an endpoint, and it refuses",
        Rule::IpvsInternalLocalEndpoint => {
            "in 1.22 and 1.23, internalTrafficPolicy Local applies at every address: an endpoint on the node takes it"
        }
        Rule::IpvsInternalEmptyVirtualServer => {
            "in 1.22 and 1.23, internalTrafficPolicy Local applies at every address beside externalTrafficPolicy Cluster: the virtual server is empty and refuses"
        }
        Rule::IpvsFallsBack => "from 1.24, ipvs mode falls back to any endpoint on a node without one",
        Rule::IpvsHostSource => "kube-ipvs0 holds the address, so the host dials from that address and the reply never comes back",
        Rule::IpvsAnswerPastNode => "from 1.24, ipvs mode forwards to another node without masquerading, so the reply bypasses this node",
        Rule::IpvsInternalRefused => "internalTrafficPolicy Local, no endpoint on the node: ipvs mode refuses before 1.24",
        Rule::IpvsInternalFallsBack => "from 1.24, ipvs mode falls back to any endpoint for a Service that is open to the outside",
        Rule::TkeLeavesAddress => {
            "TKE's kube-proxy in ipvs mode does not hold the load balancer's address (prevent-loopback is not set), so the packet leaves the node"
        }
        Rule::BackendHoldsAddress => {
            "kube-proxy leaves the packet alone, and backends on Google Cloud have the load balancer's address themselves: it never leaves the node"
        }
        Rule::LoadBalancerWithoutBackend => "kube-proxy leaves the address to the load balancer, which has no backend (see Risks)",
        Rule::EbpfNoEndpoint => "the Service has no endpoint: the data path rejects the connection",
        Rule::CiliumAnyEndpoint => "Cilium sends connections from inside to any endpoint",
        Rule::CiliumNoLocalEndpoint => "a defect of Cilium 1.19 may lose connections from inside on a node without an endpoint",
        Rule::CalicoAnyEndpoint => "Calico's eBPF data path applies externalTrafficPolicy only to traffic from outside",
        Rule::TerwayAnyEndpoint => "Terway's eBPF program connects to an endpoint itself",
        Rule::TerwayPassesOn => "the pod's packets go to the real load balancer",
        Rule::CiliumReplyBypassesNode => {
            "kube-proxy may pick an endpoint on the client's own node, and Cilium delivers its reply past the node's connection tracking"
        }
        Rule::AntreaAnyEndpoint => "AntreaProxy sends connections from pods to any endpoint",
        Rule::AntreaNoLocalEndpoint => "AntreaProxy, not kube-proxy, answers pods here, and rejects without an endpoint on the node",
        Rule::AntreaNoEndpoint => "the Service has no endpoint: AntreaProxy rejects the connection",
        Rule::KubeRouterLocalEndpoint => "kube-router uses the node's own endpoints under externalTrafficPolicy Local",
        Rule::KubeRouterAnyEndpoint => "kube-router sends connections to any endpoint",
        Rule::KubeRouterNoEndpoint => "the Service has no endpoint: kube-router has no virtual server for it",
        Rule::KubeRouterNoLocalEndpoint => "the policy is Local and the node has no endpoint: kube-router has no virtual server",
        Rule::KubeRouterLeavesAddress => {
            "externalTrafficPolicy Local, no endpoint on the node: kube-router does not hold the address, so the packet follows the routes"
        }
        Rule::KubeRouterLocalAtEveryAddress => {
            "kube-router before 0.4 and 2.0 applies externalTrafficPolicy Local at the ClusterIP too, and the node has no endpoint"
        }
        Rule::OvnAnyEndpoint => "OVN-Kubernetes sends connections from inside to any endpoint",
        Rule::HeadlessNotServed => "the Service is headless: kube-proxy skips it, whatever its status says",
        Rule::NoLocalEndpointInDataPath => "the node has no endpoint, and what answers in kube-proxy's place may use no other node's",
        Rule::LoadBalancerLoopback => {
            "the load balancer keeps the client's address, so it cannot return a connection to the backend that it came from"
        }
        Rule::AnswerPastOtherNode => {
            "kube-proxy on that node counts the pod as local and may pick an endpoint elsewhere, whose reply bypasses it"
        }
        Rule::CiliumMixesPolicies => {
            "Cilium does not serve every external IP, and may apply the wrong traffic policy there (cilium issue 42245)"
        }
        Rule::CiliumBesideKubeProxy => {
            "from 1.19 Cilium itself answers pods at this address, and connections to other nodes may be lost (cilium issue 48178)"
        }
        Rule::CiliumPartly => {
            "Cilium replaces kube-proxy only in part, or its configuration was not read: it may not serve this address everywhere"
        }
        Rule::CiliumAnswersDirectly => {
            "Cilium lets endpoints answer directly (DSR) and does no socket load balancing in pods: replies may not reach them (cilium issue 39198)"
        }
        Rule::SctpInDataPath => "what answers in kube-proxy's place serves SCTP only when told to, or not at all",
        Rule::CalicoInternalPolicyLocal => {
            "Calico's eBPF data path applies internalTrafficPolicy Local at this address, and the node has no endpoint"
        }
        Rule::CalicoNoLocalEndpoint => {
            "until 3.20, Calico's eBPF data path uses only the node's own endpoints under externalTrafficPolicy Local, and it has none"
        }
        Rule::CiliumIngress => {
            "Cilium's Envoy answers for its Ingress or Gateway where Cilium serves the address: the endpoint is a placeholder"
        }
        Rule::CiliumMarksBesideIpvs => "Cilium's packet marks may collide with those of ipvs mode (cilium issue 18610)",
        Rule::DataPathNotRead => {
            "what answers in kube-proxy's place is of a release that was not looked at, and some lose such connections"
        }
        Rule::KubeProxyMisnamed => "kube-proxy runs under a different node name (hostnameOverride), so it counts no endpoint as local",
        Rule::ExternalIpsOff => "kube-proxy is planned to stop serving externalIPs in 1.40 (KEP-5707)",
        Rule::IpvsDoesNotStart => "from 1.40, kube-proxy is planned not to start in ipvs mode (KEP-5495)",
        Rule::IpModeProxy => "ipMode is Proxy: kube-proxy does not intercept the address",
        Rule::PastNodeNetwork => "the pod's packets bypass the node's network stack, where kube-proxy's rules are",
        Rule::NodePortAddresses => "nodePortAddresses excludes the node's address: no rule matches the port",
        Rule::EndpointDialled => "an endpoint's own address: kube-proxy is not involved",
        Rule::OtherServiceProxy => "the label service.kubernetes.io/service-proxy-name hands the Service to another proxy",
        Rule::OfNoService => "no Service of this cluster has the address",
        Rule::ResolvedOnNode => "a name leads to whatever it resolves to on the node",
        Rule::HostnameOnly => "the status has only a hostname, which kube-proxy does not intercept",
        Rule::PortWithoutEndpoint => "no endpoint has a port of this name: nothing can take the connection",
        Rule::LoadBalancerHasFamily => {
            "the Service has no ClusterIP of the address's family: the load balancer answers there, and kube-proxy leaves the address alone"
        }
        Rule::OtherFamily => "the Service has no ClusterIP of the address's family: nobody serves the address",
        Rule::NotInStatus => "the address is not in the Service's status: kube-proxy does not know it",
        Rule::OtherServicePort => "another Service at the same address declares the port",
        Rule::HeadlessService => "the name of a headless Service resolves to its endpoints",
    }
}
