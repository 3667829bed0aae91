//! The words for notes.

use std::fmt::Display;

use super::{names, reports};
use crate::diagnosis::{CONTROL_PLANE, Note, TaintedNode};
use crate::facts::Taint;
use crate::results::{NodesOf, OtherListener};
use crate::words;

/// Nodes with their taints that a line names.
const NAMED: usize = 3;

pub(crate) fn note(note: &Note) -> String {
    match note {
        Note::PlainHttpSpoken { port } => format!(
            "port {port}: plain HTTP is spoken there, not TLS. If TLS ends at the load balancer, clients inside bypass it: kube-proxy \
             sends them straight to the pods (--scheme https counts that as a fault)"
        ),
        Note::GuessedProtocolNotSpoken { port } => format!(
            "port {port}: connections succeed, but nothing there spoke the guessed protocol; only the connection counts (--scheme sets the \
             protocol)"
        ),
        Note::Cordoned { nodes } => format!("cordoned, probed anyway: {}", names(nodes)),
        Note::Tainted { nodes } => {
            let nodes: Vec<_> = nodes.iter().map(tainted).collect();
            format!("tainted, probed anyway (--tolerations): {}", words::short_list(&nodes, NAMED))
        }
        Note::OnControlPlane { nodes } => {
            format!("probe pods ran on the control plane too: {} (-l '!{CONTROL_PLANE}' leaves it out)", names(nodes))
        }
        Note::WaitedForPolicies { milliseconds } => {
            format!("NetworkPolicies select the probe pods: they waited {milliseconds} ms before they dialled")
        }
        Note::Carried { nodes, bytes } => {
            format!(
                "the probe came in ConfigMaps: {} for {} (--delivery image pulls it from a registry)",
                megabytes(*bytes),
                words::count(*nodes, "node")
            )
        }
        Note::MadeAgain { samples } => format!(
            "so many checks at once are a load in themselves: {} timed out at first, and the retry counted",
            words::count(usize::try_from(*samples).unwrap_or(usize::MAX), "sample")
        ),
        Note::ModesDiffer { modes } => format!("kube-proxy's mode differs between nodes: {}", each(modes, ToString::to_string)),
        Note::ReleasesDiffer { releases } => {
            format!("kube-proxy's release differs between nodes: {}", each(releases, |(major, minor)| format!("{major}.{minor}")))
        }
        Note::KubeProxyNotHeard { nodes } => format!(
            "no kube-proxy answers on the loopback of {}: its metrics are bound elsewhere, or another program does its work",
            names(nodes)
        ),
        Note::OtherListener(listener) => other_listener(listener),
        Note::ClientCertificate => "servers that ask for a client certificate were shown the one of --cert".into(),
        Note::NameResolves { name, address, vantages } => {
            let from = vantages
                .as_ref()
                .map_or_else(|| "from everywhere inside".into(), |vantages| format!("for {}", reports::checks::vantages(vantages)));
            match address {
                Some(address) => format!("{name} resolves to {address} {from}"),
                None => format!("{name} does not resolve {from}"),
            }
        }
        Note::Followed { port, redirects, status, version, checks } => {
            let answer = match version {
                Some(version) => format!("{status} over {version}"),
                None => status.to_string(),
            };
            let checks = words::count(*checks, "check");
            if redirects.is_empty() {
                return format!("port {port} answers {answer}, without a redirect ({checks})");
            }
            let chain: Vec<_> = redirects.iter().map(|redirect| format!("{} to {}", redirect.status, redirect.to)).collect();
            format!("port {port} redirects: {}, and there {answer} ({checks})", chain.join(", then "))
        }
    }
}

/// What became of a port that is none of the Service's.
fn other_listener(listener: &OtherListener) -> String {
    let OtherListener { port, services, dialled, failing, outcomes, answered_outside } = listener;
    let outcomes: Vec<_> = outcomes.iter().map(ToString::to_string).collect();
    let failure = format!("{} from {} of {}", words::list(&outcomes), failing, words::count(*dialled, "vantage"));
    if !services.is_empty() {
        return format!("port {port} at the load balancer's address is of Service {}, and fails: {failure}", words::list(services));
    }
    if *failing == 0 {
        let from = words::count(*dialled, "vantage");
        return format!(
            "port {port}, which the Service does not declare, is taken from {from} by something on the node itself: ipvs mode keeps the \
             whole address there"
        );
    }
    let outside = match answered_outside {
        Some(true) => "Outside, the load balancer answers there",
        Some(false) => "Outside, nobody answers there either",
        None => "If the load balancer listens there for somebody else, clients inside do not get through (--outside looks)",
    };
    format!(
        "port {port}, which the Service does not declare, fails: {failure} in ipvs mode, which keeps the whole address on the node. {outside}"
    )
}

/// "1.23 on node1 and 1.24 on node2".
fn each<T, S: Display>(groups: &[NodesOf<T>], value: impl Fn(&T) -> S) -> String {
    let groups: Vec<_> = groups.iter().map(|group| format!("{} on {}", value(&group.value), names(&group.nodes))).collect();
    words::list(&groups)
}

/// "node3 (dedicated=gateway:NoExecute)".
pub(in crate::text) fn tainted(node: &TaintedNode) -> String {
    let taint = |Taint { key, value, effect }: &Taint| match value.as_deref().filter(|value| !value.is_empty()) {
        Some(value) => format!("{key}={value}:{effect}"),
        None => format!("{key}:{effect}"),
    };
    format!("{} ({})", node.node, node.taints.iter().map(taint).collect::<Vec<_>>().join(", "))
}

/// Bytes in megabytes, with one digit behind the point.
pub(in crate::text) fn megabytes(bytes: usize) -> String {
    let tenths = bytes.div_ceil(100_000);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
