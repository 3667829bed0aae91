//! The words for differences between the API and the nodes.

use ipnet::IpNet;

use crate::results::Difference;
use crate::text::DifferenceInWords;

pub(crate) fn difference(difference: &Difference) -> DifferenceInWords {
    match difference {
        Difference::Mode { configured, source, running } => DifferenceInWords {
            about: "kube-proxy 的模式",
            api: format!("{configured}（{source}）"),
            nodes_say: running.to_string(),
            explanation: "它在此之后没有重启过，或有其他参数，或退回了别的模式",
        },
        Difference::ClusterCidr { configured, source, running } => DifferenceInWords {
            about: "kube-proxy 的 clusterCIDR",
            api: format!("{}（{source}）", ranges(configured)),
            nodes_say: ranges(running),
            explanation: "它在此之后没有重启过，或有其他参数",
        },
        Difference::LocalEndpoints { listed, counted } => DifferenceInWords {
            about: "本地 Endpoint",
            api: format!("{listed}（EndpointSlice）"),
            nodes_say: format!("{counted}（healthCheckNodePort）"),
            explanation: "kube-proxy 以另一个节点名运行，或没有跟上 API，或 Endpoint 正在变化",
        },
        Difference::LeftOverDevice => DifferenceInWords {
            about: "kube-ipvs0",
            api: "kube-proxy 不是 ipvs 模式".into(),
            nodes_say: "该设备仍在".into(),
            explanation: "是以前的模式留下的：绑定在它上面的地址仍然不会离开节点；重启节点或 kube-proxy --cleanup 可将其删除",
        },
    }
}

fn ranges(ranges: &[IpNet]) -> String {
    if ranges.is_empty() { "无".into() } else { ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(",") }
}
