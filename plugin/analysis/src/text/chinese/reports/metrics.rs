//! What Prometheus shows beside a metric's name.

use crate::text::reports::Metric;

pub(crate) const fn help(metric: Metric) -> &'static str {
    match metric {
        Metric::Success => "最近一次采样是否有应答；没有收到数据时不存在",
        Metric::Duration => "最近一次采样用时",
        Metric::Samples => "观察开始以来的采样数",
        Metric::Failed => "没有应答的采样数",
        Metric::Outages => "中断次数：连续没有应答的采样算一次",
        Metric::Up => "是否收到该探测点的采样",
        Metric::Passed => "期望是否满足；未能测量时不存在",
        Metric::Cases => "按节点类别和结果统计的期望数",
        Metric::Changes => "观察开始以来 Service、其 Endpoint 和 kube-proxy 的变更次数",
    }
}
