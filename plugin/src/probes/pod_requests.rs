//! What a run asks the API server about its pods: to make them, to tell of them, and for their logs.

use std::collections::HashMap;

use futures::stream::{BoxStream, StreamExt as _};
use http::HeaderValue;
use http::header::ACCEPT;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::{ListParams, PostParams, WatchEvent, WatchParams};
use kube::core::Request as HttpRequest;
use kube::{Api, Resource as _};
use lbprobe_analysis::facts::Taint;
use lbprobe_analysis::words::printable;
use serde::de::IgnoredAny;

use super::admission::without_name;
use super::answers;
use super::build::{Batches, CONTAINER, PodNumber};
use super::creation;
use super::job::RunJob;
use super::live_pods::LivePods;
use super::runner::Runner;
use super::status::{MESSAGE_CHARS, PodStage, ProbePod};
use super::warnings::warning;
use crate::error::{Access, Error, Refusal, Request};
use crate::kubernetes::watch;

/// Creates in flight. API servers end watches under more (seen at 50 with 1,000 nodes).
pub(super) const CREATES_IN_FLIGHT: usize = 10;

/// Asks for an object's metadata in place of all of it, or where a server cannot do that, for all of it.
const METADATA_ONLY: HeaderValue =
    HeaderValue::from_static("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json");

/// Pods in one page of such a look: 13 kB each as the server sends them.
const PAGE: u32 = 500;

/// How pods stand, by the server's own word.
pub(super) type Looked = Result<Vec<(PodNumber, PodStage)>, Error>;

