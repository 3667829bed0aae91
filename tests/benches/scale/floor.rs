//! The floor: the pods of a run made raw, watched until all have answered, and removed.

use std::collections::HashSet;
use std::fmt;
use std::future::ready;
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{ApiResource, ListParams, NotUsed, Object, PartialObjectMeta};
use kube::runtime::watcher::Event;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client, ResourceExt};
use lbprobe_lab::scale::{PROBES, on_call, unread};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::template::Template;

/// Creates in flight, as the plugin has them.
const CREATES: usize = 10;

/// Batches in which the pods are removed, all at once.
const BATCHES: usize = 20;

/// How often a batch is removed that the server did not remove.
const TRIES: usize = 5;

/// How long the floor waits for anything.
const LIMIT: Duration = Duration::from_mins(10);

/// Tells the pods of one floor from others.
const FLOOR_LABEL: &str = "lab.lbprobe/floor";

/// The batch in which a pod is removed.
const BATCH_LABEL: &str = "lab.lbprobe/batch";

/// Seconds from the first create, but for the removal.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Floor {
    pods: usize,
    created: f64,
    /// Until the last pod had answered.
    pub(crate) answered: f64,
    /// From there until the last pod was gone.
    pub(crate) removed: f64,
}

impl fmt::Display for Floor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pods, created, answered, removed } = self;
        write!(f, "floor of {pods} pods: created {created:.1} s, answered {answered:.1} s, removed in {removed:.1} s more")
    }
}

/// Makes it on the nodes that a selector leaves.
pub(crate) async fn measure(selector: &str, template: &Template) -> Floor {
    let client = on_call::client().await.expect("the kubeconfig is there");
    let nodes: Api<PartialObjectMeta<Node>> = Api::all(client.clone());
    let nodes = nodes.list(&ListParams::default().labels(selector)).await.expect("nodes can be listed");
    let names: Vec<_> = nodes.items.iter().map(ResourceExt::name_any).collect();
    let pods = names.len() * template.specs().len();
    let id = format!("floor-{}", std::process::id());
    let (told, mut course) = watch::channel(Course::default());
    tokio::spawn(follow(client.clone(), format!("{FLOOR_LABEL}={id}"), told));
    reach(&mut course, "the watch to begin", |course| course.is_watching).await;
    let start = Instant::now();
    let objects = names.iter().flat_map(|name| template.specs().map(|spec| (name, spec))).enumerate();
    let creations = objects.map(|(place, (name, spec))| {
        let (client, pod) = (&client, pod(&id, place, name, spec));
        async move { unread::create::<Pod>(client, Some(PROBES), &pod).await }
    });
    let created = stream::iter(creations).buffer_unordered(CREATES).try_for_each(|()| ready(Ok(()))).await;
    created.expect("pods can be created");
    let created = start.elapsed();
    reach(&mut course, "answers", |course| course.answered == pods).await;
    let answered = start.elapsed();
    stream::iter(0..BATCHES).map(|batch| remove(&client, &id, batch)).buffer_unordered(BATCHES).for_each(|()| ready(())).await;
    reach(&mut course, "the pods to be gone", |course| course.gone == pods).await;
    let removed = start.elapsed().saturating_sub(answered);
    Floor { pods, created: created.as_secs_f64(), answered: answered.as_secs_f64(), removed: removed.as_secs_f64() }
}

fn pod(id: &str, place: usize, node: &str, spec: &Value) -> Value {
    let mut spec = spec.clone();
    spec["nodeName"] = json!(node);
    let labels = json!({ "app.kubernetes.io/name": "lbprobe", FLOOR_LABEL: id, BATCH_LABEL: (place % BATCHES).to_string() });
    json!({ "metadata": { "name": format!("{id}-{place}"), "labels": labels }, "spec": spec })
}

async fn remove(client: &Client, id: &str, batch: usize) {
    let selector = format!("{FLOOR_LABEL}={id},{BATCH_LABEL}={batch}");
    for _ in 0..TRIES {
        match unread::remove_pods(client, PROBES, &selector).await {
            Ok(()) => return,
            Err(cause) => eprintln!("{cause}"),
        }
    }
}

async fn reach(course: &mut watch::Receiver<Course>, what: &str, is_there: impl FnMut(&Course) -> bool) {
    let reached = timeout(LIMIT, course.wait_for(is_there)).await;
    let reached = reached.unwrap_or_else(|_| panic!("gave up after {} min of waiting for {what}", LIMIT.as_secs() / 60));
    drop(reached.expect("the watch goes on"));
}

/// How far the pods are.
#[derive(Clone, Copy, Debug, Default)]
struct Course {
    is_watching: bool,
    answered: usize,
    gone: usize,
}

/// A pod as the watch sends it; nothing else of it is needed.
type WatchedPod = Object<NotUsed, Status>;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    phase: String,
}

async fn follow(client: Client, selector: String, told: watch::Sender<Course>) {
    let pods: Api<WatchedPod> = Api::all_with(client, &ApiResource::erase::<Pod>(&()));
    let mut heard = Heard::default();
    let changes = watcher(pods, watcher::Config::default().labels(&selector)).default_backoff();
    changes
        .for_each(|change| {
            match change {
                Ok(event) => {
                    if let Some(course) = heard.hear(event) {
                        told.send_replace(course);
                    }
                }
                Err(cause) => eprintln!("failed to watch pods: {cause}"),
            }
            ready(())
        })
        .await;
}

/// The names of the pods.
#[derive(Debug, Default)]
struct Heard {
    known: HashSet<String>,
    present: HashSet<String>,
    answered: HashSet<String>,
}

impl Heard {
    /// Nothing is to be told while a list is being heard.
    fn hear(&mut self, event: Event<WatchedPod>) -> Option<Course> {
        match event {
            Event::Init => {
                self.present.clear();
                return None;
            }
            Event::InitApply(pod) => {
                self.see(&pod);
                return None;
            }
            Event::Apply(pod) => self.see(&pod),
            Event::Delete(pod) => {
                self.present.remove(&pod.name_any());
            }
            Event::InitDone => {}
        }
        let gone = self.known.len() - self.present.len();
        Some(Course { is_watching: true, answered: self.answered.len(), gone })
    }

    fn see(&mut self, pod: &WatchedPod) {
        let name = pod.name_any();
        if pod.status.as_ref().is_some_and(|status| status.phase == "Succeeded") {
            self.answered.insert(name.clone());
        }
        self.known.insert(name.clone());
        self.present.insert(name);
    }
}
