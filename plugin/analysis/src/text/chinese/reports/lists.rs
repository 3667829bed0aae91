//! Titles of lists, what stands before their lines, and what is left out of them.

use crate::text::chinese::list;
use crate::text::reports::{Label, NotShown, Rest, Title};
use crate::words;

/// Characters of a machine's name.
const MACHINE: usize = 80;

pub(crate) fn title(title: Title<'_>) -> String {
    let of_cause = |number: Option<usize>| number.map(|number| format!("（{number}）")).unwrap_or_default();
    match title {
        Title::BeforeChange => "先做这些，就不会出问题".into(),
        Title::NodeOrder => "影响最小的节点顺序".into(),
        Title::Obstacles => "kube-proxy 无法启动".into(),
        Title::BesideChecks => "检查之外".into(),
        Title::Changes => "变更".into(),
        Title::Delivery => "探针如何送到节点".into(),
        Title::Disagreements => "API 与节点的说法不一致".into(),
        Title::Evidence(number) => format!("证据{}", of_cause(number)),
        Title::EvidenceChecks => "为区分原因而做的访问".into(),
        Title::Expected => "预期（未实测）".into(),
        Title::ExpectedOfEvidence => "NodePort 和 Endpoint".into(),
        Title::ExpectedResult => "预期结果".into(),
        Title::Fixes(number) => format!("处理办法，最好的在前{}", of_cause(number)),
        Title::Ignored => "已忽略".into(),
        Title::Kernel => "内核如何处理探针自己的连接".into(),
        Title::LeftOut => "未包括".into(),
        Title::NotAsExpected => "与预期不符".into(),
        Title::NotHeard => "没有收到数据：这些时段不算正常".into(),
        Title::NotKnown => "未知".into(),
        Title::OpenQuestions => "待确认的问题".into(),
        Title::NamedPods => "指定的 Pod".into(),
        Title::NotMeasured => "未测".into(),
        Title::Notes => "说明".into(),
        Title::Objects => "服务器接受哪些对象（只是试探，没有创建任何东西）".into(),
        Title::Outside(None) => "从本机，集群外".into(),
        Title::Outside(Some(machine)) => format!("从 {}，集群外", words::printable(machine, MACHINE)),
        Title::Outages => "中断".into(),
        Title::PossibleReasons => "可能的解释".into(),
        Title::Rights => "权限".into(),
        Title::Risks => "风险".into(),
        Title::OtherRisks => "其他风险".into(),
        Title::RuledOut => "已排除".into(),
        Title::SeenAndExpected => "每格：实测 / 预期".into(),
        Title::Sources => "服务器看到的源地址".into(),
        Title::AddressReferences(Some(namespace)) => format!("命名空间 {namespace} 中谁在使用该地址"),
        Title::AddressReferences(None) => "谁在使用该地址".into(),
        Title::Why => "原因".into(),
    }
}

/// "代价：无".
pub(crate) fn labelled(label: Label, text: &str) -> String {
    let label = match label {
        Label::Advice => "建议",
        Label::But => "但是",
        Label::Cost => "代价",
        Label::Hint => "提示",
        Label::More => "更多",
        Label::Needs => "需要",
        Label::Next => "下一步",
        Label::Today => "现在",
        Label::NotRead => "未读到",
        Label::Result => "结果",
    };
    format!("{label}：{text}")
}

/// What is left, and where it is.
pub(crate) fn rest(rest: Rest) -> String {
    match rest {
        Rest::LinesNow(_) | Rest::Ports(_) => rest_alone(rest),
        _ => format!("{}（全部内容见 -o json）", rest_alone(rest)),
    }
}

/// What is left.
pub(crate) fn rest_alone(rest: Rest) -> String {
    match rest {
        Rest::Items(number) => format!("另有 {number} 项"),
        Rest::Checks(number) => format!("另有 {number} 项检查"),
        Rest::Causes(number) => format!("另有 {number} 个原因，其证据和修复未显示"),
        Rest::Classes(number) => format!("另有 {number} 类"),
        Rest::Lines(number) | Rest::LinesNow(number) => format!("另有 {number} 行"),
        Rest::Nodes { rows, nodes } => format!("另有 {rows} 行，涉及 {nodes} 个节点"),
        Rest::Outages(number) => format!("另有 {number} 次中断"),
        Rest::Ports(number) => format!("另有 {number} 个端口"),
        Rest::Reasons { reasons, vantages } => format!("另有 {reasons} 种原因，涉及 {vantages} 个探测点"),
        Rest::Subjects { subjects, reasons } => format!("另有 {subjects} 个，出于 {reasons} 种其他原因"),
        Rest::Vantages { rows, vantages } => format!("另有 {rows} 行，涉及 {vantages} 个探测点"),
    }
}

/// How many rows a table has.
pub(crate) fn rows(number: usize) -> String {
    format!("各节点的结果：{number} 行")
}

/// How much is not shown; nothing where that is all.
pub(crate) fn not_shown(what: &NotShown) -> Option<String> {
    let counted = |number: usize, of: &str| (number > 0).then(|| format!("{number} {of}"));
    let all = [
        counted(what.evidence, "行证据"),
        counted(what.fixes, "种修复"),
        counted(what.ruled_out, "个已排除的原因"),
        counted(what.disagreements, "处 API 与节点的不一致"),
        counted(what.risks, "个风险"),
        counted(what.not_known, "项未知"),
        counted(what.notes, "条说明"),
    ];
    let all: Vec<_> = all.into_iter().flatten().collect();
    (!all.is_empty()).then(|| format!("未显示：{}（--explain 显示更多）", list(&all)))
}

/// A list of which only the number is shown.
pub(crate) fn number_alone(of: Title<'_>, number: usize) -> String {
    format!("{}：{number}（全部内容见 -o json）", title(of))
}
