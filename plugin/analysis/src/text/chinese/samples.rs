//! The words for samples of nodes.

use super::short_list;
use crate::plan::{SampleHint, Sampled, SampledClass};
use crate::words;

/// Taints that a line names.
const TAINTS: usize = 2;

/// "5,000 个节点中探测了 12 个（--sample 2）".
pub(crate) fn probed(sampled: &Sampled) -> String {
    let (probed, nodes) = (words::thousands(sampled.probed()), words::thousands(sampled.nodes()));
    format!("{nodes} 个节点中探测了 {probed} 个（--sample {}）", sampled.per_class)
}

/// "可用区 b、kube-proxy 1.34.1、没有 Endpoint：430 个节点中的 2 个".
pub(crate) fn class(class: &SampledClass) -> String {
    let zone = class.zone.as_ref().map(|zone| format!("可用区 {zone}"));
    let pool = class.pool.as_ref().map(|pool| format!("节点池 {pool}"));
    let release = class.kube_proxy.map(|release| format!("kube-proxy {release}"));
    let mode = class.mode.map(|mode| format!("{mode} 模式"));
    let tainted = (!class.taints.is_empty()).then(|| format!("污点 {}", short_list(&class.taints, TAINTS)));
    let endpoint = if class.endpoint { "有 Endpoint" } else { "没有 Endpoint" };
    let marks: Vec<_> = [zone, pool, release, mode, tainted, Some(endpoint.into())].into_iter().flatten().collect();
    format!("{}：{} 个节点中的 {} 个", marks.join("、"), words::thousands(class.nodes), words::thousands(class.probed))
}

/// Advice for somebody who has all nodes of a large cluster probed.
pub(crate) fn hint(hint: SampleHint) -> String {
    let SampleHint { nodes, per_class, classes, probed } = hint;
    let (nodes, probed) = (words::thousands(nodes), words::thousands(probed));
    format!("将探测全部 {nodes} 个节点；--sample {per_class} 在 {classes} 类节点中每类取 {per_class} 个，共 {probed} 个")
}
