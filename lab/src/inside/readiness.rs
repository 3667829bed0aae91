//! When a lab is usable: asked of the cluster, not guessed by time.

use std::fs::File;
use std::net::IpAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use k8s_openapi::api::core::v1::{Node, ServiceAccount};
use kube::runtime::conditions::Condition;
use kube::runtime::wait::await_condition;
use kube::{Api, Client};
use nix::sched::{CloneFlags, setns};
use tokio::time::sleep;

use crate::addresses::DNS;
use crate::error::{Context as _, LabError};

/// What the first question to the cluster's DNS waits for an answer. Until kube-proxy has written its rules there is none.
const FIRST_ANSWER: Duration = Duration::from_millis(300);

/// By how much each question waits longer than the one before: on a busy machine answers come late.
const LONGER: Duration = Duration::from_millis(100);

/// What no question waits beyond.
const LAST_ANSWER: Duration = Duration::from_secs(3);

/// Returns when the API server says that it is ready.
pub async fn api(client: &Client) {
    loop {
        let request = http::Request::get("/readyz").body(Vec::new());
        if let Ok(request) = request
            && client.request_text(request).await.is_ok()
        {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Returns when a node is Ready.
pub async fn node(client: &Client, name: &str) -> Result<(), LabError> {
    let ready = |node: Option<&Node>| {
        let conditions = node.and_then(|node| node.status.as_ref()).and_then(|status| status.conditions.as_ref());
        conditions.is_some_and(|conditions| conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True"))
    };
    wait(Api::all(client.clone()), name, ready).await
}

/// Returns when the namespace has its default ServiceAccount, without which no pod can be made.
pub async fn default_service_account(client: &Client, namespace: &str) -> Result<(), LabError> {
    wait(Api::namespaced(client.clone(), namespace), "default", |account: Option<&ServiceAccount>| account.is_some()).await
}

async fn wait<K>(api: Api<K>, name: &str, condition: impl Condition<K>) -> Result<(), LabError>
where
    K: kube::Resource + Clone + std::fmt::Debug + Send + serde::de::DeserializeOwned + 'static,
{
    await_condition(api, name, condition).await.map(drop).map_err(|cause| LabError::Other(format!("failed to watch {name}: {cause}")))
}

/// Returns when the cluster's DNS answers on its ClusterIP from a node's network: CoreDNS runs,
/// and this node's kube-proxy has written its rules.
pub async fn dns(node: &str) -> Result<(), LabError> {
    let network = File::open(format!("/run/netns/{node}")).to(format!("open the network of {node}"))?;
    let (done, answered) = tokio::sync::oneshot::channel();
    // A thread of its own: entering a network is a matter of one thread.
    std::thread::spawn(move || {
        let _ = done.send(dns_from(&network));
    });
    answered.await.map_err(|_| LabError::Other("the DNS check was lost".into()))?
}

fn dns_from(network: &File) -> Result<(), LabError> {
    setns(network, CloneFlags::CLONE_NEWNET).to("enter a node's network")?;
    dns_here()
}

/// The same from the network of this process.
pub fn dns_here() -> Result<(), LabError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().to("start the DNS check")?;
    runtime.block_on(async {
        let mut patience = FIRST_ANSWER;
        loop {
            let config = ResolverConfig::from_parts(None, Vec::new(), vec![NameServerConfig::udp(IpAddr::V4(DNS))]);
            let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
            builder.options_mut().timeout = patience;
            builder.options_mut().attempts = 0;
            if let Ok(resolver) = builder.build()
                && resolver.lookup_ip("kubernetes.default.svc.cluster.local.").await.is_ok()
            {
                return;
            }
            patience = (patience + LONGER).min(LAST_ANSWER);
            sleep(Duration::from_millis(100)).await;
        }
    });
    Ok(())
}
