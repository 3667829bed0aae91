//! Which addresses a probe dials because a Service's status says so. A status is written by whoever may: a name in it
//! must not lead a probe to what only its node or its cloud account is to reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where clouds serve a machine's own data and credentials, beside the link-local 169.254.169.254: Alibaba Cloud's,
/// Oracle's, and the IPv6 addresses of AWS and Google Cloud.
const METADATA: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];

/// Whether an address may be a load balancer's: public, private or the cluster's, but neither the machine itself, nor of
/// its own link, nor where a cloud serves credentials.
#[must_use]
pub fn may_be_a_load_balancers(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let is_of_this_machine = address.is_loopback() || address.is_unspecified() || address.is_multicast();
    let is_of_this_link = match address {
        IpAddr::V4(address) => address.is_link_local() || address.is_broadcast() || address.octets()[0] == 0,
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    !(is_of_this_machine || is_of_this_link || METADATA.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_leads_a_probe_neither_to_its_machine_nor_to_credentials() {
        let may = |text: &str| may_be_a_load_balancers(text.parse().unwrap());
        for text in ["198.51.100.1", "10.0.0.7", "192.168.1.1", "100.64.0.1", "2001:db8::1", "fd00::7"] {
            assert!(may(text), "{text}");
        }
        for text in [
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "0.0.0.0",
            "0.1.2.3",
            "::",
            "169.254.169.254",
            "fe80::1",
            "255.255.255.255",
            "224.0.0.1",
            "ff02::1",
            "100.100.100.200",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
        ] {
            assert!(!may(text), "{text}");
        }
    }
}
