//! What the node itself does with addresses and ports, read without any privilege.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use lbprobe_protocol::{MOST_DRAINED, NodeEvidence, NodeQuestion, VirtualServer};
use serde_json::Value;

use crate::fetch::page;
use crate::resolve;

/// Any port: no packet is sent.
const DISCARD: u16 = 9;

/// The state of a listening socket in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// Looks at the node's network, in which this runs.
pub(crate) fn look(question: &NodeQuestion) -> NodeEvidence {
    let read = |name: &str| fs::read_to_string(format!("/proc/net/{name}")).unwrap_or_default();
    let listening: Vec<u16> = [read("tcp"), read("tcp6")].iter().flat_map(|text| listeners(text)).collect();
    let is_asked_for = |server: &VirtualServer| {
        let is_drained = question.cluster_ips.contains(&server.address) && !server.drained.is_empty();
        is_drained || question.addresses.contains(&server.address)
    };
    NodeEvidence {
        own_addresses: question.addresses.iter().copied().filter(|address| is_own(*address)).collect(),
        listening: question.ports.iter().copied().filter(|port| listening.contains(port)).collect(),
        ipvs_device: read("dev").lines().any(|line| line.trim_start().starts_with("kube-ipvs0:")),
        virtual_servers: virtual_servers(&read("ip_vs")).into_iter().filter(is_asked_for).collect(),
        ..NodeEvidence::default()
    }
}

/// The kernel takes an address of its own as the source of packets to it.
fn is_own(address: IpAddr) -> bool {
    let any: IpAddr = if address.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    let source = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect((address, DISCARD))?;
        socket.local_addr()
    });
    source.is_ok_and(|source| source.ip() == address)
}

/// The ports of sockets that listen on all addresses, from the text of `/proc/net/tcp` or `tcp6`.
fn listeners(text: &str) -> Vec<u16> {
    let port = |line: &str| {
        let mut words = line.split_whitespace();
        let (address, port) = words.nth(1)?.split_once(':')?;
        let is_listening = words.nth(1)? == LISTEN;
        let is_any = address.bytes().all(|digit| digit == b'0');
        (is_listening && is_any).then(|| u16::from_str_radix(port, 16).ok())?
    };
    text.lines().skip(1).filter_map(port).collect()
}

/// The virtual servers of TCP, the number of their real ones that take new connections and those that do not,
/// from the text of `/proc/net/ip_vs`.
fn virtual_servers(text: &str) -> Vec<VirtualServer> {
    let mut servers: Vec<VirtualServer> = Vec::new();
    let mut is_tcp = false;
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            // Then the forwarding method and the weight; in the heading they are words too.
            (Some("->"), Some(address)) => {
                let weight = words.nth(1).and_then(|weight| weight.parse().ok());
                if let (Some(server), Some(weight)) = (servers.last_mut().filter(|_| is_tcp), weight) {
                    add_real_server(server, address, weight);
                }
            }
            (Some("TCP"), Some(address)) => {
                let server = virtual_server(address);
                is_tcp = server.is_some();
                servers.extend(server);
            }
            _ => is_tcp = false,
        }
    }
    servers
}

fn add_real_server(server: &mut VirtualServer, address: &str, weight: u32) {
    if weight > 0 {
        server.servers = server.servers.saturating_add(1);
    } else if server.drained.len() < MOST_DRAINED {
        server.drained.extend(socket_address(address));
    }
}

fn virtual_server(word: &str) -> Option<VirtualServer> {
    let address = socket_address(word)?;
    Some(VirtualServer { address: address.ip(), port: address.port(), servers: 0, drained: Vec::new() })
}

/// `C6336401:0050`, or `[2001:0db8:0000:0000:0000:0000:0000:0001]:0050`.
fn socket_address(word: &str) -> Option<SocketAddr> {
    let (address, port) = word.rsplit_once(':')?;
    let address = match address.strip_prefix('[') {
        Some(v6) => IpAddr::V6(v6.strip_suffix(']')?.parse().ok()?),
        None => IpAddr::V4(Ipv4Addr::from_bits(u32::from_str_radix(address, 16).ok()?)),
    };
    Some(SocketAddr::new(address, u16::from_str_radix(port, 16).ok()?))
}

/// kube-proxy's own count of the Service's endpoints on its node, by the healthCheckNodePort.
pub(crate) async fn local_endpoints(port: u16) -> Option<u32> {
    let address = resolve::node_address()?;
    let (_, text) = page(SocketAddr::new(address, port), "/").await?;
    let answer: Value = serde_json::from_str(&text).ok()?;
    u32::try_from(answer["localEndpoints"].as_u64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_machine_is_its_own() {
        assert!(is_own(Ipv4Addr::LOCALHOST.into()));
        assert!(!is_own([198, 51, 100, 77].into()));
    }

    #[test]
    fn only_listeners_on_all_addresses_count() {
        let text = "  sl  local_address rem_address   st tx_queue\n\
                    0: 00000000:01BB 00000000:0000 0A 00000000:00000000\n\
                    1: 0100007F:0050 00000000:0000 0A 00000000:00000000\n\
                    2: 00000000:0051 0100007F:1234 01 00000000:00000000\n\
                    3: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 0\n";
        assert_eq!(listeners(text), [443, 8080]);
        assert!(listeners("").is_empty());
    }

    #[test]
    fn virtual_servers_are_counted() {
        let text = "IP Virtual Server version 1.2.1 (size=4096)\n\
                    Prot LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n\
                    TCP  C6336401:0050 rr\n  -> 0AF40102:1F90      Masq    1      0          0\n  -> 0AF40202:1F90      Masq    1      0          0\n\
                    UDP  0A60000A:0035 rr\n  -> 0AF40103:0035      Masq    1      0          0\n\
                    TCP  C6336401:01BB rr\n  -> 0AF40102:20FB      Masq    0      1          3\n\
                    TCP  [2001:0db8:0000:0000:0000:0000:0000:0001]:0050 rr\n";
        let servers = virtual_servers(text);
        let seen: Vec<_> = servers.iter().map(|server| (server.address.to_string(), server.port, server.servers)).collect();
        let expected = [("198.51.100.1", 80, 2), ("198.51.100.1", 443, 0), ("2001:db8::1", 80, 0)];
        assert_eq!(seen, expected.map(|(address, port, servers)| (address.to_owned(), port, servers)));
        let drained: Vec<_> = servers.iter().flat_map(|server| &server.drained).map(ToString::to_string).collect();
        assert_eq!(drained, ["10.244.1.2:8443"]);
        assert!(virtual_servers("").is_empty());
    }
}
