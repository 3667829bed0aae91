//! What the plan asks for beside its checks.

use std::time::Duration;

use lbprobe_protocol::{KubeProxyEvidence, NodeEvidence, NodeQuestion, Question};
use tokio::time::Instant;

use crate::kube_proxy::Asked;
use crate::{kube_proxy, node};

/// A count that stayed the same for this long outlasts the writing of a change, which kube-proxy does at most once a
/// second by default.
const LASTING: Duration = Duration::from_secs(2);

/// The answers, each present where it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    pub(crate) kube_proxy: Option<KubeProxyEvidence>,
    pub(crate) node: Option<NodeEvidence>,
    count: Option<Count>,
}

/// kube-proxy's count of the Service's endpoints on its node.
#[derive(Clone, Copy, Debug)]
struct Count {
    /// The healthCheckNodePort, which tells it.
    port: u16,
    endpoints: u32,
    asked: Instant,
    /// Whether kube-proxy had nothing to write then.
    is_quiet: bool,
}

/// Answers all questions at once.
pub(crate) async fn answer(questions: &[Question]) -> Evidence {
    let of_node = questions.iter().find_map(|question| match question {
        Question::Node(question) => Some(question),
        Question::KubeProxy => None,
    });
    let port = of_node.and_then(|question| question.health_check_node_port);
    let kube_proxy = async { if questions.contains(&Question::KubeProxy) { Some(kube_proxy::ask().await) } else { None } };
    let (kube_proxy, endpoints) = futures::join!(kube_proxy, local_endpoints(port));
    let is_quiet = kube_proxy.as_ref().is_some_and(|asked| asked.is_quiet);
    let count = port.zip(endpoints).map(|(port, endpoints)| Count { port, endpoints, asked: Instant::now(), is_quiet });
    let node = of_node.map(|question: &NodeQuestion| NodeEvidence { local_endpoints: endpoints, ..node::look(question) });
    Evidence { kube_proxy: kube_proxy.map(|Asked { evidence, .. }| evidence), node, count }
}

impl Evidence {
    /// Asks for the count again, now that the checks are done: what they saw of endpoints in motion is of a moment.
    pub(crate) async fn ask_again(&mut self) {
        let (Some(count), Some(node)) = (self.count, &mut self.node) else { return };
        let Some(endpoints) = node::local_endpoints(count.port).await else { return };
        count.compare(endpoints, node);
    }
}

impl Count {
    fn compare(self, endpoints: u32, node: &mut NodeEvidence) {
        let is_same = endpoints == self.endpoints;
        node.local_endpoints = Some(endpoints);
        node.local_endpoints_before = (!is_same).then_some(self.endpoints);
        node.local_endpoints_settled = is_same && (self.is_quiet || self.asked.elapsed() >= LASTING);
    }
}

async fn local_endpoints(port: Option<u16>) -> Option<u32> {
    node::local_endpoints(port?).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(count: Count, endpoints: u32) -> NodeEvidence {
        let mut node = NodeEvidence::default();
        count.compare(endpoints, &mut node);
        node
    }

    #[tokio::test(start_paused = true)]
    async fn a_count_is_settled_that_lasts_or_that_nothing_waits_to_change() {
        let count = Count { port: 1, endpoints: 0, asked: Instant::now(), is_quiet: false };
        assert!(!after(count, 0).local_endpoints_settled, "asked twice within a moment");
        assert!(after(Count { is_quiet: true, ..count }, 0).local_endpoints_settled);
        tokio::time::advance(LASTING).await;
        assert!(after(count, 0).local_endpoints_settled);
        let changed = after(Count { is_quiet: true, ..count }, 1);
        assert_eq!((changed.local_endpoints, changed.local_endpoints_before), (Some(1), Some(0)));
        assert!(!changed.local_endpoints_settled);
    }
}
