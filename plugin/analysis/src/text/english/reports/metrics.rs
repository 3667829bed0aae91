//! What Prometheus shows beside a metric's name.

use crate::text::reports::Metric;

pub(crate) const fn help(metric: Metric) -> &'static str {
    match metric {
        Metric::Success => "Whether the last sample was answered; absent while nothing comes from there",
        Metric::Duration => "How long the last sample took",
        Metric::Samples => "Samples since the watch began",
        Metric::Failed => "Samples without an answer",
        Metric::Outages => "Outages: consecutive samples without an answer count once",
        Metric::Up => "Whether samples come from the vantage",
        Metric::Passed => "Whether the expectation was met; absent where it could not be measured",
        Metric::Cases => "Expectations by class of nodes, by what became of them",
        Metric::Changes => "Changes of the Service, its endpoints and kube-proxies since the watch began",
    }
}
