//! The components of a node, in its guest.

use std::fs;
use std::path::Path;
use std::time::Duration;

use k8s_openapi::api::core::v1::Node as NodeObject;
use kube::Api;
use tokio::time::sleep;

use crate::error::{Context as _, LabError};
use crate::guest::remote;
use crate::guest::root::{self, LAB};
use crate::inside::components::Components;
use crate::inside::node::{Node, NodePrograms};
use crate::inside::{client, pki};
use crate::options::{LabOptions, ProxyRelease};

/// Runs until one of them ends.
pub async fn run(name: &str) -> Result<(), LabError> {
    let mut components = Components::new();
    let starter = components.starter();
    let (options, node) = (options()?, this_node(name)?);
    remote::listen()?;
    let joined = async {
        node.start_containerd(&starter, &Path::new(LAB).join("image-store")).await?;
        await_object(name).await?;
        let [kubernetes, kube_proxy] = [ProxyRelease::V1_34, options.release_of(name)].map(|release| root::kube_proxy(release).into());
        node.start_kubernetes(&starter, &NodePrograms { kubernetes, kube_proxy }, &options)
    };
    tokio::select! {
        joined = joined => joined?,
        ended = components.next_ended() => return Err(ended.into_error()),
    }
    Err(components.next_ended().await.into_error())
}

/// The node that this guest is.
pub fn this_node(name: &str) -> Result<Node, LabError> {
    Node::named(&options()?, name).map(Node::in_guest)
}

fn options() -> Result<LabOptions, LabError> {
    let text = fs::read_to_string(Path::new(LAB).join("options.json")).to("read the options")?;
    Ok(serde_json::from_str(&text)?)
}

/// The lab makes the Node with its pod range and its address; kubelet must not be first.
async fn await_object(name: &str) -> Result<(), LabError> {
    let client = client::client(&pki::file(&format!("{name}.kubeconfig"))).await?;
    let api: Api<NodeObject> = Api::all(client);
    let has_address = |node: NodeObject| node.status.is_some_and(|status| status.addresses.is_some());
    while !api.get(name).await.is_ok_and(has_address) {
        sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}
