//! The pods of a run that are there, as the watch tells of them.

use std::collections::HashMap;
use std::net::IpAddr;

use futures::stream::BoxStream;
use kube::api::WatchEvent;
use lbprobe_analysis::observations::Unmeasured;
use lbprobe_analysis::plan::{Network, Vantage};

use super::build::PodNumber;
use super::status::{PodStage, ProbePod};
use crate::error::{Access, Error, Request};

/// The pods that are there, by the one watch that tells of them.
pub(crate) struct LivePods {
    pub(super) watch: BoxStream<'static, kube::Result<WatchEvent<ProbePod>>>,
    /// Which pod bears each name.
    pub(super) numbers: HashMap<String, PodNumber>,
    /// How many vantages there are.
    pub(super) vantages: usize,
    /// Whether each pod was seen, and not seen to go: those of all first attempts, then those of all second ones.
    pub(super) alive: Vec<bool>,
    /// Whether kubelet has said something of each of them.
    pub(super) picked_up: Vec<bool>,
    /// The addresses of each vantage's pod, as soon as it has some.
    pub(super) addresses: HashMap<usize, Vec<IpAddr>>,
}

impl LivePods {
    /// The addresses of pods by node, without those of the host network, which have the node's own.
    pub(crate) fn addresses(&self, vantages: &[Vantage]) -> impl Iterator<Item = (String, Vec<IpAddr>)> {
        let of_pods = vantages.iter().enumerate().filter(|(_, vantage)| vantage.network == Network::Pod);
        of_pods.filter_map(|(index, vantage)| Some((vantage.node.clone(), self.addresses.get(&index)?.clone())))
    }

    /// Which pod changed, and to what. The watch is what everything hangs on: without it the run cannot go on.
    pub(super) fn note(
        &mut self,
        namespace: &str,
        change: kube::Result<WatchEvent<ProbePod>>,
    ) -> Result<Option<(PodNumber, PodStage)>, Error> {
        let (pod, is_there) = match change {
            Ok(WatchEvent::Added(pod) | WatchEvent::Modified(pod)) => (pod, true),
            Ok(WatchEvent::Deleted(pod)) => (pod, false),
            Ok(_) => return Ok(None),
            Err(cause) => {
                let access = Access { verb: "watch", resource: "pods" };
                let what = Request::WatchProbes { namespace }.to_string();
                return Err(Error::Forbidden { what, message: cause.to_string(), can: Some(access) });
            }
        };
        let Some(number) = self.numbers.get(pod.name()).copied() else { return Ok(None) };
        let place = self.place(number);
        self.alive[place] = is_there;
        if let Some(addresses) = pod.addresses() {
            self.addresses.insert(number.vantage, addresses);
        }
        let stage = match PodStage::of(&pod) {
            stage @ (PodStage::Ended(_) | PodStage::Refused(_)) => stage,
            stage if is_there => stage,
            _ => PodStage::Refused(Unmeasured::PodRemoved),
        };
        self.picked_up[place] |= stage != PodStage::Unseen;
        Ok(Some((number, stage)))
    }

    /// Where a pod stands in the lists of all.
    pub(super) fn place(&self, number: PodNumber) -> usize {
        number.attempt * self.vantages + number.vantage
    }
}
