//! The words for samples of nodes.

use crate::plan::{SampleHint, Sampled, SampledClass};
use crate::words;

/// Taints that a line names.
const TAINTS: usize = 2;

/// "12 of 5,000 nodes were probed (--sample 2)".
pub(crate) fn probed(sampled: &Sampled) -> String {
    let (probed, nodes) = (words::thousands(sampled.probed()), words::thousands(sampled.nodes()));
    format!("{probed} of {nodes} nodes were probed (--sample {})", sampled.per_class)
}

/// "zone b, kube-proxy 1.34.1, without an endpoint: 2 of 430 nodes".
pub(crate) fn class(class: &SampledClass) -> String {
    let zone = class.zone.as_ref().map(|zone| format!("zone {zone}"));
    let pool = class.pool.as_ref().map(|pool| format!("node pool {pool}"));
    let release = class.kube_proxy.map(|release| format!("kube-proxy {release}"));
    let mode = class.mode.map(|mode| format!("mode {mode}"));
    let tainted = (!class.taints.is_empty()).then(|| format!("tainted {}", words::short_list(&class.taints, TAINTS)));
    let endpoint = if class.endpoint { "with an endpoint" } else { "without an endpoint" };
    let marks: Vec<_> = [zone, pool, release, mode, tainted, Some(endpoint.into())].into_iter().flatten().collect();
    format!("{}: {} of {} nodes", marks.join(", "), words::thousands(class.probed), words::thousands(class.nodes))
}

/// Advice for somebody who has all nodes of a large cluster probed.
pub(crate) fn hint(hint: SampleHint) -> String {
    let SampleHint { nodes, per_class, classes, probed } = hint;
    let (nodes, probed) = (words::thousands(nodes), words::thousands(probed));
    format!(
        "all {nodes} nodes are probed; --sample {per_class} takes {per_class} of each of the {classes} classes of nodes, {probed} in all"
    )
}
