//! The words on standard error while a command works.

use std::time::Duration;

use super::{changes, reports, short_list};
use crate::text::english::notes::megabytes;
use crate::text::messages::{Message, Place, Question};

/// Changes and vantages that a line names.
const NAMED: usize = 3;

/// Pods that it names: whoever agrees to a change that stays is to see all of them.
const PODS: usize = 30;

pub(crate) fn message(message: Message<'_>) -> String {
    match message {
        Message::Warning { cause } => format!("警告：{cause}"),
        Message::Error { cause } => format!("错误：{cause}"),
        Message::Hint { hint } => format!("提示：{hint}"),
        Message::MetricsServed { address } => format!("指标见 http://{address}/metrics"),
        Message::Requested { what, access, took, failed } => requested(what, access, took, failed),
        Message::ProvingBegins { agreeing, mismatches } => proving_begins(agreeing, mismatches),
        Message::NodeProven { node, kube_proxy, checks, changed, nodes } => {
            format!("{node}：kube-proxy {kube_proxy}；检查：{checks}（{nodes} 个节点中已变更 {changed} 个）")
        }
        Message::NodeNotMeasured { node, cause } => format!("警告：{node} 无法再次测量：{cause}"),
        Message::WaitingForLogin { command } => format!("正在等待 {command}，即 kubeconfig 的登录命令"),
        Message::DeadlineFixed { cause, seconds } => {
            format!("警告：{cause}；无论是否完成，集群都会在启动 {seconds} s 后删除探测 Pod")
        }
        Message::DeadlineHint => "提示：kubectl auth can-i patch jobs；或加大 --deadline".into(),
        Message::Carrying { cause, nodes, bytes } => {
            format!("用 ConfigMap 把探针发送到 {nodes} 个节点（{}），因为 {cause}", megabytes(bytes))
        }
        Message::ProbingMore => "同一类节点的结果不同：多探测一些".into(),
        Message::ProbingMoreFailed { cause } => format!("警告：{cause}；以下是每一类中最先几个节点的结果"),
        Message::ProbingAgain { service, changes } => {
            let what: Vec<_> = changes.iter().map(changes::change).collect();
            format!("Service {service} 在运行期间发生变化（{}）：再探测一次", short_list(&what, NAMED))
        }
        Message::EphemeralContainers { pods } => {
            format!("--from 把探针作为临时容器放入 {}：它会自行结束，但在 Pod 被替换之前，Pod 的 spec 会保留它", short_list(pods, PODS))
        }
        Message::SentInto { images, may_be_pulled, bytes } => sent_into(images, may_be_pulled, bytes),
        Message::KernelLook { nodes } => format!(
            "--evidence kernel 在 {} 上启动一个特权 Pod，持续几秒。它自己建立连接，读取节点的 conntrack 和 ipvs 表。它在节点进程的环境变量中\
             查找旁边的探针。它用一张 nftables 表跟踪自己的包，Pod 结束时内核会删除该表",
            short_list(nodes, NAMED)
        ),
        Message::KernelLeftOut => "警告：运行期间 Service 或其 Endpoint 发生变化：略去内核的结果；请再运行一次".into(),
        Message::OutsideLeftOut => "警告：运行期间 Service 发生变化：略去从集群外看到的结果；请再运行一次".into(),
        Message::Removing => "已中断：正在删除探测 Pod（再次中断则留给集群处理）".into(),
        Message::Removed { namespace } => format!("已删除：命名空间 {namespace} 中没有留下本次运行的任何东西"),
        Message::NotConfirmed { vantages, most_seconds } => {
            let who = reports::checks::vantages(vantages);
            format!("警告：kubelet 尚未确认探针已结束：{who}；它会在约 {most_seconds} s 内自行结束")
        }
        Message::CleanUpFailed { cause, seconds } => format!("警告：清理失败：{cause}；集群会在约 {seconds} s 内自行清理"),
        Message::Progress { pods, created, running, answered } => {
            format!("Pod：{pods} 个中已创建 {created} 个，运行 {running} 个，已有结果 {answered} 个")
        }
        Message::Probing { service } => format!("正在探测 {service}"),
        Message::NothingChanged => "没有做任何改动".into(),
        Message::Changed { object } => format!("已修改命名空间 {} 中的 {object}；持续探测直到生效", object.namespace),
        Message::MaybeChanged { object } => {
            format!("不知道 {object} 是否已被修改；kubectl lbprobe fix SERVICE 可查看，--undo 可撤销")
        }
        Message::KeptByOther { owner, object } => {
            format!("警告：{owner} 按自己的来源维护 {object}，会把变更改回去：请在那里也做修改")
        }
        Message::OwnedByOther { owner } => format!("警告：该 Service 属于 {owner}，它的控制器可能把变更改回去：请在那里修改"),
        Message::Reports { before, after } => format!("报告：{before} 和 {after}"),
        Message::ReportNotSaved { cause, before } => format!("警告：{cause}；变更之前的报告是 {before}"),
        Message::Gone { object } => format!("{object} 已不存在：没有可验证或可恢复的内容"),
        Message::NotVerified { object } => format!("{object} 的变更保留，但没有验证"),
        Message::NotVerifiedHint => "提示：kubectl lbprobe fix SERVICE --resume，或 --undo".into(),
        Message::Pending { object, record } => format!("{object} {record}"),
        Message::Verifying { object, record } => format!("{object} {record}；现在验证，无效则恢复原状"),
        Message::UndoRecorded => "恢复原状所需的内容在那次运行的文件中：".into(),
        Message::UndoComputed => "这里没有那次运行的文件；以下内容撤销该策略所做的修改：".into(),
        Message::PutBack { object, before } => format!("{object} 已恢复到 {before} 之前的样子"),
        Message::CleanedUp { objects, namespace } => format!("在{}中删除了 {objects} 个对象", place(namespace)),
        Message::WouldCleanUp { objects, namespace } => format!("将在{}中删除 {objects} 个对象", place(namespace)),
        Message::PendingIn { object, record } => format!("命名空间 {} 中的 {object} {record}", object.namespace),
        Message::PendingHint { command } => format!("提示：{command} --resume，或 --undo"),
        Message::Accepted { expectations } => format!("全部 {expectations} 项期望都满足"),
        Message::NotAccepted { expectations, failing } => {
            format!("{expectations} 项期望中有 {} 项不满足：{}", failing.len(), failing.join("；"))
        }
        Message::LeftOver { object, namespace } => format!("命名空间 {namespace} 中的 {object}"),
        Message::NothingWouldChange => "不会有任何变化".into(),
        Message::NoRecordIn { object, cause } => {
            format!("命名空间 {} 中的 {object} 带有注解 lbprobe/fix，但它不是变更记录：{cause}", object.namespace)
        }
        Message::NoRecordHint { command } => format!("提示：弄清是谁写的之后，{command}"),
        Message::CompletionInstalled { file } => {
            format!("已安装 {file}：在每个已启用 kubectl 补全的 shell 中，kubectl 现在会补全 kubectl lbprobe")
        }
    }
}

