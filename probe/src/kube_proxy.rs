//! Asks the kube-proxy of the node on the node's loopback: mode, release, configuration, and
//! whether it writes its rules.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};

use lbprobe_protocol::KubeProxyEvidence;
use serde_json::Value;

use crate::fetch::{get, page, status};

/// kube-proxy's `metricsBindAddress` by default.
pub(crate) const METRICS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 10249);

/// kube-proxy's `healthzBindAddress` by default, by loopback.
pub(crate) const HEALTH: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 10256);

/// A sync that a change waits for comes within a second or two; the retry of a failed one within
/// `syncPeriod`, 30 s by default.
const LATE: f64 = 5.0;

/// The status of a page that the release does not have.
const NOT_FOUND: u16 = 404;

/// What follows a change within this many seconds is still of the change: kube-proxy writes at most once a second by default.
const FRESH: u32 = 2;

/// What kube-proxy says.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Nothing of it where nobody answers in time.
    pub(crate) evidence: KubeProxyEvidence,
    /// Whether all that it knows has been in its rules for seconds; not so where it does not say.
    pub(crate) is_quiet: bool,
}

/// What it says.
pub(crate) async fn ask() -> Asked {
    let (mode, metrics, config) = futures::join!(get(METRICS, "/proxyMode"), get(METRICS, "/metrics"), get(METRICS, "/configz"));
    let (healthz, livez) = futures::join!(page(HEALTH, "/healthz"), status(HEALTH, "/livez"));
    let metrics = metrics.as_deref().unwrap_or_default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |now| now.as_secs_f64());
    let (detect_local, cluster_cidr) = config.as_deref().map(detection).unwrap_or_default();
    let synced_seconds = synced(metrics).map(|last| seconds(now - last));
    let waiting = waiting_since(metrics).map(|queued| now - queued);
    let is_quiet = waiting.is_none() && synced_seconds.is_some_and(|since| since >= FRESH);
    let evidence = KubeProxyEvidence {
        mode: mode.map(|mode| mode.trim().to_owned()),
        release: release(metrics),
        detect_local,
        cluster_cidr,
        node_eligible: healthz.as_ref().and_then(|(_, text)| node_eligible(text)),
        healthz: healthz.map(|(status, _)| status),
        livez: livez.filter(|status| *status != NOT_FOUND),
        synced_seconds,
        waiting_seconds: waiting.filter(|waiting| *waiting >= LATE).map(seconds),
        write_failures: write_failures(metrics),
        without_local: without_local(metrics),
    };
    Asked { evidence, is_quiet }
}

/// The label `git_version` of the one line of `kubernetes_build_info`.
fn release(metrics: &str) -> Option<String> {
    let line = metrics.lines().find(|line| line.starts_with("kubernetes_build_info{"))?;
    let (_, rest) = line.split_once("git_version=\"")?;
    rest.split('"').next().map(str::to_owned)
}

/// `nodeEligible` in the text of `/healthz`, where the release writes it.
fn node_eligible(text: &str) -> Option<bool> {
    serde_json::from_str::<Value>(text).ok()?["nodeEligible"].as_bool()
}

/// How kube-proxy tells its own pods: mode and range. Up to 1.33 the range is one text, then a list
/// (seen with 1.34).
fn detection(config: &str) -> (Option<String>, Option<String>) {
    let Ok(config) = serde_json::from_str::<Value>(config) else { return (None, None) };
    let config = &config["kubeproxy.config.k8s.io"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let list = config["DetectLocal"]["ClusterCIDRs"].as_array();
    let listed = list.map(|ranges| ranges.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","));
    let listed = listed.or_else(|| config["DetectLocal"].is_object().then(String::new));
    let mode = text(&config["DetectLocalMode"]).or_else(|| text(&config["detectLocalMode"]));
    (mode, listed.or_else(|| text(&config["ClusterCIDR"])).or_else(|| text(&config["clusterCIDR"])))
}

/// A metric's values with their labels: one a family of addresses, in newer releases.
fn values<'a>(metrics: &'a str, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
    metrics.lines().filter_map(move |line| {
        let rest = line.strip_prefix(name)?;
        let (labels, value) = rest.rsplit_once(' ')?;
        (labels.is_empty() || labels.starts_with('{')).then_some((labels, value.parse().ok()?))
    })
}

/// When the rules were last written, by any family.
fn synced(metrics: &str) -> Option<f64> {
    let times = values(metrics, "kubeproxy_sync_proxy_rules_last_timestamp_seconds").map(|(_, time)| time);
    times.filter(|time| *time > 0.0).reduce(f64::max)
}

