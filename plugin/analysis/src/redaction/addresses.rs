//! What stands for an address: one that shares with any other as many leading bits as the two did before, so that it is in the same
//! ranges. Bits that tell ranges apart that mean something stay: a private address stays private.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::keyed;

/// Ranges that mean something to everybody. An address in none of them stays in none.
const KNOWN_V4: [&str; 29] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    // Health checks of Google Cloud and of Azure, and services of Alibaba Cloud.
    "35.191.0.0/16",
    "130.211.0.0/22",
    "168.63.129.16/32",
    "100.100.0.0/16",
    // What installers choose by themselves for pods and Services.
    "10.32.0.0/12",
    "10.42.0.0/16",
    "10.43.0.0/16",
    "10.96.0.0/12",
    "10.128.0.0/14",
    "10.152.183.0/24",
    "10.233.0.0/18",
    "10.233.64.0/18",
    "10.244.0.0/16",
    "172.20.0.0/16",
    "172.30.0.0/16",
];

const KNOWN_V6: [&str; 8] = ["::/96", "::ffff:0:0/96", "64:ff9b::/96", "2000::/3", "2001:db8::/32", "fc00::/7", "fe80::/10", "ff00::/8"];

/// Ranges whose addresses say nothing of anybody.
const KEPT: [&str; 8] =
    ["0.0.0.0/32", "127.0.0.0/8", "169.254.0.0/16", "168.63.129.16/32", "255.255.255.255/32", "::/127", "fe80::/64", "ff00::/8"];

/// Stand-ins of one key.
pub(super) struct Addresses<'a> {
    key: &'a [u8; 32],
    known_v4: Vec<Ipv4Net>,
    known_v6: Vec<Ipv6Net>,
    kept: Vec<IpNet>,
    done: HashMap<IpAddr, IpAddr>,
}

impl<'a> Addresses<'a> {
    #[expect(clippy::unwrap_used, reason = "constants, which the tests read")]
    pub(super) fn with_key(key: &'a [u8; 32]) -> Self {
        Self {
            key,
            known_v4: KNOWN_V4.iter().map(|range| range.parse().unwrap()).collect(),
            known_v6: KNOWN_V6.iter().map(|range| range.parse().unwrap()).collect(),
            kept: KEPT.iter().map(|range| range.parse().unwrap()).collect(),
            done: HashMap::new(),
        }
    }

    /// What stands for an address.
    pub(super) fn of(&mut self, address: IpAddr) -> IpAddr {
        if let Some(done) = self.done.get(&address) {
            return *done;
        }
        let new = self.made(address);
        self.done.insert(address, new);
        new
    }

    /// What stands for a range, of the same length.
    pub(super) fn of_range(&mut self, range: IpNet) -> IpNet {
        let address = self.of(range.addr());
        let new = IpNet::new(address, range.prefix_len()).unwrap_or(range);
        // A range that names an address inside itself goes on doing so.
        if range.trunc() == range { new.trunc() } else { new }
    }

    fn made(&self, address: IpAddr) -> IpAddr {
        if self.kept.iter().any(|range| range.contains(&address)) {
            return address;
        }
        match address {
            IpAddr::V4(address) => {
                let is_fixed = |prefix: u128, length: u8| {
                    let ranges = self.known_v4.iter().filter(|range| range.prefix_len() > length);
                    ranges.map(|range| u128::from(range.network().to_bits())).any(|network| shares(network, prefix, 32, length))
                };
                let bits = self.flipped("v4", u128::from(address.to_bits()), 32, is_fixed);
                // Of 32 bits, which were 32 before.
                #[expect(clippy::cast_possible_truncation, reason = "only the lower 32 bits are ever set")]
                Ipv4Addr::from_bits(bits as u32).into()
            }
            IpAddr::V6(address) if address.to_ipv4_mapped().is_some() => {
                match self.made(IpAddr::V4(address.to_ipv4_mapped().unwrap_or(Ipv4Addr::UNSPECIFIED))) {
                    IpAddr::V4(inner) => inner.to_ipv6_mapped().into(),
                    IpAddr::V6(inner) => inner.into(),
                }
            }
            IpAddr::V6(address) => {
                let is_fixed = |prefix: u128, length: u8| {
                    let ranges = self.known_v6.iter().filter(|range| range.prefix_len() > length);
                    ranges.map(|range| range.network().to_bits()).any(|network| shares(network, prefix, 128, length))
                };
                Ipv6Addr::from_bits(self.flipped("v6", address.to_bits(), 128, is_fixed)).into()
            }
        }
    }

    /// Each bit stays or turns by what the key says of the bits before it (as Crypto-PAn does), so that prefixes stay shared.
    fn flipped(&self, family: &str, bits: u128, width: u8, is_fixed: impl Fn(u128, u8) -> bool) -> u128 {
        (0..width).fold(0, |new, length| {
            let place = width - 1 - length;
            // Of 0 bits nothing is left to compare.
            let prefix = if length == 0 { 0 } else { bits >> (width - length) << (width - length) };
            let turn = if is_fixed(prefix, length) { 0 } else { u128::from(self.turns(family, prefix, length)) };
            new | ((bits >> place & 1) ^ turn) << place
        })
    }

    fn turns(&self, family: &str, prefix: u128, length: u8) -> u8 {
        let mut bytes = [0; 17];
        bytes[..16].copy_from_slice(&prefix.to_be_bytes());
        bytes[16] = length;
        keyed(self.key, family, &bytes)[0] & 1
    }
}

/// Whether two have the same first bits.
fn shares(one: u128, other: u128, width: u8, length: u8) -> bool {
    length == 0 || (one ^ other) >> (width - length) == 0
}
