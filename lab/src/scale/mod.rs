//! Thousands of nodes without machines on the lab's API server, to see how the plugin scales.
//!
//! The API server, its etcd and its controllers are real, and so is what the plugin asks of them. The nodes are
//! objects only, and one process speaks for the kubelets of all of them:
//!
//! - [`fake_node`]: a node, its lease, its addresses, all made from its number;
//! - [`load_balanced`]: the Services that lead to them, under policy Local;
//! - [`kubelets`]: takes up probe pods, reports what became of them, confirms their end;
//! - [`course`], [`answer`]: what is reported, and what a probe there would have seen;
//! - [`on_call`]: whoever runs the plugin: an ordinary user, whose requests are counted;
//! - [`unread`]: requests whose answers nobody needs.
//!
//! The node lifecycle controller is left out of such a lab. It takes a node for lost when its lease has not changed for
//! 50 s, whatever time the lease names, and 5,000 leases renewed every 10 s are more requests than a run makes.

pub mod answer;
pub mod course;
pub mod fake_node;
pub mod fake_pod;
pub mod kubelets;
pub mod load_balanced;
pub mod on_call;
pub mod unread;

use std::process::Command;

use futures::future::try_join_all;
use futures::stream::{self, StreamExt as _};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Namespace, Node};
use kube::Client;
use serde_json::json;

use crate::error::LabError;
use crate::inside::{network, readiness};
use crate::scale::fake_node::FakeNode;
use crate::scale::load_balanced::LoadBalanced;

/// The namespace of the Services.
pub const SHOP: &str = "shop";

/// A namespace for probe pods, all of which start and answer.
pub const PROBES: &str = "probes";

/// A namespace where each probe pod fails in its own way: [`course::of`] says how.
pub const FAILING: &str = "failing";

/// Selects the objects of every run.
pub const RUN_SELECTOR: &str = "app.kubernetes.io/name=lbprobe";

/// Nobody is at the addresses of fake nodes. The API server, asked for a log there, is to hear so at once.
const NOBODY: &str = "route add unreachable 198.18.16.0/20\nroute add unreachable 198.18.32.0/19\nroute add unreachable 198.18.64.0/18\n";

/// Requests in flight while nodes are created.
const IN_FLIGHT: usize = 20;

/// Nodes between two words of progress.
const STRIDE: u16 = 500;

/// Creates so many nodes with their leases, the namespaces, and the Service. `tell` hears how far it is. This process
/// is in the control plane's network.
pub async fn populate(client: &Client, nodes: u16, mut tell: impl FnMut(&str)) -> Result<(), LabError> {
    network::feed(Command::new("ip"), NOBODY)?;
    for name in [SHOP, PROBES, FAILING] {
        unread::create::<Namespace>(client, None, &json!({ "metadata": { "name": name } })).await?;
    }
    let mut creations = stream::iter(FakeNode::first(nodes)).map(|node| create(client, node)).buffer_unordered(IN_FLIGHT);
    let mut created: u16 = 0;
    while let Some(result) = creations.next().await {
        result?;
        created += 1;
        if created.is_multiple_of(STRIDE) {
            tell(&format!("fake nodes ({created} of {nodes})"));
        }
    }
    LoadBalanced::gateway(nodes).create(client).await?;
    try_join_all([PROBES, FAILING].map(|namespace| readiness::default_service_account(client, namespace))).await?;
    Ok(())
}

async fn create(client: &Client, node: FakeNode) -> Result<(), LabError> {
    unread::create::<Node>(client, None, &node.object()).await?;
    unread::create::<Lease>(client, Some("kube-node-lease"), &node.lease()).await?;
    Ok(())
}
