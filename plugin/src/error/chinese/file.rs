//! What is wrong with a file, as it stands behind a colon.

use lbprobe_analysis::documents::API_VERSION;

use super::word::wrong_word;
use crate::error::FileProblem;

pub(in crate::error) fn file_problem(problem: &FileProblem) -> String {
    match problem {
        FileProblem::NoName => "这不是文件名".into(),
        FileProblem::NotRegular => "不是普通文件".into(),
        FileProblem::NotOpened(cause) => format!("无法打开：{cause}"),
        FileProblem::NotRead(cause) => format!("无法读取：{cause}"),
        FileProblem::NotWritten(cause) => format!("无法写入：{cause}"),
        FileProblem::TooLarge(most) => format!("大于 {}", size(*most)),
        FileProblem::NotText => "不是 UTF-8 文本".into(),
        FileProblem::NoArchive => "是压缩文件，但不是 bundle 那样的完整归档".into(),
        FileProblem::NoReportInBundle => "是没有 report.json 的归档，因此不是本程序的 bundle".into(),
        FileProblem::Empty => "文件是空的".into(),
        FileProblem::NoObjects => "是文本，不是 Kubernetes 对象".into(),
        FileProblem::NotJson(cause) => format!("不是有效的 JSON：{cause}"),
        FileProblem::NotYaml(cause) => format!("既不是 JSON 也不是 YAML：{cause}"),
        FileProblem::TooMuchYaml(most) => format!("是大于 {} 的 YAML：JSON 占用的内存较少（-o json）", size(*most)),
        FileProblem::TooManyObjects(most) => format!("对象超过 {most} 个"),
        FileProblem::NestedLists => "列表中还有列表".into(),
        FileProblem::BadList(kind) => format!("其中有一个 {kind} 没有 items，或 items 太多"),
        FileProblem::NoKind => "其中有一个对象没有 kind".into(),
        FileProblem::ObjectNotUnderstood { kind, name, cause } => {
            format!("其中有一个无法理解的对象，{}：{cause}", object(kind.as_deref(), name.as_deref()))
        }
        FileProblem::FactsNotUnderstood(cause) => format!("其中的事实无法理解：{cause}"),
        FileProblem::NotUnderstood(cause) => format!("无法理解：{cause}"),
        FileProblem::NoVersion => format!("没有写 apiVersion；本程序读取 {API_VERSION}"),
        FileProblem::OtherVersion(version) => format!("版本是 {version}；本程序读取 {API_VERSION}"),
        FileProblem::OtherKind { kind, version, wanted } => {
            format!("kind 是 {kind}，版本是 {version}，而不是 {API_VERSION} 的 {wanted}")
        }
        FileProblem::NoNodes => "其中没有节点".into(),
        FileProblem::NoSlices => "其中没有 EndpointSlice，因此对 Endpoint 一无所知".into(),
        FileProblem::TwoNodes(name) => format!("其中有两个不同的节点都名为 {name}"),
        FileProblem::NoExternalService => "其中没有 LoadBalancer 或 NodePort 类型的 Service，也没有带 externalIPs 的 Service".into(),
        FileProblem::NoService { name, nearest: None } => format!("其中没有 Service {name}"),
        FileProblem::NoService { name, nearest: Some(nearest) } => format!("其中没有 Service {name}；是否指 {nearest}？"),
        FileProblem::OtherService(name) => format!("其中只有 Service {name} 的事实"),
        FileProblem::NoReport => "其中没有 Report".into(),
        FileProblem::TooManyChecks(checks) => format!("其中的检查比任何集群的都多（{checks}）"),
        FileProblem::OtherVantages => "其中的观测来自计划之外的探测点".into(),
        FileProblem::WrongInPlan { field, cause } => format!("其计划中的 {field} 有误：{}", wrong_word(cause)),
        FileProblem::WrongInService { field, service, cause } => {
            format!("其中 Service {service:?} 的 {field} 有误：{}", wrong_word(cause))
        }
        FileProblem::OfAnother => "它属于另一个程序".into(),
        FileProblem::ExpectsNothing => "其中没有任何期望".into(),
        FileProblem::NotAsWritten => "不是修改对象时写下的那个文件".into(),
        FileProblem::OtherChange => "它属于另一次变更".into(),
        FileProblem::ChangesMore(strategy) => format!("改动比策略 {strategy} 所做的多"),
    }
}

fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{bytes} 字节") }
}

fn object(kind: Option<&str>, name: Option<&str>) -> String {
    let kind = kind.map_or_else(|| "没有 kind".into(), |kind| format!("kind 为 {kind}"));
    let name = name.map_or_else(|| "没有名称".into(), |name| format!("名为 {name}"));
    format!("{kind}，{name}")
}
