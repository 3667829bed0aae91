//! What a probe on a host's network learns of its node, without any privilege: of the kube-proxy
//! beside it, and of what the node does with addresses and ports.
//!
//! kube-proxy serves its mode, configuration and metrics on the node's loopback (port 10249 by
//! default). The running process may differ from what the API says of it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::percent;

/// The most words of one kind that a line of evidence may have.
const MOST_WORDS: usize = 64;

/// The most real servers of weight 0 that are named of a virtual server.
pub const MOST_DRAINED: usize = 4;

/// What a probe is asked to find out beside its checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Question {
    /// The kube-proxy of the node. Only the host network has the node's loopback.
    KubeProxy,
    /// What the node does with addresses and ports. Only the host network has them.
    Node(NodeQuestion),
}

/// What is asked of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeQuestion {
    /// Addresses: are they the node's own?
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
    /// Other addresses of the Service that ipvs holds: do virtual servers there have real ones of weight 0?
    #[serde(default, rename = "clusterIPs", skip_serializing_if = "Vec::is_empty")]
    pub cluster_ips: Vec<IpAddr>,
    /// Ports: does a process of the node listen there on all addresses?
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<u16>,
    /// The Service's `healthCheckNodePort`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_check_node_port: Option<u16>,
}

/// What was learnt of the node's kube-proxy. Nothing of it means that nothing answered there: its
/// metrics are bound elsewhere, or another program does its work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeProxyEvidence {
    /// What `/proxyMode` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// `git_version` of `kubernetes_build_info` in `/metrics`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// `detectLocalMode` in `/configz`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detect_local: Option<String>,
    /// `clusterCIDR` in `/configz`; an empty one is a finding of its own.
    #[serde(rename = "clusterCIDR", skip_serializing_if = "Option::is_none")]
    pub cluster_cidr: Option<String>,
    /// The status of `/healthz` on port 10256. 503 also where the node is not eligible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthz: Option<u16>,
    /// The status of `/livez` there, from 1.28 on: whether rules are written, whatever the node is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub livez: Option<u16>,
    /// `nodeEligible` in the text of `/healthz`: no for a node that is being removed, and for one whose
    /// Node object kube-proxy does not find.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_eligible: Option<bool>,
    /// Seconds since the rules were last written, by
    /// `kubeproxy_sync_proxy_rules_last_timestamp_seconds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synced_seconds: Option<u32>,
    /// Seconds for which a change has waited to be written, by the metric of the last one queued;
    /// none where nothing waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_seconds: Option<u32>,
    /// How often rules could not be written since kube-proxy started, by
    /// `kubeproxy_sync_proxy_rules_iptables_restore_failures_total` and its sibling of nftables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write_failures: Option<u32>,
    /// Service ports with external policy Local and no endpoint on the node, by
    /// `kubeproxy_sync_proxy_rules_no_local_endpoints_total`: of all Services, and so for readers of the JSON only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_local: Option<u32>,
}

/// What was learnt of the node itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeEvidence {
    /// Those of the asked addresses that are the node's own: packets to them never leave it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub own_addresses: Vec<IpAddr>,
    /// Those of the asked ports on which a process listens on all addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub listening: Vec<u16>,
    /// The device kube-ipvs0 is there.
    pub ipvs_device: bool,
    /// Virtual servers of ipvs at the asked addresses, and those at ClusterIPs with a real server of weight 0;
    /// none where ip_vs is not loaded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub virtual_servers: Vec<VirtualServer>,
    /// `localEndpoints` of the healthCheckNodePort: kube-proxy's own count, as last asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_endpoints: Option<u32>,
    /// The count before the checks, where it is another: endpoints came or went during the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_endpoints_before: Option<u32>,
    /// The count is no matter of a moment: it stayed the same for seconds, or kube-proxy had nothing to write.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub local_endpoints_settled: bool,
}

/// A virtual server of ipvs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualServer {
    /// Its address.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
    /// How many real servers it has that take new connections.
    pub servers: u32,
    /// Those of weight 0, which do not: kube-proxy leaves a server that it removes until its connections have
    /// ended. At most [`MOST_DRAINED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drained: Vec<SocketAddr>,
}

impl fmt::Display for VirtualServer {
    /// As the record writes it: `198.51.100.1/80/2`, and what is drained behind it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.address, self.port, self.servers)?;
        self.drained.iter().take(MOST_DRAINED).try_for_each(|server| write!(f, "/{server}"))
    }
}

