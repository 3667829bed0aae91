//! Pods that stay: started like those of a run, and followed line by line until somebody ends it.

use std::collections::HashMap;

use futures::io::Lines;
use futures::stream::{self, BoxStream, SelectAll, StreamExt as _};
use futures::{AsyncBufRead, AsyncBufReadExt as _};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use lbprobe_protocol::Sighting;
use tokio::time::{Duration, Instant, interval, sleep};

use super::runner::{CREATES_IN_FLIGHT, Runner};
use super::status::Stage;
use crate::error::Error;

/// Before a log is asked for again whose connection broke.
const PAUSE: Duration = Duration::from_secs(1);

/// What is read again of it, so that no line is missed: those that were heard are passed over.
const OVERLAP: Duration = Duration::from_secs(5);

/// What comes from a pod; a number is its place among the vantages.
pub(crate) enum Heard {
    /// A sample.
    Sighting(usize, Sighting),
    /// Nothing comes any more, or never came, for this reason.
    Silent(usize, String),
    /// The connection broke and stands again.
    Reconnected(usize),
}

impl Runner<'_> {
    /// Starts the pods, and tells what they see until it is dropped. An error means that no pod could be
    /// made at all.
    pub(crate) async fn keep_watch(&self, mut tell: impl FnMut(Heard)) -> Result<(), Error> {
        let job = self.create_job().await?;
        let places: HashMap<String, usize> = (0..self.vantages.len()).map(|place| (self.blueprint.pod_name(place), place)).collect();
        let mut creates = stream::iter(self.creations(&job)).buffer_unordered(CREATES_IN_FLIGHT);
        let mut pods = self.watch_pods();
        let mut logs: SelectAll<BoxStream<'_, Heard>> = SelectAll::new();
        let mut waiting: HashMap<usize, Instant> = HashMap::new();
        let mut refusals = Vec::new();
        let mut ticks = interval(PAUSE);
        loop {
            tokio::select! {
                Some((place, result)) = creates.next() => match result {
                    Ok(()) => drop(waiting.insert(place, Instant::now())),
                    Err(cause) => {
                        tell(Heard::Silent(place, cause.to_string()));
                        refusals.push(cause);
                        if refusals.len() == self.vantages.len() {
                            return Err(self.no_pod(&refusals));
                        }
                    }
                },
                Some(change) = pods.next() => match self.change(&places, change)? {
                    Some((place, Stage::Running)) if waiting.remove(&place).is_some() => logs.push(self.follow(place)),
                    Some((place, Stage::Refused(why))) => {
                        waiting.remove(&place);
                        tell(Heard::Silent(place, why.reason));
                    }
                    Some((place, Stage::Ended { .. })) => tell(Heard::Silent(place, "the probe has ended".into())),
                    _ => {}
                },
                Some(heard) = logs.next() => tell(heard),
                _ = ticks.tick() => {
                    let late: Vec<_> = waiting.iter().filter(|(_, since)| since.elapsed() > self.start_timeout).map(|(place, _)| *place).collect();
                    for place in late {
                        waiting.remove(&place);
                        tell(Heard::Silent(place, self.not_started(&self.vantages[place]).reason));
                    }
                }
            }
        }
    }

    /// The lines of a pod's log, from its first on, over as many connections as it takes.
    fn follow(&self, place: usize) -> BoxStream<'static, Heard> {
        let api: Api<Pod> = Api::namespaced(self.cluster.client.clone(), &self.blueprint.namespace);
        let start = Following { api, pod: self.blueprint.pod_name(place), place, lines: None, heard: None };
        stream::unfold(start, |mut following| async move {
            let heard = following.next().await?;
            Some((heard, following))
        })
        .boxed()
    }
}

type LogLines = Lines<std::pin::Pin<Box<dyn AsyncBufRead + Send>>>;

/// A log that is being followed.
struct Following {
    api: Api<Pod>,
    pod: String,
    place: usize,
    lines: Option<LogLines>,
    /// When the last line came.
    heard: Option<Instant>,
}

impl Following {
    /// The next line; nothing where the pod is gone.
    async fn next(&mut self) -> Option<Heard> {
        loop {
            if let Some(lines) = &mut self.lines {
                match lines.next().await {
                    Some(Ok(line)) => {
                        self.heard = Some(Instant::now());
                        if let Some(sighting) = Sighting::from_line(&line) {
                            return Some(Heard::Sighting(self.place, sighting));
                        }
                    }
                    Some(Err(_)) | None => self.lines = None,
                }
                continue;
            }
            if self.heard.is_some() {
                sleep(PAUSE).await;
            }
            match self.open().await {
                Ok(()) if self.heard.is_some() => return Some(Heard::Reconnected(self.place)),
                Ok(()) => {}
                Err(kube::Error::Api(status)) if status.code == 404 => return None,
                Err(_) => sleep(PAUSE).await,
            }
        }
    }

    async fn open(&mut self) -> kube::Result<()> {
        let since = self.heard.map(|heard| i64::try_from((heard.elapsed() + OVERLAP).as_secs()).unwrap_or(i64::MAX));
        let params = LogParams { follow: true, since_seconds: since, ..LogParams::default() };
        let log: std::pin::Pin<Box<dyn AsyncBufRead + Send>> = Box::pin(self.api.log_stream(&self.pod, &params).await?);
        self.lines = Some(log.lines());
        Ok(())
    }
}