impl Runner<'_> {
    /// The pods' watch, before there is any.
    pub(crate) fn live_pods(&self) -> LivePods {
        let vantages = self.vantages.len();
        let attempts = 0..self.run_spec.delivery.attempts();
        let numbers = attempts.flat_map(|attempt| (0..vantages).map(move |vantage| PodNumber { vantage, attempt }));
        let numbers: HashMap<_, _> = numbers.map(|number| (self.run_spec.pod_name(number), number)).collect();
        let none = vec![false; numbers.len()];
        LivePods { watch: self.watch_pods(), vantages, alive: none.clone(), picked_up: none, numbers, addresses: HashMap::new() }
    }

    /// The first pods of all vantages, one create after the other.
    pub(super) fn creations<'b>(&'b self, job: &'b RunJob) -> impl Iterator<Item = impl Future<Output = (PodNumber, Result<(), Error>)>> {
        let taints: HashMap<&str, &[Taint]> = self.facts.nodes.iter().map(|node| (node.name.as_str(), &node.taints[..])).collect();
        self.vantages.iter().enumerate().map(move |(index, vantage)| {
            let taints = taints.get(vantage.node.as_str()).copied().unwrap_or_default();
            self.create(PodNumber::first(index), taints, job)
        })
    }

    /// Makes a pod in place of one that could not start.
    pub(super) async fn create_another(&self, number: PodNumber, job: &RunJob) -> (PodNumber, Result<(), Error>) {
        let name = &self.vantages[number.vantage].node;
        let node = self.facts.nodes.iter().find(|node| node.name == *name);
        self.create(number, node.map(|node| &node.taints[..]).unwrap_or_default(), job).await
    }

    async fn create(&self, number: PodNumber, taints: &[Taint], job: &RunJob) -> (PodNumber, Result<(), Error>) {
        let vantage = &self.vantages[number.vantage];
        let created = match self.run_spec.pod(number, vantage, taints, Some(&job.job)) {
            Ok(mut pod) => {
                Batches::of_pods(self.vantages.len()).mark(number.vantage, &mut pod);
                self.create_pod(&pod).await
            }
            Err(cause) => Err(cause),
        };
        (number, created)
    }

    async fn create_pod(&self, pod: &Pod) -> Result<(), Error> {
        let (client, path) = (&self.cluster.client, Pod::url_path(&(), Some(&self.run_spec.namespace)));
        let access = Access { verb: "create", resource: "pods" };
        let create = async || {
            let body = serde_json::to_vec(pod).map_err(kube::Error::SerdeError)?;
            let request = HttpRequest::new(&path).create(&PostParams::default(), body);
            let mut request = request.map_err(kube::Error::BuildRequest)?;
            request.headers_mut().insert(ACCEPT, METADATA_ONLY);
            // The watch tells what became of it.
            let IgnoredAny = client.request(request).await?;
            Ok(())
        };
        creation::insist(async || self.cluster.request(Request::CreatePod, access, create()).await).await.map(drop)
    }

    fn watch_pods(&self) -> BoxStream<'static, kube::Result<WatchEvent<ProbePod>>> {
        let api: Api<ProbePod> = Api::namespaced(self.cluster.client.clone(), &self.run_spec.namespace);
        watch(api, WatchParams::default().labels(&self.run_spec.selector()))
    }

    /// Warnings about the run's pods; those about others are passed over. A user who may not see
    /// events loses only the quickness of a message.
    pub(super) fn watch_warnings<'b>(&self, numbers: &'b HashMap<String, PodNumber>) -> BoxStream<'b, (PodNumber, String)> {
        let api: Api<Event> = Api::namespaced(self.cluster.client.clone(), &self.run_spec.namespace);
        let changes = watch(api, WatchParams::default().fields("type=Warning,involvedObject.kind=Pod"));
        changes.filter_map(move |change| std::future::ready(change.ok().and_then(|event| warning(numbers, event)))).boxed()
    }

    /// How the pods stand by the server's own word: nobody is late whose answer only was not heard.
    pub(super) async fn look(&self, numbers: &HashMap<String, PodNumber>) -> Looked {
        match self.list_pods(|pod| Some((*numbers.get(pod.name())?, PodStage::of(pod)))).await {
            // The watch is all that such a user has.
            Err(Error::Forbidden { .. }) => Ok(Vec::new()),
            looked => looked,
        }
    }

    /// The run's pods page by page, as little of each as is kept.
    pub(super) async fn list_pods<T>(&self, keep: impl Fn(&ProbePod) -> Option<T>) -> Result<Vec<T>, Error> {
        let api: Api<ProbePod> = Api::namespaced(self.cluster.client.clone(), &self.run_spec.namespace);
        let access = Access { verb: "list", resource: "pods" };
        let mut params = ListParams::default().labels(&self.run_spec.selector()).limit(PAGE);
        let mut kept = Vec::new();
        for _ in 0..=self.vantages.len() * self.run_spec.delivery.attempts() {
            let page = self.cluster.request(Request::ListProbes, access, api.list(&params)).await?;
            kept.extend(page.items.iter().filter_map(&keep));
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params = params.continue_token(&token),
                None => break,
            }
        }
        Ok(kept)
    }

    /// Which pods are there, by the server's own word; nothing is changed where it gives none.
    pub(super) async fn recount(&self, pods: &mut LivePods) {
        let numbers = &pods.numbers;
        if let Ok(there) = self.list_pods(|pod| numbers.get(pod.name()).copied()).await {
            pods.alive.fill(false);
            for number in there {
                let place = pods.place(number);
                pods.alive[place] = true;
            }
        }
    }

    pub(super) async fn fetch_log(&self, number: PodNumber) -> (usize, String) {
        let index = number.vantage;
        let api: Api<Pod> = Api::namespaced(self.cluster.client.clone(), &self.run_spec.namespace);
        let plan = self.run_spec.plans.of(self.vantages[index].network);
        (index, answers::follow_log(&api, (&self.run_spec.pod_name(number), CONTAINER), plan, self.run_spec.answer_limit()).await)
    }

    /// The server refused every pod: nothing was measured, and the first refusal says why.
    pub(super) async fn no_pod(&self, refusals: Vec<Error>) -> Error {
        let refusal = refusals.into_iter().next().unwrap_or(Error::NothingProbed);
        let name = self.run_spec.pod_name(PodNumber::first(0));
        creation::explained(self.cluster, refusal, "pods", &self.run_spec.namespace, |namespace, message| Error::NoPod {
            namespace: namespace.to_owned(),
            why: Refusal::of(message),
            message: printable(&without_name(message, &name), MESSAGE_CHARS),
        })
        .await
    }
}
