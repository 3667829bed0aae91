//! Public names of load balancers: a file that the cloud's DNS server reads.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

/// Read by CoreDNS, which looks at it every half second.
pub const HOSTS: &str = "/run/lab/cloud-hosts";

/// CoreDNS's configuration in the cloud: what is not in the file does not exist.
pub const COREFILE: &str = "/run/lab/cloud-corefile";

/// The content of [`COREFILE`].
#[must_use]
pub fn corefile() -> String {
    format!(".:53 {{\n errors\n hosts {HOSTS} {{\n  ttl 1\n  reload 500ms\n }}\n}}\n")
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
