//! What the pods of a run are: taken from a run.

use std::process::Stdio;
use std::time::Duration;

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{WatchEvent, WatchParams};
use lbprobe_lab::scale::{PROBES, RUN_SELECTOR};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::timeout;

use crate::inside::admin;

/// How long a small run may take.
const LIMIT: Duration = Duration::from_mins(3);

/// The spec of a probe pod in each network.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Template {
    pod: Value,
    host: Value,
}

impl Template {
    /// Both.
    pub(crate) fn specs(&self) -> [&Value; 2] {
        [&self.pod, &self.host]
    }
}

/// Runs the plugin, and watches for its first pod in each network.
pub(crate) async fn take(plugin: &[String]) -> Template {
    let pods: Api<Pod> = Api::namespaced(admin().await, PROBES);
    let mut changes = pods.watch(&WatchParams::default().labels(RUN_SELECTOR), "0").await.expect("pods can be watched").boxed();
    let (program, arguments) = plugin.split_first().expect("a program is named");
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
    let mut running = command.spawn().expect("the plugin starts");
    let (mut pod, mut host) = (None, None);
    while pod.is_none() || host.is_none() {
        let change = timeout(LIMIT, changes.next()).await.expect("a run makes pods in both networks");
        if let WatchEvent::Added(Pod { spec: Some(spec), .. }) = change.expect("the watch goes on").expect("the watch holds") {
            let place = if spec.host_network == Some(true) { &mut host } else { &mut pod };
            place.get_or_insert_with(|| json!(spec));
        }
    }
    let ended = timeout(LIMIT, running.wait()).await.expect("a small run ends");
    ended.expect("the plugin can be waited for");
    Template { pod: pod.unwrap_or_default(), host: host.unwrap_or_default() }
}