/// Since when a change waits: its time of being queued, where nothing was written since.
fn waiting_since(metrics: &str) -> Option<f64> {
    let written = |labels: &str| {
        let mut all = values(metrics, "kubeproxy_sync_proxy_rules_last_timestamp_seconds");
        all.find(|(of, _)| *of == labels).map(|(_, time)| time)
    };
    let queued = values(metrics, "kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds");
    queued.filter(|(labels, time)| written(labels).is_some_and(|written| *time > written)).map(|(_, time)| time).reduce(f64::min)
}

/// Of all families, and of the mode in which it runs: the other's metric is not there.
fn write_failures(metrics: &str) -> Option<u32> {
    let names = ["kubeproxy_sync_proxy_rules_iptables_restore_failures_total", "kubeproxy_sync_proxy_rules_nftables_sync_failures_total"];
    names.into_iter().flat_map(|name| values(metrics, name)).map(|(_, number)| seconds(number)).reduce(u32::saturating_add)
}

fn without_local(metrics: &str) -> Option<u32> {
    let all = values(metrics, "kubeproxy_sync_proxy_rules_no_local_endpoints_total");
    all.filter(|(labels, _)| labels.contains("\"external\"")).map(|(_, number)| seconds(number)).reduce(u32::saturating_add)
}

/// Whole numbers of a gauge. What is negative or huge is kept within bounds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn seconds(value: f64) -> u32 {
    value as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_found_among_the_metrics() {
        let metrics =
            "# TYPE kubernetes_build_info gauge\nkubernetes_build_info{build_date=\"x\",git_version=\"v1.34.1\",major=\"1\"} 1\nother 2\n";
        assert_eq!(release(metrics).as_deref(), Some("v1.34.1"));
        assert_eq!(release("other 2\n"), None);
    }

    #[test]
    fn the_detection_of_older_and_newer_releases_is_read() {
        let newer =
            r#"{"kubeproxy.config.k8s.io":{"DetectLocalMode":"ClusterCIDR","DetectLocal":{"ClusterCIDRs":["10.99.0.0/16","fd00::/56"]}}}"#;
        assert_eq!(detection(newer), (Some("ClusterCIDR".into()), Some("10.99.0.0/16,fd00::/56".into())));
        let none = r#"{"kubeproxy.config.k8s.io":{"DetectLocalMode":"ClusterCIDR","DetectLocal":{"ClusterCIDRs":null}}}"#;
        assert_eq!(detection(none), (Some("ClusterCIDR".into()), Some(String::new())));
        let older = r#"{"kubeproxy.config.k8s.io":{"DetectLocalMode":"NodeCIDR","ClusterCIDR":"10.99.0.0/16"}}"#;
        assert_eq!(detection(older), (Some("NodeCIDR".into()), Some("10.99.0.0/16".into())));
        assert_eq!(detection("no JSON"), (None, None));
    }

    #[test]
    fn a_node_may_not_be_eligible() {
        assert_eq!(node_eligible(r#"{"lastUpdated":"x","nodeEligible":false,"healthy":true}"#), Some(false));
        assert_eq!(node_eligible(r#"{"lastUpdated":"x"}"#), None);
    }

    #[test]
    fn a_change_waits_where_it_was_queued_after_the_last_write() {
        let metrics = |queued: &str| {
            format!(
                "kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds{{ip_family=\"IPv4\"}} {queued}\n\
                 kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds{{ip_family=\"IPv6\"}} 1.0e+09\n\
                 kubeproxy_sync_proxy_rules_last_timestamp_seconds{{ip_family=\"IPv4\"}} 1.5e+09\n\
                 kubeproxy_sync_proxy_rules_last_timestamp_seconds{{ip_family=\"IPv6\"}} 1.6e+09\n\
                 kubeproxy_sync_proxy_rules_no_local_endpoints_total{{traffic_policy=\"external\"}} 2\n\
                 kubeproxy_sync_proxy_rules_no_local_endpoints_total{{traffic_policy=\"internal\"}} 7\n"
            )
        };
        assert_eq!(waiting_since(&metrics("1.4e+09")), None);
        assert_eq!(waiting_since(&metrics("1.7e+09")), Some(1.7e9));
        assert_eq!(synced(&metrics("1.4e+09")), Some(1.6e9));
        assert_eq!(without_local(&metrics("1.4e+09")), Some(2));
        assert_eq!((synced(""), waiting_since(""), without_local("")), (None, None, None));
        let failures = "kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family=\"IPv4\"} 3\n\
                        kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family=\"IPv6\"} 1\n";
        assert_eq!((write_failures(failures), write_failures("")), (Some(4), None));
    }
}
