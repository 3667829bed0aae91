//! Listeners to rules of nftables: pure, so that the cloud's one effect on packets is a text.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use crate::addresses::ipv6_of;
use crate::cloud::listeners::{Handling, Listener};
use crate::cloud::specs::{Families, Loopback, Reach};

/// The whole ruleset, which replaces the one before it at once. Only the destination is
/// rewritten, so the backend sees the client's own address. A listener without backends has no
/// rule: the router itself refuses, as does a port without a listener. `nodes` are the devices
/// to them, by name.
#[must_use]
pub fn write(listeners: &[Listener], nodes: &[String]) -> String {
    let mut rules = String::from(
        "add table inet cloud\nflush table inet cloud\ntable inet cloud {\n chain listeners {\n  type nat hook prerouting priority dstnat; policy accept;\n",
    );
    let passed = |listener: &&Listener| listener.handling == Handling::Passed && !listener.backends.is_empty();
    for listener in listeners.iter().filter(passed) {
        rules.push_str(&taking_turns(listener, "ip", IpAddr::from));
        if listener.families == Families::Dual {
            rules.push_str(&taking_turns(listener, "ip6", |address| ipv6_of(address).into()));
        }
    }
    rules.push_str(" }\n chain reach {\n  type filter hook prerouting priority raw; policy accept;\n");
    for address in addresses(listeners, |listener| listener.reach == Reach::Intranet) {
        let _ = writeln!(rules, "  iifname \"client\" ip daddr {address} drop");
    }
    rules.push_str(" }\n chain loopback {\n  type filter hook forward priority filter; policy accept;\n");
    for address in addresses(listeners, |listener| listener.loopback == Loopback::Lost) {
        for node in nodes {
            let _ = writeln!(rules, "  ct original ip daddr {address} iifname \"{node}\" oifname \"{node}\" drop");
        }
    }
    rules.push_str(" }\n}\n");
    rules
}

/// A listener's rule for one family, with its addresses there.
fn taking_turns(listener: &Listener, family: &str, address: impl Fn(Ipv4Addr) -> IpAddr) -> String {
    let Listener { protocol, port, backends, .. } = listener;
    let map = (0..).zip(backends).map(|(place, (node, port)): (usize, _)| format!("{place} : {} . {port}", address(*node)));
    format!(
        "  {family} daddr {} {protocol} dport {port} dnat {family} addr . port to numgen inc mod {} map {{ {} }}\n",
        address(listener.address),
        backends.len(),
        map.collect::<Vec<_>>().join(", ")
    )
}

fn addresses(listeners: &[Listener], which: impl Fn(&Listener) -> bool) -> Vec<Ipv4Addr> {
    let mut addresses: Vec<_> = listeners.iter().filter(|listener| which(listener)).map(|listener| listener.address).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::listeners::Tls;
    use crate::cloud::specs::Header;

    fn listener(port: u16, backends: Vec<(Ipv4Addr, u16)>) -> Listener {
        Listener {
            address: Ipv4Addr::new(198, 51, 100, 1),
            protocol: "tcp".into(),
            port,
            backends,
            handling: Handling::Passed,
            loopback: Loopback::Works,
            reach: Reach::Internet,
            families: Families::Single,
        }
    }

    fn node(last: u8) -> (Ipv4Addr, u16) {
        (Ipv4Addr::new(198, 18, 0, last), 30080)
    }

    #[test]
    fn backends_take_turns_and_a_listener_without_any_has_no_rule() {
        let ended = Listener { handling: Handling::Ended { tls: Tls::Ends, header: Header::None }, ..listener(8443, vec![node(11)]) };
        let rules = write(&[listener(80, vec![node(11), node(12)]), listener(443, Vec::new()), ended], &[]);
        assert!(rules.contains("ip daddr 198.51.100.1 tcp dport 80 dnat ip addr . port to numgen inc mod 2 map { 0 : 198.18.0.11 . 30080, 1 : 198.18.0.12 . 30080 }"));
        assert!(!rules.contains("443") && !rules.contains("drop"));
    }

    #[test]
    fn twins_do_the_same() {
        let dual = Listener { families: Families::Dual, ..listener(80, vec![node(11)]) };
        let rule = "ip6 daddr fd00::c633:6401 tcp dport 80 dnat ip6 addr . port to numgen inc mod 1 map { 0 : fd00::c612:b . 30080 }";
        assert!(write(&[dual], &[]).contains(rule));
    }

    #[test]
    fn what_is_kept_inside_and_what_does_not_loop_back_is_dropped() {
        let internal = Listener { reach: Reach::Intranet, loopback: Loopback::Lost, ..listener(80, vec![node(11)]) };
        let rules = write(&[internal], &["node1".into()]);
        assert!(rules.contains("iifname \"client\" ip daddr 198.51.100.1 drop"));
        assert!(rules.contains("ct original ip daddr 198.51.100.1 iifname \"node1\" oifname \"node1\" drop"));
    }
}
