//! Public names of load balancers: a file that the cloud's DNS server reads.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

/// Read by CoreDNS, which looks at it every half second.
pub const HOSTS: &str = "/run/lab/cloud-hosts";

/// CoreDNS's configuration in the cloud: what is not in the file does not exist.
pub const COREFILE: &str = "/run/lab/cloud-corefile";

/// Names that no Service has in its status, as most public names are: one of the first load balancer's, and one of an address
/// that nobody has.
const PUBLIC_NAMES: [(&str, &str); 2] = [("pay.example.com", "198.51.100.1"), ("astray.example.com", "198.51.100.250")];

/// The content of [`COREFILE`].
#[must_use]
pub fn corefile() -> String {
    let names = PUBLIC_NAMES.map(|(name, address)| ["  ", address, " ", name, "\n"].concat()).concat();
    format!(".:53 {{\n errors\n hosts {HOSTS} {{\n{names}  ttl 1\n  reload 500ms\n }}\n}}\n")
}

/// The content of [`HOSTS`]. Pure.
#[must_use]
pub fn hosts<'a>(names: impl Iterator<Item = (&'a str, &'a [Ipv4Addr])>) -> String {
    let mut text = String::new();
    for (name, addresses) in names {
        for address in addresses {
            let _ = writeln!(text, "{address} {name}");
        }
    }
    text
}
