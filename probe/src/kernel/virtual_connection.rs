//! ipvs's entry for one connection, from the kernel's list of them.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use lbprobe_protocol::VirtualConnection;

use super::conntrack::UDP;

const CONNECTIONS: &str = "/proc/net/ip_vs_conn";

/// The most lines that are read: a busy node has very many.
const MOST_LINES: usize = 1_000_000;

/// The entry; none where there is none, or no ipvs.
pub(super) fn find(protocol: u8, source: SocketAddr, destination: SocketAddr) -> Option<VirtualConnection> {
    let lines = BufReader::new(File::open(CONNECTIONS).ok()?).lines();
    lines.take(MOST_LINES).map_while(Result::ok).find_map(|line| of_line(&line, protocol, source, destination))
}

/// A line is `TCP 0A630102 D431 C6336401 0050 0A000101 1F90 SYN_RECV 58`.
fn of_line(line: &str, protocol: u8, source: SocketAddr, destination: SocketAddr) -> Option<VirtualConnection> {
    let words: Vec<_> = line.split_whitespace().collect();
    let [name, client, client_port, address, port, server, server_port, state, ..] = words[..] else { return None };
    let is_it = name == if protocol == UDP { "UDP" } else { "TCP" }
        && endpoint(client, client_port)? == source
        && endpoint(address, port)? == destination;
    is_it.then(|| Some(VirtualConnection { server: endpoint(server, server_port)?, state: state.to_owned() }))?
}

fn endpoint(address: &str, port: &str) -> Option<SocketAddr> {
    let address: IpAddr = match address.strip_prefix('[') {
        Some(address) => address.strip_suffix(']')?.parse::<Ipv6Addr>().ok()?.into(),
        None if address.len() == 8 => Ipv4Addr::from(u32::from_str_radix(address, 16).ok()?).into(),
        None => address.parse::<Ipv6Addr>().ok()?.into(),
    };
    Some(SocketAddr::new(address, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::conntrack::TCP;
    use super::*;

    #[test]
    fn the_entry_of_the_connection_is_found_by_both_of_its_ends() {
        let line = "TCP 0A630102 D431 C6336401 0050 0A000101 1F90 SYN_RECV         58";
        let (source, destination) = ("10.99.1.2:54321".parse().unwrap(), "198.51.100.1:80".parse().unwrap());
        let server = "10.0.1.1:8080".parse().unwrap();
        assert_eq!(of_line(line, TCP, source, destination), Some(VirtualConnection { server, state: "SYN_RECV".into() }));
        assert_eq!(of_line(line, TCP, "10.99.1.2:54322".parse().unwrap(), destination), None);
        assert_eq!(of_line(line, UDP, source, destination), None);
        assert_eq!(
            of_line("Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData", TCP, source, destination),
            None
        );
    }

    #[test]
    fn addresses_of_both_families_are_read() {
        assert_eq!(endpoint("[2001:0db8:0000:0000:0000:0000:0000:0007]", "01BB"), Some("[2001:db8::7]:443".parse().unwrap()));
        assert_eq!(endpoint("0A6301", "0050"), None);
    }
}
