//! What the plan asks for beside its checks.

use lbprobe_protocol::{KubeProxyEvidence, NodeEvidence, Question};

use crate::{kube_proxy, node};

/// The answers, each present where it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    pub(crate) kube_proxy: Option<KubeProxyEvidence>,
    pub(crate) node: Option<NodeEvidence>,
}

/// Answers all questions at once.
pub(crate) async fn answer(questions: &[Question]) -> Evidence {
    let kube_proxy = async { if questions.contains(&Question::KubeProxy) { Some(kube_proxy::ask().await) } else { None } };
    let node = async {
        let question = questions.iter().find_map(|question| match question {
            Question::Node(question) => Some(question),
            Question::KubeProxy => None,
        });
        match question {
            Some(question) => Some(node::look(question).await),
            None => None,
        }
    };
    let (kube_proxy, node) = futures::join!(kube_proxy, node);
    Evidence { kube_proxy, node }
}
