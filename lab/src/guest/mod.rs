//! A node with a kernel of its own: user-mode Linux from Debian's source (`lab/guest-kernel`), because kube-proxy's mode ipvs needs
//! `ip_vs`, which this machine's kernel may lack and no container brings along.
//!
//! ```text
//! supervisor ──> root (a small root of its own, read-only where it is the machine's) ──> linux
//!                                                                                          │
//!                        boot (PID 1 of the guest) ──> node ──> containerd, kubelet, kube-proxy
//!                                                        └────> remote (runs commands for `lab exec`)
//! ```
//!
//! - [`root`]: what of this machine's files the guest can see, and the start of its kernel;
//! - [`boot`]: PID 1 of the guest: file systems, modules, network;
//! - [`node`]: the node's components, by the same code as for the others;
//! - [`remote`]: commands for the guest from outside.

pub mod boot;
pub mod node;
pub mod remote;
pub mod root;

use std::path::Path;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::addresses;
use crate::error::{Context as _, LabError};
use crate::inside::components::{Starter, failed, processor_time};
use crate::inside::node::Node;
use crate::options::LabOptions;
use crate::patience::{standstill, strides};

/// A guest boots and joins in about 20 s, and computes all the time. One that idles for thrice that does not come up.
const PATIENCE: Duration = Duration::from_mins(1);

/// Starts the guest that is a node. Its console is the log of the component.
pub fn start(starter: &Starter, options: &LabOptions, node: &str) -> Result<(), LabError> {
    let program = std::env::current_exe().to("find this program")?;
    let words = serde_json::to_string(options)?;
    starter.start(&component(node), Some("cloud"), &program, &["inside", "guest", &words, node])
}

/// Returns when the cluster's DNS answers from the guest: its kube-proxy has written its rules. The DNS may run on any
/// of the guests, so that one of them waits for the others.
pub async fn answers(node: &Node, guests: &[&Node]) -> Result<(), LabError> {
    let address = addresses::node(node.number);
    let answered = async {
        // Asked again where the guest does not listen yet.
        while !matches!(spawn_blocking(move || remote::succeeds(address, &["lab", "inside", "await-dns"])).await, Ok(true)) {
            sleep(Duration::from_millis(100)).await;
        }
    };
    let position = || guests.iter().map(|guest| strides(work(Path::new("/"), &guest.name), PATIENCE)).collect::<Vec<_>>();
    tokio::select! {
        () = answered => Ok(()),
        overdue = standstill(PATIENCE, position) => Err(failed(&component(&node.name), &format!("did not come up: {overdue}"))),
    }
}

/// The processor time that a guest has used. `root` is where the lab's files are seen: `/` inside.
#[must_use]
pub fn work(root: &Path, node: &str) -> Duration {
    processor_time(root, &component(node)).unwrap_or_default()
}

/// Whether a node of the lab whose files are seen at `state` is a guest.
#[must_use]
pub fn is_guest(state: &Path, node: &str) -> bool {
    state.join(node).join(root::FOLDER).exists()
}

fn component(node: &str) -> String {
    format!("{node}-guest")
}
