//! Until every kube-proxy has written its rules, and upgrades of one.

use std::net::Ipv4Addr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::ValueEnum as _;
use lbprobe_lab::Lab;
use lbprobe_lab::options::ProxyRelease;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::patience::stretched;

use super::gateways::forget_virtual_servers;
use super::waiting::eventually_at_nodes;

/// Waits until every kube-proxy has written what was changed last, by its own metrics. On this machine's
/// kernel that takes a moment; in a guest ipvs needs seconds.
pub(crate) fn settle(lab: &Lab) {
    let guests = lab.guests();
    // Longer than any writing takes there.
    let rest = |node: &String| if guests.contains(node) { Duration::from_secs(6) } else { Duration::from_secs(1) };
    let mut kube_proxies: Vec<_> = lab.nodes().into_iter().map(|node| Writings::begin(lab, rest(&node), node)).collect();
    // Before it has heard of the change, an earlier one's writing would pass for this one's; a guest hears of it late.
    sleep(stretched(if guests.is_empty() { Duration::from_secs(1) } else { Duration::from_secs(2) }));
    eventually_at_nodes(lab, "the rules", Duration::from_mins(2), || {
        kube_proxies.retain_mut(|kube_proxy| !kube_proxy.have_settled(lab));
        kube_proxies.is_empty()
    });
}

/// What a kube-proxy tells of its writing, as it goes on.
struct Writings {
    node: String,
    /// Longer than any writing takes there, on an idle machine.
    rest: Duration,
    first: Metrics,
    last: Metrics,
    since: Instant,
}

/// Of kube-proxy's metrics, for its first family: seconds of the node's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Metrics {
    queued: f64,
    ended: f64,
    spent: f64,
}

impl Writings {
    fn begin(lab: &Lab, rest: Duration, node: String) -> Self {
        let first = Metrics::of(lab, &node);
        Self { node, rest, first, last: first, since: Instant::now() }
    }

    /// A writing that began before the last change may end after it, and is of an older state: only one
    /// that began after it has the change, or none is under way for longer than one takes. Of several
    /// writings none can have begun earlier than all of them together took.
    fn have_settled(&mut self, lab: &Lab) -> bool {
        let now = Metrics::of(lab, &self.node);
        if now != self.last {
            self.last = now;
            self.since = Instant::now();
        }
        let began = now.ended - (now.spent - self.first.spent);
        let has_written = now.spent > self.first.spent && began >= now.queued;
        has_written || (self.since.elapsed() > stretched(self.rest) && now.ended >= now.queued)
    }
}

/// A kube-proxy's metrics as text; nothing where it does not answer. A guest's are asked for from outside.
fn metrics(lab: &Lab, node: &str) -> String {
    let (vantage, address) = match lab.guest_address(node) {
        Some(address) => (Vantage::Control, address),
        None => (Vantage::Node(node), Ipv4Addr::LOCALHOST),
    };
    let output = lab.run_at(vantage, &["curl", "-s", "-m", "10", &format!("http://{address}:10249/metrics")]).unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Metrics {
    fn of(lab: &Lab, node: &str) -> Self {
        let text = metrics(lab, node);
        let value = |name: &str| {
            let name = format!("kubeproxy_sync_proxy_rules_{name}");
            let line = text.lines().find(|line| line.starts_with(&name));
            line.and_then(|line| line.split_whitespace().last()?.parse().ok()).unwrap_or_default()
        };
        Self {
            queued: value("last_queued_timestamp_seconds"),
            ended: value("last_timestamp_seconds"),
            spent: value("duration_seconds_sum"),
        }
    }
}

/// The lines of a guest's table of virtual servers, with one space between words.
pub(super) fn ip_vs(lab: &Lab, node: &str) -> Vec<String> {
    let table = lab.run_at(Vantage::Node(node), &["cat", "/proc/net/ip_vs"]).unwrap();
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// Upgrades a node's kube-proxy in place, and waits until the new one has written its rules. One before 1.26
/// takes servers that its predecessor was removing for its own: nothing may drain.
pub(crate) fn upgrade(lab: &Lab, node: &str, release: ProxyRelease) {
    // The kernel forgets a connection that has ended after two minutes, and kube-proxy looks once a minute.
    eventually_at_nodes(lab, "servers that are removed", Duration::from_mins(5), || !has_server_without_weight(lab, node));
    upgrade_at_once(lab, node, release);
}

/// Upgrades a node's kube-proxy in place while it removes a server, which takes as long as one of its connections
/// is open.
pub(crate) fn upgrade_amid_draining(lab: &Lab, node: &str, release: ProxyRelease) {
    eventually_at_nodes(lab, "a server without weight", Duration::from_mins(1), || has_server_without_weight(lab, node));
    upgrade_at_once(lab, node, release);
}

fn has_server_without_weight(lab: &Lab, node: &str) -> bool {
    ip_vs(lab, node).iter().any(|line| line.contains(" Masq 0 "))
}

/// Gives a node its own kube-proxy back for the next test, without the gateways: one before 1.24 would begin by
/// removing the servers that a later one fell back to, and up to a minute later remove them again though they
/// are wanted by then (its list of what drains is not cleared when a virtual server goes).
pub(crate) fn put_back(lab: &Lab, node: &str, release: ProxyRelease) {
    forget_virtual_servers(lab);
    upgrade(lab, node, release);
}

fn upgrade_at_once(lab: &Lab, node: &str, release: ProxyRelease) {
    let version = || {
        let metrics = metrics(lab, node);
        let has_written =
            metrics.lines().any(|line| line.starts_with("kubeproxy_sync_proxy_rules_last_timestamp_seconds") && !line.ends_with(" 0"));
        let info = metrics.lines().find(|line| line.starts_with("kubernetes_build_info")).unwrap_or_default().to_owned();
        if has_written { info } else { String::new() }
    };
    lab.replace_kube_proxy(node, release).unwrap();
    let wanted = format!("git_version=\"v{}.", release.to_possible_value().unwrap().get_name());
    eventually_at_nodes(lab, "the other kube-proxy", Duration::from_mins(1), || version().contains(&wanted));
    settle(lab);
}
