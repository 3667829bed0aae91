//! The words for differences between the API and the nodes.

use ipnet::IpNet;

use crate::results::Difference;
use crate::text::DifferenceInWords;

pub(crate) fn difference(difference: &Difference) -> DifferenceInWords {
    match difference {
        Difference::Mode { configured, source, running } => DifferenceInWords {
            about: "kube-proxy's mode",
            api: format!("{configured} ({source})"),
            nodes_say: running.to_string(),
            explanation: "it has not been restarted since, has other arguments, or fell back",
        },
        Difference::ClusterCidr { configured, source, running } => DifferenceInWords {
            about: "kube-proxy's clusterCIDR",
            api: format!("{} ({source})", ranges(configured)),
            nodes_say: ranges(running),
            explanation: "it has not been restarted since, or has other arguments",
        },
        Difference::LocalEndpoints { listed, counted } => DifferenceInWords {
            about: "local endpoints",
            api: format!("{listed} (EndpointSlices)"),
            nodes_say: format!("{counted} (healthCheckNodePort)"),
            explanation: "kube-proxy runs under another node name, does not follow the API, or endpoints were changing",
        },
        Difference::LeftOverDevice => DifferenceInWords {
            about: "kube-ipvs0",
            api: "kube-proxy does not run in ipvs mode".into(),
            nodes_say: "the device is there".into(),
            explanation: "left from an earlier mode: addresses bound to it still never leave the node; a reboot, or kube-proxy --cleanup, \
                          removes it",
        },
    }
}

fn ranges(ranges: &[IpNet]) -> String {
    if ranges.is_empty() { "none".into() } else { ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(",") }
}