impl KubeProxyEvidence {
    pub(crate) fn line(&self) -> String {
        let text = |key: &str, value: &Option<String>| value.as_ref().map(|value| format!(" {key}={}", percent::encode(value)));
        let number = |key: &str, value: Option<u32>| value.map(|value| format!(" {key}={value}"));
        let words = [
            text("mode", &self.mode),
            text("release", &self.release),
            text("detect", &self.detect_local),
            text("cidr", &self.cluster_cidr),
            number("healthz", self.healthz.map(u32::from)),
            number("livez", self.livez.map(u32::from)),
            number("eligible", self.node_eligible.map(u32::from)),
            number("synced", self.synced_seconds),
            number("waiting", self.waiting_seconds),
            number("failures", self.write_failures),
            number("nolocal", self.without_local),
        ];
        format!("p -{}\n", words.into_iter().flatten().collect::<String>())
    }

    pub(crate) fn read(rest: &str) -> Option<Self> {
        let mut evidence = Self::default();
        for word in words(rest)? {
            match word.split_once('=')? {
                ("mode", value) => evidence.mode = Some(percent::decode(value)?),
                ("release", value) => evidence.release = Some(percent::decode(value)?),
                ("detect", value) => evidence.detect_local = Some(percent::decode(value)?),
                ("cidr", value) => evidence.cluster_cidr = Some(percent::decode(value)?),
                ("healthz", value) => evidence.healthz = Some(value.parse().ok()?),
                ("livez", value) => evidence.livez = Some(value.parse().ok()?),
                ("eligible", value) => evidence.node_eligible = Some(value.parse::<u8>().ok()? != 0),
                ("synced", value) => evidence.synced_seconds = Some(value.parse().ok()?),
                ("waiting", value) => evidence.waiting_seconds = Some(value.parse().ok()?),
                ("failures", value) => evidence.write_failures = Some(value.parse().ok()?),
                ("nolocal", value) => evidence.without_local = Some(value.parse().ok()?),
                _ => return None,
            }
        }
        Some(evidence)
    }
}

impl NodeEvidence {
    pub(crate) fn line(&self) -> String {
        let own = self.own_addresses.iter().map(|address| format!(" own={address}"));
        let listening = self.listening.iter().map(|port| format!(" listen={port}"));
        let device = self.ipvs_device.then(|| " ipvs0=1".to_owned());
        let servers = self.virtual_servers.iter().map(|server| format!(" vs={server}"));
        let endpoints = self.local_endpoints.map(|number| format!(" local={number}"));
        let before = self.local_endpoints_before.map(|number| format!(" before={number}"));
        let settled = self.local_endpoints_settled.then(|| " settled=1".to_owned());
        let counts = endpoints.into_iter().chain(before).chain(settled);
        let words: String = own.chain(listening).chain(device).chain(servers).chain(counts).collect();
        format!("n -{words}\n")
    }

    pub(crate) fn read(rest: &str) -> Option<Self> {
        let mut evidence = Self::default();
        for word in words(rest)? {
            match word.split_once('=')? {
                ("own", value) => push(&mut evidence.own_addresses, value.parse().ok()?),
                ("listen", value) => push(&mut evidence.listening, value.parse().ok()?),
                ("ipvs0", "1") => evidence.ipvs_device = true,
                ("vs", value) => push(&mut evidence.virtual_servers, value.parse().ok()?),
                ("local", value) => evidence.local_endpoints = Some(value.parse().ok()?),
                ("before", value) => evidence.local_endpoints_before = Some(value.parse().ok()?),
                ("settled", "1") => evidence.local_endpoints_settled = true,
                _ => return None,
            }
        }
        Some(evidence)
    }
}

/// The words after the mark that a line without any has too.
fn words(rest: &str) -> Option<impl Iterator<Item = &str>> {
    Some(rest.strip_prefix('-')?.split(' ').filter(|word| !word.is_empty()))
}

/// What a probe sends is untrusted: a list has its limit.
fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() < MOST_WORDS {
        list.push(item);
    }
}

impl FromStr for VirtualServer {
    type Err = ();

    /// As [`VirtualServer`] is displayed.
    fn from_str(word: &str) -> Result<Self, ()> {
        let mut parts = word.split('/');
        let mut next = || parts.next().ok_or(());
        let address = next()?.parse().map_err(|_| ())?;
        let port = next()?.parse().map_err(|_| ())?;
        let servers = next()?.parse().map_err(|_| ())?;
        let drained: Vec<_> = parts.map(str::parse).collect::<Result<_, _>>().map_err(|_| ())?;
        if drained.len() > MOST_DRAINED { Err(()) } else { Ok(Self { address, port, servers, drained }) }
    }
}
