//! Who has which address in a lab. All ranges are reserved for tests (RFC 2544, RFC 5737) or
//! private, and exist in the lab's namespaces only.
//!
//! Every host hangs on the cloud's router by a link of its own, as in a VPC: the router sees all
//! packets between them, so that it can rewrite addresses as a cloud's load balancer does.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The cloud's router and load balancer.
pub const CLOUD: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);
/// The control plane, and whoever works with `lab exec`.
pub const CONTROL: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 2);
/// A host of the same cloud that is no node; a web server answers there.
pub const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 3);
/// A client outside the cluster.
pub const CLIENT: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 9);
/// The range of pods; node 1 has 10.244.1.0/24.
pub const POD_RANGE: &str = "10.244.0.0/16";
/// The range of ClusterIPs.
pub const SERVICE_RANGE: &str = "10.96.0.0/16";
/// The API server's ClusterIP: the first of the range.
pub const API_CLUSTER_IP: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 1);
/// kube-dns.
pub const DNS: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 10);
/// The range of load balancers' addresses.
pub const LOAD_BALANCER_RANGE: &str = "198.51.100.0/24";
/// The range of load balancers' addresses inside the cloud.
pub const INTERNAL_LOAD_BALANCER_RANGE: &str = "192.0.2.0/24";
/// The port of the API server.
pub const API_PORT: u16 = 6443;

/// The IPv6 address beside an IPv4 address, where both are spoken: the same in the last 32 bits.
#[must_use]
pub fn ipv6_of(address: Ipv4Addr) -> Ipv6Addr {
    let [a, b, c, d] = address.octets();
    Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))
}

/// The same for a range; none for what is no IPv4 range.
#[must_use]
pub fn ipv6_range_of(range: &str) -> Option<String> {
    let (address, length) = range.split_once('/')?;
    Some(format!("{}/{}", ipv6_of(address.parse().ok()?), length.parse::<u8>().ok()? + 96))
}

/// The address of node `number`, counted from 1.
#[must_use]
pub fn node(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(198, 18, 0, 10 + number)
}

/// The pods' range on node `number`, counted from 1.
#[must_use]
pub fn pod_range(number: u8) -> String {
    format!("10.244.{number}.0/24")
}

/// The same from the cluster's second range.
#[must_use]
pub fn second_pod_range(number: u8) -> String {
    format!("10.245.{number}.0/24")
}

/// The pods' range on node `number` where they are hosts of the cloud's network.
#[must_use]
pub fn vpc_pod_range(number: u8) -> String {
    format!("198.19.{number}.0/24")
}

/// The router's address in that range.
#[must_use]
pub fn vpc_gateway(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(198, 19, number, 1)
}

/// The load balancers' address `number`, counted from 1.
#[must_use]
pub fn load_balancer(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(198, 51, 100, number)
}

/// The addresses of load balancers inside the cloud, `number` counted from 1.
#[must_use]
pub fn internal_load_balancer(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_twin_and_so_has_a_range() {
        assert_eq!(ipv6_of(load_balancer(1)).to_string(), "fd00::c633:6401");
        assert_eq!(ipv6_range_of(POD_RANGE).as_deref(), Some("fd00::af4:0/112"));
        assert_eq!(ipv6_range_of("nonsense"), None);
    }
}
