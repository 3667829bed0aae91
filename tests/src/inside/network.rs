//! The lab's networks: namespaces, links and routes, as one batch for `ip` each.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};

use crate::addresses::{self, CLIENT, CLOUD, CONTROL};
use crate::error::{Context as _, LabError};
use crate::options::LabOptions;

/// Builds all of it. This process is in the control plane's network, which is the lab's first.
pub fn build(options: &LabOptions) -> Result<(), LabError> {
    let hosts: Vec<Host> = hosts(options).collect();
    batch(None, &creation(&hosts))?;
    for host in &hosts {
        batch(Some(&host.name), &host.setup())?;
    }
    batch(None, &Host { name: "control".into(), address: CONTROL, behind: None }.setup())?;
    batch(Some("cloud"), &cloud_setup(&hosts))?;
    for name in hosts.iter().map(|host| host.name.as_str()).chain(["cloud"]) {
        forward(name)?;
    }
    Ok(())
}

/// A host on a link of its own to the cloud's router.
struct Host {
    name: String,
    address: Ipv4Addr,
    /// A range of pods that is reached through it.
    behind: Option<String>,
}

fn hosts(options: &LabOptions) -> impl Iterator<Item = Host> {
    let nodes = (1..=options.nodes).map(|number| Host {
        name: format!("node{number}"),
        address: addresses::node(number),
        behind: Some(addresses::pod_range(number)),
    });
    [Host { name: "client".into(), address: CLIENT, behind: None }].into_iter().chain(nodes)
}

fn creation(hosts: &[Host]) -> String {
    let mut script = String::from("netns add cloud\nlink add eth0 type veth peer name control netns cloud\n");
    for host in hosts {
        let name = &host.name;
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
    let range = addresses::LOAD_BALANCER_RANGE;
    let mut script = format!(
        "link set lo up\naddr add {CLOUD}/32 dev lo\nroute add local {range} dev lo\nlink set control up\nroute add {CONTROL} dev control\n"
    );
    for host in hosts {
        let (name, address) = (&host.name, host.address);
        let _ = writeln!(script, "link set {name} up\nroute add {address} dev {name}");
        if let Some(range) = &host.behind {
            let _ = writeln!(script, "route add {range} via {address} dev {name} onlink");
        }
    }
    script
}

fn batch(namespace: Option<&str>, script: &str) -> Result<(), LabError> {
    let mut command = Command::new("ip");
    if let Some(name) = namespace {
        command.args(["-netns", name]);
    }
    command.args(["-batch", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().to("start ip (Debian's package iproute2)")?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(script.as_bytes()).to("speak to ip")?;
    }
    let output = child.wait_with_output().to("wait for ip")?;
    if output.status.success() {
        Ok(())
    } else {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(LabError::Command { command: format!("ip -batch for {}", namespace.unwrap_or("control")), output: said })
    }
}

/// Not `ip netns exec`: it mounts /sys anew and hides the cgroups from what it starts.
fn forward(namespace: &str) -> Result<(), LabError> {
    let settings = ["net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0"];
    let mut command = Command::new("nsenter");
    command.arg(format!("--net=/run/netns/{namespace}")).args(["sysctl", "-qw"]).args(settings);
    crate::artifacts::run(&mut command).map(drop)
}
