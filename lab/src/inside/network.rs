//! The lab's networks: namespaces, links and routes, as one batch for `ip` each.

mod dual_stack;

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};

use crate::addresses::{self, CLIENT, CLOUD, CONTROL, INTERNAL_LOAD_BALANCER_RANGE, LOAD_BALANCER_RANGE, NEIGHBOUR};
use crate::error::{Context as _, LabError};
use crate::options::{LabOptions, PodNetwork};

/// Builds all of it. This process is in the control plane's network, which is the lab's first.
pub fn build(options: &LabOptions) -> Result<(), LabError> {
    let hosts: Vec<Host> = hosts(options).collect();
    batch(None, &creation(&hosts))?;
    let ordinary = || hosts.iter().filter(|host| host.link == Link::Pair);
    for host in ordinary() {
        batch(Some(&host.name), &host.setup())?;
    }
    batch(None, &Host { name: "control".into(), address: CONTROL, pods: None, link: Link::Pair }.setup())?;
    batch(Some("cloud"), &cloud_setup(&hosts))?;
    for name in ordinary().map(|host| host.name.as_str()).chain(["cloud"]) {
        crate::programs::run(inside(name, "sysctl").arg("-qw").args(FORWARDING))?;
    }
    if options.pod_network == PodNetwork::DualStack {
        dual_stack::build(&hosts)?;
    }
    for host in hosts.iter().filter(|host| matches!(host.pods, Some(Pods::Beside(..)))) {
        // Also what neighbours of one link send to one another goes through the router, as in a VPC.
        let settings = ["proxy_arp_pvlan=1", "send_redirects=0"].map(|setting| format!("net.ipv4.conf.{}.{setting}", host.name));
        crate::programs::run(inside("cloud", "sysctl").args(["-qw", "net.ipv4.conf.all.send_redirects=0"]).args(settings))?;
    }
    Ok(())
}

/// What node `number` does when it is a guest, in its own kernel: the same as the others in their
/// namespaces. `device` is its link to the cloud.
pub fn build_in_guest(number: u8, device: &str) -> Result<(), LabError> {
    let address = addresses::node(number);
    let host = Host { name: format!("node{number}"), address, pods: None, link: Link::Tap };
    batch(None, &format!("link set {device} name eth0\n{}", host.setup()))?;
    crate::programs::run(Command::new("sysctl").arg("-qw").args(FORWARDING)).map(drop)
}

const FORWARDING: [&str; 3] = ["net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0"];

/// How a host hangs on the cloud's router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// A pair of devices, one end in the host's namespace.
    Pair,
    /// A device whose other end a guest's kernel has.
    Tap,
}

/// A host on a link of its own to the cloud's router.
struct Host {
    name: String,
    address: Ipv4Addr,
    pods: Option<Pods>,
    link: Link,
}

/// The pods of a host, by their range.
enum Pods {
    /// Their host routes to them.
    Behind(String),
    /// They hang on the host's own link, as hosts of their own; the router has this address among them.
    Beside(String, Ipv4Addr),
}

fn hosts(options: &LabOptions) -> impl Iterator<Item = Host> + '_ {
    let link = |name: String| if options.is_guest(&name) { Link::Tap } else { Link::Pair };
    let nodes = (1..=options.nodes).map(move |number| node(number, pods(options, number), link(format!("node{number}"))));
    let others = [("client", CLIENT), ("neighbour", NEIGHBOUR)];
    others.map(|(name, address)| Host { name: name.into(), address, pods: None, link: Link::Pair }).into_iter().chain(nodes)
}

fn pods(options: &LabOptions, number: u8) -> Pods {
    match options.pod_network {
        PodNetwork::Routed | PodNetwork::TwoRanges | PodNetwork::DualStack => Pods::Behind(options.pod_range(number)),
        PodNetwork::Vpc => Pods::Beside(options.pod_range(number), addresses::vpc_gateway(number)),
    }
}

fn node(number: u8, pods: Pods, link: Link) -> Host {
    Host { name: format!("node{number}"), address: addresses::node(number), pods: Some(pods), link }
}

fn creation(hosts: &[Host]) -> String {
    let mut script = String::from("netns add cloud\nlink add eth0 type veth peer name control netns cloud\n");
    for Host { name, .. } in hosts.iter().filter(|host| host.link == Link::Pair) {
        let _ = writeln!(script, "netns add {name}\nlink add eth0 netns {name} type veth peer name {name} netns cloud");
    }
    script
}

impl Host {
    fn setup(&self) -> String {
        let address = self.address;
        format!(
            "link set lo up\nlink set eth0 up\naddr add {address}/32 dev eth0\n\
             route add {CLOUD} dev eth0 src {address}\nroute add default via {CLOUD} src {address}\n"
        )
    }
}

fn cloud_setup(hosts: &[Host]) -> String {
    // A load balancer's address is the cloud's own: a port that no listener has is refused there.
    let mut script = format!(
        "link set lo up\naddr add {CLOUD}/32 dev lo\nroute add local {LOAD_BALANCER_RANGE} dev lo\n\
         route add local {INTERNAL_LOAD_BALANCER_RANGE} dev lo\nlink set control up\nroute add {CONTROL} dev control\n"
    );
    for host in hosts {
        let (name, address) = (&host.name, host.address);
        if host.link == Link::Tap {
            let _ = writeln!(script, "tuntap add {name} mode tap");
        }
        let _ = writeln!(script, "link set {name} up\nroute add {address} dev {name}");
        match &host.pods {
            None => {}
            Some(Pods::Behind(range)) => drop(writeln!(script, "route add {range} via {address} dev {name} onlink")),
            Some(Pods::Beside(range, gateway)) => drop(writeln!(script, "addr add {gateway}/32 dev {name}\nroute add {range} dev {name}")),
        }
    }
    script
}

fn batch(namespace: Option<&str>, script: &str) -> Result<(), LabError> {
    let mut ip = Command::new("ip");
    if let Some(name) = namespace {
        ip.args(["-netns", name]);
    }
    feed(ip, script)
}

/// Gives a batch to `ip`, however that is called.
pub(crate) fn feed(mut ip: Command, script: &str) -> Result<(), LabError> {
    ip.args(["-batch", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = ip.spawn().to("start ip (Debian's package iproute2)")?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(script.as_bytes()).to("speak to ip")?;
    }
    let output = child.wait_with_output().to("wait for ip")?;
    if output.status.success() {
        return Ok(());
    }
    Err(LabError::Command { command: format!("{ip:?} for {script:?}"), output: String::from_utf8_lossy(&output.stderr).into_owned() })
}

/// A program in one of the lab's networks. Not by `ip netns exec`: that mounts /sys anew and hides the
/// cgroups from what it starts.
pub(crate) fn inside(namespace: &str, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("nsenter");
    command.arg(format!("--net=/run/netns/{namespace}")).arg(program);
    command
}
