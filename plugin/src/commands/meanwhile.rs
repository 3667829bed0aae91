//! What changes in Services while something runs, heard by watches. A change that is taken back before the Services are
//! read again is seen in no other way.

use std::pin::pin;

use futures::stream::{self, StreamExt as _};
use lbprobe_analysis::facts::{Facts, ServiceChange};

use crate::facts::from_api::{self, Followed};
use crate::kubernetes::Cluster;

/// So many Services are followed, by two watches each. Of more of them, only what has not been taken back is seen.
const MOST_SERVICES: usize = 10;

/// Changes that are kept for each: a rollout of a large gateway makes hundreds.
const MOST_CHANGES: usize = 20;

/// Does some work, and tells for each Service what changed while it was done. Nothing is heard where watching is not
/// allowed.
pub(super) async fn heard_during<T>(cluster: &Cluster, services: &[&Facts], work: impl Future<Output = T>) -> (T, Vec<Vec<ServiceChange>>) {
    let mut heard = vec![Vec::new(); services.len()];
    let of_cluster = services.iter().enumerate().filter(|(_, facts)| !facts.service.is_elsewhere());
    let streams = of_cluster.take(MOST_SERVICES).map(|(index, facts)| {
        let changes = from_api::follow(cluster, &facts.service.namespace, &facts.service.name);
        changes.map(move |followed| (index, followed))
    });
    let mut changes = stream::select_all(streams);
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            Some((index, followed)) = changes.next() => match followed {
                Followed::Changed(what) if heard[index].len() < MOST_CHANGES => heard[index].push(what),
                Followed::Changed(_) | Followed::Refused(_) => {}
            },
            done = &mut work => return (done, heard),
        }
    }
}
