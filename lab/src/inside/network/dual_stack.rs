//! IPv6 beside IPv4: every host, range and router has its twin address, on the same links.

use std::fmt::Write as _;

use super::{Host, Link, Pods, batch, inside};
use crate::addresses::{CLOUD, CONTROL, LOAD_BALANCER_RANGE, ipv6_of, ipv6_range_of};
use crate::error::LabError;

/// Adds the addresses and routes to what [`super::build`] made.
pub(super) fn build(hosts: &[Host]) -> Result<(), LabError> {
    let control = Host { name: "control".into(), address: CONTROL, pods: None, link: Link::Pair };
    batch(None, &setup(&control))?;
    for host in hosts {
        forward(&host.name)?;
        batch(Some(&host.name), &setup(host))?;
    }
    forward("cloud")?;
    batch(Some("cloud"), &cloud_setup(hosts.iter().chain([&control])))
}

/// The router on each of its links: nobody answers there for an address that is on another device.
const ROUTER: &str = "fe80::1";

/// An address is used at once: nobody else can have it, and kubelet would not wait.
fn setup(host: &Host) -> String {
    let address = ipv6_of(host.address);
    format!("addr add {address}/128 dev eth0 nodad\nroute add default via {ROUTER} dev eth0 src {address}\n")
}

fn cloud_setup<'a>(hosts: impl Iterator<Item = &'a Host>) -> String {
    let mut script = format!("addr add {}/128 dev lo nodad\n", ipv6_of(CLOUD));
    let range = |range| ipv6_range_of(range).unwrap_or_default();
    let _ = writeln!(script, "route add local {} dev lo", range(LOAD_BALANCER_RANGE));
    for Host { name, address, pods, .. } in hosts {
        let address = ipv6_of(*address);
        // A packet of the router's own has this address as its source, whichever link it leaves by.
        let _ = writeln!(script, "addr add {ROUTER}/64 dev {name} nodad\nroute add {address} dev {name} src {}", ipv6_of(CLOUD));
        if let Some(Pods::Behind(pods)) = pods {
            let _ = writeln!(script, "route add {} via {address} dev {name} onlink", range(pods));
        }
    }
    script
}

fn forward(namespace: &str) -> Result<(), LabError> {
    crate::programs::run(inside(namespace, "sysctl").args(["-qw", "net.ipv6.conf.all.forwarding=1"])).map(drop)
}