fn sent_into(images: &[String], may_be_pulled: bool, bytes: usize) -> String {
    let (images, bytes) = (short_list(images, NAMED), megabytes(bytes));
    if may_be_pulled {
        format!("如果拉不到探针的镜像，则由第二个容器运行 {images}，并把探针（{bytes}）发送到它的 shell")
    } else {
        format!("容器运行 {images}，探针（{bytes}）经 API server 发送到它的 shell")
    }
}

fn place(namespace: Option<&str>) -> String {
    namespace.map_or_else(|| "所有命名空间".to_owned(), |name| format!("命名空间 {name} "))
}

pub(crate) fn question(question: Question<'_>) -> String {
    match question {
        Question::Change { object } => format!("修改命名空间 {} 中的 {object} 吗？", object.namespace),
        Question::PutBack { object } => format!("把命名空间 {} 中的 {object} 恢复原状吗？", object.namespace),
        Question::LookIntoKernels { nodes } => format!("启动 {nodes} 个特权 Pod 吗？"),
        Question::AddContainers { pods } => format!("把它加入 {pods} 个 Pod 吗？"),
        Question::GoOn => "继续吗？".into(),
    }
}

pub(crate) fn place_of_address(place: Place<'_>) -> String {
    match place {
        Place::Arguments { container } => format!("容器 {container} 的参数"),
        Place::Variable { name, container } => format!("容器 {container} 的环境变量 {name}"),
        Place::ConfigMap { name, key } => format!("configmap/{name}，键 {key}"),
    }
}

fn proving_begins(agreeing: usize, mismatches: usize) -> String {
    let today = if mismatches == 0 {
        format!("{agreeing} 项检查与预测一致")
    } else {
        format!("{mismatches} 项检查与预测不符，因此预演的出发点与实际不同（kubectl lbprobe run 说明更多）")
    };
    format!("变更之前：{today}。现在请变更节点；按 Ctrl-C 结束并给出报告")
}

fn requested(what: &str, (verb, resource): (&str, &str), took: Duration, failed: bool) -> String {
    let ended = if failed { "，失败" } else { "" };
    format!("{} ms  {verb} {resource}：{what}{ended}", took.as_millis())
}
