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

/// "Any version": the current state as changes, then changes. It may be a while old.
const ANY_VERSION: &str = "0";

/// "The latest": the same, by the newest state that the server has.
const LATEST_VERSION: &str = "";

/// Where a watch goes on when it breaks off.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Position {
    version: String,
    /// The server has forgotten our version (410), and sends what there is in an order of its own: until it says where
    /// that ends, a break means that all of it is sent again, or some would be missed.
    is_catching_up: bool,
}

impl Position {
    fn start(version: &str) -> Self {
        Self { version: version.into(), is_catching_up: false }
    }

    fn expired() -> Self {
        Self { version: ANY_VERSION.into(), is_catching_up: true }
    }

    /// After an object with that version.
    fn passed(&mut self, version: Option<&String>) {
        if let Some(version) = version.filter(|_| !self.is_catching_up) {
            self.version.clone_from(version);
        }
    }

    /// At a bookmark: all before it was sent.
    fn marked(&mut self, version: &str) {
        version.clone_into(&mut self.version);
        self.is_catching_up = false;
    }
}

struct Watch<K> {
    api: Api<K>,
    params: WatchParams,
    position: Position,
    open: Option<BoxStream<'static, kube::Result<WatchEvent<K>>>>,
    ended: bool,
}

/// Changes of what the parameters select. An error is the last item: the server forbids the watch.
pub(crate) fn watch<K>(api: Api<K>, params: WatchParams) -> BoxStream<'static, kube::Result<WatchEvent<K>>>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + 'static,
{
    watch_from(api, params, Position::start(ANY_VERSION))
}

/// The same from the latest state that the server knows. A server whose cache is behind begins with an older one, and one
/// change more is heard than there was.
pub(crate) fn watch_latest<K>(api: Api<K>, params: WatchParams) -> BoxStream<'static, kube::Result<WatchEvent<K>>>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + 'static,
{
    watch_from(api, params, Position::start(LATEST_VERSION))
}

fn watch_from<K>(api: Api<K>, params: WatchParams, position: Position) -> BoxStream<'static, kube::Result<WatchEvent<K>>>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + 'static,
{
    let start = Watch { api, params, position, open: None, ended: false };
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
                    if self.open.is_none() {
                        tokio::time::sleep(PAUSE).await;
                    }
                }
                Some(Err(kube::Error::Api(status))) if matches!(status.code, 401 | 403) => {
                    self.ended = true;
                    return Some(Err(kube::Error::Api(status)));
                }
                Some(Err(kube::Error::Api(status))) if status.code == 410 => {
                    self.expire();
                    tokio::time::sleep(PAUSE).await;
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
            match self.api.watch(&self.params, &self.position.version).await {
                Ok(open) => self.open = Some(open.boxed()),
                Err(cause) => return Some(Err(cause)),
            }
        }
        self.open.as_mut()?.next().await
    }

    fn expire(&mut self) {
        self.position = Position::expired();
        self.open = None;
    }

    /// Remembers where to resume.
    fn note(&mut self, event: WatchEvent<K>) -> Option<WatchEvent<K>> {
        match &event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) | WatchEvent::Deleted(object) => {
                self.position.passed(object.meta().resource_version.as_ref());
                Some(event)
            }
            WatchEvent::Bookmark(bookmark) => {
                self.position.marked(&bookmark.metadata.resource_version);
                None
            }
            WatchEvent::Error(_) => {
                self.expire();
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_that_is_cut_while_it_catches_up_begins_again() {
        let mut position = Position::start(ANY_VERSION);
        position.passed(Some(&"7".into()));
        assert_eq!(position.version, "7", "changes come in their order");
        position = Position::expired();
        // What there is comes by name: the first is the newest here.
        position.passed(Some(&"90".into()));
        position.passed(Some(&"12".into()));
        assert_eq!(position.version, ANY_VERSION, "whoever resumed from 12, or from 90, would miss the rest");
        position.marked("95");
        position.passed(Some(&"96".into()));
        assert_eq!(position.version, "96");
    }
}
