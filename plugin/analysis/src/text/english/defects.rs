//! The words for defects of other programs.

use super::names;
use crate::defects::{Defect, KnownDefect};

const GCE_REGION_ALONE: &str = "Google Cloud's internal load balancer answers clients of its own region alone: those of other regions of the network get \
                                no answer";

/// What is wrong, and for whom.
#[expect(clippy::too_many_lines, reason = "one sentence for each: a table")]
pub(crate) fn what(known: &KnownDefect) -> String {
    let nodes = names(&known.nodes);
    let release = known.release.map(|release| format!(" {release}")).unwrap_or_default();
    let on = |program: &str| format!("{program}{release} on {nodes}");
    match known.defect {
        Defect::IpvsRefusesHealthChecks => format!(
            "{} refuses health checks that come to the load balancer's own address in ipvs mode: the cloud takes every node for unhealthy, and \
             sends to nodes without an endpoint as well (kubernetes issue 117621)",
            on("kube-proxy")
        ),
        Defect::IpvsRefusesExternalIps => format!(
            "{} refuses clients outside at external IPs in ipvs mode under externalTrafficPolicy Local, even on a node with an endpoint \
             (kubernetes issue 121909)",
            on("kube-proxy")
        ),
        Defect::IptablesLosesChanges => format!(
            "{} may lose a change of endpoints in iptables mode: a node may lack rules for a new endpoint until kube-proxy writes all rules \
             again (kubernetes PR 122204)",
            on("kube-proxy")
        ),
        Defect::NftablesInterfaceNames => format!(
            "{} writes no rules in nftables mode with detectLocalMode InterfaceNamePrefix: every Service fails there, or has old rules (kubernetes \
             PR 134024)",
            on("kube-proxy")
        ),
        Defect::MetalLbNeedsEndpoint => format!(
            "before 0.11, MetalLB announces an address by layer 2 only from nodes with an endpoint, and no speaker runs on {nodes}: nobody answers \
             ARP for it (metallb issue 302)"
        ),
        Defect::MetalLbSharesAddress => {
            "before 0.11, MetalLB elects a node for each Service, not for each address: two nodes may announce the address that these \
                                         Services share, and connections break now and then (metallb issue 558)"
                .into()
        }
        Defect::MetalLbLeavesOutCordoned => format!(
            "MetalLB 0.14.9 does not announce from cordoned nodes, and {nodes} {} cordoned: nobody announces the address (metallb PR 2715)",
            if known.nodes.len() == 1 { "is" } else { "are" }
        ),
        Defect::ServiceLbDropsLocal => format!(
            "klipper-lb{release} drops what it forwards under externalTrafficPolicy Local. Clients that dial an address of {nodes} that is not in \
             the Service's status get no answer, nor does the host at 127.0.0.1 (k3s issue 7561)"
        ),
        Defect::KubeVipFilters => {
            let holder = if known.nodes.is_empty() {
                "the node that holds the address".into()
            } else {
                format!("{nodes}, which holds the address,")
            };
            format!(
                "whether pods on {holder} and its host reach the address: kube-vip runs with enable_service_security, and its rules drop the \
                 replies (kube-vip issue 1086)"
            )
        }
        Defect::KubeVipSharesAddress => {
            "kube-vip elects a node for each Service (svc_election), and these Services share an address: two nodes may \
                                         announce it, and connections break now and then (kube-vip issue 879)"
                .into()
        }
        Defect::CiliumBgpLacksGateways => format!(
            "before 1.19, Cilium does not announce Services of its Gateways and Ingresses by BGP under externalTrafficPolicy Local: this is{release} \
             (cilium issue 41680)"
        ),
        Defect::CiliumBgpIgnoresPolicy => format!(
            "before 1.14, Cilium announces the address by BGP from every node, also from {nodes} without an endpoint: connections that come there \
             are dropped under externalTrafficPolicy Local (cilium issue 23035)"
        ),
        Defect::CiliumHostNetwork => format!(
            "Cilium{release} does not translate the replies of endpoints on the host network under externalTrafficPolicy Local: clients outside \
             get no answer from {nodes} (cilium issue 10402)"
        ),
        Defect::CiliumDropsOtherPorts => format!(
            "the load balancer's address is an address of {nodes}: from 1.19 Cilium may drop what comes there at ports that no Service declares, SSH \
             for instance (cilium issue 43206)"
        ),
        Defect::CiliumLacksHealthChecks => format!(
            "Google Cloud's health checks come to the load balancer's own address, and Cilium{release} does not answer there: every node counts as \
             unhealthy, and nodes without an endpoint get connections, too (cilium issue 26727)"
        ),
        Defect::CalicoAnnouncesEverywhere => format!(
            "before 3.25, Calico announces an address that is a range of its own in serviceLoadBalancerIPs from every node, also from {nodes} without \
             an endpoint: connections that come there are dropped under externalTrafficPolicy Local (calico issue 6074)"
        ),
        Defect::CalicoAnnouncesNowhere => format!(
            "Calico{release} announces no address that is a range of its own in serviceLoadBalancerIPs under externalTrafficPolicy Cluster, unless \
             spec.loadBalancerIP asks for it: clients outside may have no route (calico PR 11917)"
        ),
        Defect::CalicoReflectorsKeepRoute => format!(
            "Calico{release} on the route reflectors {nodes} does not pass on an address that is a range of its own in serviceLoadBalancerIPs unless \
             they have an endpoint: clients outside that learn routes from them have none under externalTrafficPolicy Local (calico issue 8162)"
        ),
        Defect::CalicoBlackhole => format!(
            "whether the host of {nodes} reaches the address: Calico from 3.25 on may have a blackhole route for an address that is a range of its own \
             in serviceLoadBalancerIPs, and a host's own connection goes by it (calico issue 9152)"
        ),
        Defect::AntreaLacksHealthChecks => format!(
            "Antrea{release} in kube-proxy's place has no server for healthCheckNodePort: the load balancer takes every node for unhealthy (antrea \
             PR 4120)"
        ),
        Defect::AmazonVpcBesideNftables => format!(
            "whether pods on {nodes} reach Services: before 1.23 the VPC CNI does not see kube-proxy's nftables rules, and packets of pods on \
             secondary network interfaces may leave by the wrong one (amazon-vpc-cni-k8s issue 3563)"
        ),
        Defect::AmazonVpcPodTargets => {
            "the load balancer dials pods directly, and before 1.8 the VPC CNI drops replies of pods on secondary network \
                                        interfaces to clients outside the VPC (amazon-vpc-cni-k8s issue 1392)"
                .into()
        }
        Defect::AwsInternalByDefault => {
            "the AWS Load Balancer Controller makes the load balancer internal unless it is told otherwise (from 2.2): \
                                         clients on the internet do not reach it"
                .into()
        }
        Defect::GceRegionAlone => GCE_REGION_ALONE.into(),
        Defect::AzurePrivateLinkHeader => {
            "azure-pls-proxy-protocol has Azure write the PROXY header into health checks, too, and kube-proxy does not \
                                           read it there: every node counts as unhealthy (cloud-provider-azure issue 3931)"
                .into()
        }
        Defect::VultrHealthCheckPort => {
            "with vultr-loadbalancer-healthcheck-port Vultr's controller checks that port on the nodes, not its node port: \
                                         unless a host listens there, every node counts as unhealthy"
                .into()
        }
    }
}

