//! What this program does inside the lab: one measurement, as JSON.

use std::future::ready;
use std::path::Path;
use std::time::Duration;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client};
use lbprobe_lab::inside::{client, pki};
use lbprobe_lab::scale::load_balanced::LoadBalanced;
use lbprobe_lab::scale::{SHOP, on_call};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{floor, measured, template};

/// The first word of a call inside.
pub(crate) const WORD: &str = "inside";

/// Makes the user who runs the plugin.
pub(crate) const PREPARE: &str = "prepare";
/// Runs the plugin, and says what its pods are.
pub(crate) const TEMPLATE: &str = "template";
/// Makes the floor.
pub(crate) const FLOOR: &str = "floor";
/// Runs the plugin, and says what it took.
pub(crate) const RUN: &str = "run";
/// Creates Services.
pub(crate) const SERVICES: &str = "services";

/// How long the API server may take to know the user.
const PREPARED: Duration = Duration::from_mins(1);

/// Services that are created at a time.
const SERVICES_AT_A_TIME: usize = 10;

/// Does what the words say, and prints the answer.
pub(crate) fn act(words: &[String]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
    println!("{}", runtime.block_on(Box::pin(answer(words))));
}

async fn answer(words: &[String]) -> Value {
    let (what, rest) = words.split_first().expect("something is asked");
    match (what.as_str(), rest) {
        (PREPARE, []) => {
            prepare().await;
            Value::Null
        }
        (TEMPLATE, plugin) => json!(template::take(plugin).await),
        (FLOOR, [selector, template]) => {
            let template = serde_json::from_str(template).expect("a template is JSON");
            json!(floor::measure(selector, &template).await)
        }
        (RUN, plugin) => json!(measured::run(plugin).await),
        (SERVICES, [number, nodes]) => {
            let parse = |word: &str| word.parse::<u16>().expect("a number is one");
            create_services(parse(number), parse(nodes)).await;
            Value::Null
        }
        _ => panic!("nothing is called {what}"),
    }
}

/// A client of the lab's administrator.
pub(crate) async fn admin() -> Client {
    client::client(Path::new(pki::ADMIN_KUBECONFIG)).await.expect("the kubeconfig is there")
}

/// The server hears of new rights and counters a moment after it has taken them.
async fn prepare() {
    let admin = admin().await;
    on_call::admit(&admin).await.expect("rights can be given");
    let namespaces: Api<Namespace> = Api::all(on_call::client().await.expect("the kubeconfig is there"));
    let known = async {
        while namespaces.get(SHOP).await.is_err() || !on_call::requests(&admin).await.is_ok_and(|requests| requests > 0) {
            sleep(Duration::from_millis(200)).await;
        }
    };
    timeout(PREPARED, known).await.expect("the API server counts the user's requests");
}

async fn create_services(number: u16, nodes: u16) {
    let admin = &admin().await;
    let creations = stream::iter(1..=number).map(|number| async move { LoadBalanced::other(number, nodes).create(admin).await });
    let created = creations.buffer_unordered(SERVICES_AT_A_TIME).try_for_each(|()| ready(Ok(()))).await;
    created.expect("Services can be created");
}
