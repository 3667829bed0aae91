//! PID 1 of a guest: from an empty kernel to one that can run a node.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sys::reboot::{RebootMode, reboot};
use nix::unistd::{Pid, sethostname};

use crate::error::{Context as _, LabError};
use crate::guest::node::this_node;
use crate::guest::root::LAB;
use crate::inside::{BIN_FOLDER, LOG_FOLDER, STATE_FOLDER, init, network, resolver};
use crate::programs::run;

const NONE: Option<&str> = None;

/// File systems that everything expects.
const FILE_SYSTEMS: [(&str, &str); 9] = [
    ("proc", "/proc"),
    ("sysfs", "/sys"),
    ("devtmpfs", "/dev"),
    ("devpts", "/dev/pts"),
    ("tmpfs", "/dev/shm"),
    ("tmpfs", "/run"),
    ("tmpfs", "/var"),
    ("tmpfs", "/tmp"),
    ("cgroup2", "/sys/fs/cgroup"),
];

/// What pods, kube-proxy and the CNI plugins need. Without the tables of ip6tables kube-proxy
/// writes rules for IPv4 alone, in half the time; the lab's guests have no other address.
const MODULES: &str = "ip_vs ip_vs_rr ip_vs_wrr ip_vs_sh dummy veth bridge br_netfilter overlay macvlan ipvlan nf_conntrack_netlink \
     ip_set ip_set_hash_ip ip_set_hash_ipport ip_set_hash_ipportip ip_set_hash_ipportnet ip_set_bitmap_port \
     iptable_nat iptable_filter iptable_mangle xt_MASQUERADE xt_mark xt_addrtype xt_nat xt_conntrack xt_ipvs xt_physdev xt_tcpudp \
     xt_comment xt_set xt_statistic ipt_REJECT";

/// Runs until the node's components end, which they are not meant to; then the guest ends.
pub fn run_as_init(node: &str) -> Result<(), LabError> {
    if let Err(cause) = boot(node) {
        eprintln!("{cause}");
    }
    reboot(RebootMode::RB_POWER_OFF).to("switch the guest off").map(drop)
}

fn boot(node: &str) -> Result<(), LabError> {
    for (kind, place) in FILE_SYSTEMS {
        fs::create_dir_all(place).to(format!("make {place}"))?;
        match mount(Some(kind), place, Some(kind), MsFlags::empty(), NONE) {
            // Some kernels mount /dev themselves.
            Err(Errno::EBUSY) => {}
            mounted => mounted.to(format!("mount {place}"))?,
        }
    }
    sethostname(node).to("name the guest")?;
    lab_files()?;
    run(Command::new("modprobe").args(["-d", &format!("{LAB}/kernel/modules"), "-a"]).args(MODULES.split_whitespace()))?;
    // All are loaded: to look for more costs a process each time that iptables asks for a module
    // that there is not, many times a call.
    fs::write("/proc/sys/kernel/modprobe", "\n").to("stop the kernel's search for modules")?;
    let this = this_node(node)?;
    cgroups(&this.cgroup())?;
    network::build_in_guest(this.number, "vec0")?;
    state_the_clock()?;
    let words = ["inside", "guest-node", node];
    let child = Command::new("lab").args(words).spawn().to("start the node")?;
    init::reap_until(Pid::from_raw(child.id().cast_signed()));
    Ok(())
}

/// The lab's files where other nodes have them.
fn lab_files() -> Result<(), LabError> {
    for (name, place) in [("pki", Path::new(STATE_FOLDER).join("pki")), ("log", PathBuf::from(LOG_FOLDER))] {
        fs::create_dir_all(&place).to(format!("make {}", place.display()))?;
        mount(Some(&Path::new(LAB).join(name)), &place, NONE, MsFlags::MS_BIND, NONE).to(format!("mount {}", place.display()))?;
    }
    for folder in ["/run/lock", BIN_FOLDER, "/var/lib/cni", "/var/lib/kubelet", "/var/log", "/lab/legacy"] {
        fs::create_dir_all(folder).to(format!("make {folder}"))?;
    }
    resolver::write_resolver_configuration()?;
    symlink(format!("{LAB}/bin/lab"), Path::new(BIN_FOLDER).join("lab")).to("link lab")?;
    // This kernel has no nftables for IPv4: iptables is the older one here.
    for family in ["iptables", "ip6tables"] {
        for name in [family.to_owned(), format!("{family}-save"), format!("{family}-restore")] {
            symlink("/usr/sbin/xtables-legacy-multi", Path::new(LAB).join("legacy").join(&name)).to(format!("link {name}"))?;
        }
    }
    Ok(())
}

/// kubelet wants its root to exist, with the controllers handed on to it.
fn cgroups(path: &str) -> Result<(), LabError> {
    let top = Path::new("/sys/fs/cgroup");
    let controllers = fs::read_to_string(top.join("cgroup.controllers")).to("list the controllers")?;
    let mut folder = top.to_owned();
    for name in path.split('/') {
        for controller in controllers.split_whitespace() {
            fs::write(folder.join("cgroup.subtree_control"), format!("+{controller}")).to(format!("hand {controller} on"))?;
        }
        folder.push(name);
        fs::create_dir_all(&folder).to(format!("make {}", folder.display()))?;
    }
    Ok(())
}

/// kubelet refuses a processor whose clock is not told.
fn state_the_clock() -> Result<(), LabError> {
    let text = fs::read_to_string("/proc/cpuinfo").to("read /proc/cpuinfo")?;
    let told = Path::new("/run/cpuinfo");
    fs::write(told, text.replace("bogomips", "cpu MHz\t\t: 2000.000\nbogomips")).to("write cpuinfo")?;
    mount(Some(told), "/proc/cpuinfo", NONE, MsFlags::MS_BIND, NONE).to("cover /proc/cpuinfo")
}
