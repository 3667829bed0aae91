//! What stands first in a bundle.

use std::collections::BTreeMap;

use crate::text::reports::BundleContents;

pub(crate) fn bundle(contents: &BundleContents) -> String {
    let BundleContents { service, program, kubelets, kube_proxies, unknown } = contents;
    let unknown: Vec<_> = unknown.iter().map(|what| format!("  - {what}\n")).collect();
    let unknown = if unknown.is_empty() { "  nothing\n".to_owned() } else { unknown.concat() };
    format!(
        "What kubectl lbprobe {program} found out about Service {service}

report.txt   the whole report
report.md    the same for a ticket
report.html  the same for a browser
report.json  the same for programs. kubectl lbprobe diagnose -f BUNDLE repeats the
             diagnosis, and kubectl lbprobe explain -f BUNDLE predicts from the same
             facts; neither needs the cluster.

Releases
  kubelet     {}
  kube-proxy  {}

Not known
{unknown}",
        counted(kubelets),
        counted(kube_proxies)
    )
}

fn counted(releases: &BTreeMap<String, usize>) -> String {
    let nodes = |number: usize| if number == 1 { "1 node".to_owned() } else { format!("{number} nodes") };
    let each: Vec<_> = releases.iter().map(|(release, number)| format!("{release} on {}", nodes(*number))).collect();
    if each.is_empty() { "not read".to_owned() } else { each.join(", ") }
}