/// What helps.
pub(crate) const fn advice(defect: Defect) -> &'static str {
    match defect {
        Defect::IpvsRefusesHealthChecks => "upgrade kube-proxy to 1.26.5 or 1.27.2, or run it in iptables mode",
        Defect::IpvsRefusesExternalIps => "upgrade kube-proxy to 1.28.6 or 1.29.1, or set externalTrafficPolicy to Cluster",
        Defect::IptablesLosesChanges => "upgrade kube-proxy to 1.27.11, 1.28.7 or 1.29.2; until then restart it on such a node",
        Defect::NftablesInterfaceNames => "upgrade kube-proxy to 1.33.6 or 1.34.2, or set detectLocalMode to ClusterCIDR or NodeCIDR",
        Defect::MetalLbNeedsEndpoint => "upgrade MetalLB to 0.11, or run its speaker on nodes with an endpoint",
        Defect::MetalLbSharesAddress => "upgrade MetalLB to 0.11",
        Defect::MetalLbLeavesOutCordoned => "kubectl uncordon a node, or upgrade MetalLB to 0.15",
        Defect::ServiceLbDropsLocal => "upgrade k3s (klipper-lb 0.4.4 comes with 1.26.6), or have clients dial an address of the status",
        Defect::KubeVipFilters => "set enable_service_security to false, or have them dial the DNS name",
        Defect::KubeVipSharesAddress => "give each Service an address of its own, or set svc_election to false",
        Defect::CiliumBgpLacksGateways => "set externalTrafficPolicy to Cluster for them, or upgrade Cilium to 1.19",
        Defect::CiliumBgpIgnoresPolicy | Defect::CiliumHostNetwork => "upgrade Cilium to 1.14, or set externalTrafficPolicy to Cluster",
        Defect::CiliumDropsOtherPorts => {
            "give the Service an address that no node has, or start Cilium with bpf-lb-enable-wildcard-entries=false"
        }
        Defect::CiliumLacksHealthChecks => "upgrade Cilium to 1.15 and set enable-health-check-loadbalancer-ip to true",
        Defect::CalicoAnnouncesEverywhere => "upgrade Calico to 3.25, or list a wider range",
        Defect::CalicoAnnouncesNowhere => "list a wider range in serviceLoadBalancerIPs, or upgrade Calico to 3.30.7 or 3.31.5",
        Defect::CalicoReflectorsKeepRoute => "upgrade Calico to 3.27.3, or list a wider range in serviceLoadBalancerIPs",
        Defect::CalicoBlackhole => "list a wider range in serviceLoadBalancerIPs, or have hosts dial the DNS name",
        Defect::AntreaLacksHealthChecks => "upgrade Antrea to 1.9, or run kube-proxy beside it",
        Defect::AmazonVpcBesideNftables => "upgrade the VPC CNI to 1.23, or run kube-proxy in iptables mode",
        Defect::AmazonVpcPodTargets => "upgrade the VPC CNI to 1.8",
        Defect::AwsInternalByDefault => {
            "if clients on the internet are meant: set service.beta.kubernetes.io/aws-load-balancer-scheme to internet-facing"
        }
        Defect::GceRegionAlone => {
            "if clients of other regions are meant: set networking.gke.io/internal-load-balancer-allow-global-access to true"
        }
        Defect::AzurePrivateLinkHeader => {
            "upgrade Kubernetes to 1.24.20, 1.25.14, 1.26.10 or 1.27.4, or set externalTrafficPolicy to Cluster"
        }
        Defect::VultrHealthCheckPort => "take the annotation off: the controller then checks the first node port",
    }
}
