//! What stands first in a bundle.

use std::collections::BTreeMap;

use crate::text::reports::BundleContents;

pub(crate) fn bundle(contents: &BundleContents) -> String {
    let BundleContents { service, program, kubelets, kube_proxies, unknown } = contents;
    let unknown: Vec<_> = unknown.iter().map(|what| format!("  - {what}\n")).collect();
    let unknown = if unknown.is_empty() { "  无\n".to_owned() } else { unknown.concat() };
    format!(
        "kubectl lbprobe {program} 对 Service {service} 的检查结果

report.txt   完整报告
report.md    同样内容，用于工单
report.html  同样内容，用于浏览器
report.json  同样内容，用于程序。kubectl lbprobe diagnose -f BUNDLE 重新诊断，
             kubectl lbprobe explain -f BUNDLE 用同样的事实做预测；两者都不需要集群。

版本
  kubelet     {}
  kube-proxy  {}

未知
{unknown}",
        counted(kubelets),
        counted(kube_proxies)
    )
}

fn counted(releases: &BTreeMap<String, usize>) -> String {
    let each: Vec<_> = releases.iter().map(|(release, number)| format!("{release}（{number} 个节点）")).collect();
    if each.is_empty() { "未读到".to_owned() } else { each.join("、") }
}
