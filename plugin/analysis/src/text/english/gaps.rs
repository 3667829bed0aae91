//! The words for what is not known.

use crate::gaps::{Gap, GapKind};

pub(crate) fn gap(gap: &Gap) -> String {
    let (fact, consequence) = match gap.kind {
        GapKind::KubeProxyConfiguration => ("kube-proxy's configuration", ""),
        GapKind::KubeProxyAssumed => ("kube-proxy's configuration", " is assumed; a run from the host network asks kube-proxy itself"),
        GapKind::PodNetwork => ("how pods are connected", ""),
        GapKind::KubeProxyRelease => ("kube-proxy's release", "; kubelet's release is used instead"),
        GapKind::NearbyServices => ("whether other Services use the same address", "; undeclared ports may be theirs"),
        GapKind::NetworkPolicies => ("whether NetworkPolicies block the pods that dial", ""),
        GapKind::HostPorts => ("which DaemonSets take ports of their nodes (hostPort)", ""),
        GapKind::Advertisements => ("whether the address is announced", ""),
        GapKind::ServicePolicies => ("which NetworkPolicies hold clients back", ""),
        GapKind::ServicePods => ("where the Service's pods listen, and whose PROXY header they trust", ""),
        GapKind::NginxSettings => ("what ingress-nginx is configured to do", ""),
        GapKind::Ingresses => ("whether an Ingress takes the path of health checks", ""),
        GapKind::IstioGateways => ("where Istio tells Envoy to listen", ""),
        GapKind::CalicoSettings => ("whether Calico's eBPF data path is in kube-proxy's place", ""),
        GapKind::Challenges => ("whether cert-manager is waiting for certificates", ""),
    };
    format!("{fact}: {}{consequence}", gap.reason)
}
