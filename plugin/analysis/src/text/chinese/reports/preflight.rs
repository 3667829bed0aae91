//! The words of what a run would meet.

use crate::preflight::{Admission, DeliveryPlan, Purpose, Readiness, Right, Rights, Trial, TriedObject};
use crate::text::chinese::{list, short_list};
use crate::text::english::notes::megabytes;

/// What it comes to: a word that stands out, and a sentence.
pub(crate) fn readiness(readiness: Readiness, nodes: usize, namespace: &str) -> (&'static str, String) {
    let run = format!("run 可以用命名空间 {namespace} 中的 Pod 探测 {nodes} 个节点");
    match readiness {
        Readiness::Ready => ("就绪", run),
        Readiness::Partly => ("部分就绪", format!("{run}，但有些内容测不到或无法知道")),
        Readiness::NotReady => ("未就绪", "run 在这里什么都测不到".to_owned()),
    }
}

pub(crate) fn rights(rights: &Rights) -> String {
    let what = match rights.purpose {
        Purpose::Read => "读取 Service、Endpoint 和节点",
        Purpose::Probe => "启动探测 Pod，获知其状态并删除它们",
        Purpose::Carry => "用 ConfigMap 发送探针",
        Purpose::ReadMore => "读取让结论更可靠的内容：kube-proxy 的配置、Pod 网络、策略、事件",
        Purpose::Fix => "修改 Service（fix --apply）",
    };
    if rights.missing.is_empty() {
        return what.to_owned();
    }
    let places: Vec<_> = rights.missing.chunk_by(|one, other| one.namespace == other.namespace).map(in_one_place).collect();
    format!("{what}：没有权限 {}", places.join("；"))
}

fn in_one_place(rights: &[Right]) -> String {
    let what: Vec<_> = rights.iter().map(|right| format!("{} {}", right.verb, right.resource)).collect();
    let namespace = rights.first().and_then(|right| right.namespace.as_ref());
    let place = namespace.map(|namespace| format!("（命名空间 {namespace}）")).unwrap_or_default();
    format!("{}{place}", list(&what))
}

/// Nodes that are named; the others are counted.
const NODES: usize = 3;

pub(crate) fn trial(trial: &Trial) -> String {
    let what = match trial.object {
        TriedObject::Job => "本次运行的 Job",
        TriedObject::Pod => "探测 Pod",
        TriedObject::HostPod => "主机网络上的探测 Pod",
        TriedObject::Secret => "客户端证书的 Secret",
        TriedObject::ConfigMap => "携带探针的 ConfigMap",
    };
    let place = trial.nodes.as_ref().map(|nodes| format!("（{}）", short_list(nodes, NODES))).unwrap_or_default();
    match &trial.admission {
        Admission::Admitted => format!("{what}{place}"),
        Admission::Refused(message) => format!("{what}{place}：{message}"),
        Admission::NotAsked(webhook) => format!("{what}{place}：webhook {webhook} 可能有副作用，只有真正运行才知道"),
    }
}

pub(crate) fn not_tried(nodes: usize) -> String {
    format!("{nodes} 个节点的 Pod：未尝试，因为 Pod 的种类太多")
}

pub(crate) fn delivery(plan: &DeliveryPlan) -> String {
    match plan {
        DeliveryPlan::Image { image, without: 0 } => format!("用镜像 {image}，每个节点都已列出它"),
        DeliveryPlan::Image { image, without } => format!("用镜像 {image}；{without} 个节点可能需要拉取，能否成功未知"),
        DeliveryPlan::ConfigMaps(carried) => {
            format!("用 ConfigMap，不需要镜像仓库：{} 发到 {} 个节点", megabytes(carried.bytes), carried.nodes)
        }
    }
}
