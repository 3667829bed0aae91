//! Listeners to rules of nftables: pure, so that the cloud's one effect is a text.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

/// One port of one load balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The load balancer's address.
    pub address: Ipv4Addr,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The port on that address.
    pub port: u16,
    /// Nodes and their nodePorts that take new connections.
    pub backends: Vec<(Ipv4Addr, u16)>,
}

/// The whole ruleset, which replaces the one before it at once. Only the destination is
/// rewritten, so the node sees the client's own address. A listener without backends has no
/// rule: the router itself refuses, as does a port without a listener.
#[must_use]
pub fn write(listeners: &[Listener]) -> String {
    let mut rules = String::from(
        "add table ip cloud\nflush table ip cloud\ntable ip cloud {\n chain listeners {\n  type nat hook prerouting priority dstnat; policy accept;\n",
    );
    for Listener { address, protocol, port, backends } in listeners.iter().filter(|listener| !listener.backends.is_empty()) {
        let map: Vec<_> = (0..).zip(backends).map(|(place, (node, port)): (usize, _)| format!("{place} : {node} . {port}")).collect();
        let _ = writeln!(
            rules,
            "  ip daddr {address} {protocol} dport {port} dnat ip addr . port to numgen inc mod {} map {{ {} }}",
            backends.len(),
            map.join(", ")
        );
    }
    rules.push_str(" }\n}\n");
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backends_take_turns_and_a_listener_without_any_has_no_rule() {
        let listener = |port, backends| Listener { address: Ipv4Addr::new(198, 51, 100, 1), protocol: "tcp".into(), port, backends };
        let node = |last| (Ipv4Addr::new(198, 18, 0, last), 30080);
        let rules = write(&[listener(80, vec![node(11), node(12)]), listener(443, Vec::new())]);
        assert!(rules.contains("ip daddr 198.51.100.1 tcp dport 80 dnat ip addr . port to numgen inc mod 2 map { 0 : 198.18.0.11 . 30080, 1 : 198.18.0.12 . 30080 }"));
        assert!(!rules.contains("443"));
    }
}
