//! A watch that goes on: without a list before it, resumed where it broke off.
//!
//! A selector that names this run finds nothing before the run begins, so the list that watches
//! usually start from can be left out. API servers end slow watches under load (seen at 1,000
//! nodes): a client that does not resume hangs.

use std::fmt::Debug;
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt as _};
use kube::api::{WatchEvent, WatchParams};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;

/// Between two tries to resume.
const PAUSE: Duration = Duration::from_millis(500);

/// "Any version": the current state as changes, then changes.
const ANY_VERSION: &str = "0";

struct Watch<K> {
    api: Api<K>,
    params: WatchParams,
    version: String,
    open: Option<BoxStream<'static, kube::Result<WatchEvent<K>>>>,
    ended: bool,
}

/// Changes of what the parameters select. An error is the last item: the server forbids the watch.
pub(crate) fn watch<K>(api: Api<K>, params: WatchParams) -> BoxStream<'static, kube::Result<WatchEvent<K>>>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + 'static,
{
    let start = Watch { api, params, version: ANY_VERSION.into(), open: None, ended: false };
    stream::unfold(start, |mut watch| async move {
        let item = watch.next().await?;
        Some((item, watch))
    })
    .boxed()
}

impl<K> Watch<K>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + 'static,
{
    async fn next(&mut self) -> Option<kube::Result<WatchEvent<K>>> {
        while !self.ended {
            match self.step().await {
                Some(Ok(event)) => {
                    if let Some(event) = self.note(event) {
                        return Some(Ok(event));
                    }
                }
                Some(Err(kube::Error::Api(status))) if matches!(status.code, 401 | 403) => {
                    self.ended = true;
                    return Some(Err(kube::Error::Api(status)));
                }
                Some(Err(_)) | None => {
                    self.open = None;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        None
    }

    async fn step(&mut self) -> Option<kube::Result<WatchEvent<K>>> {
        if self.open.is_none() {
            match self.api.watch(&self.params, &self.version).await {
                Ok(open) => self.open = Some(open.boxed()),
                Err(cause) => return Some(Err(cause)),
            }
        }
        self.open.as_mut()?.next().await
    }

    /// Remembers where to resume; a version that the server no longer knows (410) starts anew.
    fn note(&mut self, event: WatchEvent<K>) -> Option<WatchEvent<K>> {
        match &event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) | WatchEvent::Deleted(object) => {
                if let Some(version) = &object.meta().resource_version {
                    self.version.clone_from(version);
                }
                Some(event)
            }
            WatchEvent::Bookmark(bookmark) => {
                self.version.clone_from(&bookmark.metadata.resource_version);
                None
            }
            WatchEvent::Error(_) => {
                self.version = ANY_VERSION.into();
                self.open = None;
                None
            }
        }
    }
}
