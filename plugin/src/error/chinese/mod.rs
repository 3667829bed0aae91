//! Errors in Chinese: the facts and commands are those of the English words, which stand beside the variants.

mod client_certificate;
mod connection;
pub(super) mod file;
pub(super) mod image_not_there;
mod kernel_look;
mod meant;
pub(super) mod not_carried;
mod other_cluster;
pub(super) mod record;
pub(super) mod refusal;
#[expect(dead_code, reason = "an error has its request as a text, which is English")]
pub(super) mod request;
mod resolution;
mod ssh_problem;
#[expect(dead_code, reason = "documents have it, which are the same in every language")]
pub(super) mod unknown;
pub(super) mod word;
#[expect(dead_code, reason = "agents are answered in English")]
pub(super) mod wrong_call;

use std::process::ExitStatus;

use lbprobe_analysis::patch::{ObjectReference, Patch};
use lbprobe_analysis::remedies::Strategy;
use lbprobe_analysis::shell::{command, quoted};
use lbprobe_analysis::text::{self, Language};

use super::{Access, Error, read_command};

pub(super) fn error(error: &Error) -> String {
    match error {
        Error::Kubeconfig(cause) => format!("读取 kubeconfig 失败：{}", connection::kubeconfig(cause)),
        Error::Unreachable { server, cause } => {
            format!("连不上 API server {}：{}", connection::server(server), connection::not_reached(cause))
        }
        Error::Unauthorized { what, message } => format!("失败：{what}：API server 不认识你的身份：{message}"),
        Error::Forbidden { what, message, .. }
        | Error::Api { what, message, .. }
        | Error::Conflict { what, message }
        | Error::MayNotChange { what, message, .. } => format!("失败：{what}：{message}"),
        Error::Login { command, ended, said } => connection::login(command, ended, said.as_deref()),
        Error::LoginOverdue { command, seconds } => format!("kubeconfig 的登录命令 {command} 在 {seconds} s 内没有结束"),
        Error::EndlessList { resource, pages } => format!("列出 {resource} 失败：{pages} 页之后列表仍未结束"),
        Error::ChangedMeanwhile { object } => format!("{object} 在此期间被他人修改：这次没有做任何改动"),
        Error::Record { object, cause } => {
            format!("{object} 带有注解 lbprobe/fix，但它不是变更记录，因此不按它做任何事：{}", record::no_record(cause))
        }
        Error::Journal { file, cause } | Error::File { file, cause } | Error::NoReport { file, cause } => {
            format!("读取 {file} 失败：{}", file::file_problem(cause))
        }
        Error::NoUndo { object, strategy, folder } => {
            format!("这里不知道策略 {strategy} 在 {object} 中修改了什么：{folder} 中没有那次运行的文件")
        }
        Error::NoBaseline { object, run, folder } => {
            format!("这里无法验证 {object} 中的修改：{folder} 中没有运行 {run} 的完整文件")
        }
        Error::Pending { object, change } => format!("{object} {}", record::pending_change(change)),
        Error::NothingPending { object } => format!("{object} 没有未验证变更的记录"),
        Error::Unconfirmed => "变更需要确认，而没有可供询问的终端".into(),
        Error::NoStrategy { asked, offered } => offered_in_words(*asked, offered),
        Error::NoHostname => "策略 hostname 需要知道 status 中要写的名称".into(),
        Error::NotByPatch { strategy } => {
            strategy.map_or_else(|| "这不是本程序能做的变更".into(), |strategy| format!("{strategy} 不是本程序能做的变更"))
        }
        Error::Overdue { what, seconds } => format!("失败：{what}：{seconds} s 内无应答"),
        Error::CreationOverdue { resource, namespace, seconds, webhooks } => {
            format!("在命名空间 {namespace} 中创建 {resource} 失败：{seconds} s 内无应答{}", asked_in_words(webhooks))
        }
        Error::NoService { namespace, name, .. } => format!("在命名空间 {namespace:?} 中找不到 Service {name:?}"),
        Error::NoPodOfName { namespace, name, .. } => format!("在命名空间 {namespace:?} 中找不到 Pod {name:?}"),
        Error::NoDeployment { namespace, name } => format!("在命名空间 {namespace:?} 中找不到 Deployment {name:?}"),
        Error::NoPodOfDeployment { namespace, name } => format!("Deployment {namespace}/{name} 没有 Pod"),
        Error::NamedPodsUnconfirmed => "--from 会在 Pod 的 spec 中留下一个临时容器，而没有可供确认的终端".into(),
        Error::KernelLook(cause) => format!("--evidence kernel {}", kernel_look::problem(cause)),
        Error::NoGateway { namespace, name } => format!("命名空间 {namespace:?} 中没有属于 IstioGateway {name:?} 的 Service"),
        Error::NotExternal { namespace, name, kind } => {
            format!("Service {namespace}/{name} 的类型为 {kind}，且没有 externalIPs：集群外的客户端没有访问它的地址")
        }
        Error::NoAddress { namespace, name } => {
            format!("Service {namespace}/{name} 还没有负载均衡地址（EXTERNAL-IP 为 <pending>）")
        }
        Error::NoVantage { reasons } => format!("没有可用的探测点：{reasons}"),
        Error::NoNode => "没有可用的探测点：没有符合条件的节点".into(),
        Error::NoNodes { names, .. } => format!("没有可用的探测点：没有名为 {} 的节点", names.join("、")),
        Error::Mcp { cause } => format!("无法通过标准输入输出提供服务：{cause}"),
        Error::ProveWithoutHosts => "看不到 kube-proxy 的变化：没有探针可以在节点的主机网络上运行".into(),
        Error::NothingProbed => "什么都没有探测".into(),
        Error::PortNeeded { host } => format!("没有 Service 说明 {host} 有哪些端口"),
        Error::NoPort { reasons } => format!("没有可探测的端口：{reasons}"),
        Error::ImageNotPinned { image } => format!("{image} 以后可能指向另一个镜像：只有 digest 才能验证"),
        Error::ImageUnverified { image, cause } => format!("{image} 未经验证：{}", connection::not_verified(cause)),
        Error::OutsideHost { host, cause } => format!("无法从 {host} 探测：{}", ssh_problem::problem(cause)),
        Error::OtherCluster { context, cause } => format!("无法从 context/{context} 探测：{}", other_cluster::problem(cause)),
        Error::PlanTooLarge { checks } => format!("{checks} 项检查对一个探针来说太多"),
        Error::NoPod { message, .. } => format!("没能创建任何探测 Pod：{message}"),
        Error::NoJob { namespace, message, .. } => format!("无法在命名空间 {namespace} 中创建本次运行的 Job：{message}"),
        Error::NoConfigMap { namespace, message, .. } => {
            format!("无法在命名空间 {namespace} 中创建携带探针的 ConfigMap：{message}")
        }
        Error::NoSecret { namespace, message, .. } => {
            format!("无法在命名空间 {namespace} 中创建客户端证书的 Secret：{message}")
        }
        Error::ClientCertificate { file, cause, .. } => format!("客户端证书不可用：{file}：{}", client_certificate::problem(cause)),
        Error::BaselineWithCertificate { file } => format!("{file} 是用客户端证书测量的"),
        Error::BaselineWithoutCertificate { file } => format!("{file} 是在没有客户端证书的情况下测量的"),
        Error::NotCarried { why } => not_carried::why(why),
        Error::ImageNotThere { cause } => format!("拉不到探针的镜像：{}", image_not_there::cause(cause)),
        Error::Suspended { namespace } => {
            format!("命名空间 {namespace} 中有组件挂起了本次运行的 Job（Kueue 就会这样做）：程序崩溃后没有什么会删除探测 Pod，因此没有创建")
        }
        Error::Acceptance { file, cause } => format!("无法核对期望：{file}：{}", file::file_problem(cause)),
        Error::OtherBaseline { file, holds, asked } => format!("基线 {file} 属于 Service {holds}，而不是 {asked}"),
        Error::OtherQuestion { file, holds, asked } => {
            format!("基线 {file} 针对的是 {holds}，而不是 {asked}：重新测量的是当时所问的对象")
        }
        Error::SeveralServices { file, names } => format!("{file} 中有多个 Service：{names}"),
        Error::NotResolved(why) => resolution::not_resolved(why),
        Error::Change(cause) => format!("无法做该变更：{cause}"),
        Error::FactsOfAll => "-o facts 只有一个 Service 的事实，而 -A 要的是全部".into(),
        Error::Save { file, cause } => format!("把报告写到 {file} 失败：{}", file::file_problem(cause)),
        Error::Redaction(cause) => format!("要写入的内容中，名称和地址无法换成替代值：{cause}"),
        Error::NotOnPath => "kubectl-lbprobe 不在 PATH 的任何目录中，而 kubectl 在那里查找它".into(),
        Error::CompletionNotInstalled { file, cause } => format!("写入 {file} 失败：{}", file::file_problem(cause)),
        Error::ManualNotWritten { folder, cause } => format!("把手册页写到目录 {folder} 失败：{cause}"),
        Error::Metrics { address, cause } => format!("无法在 {address} 上提供指标：{cause}"),
        Error::SarifWithoutFile => "SARIF 需要有名称的文件：结果要指出在文件中的位置".into(),
        Error::Output(cause) => format!("写报告失败：{cause}"),
        Error::Interrupted(_) => "已中断".into(),
    }
}

fn asked_in_words(webhooks: &[String]) -> String {
    if webhooks.is_empty() { String::new() } else { format!("；API server 会先询问 {}", text::list(webhooks, Language::Chinese)) }
}

fn offered_in_words(asked: Option<Strategy>, offered: &[Strategy]) -> String {
    let asked = asked.map_or_else(|| "诊断在这里没有给出本程序能做的变更".into(), |asked| format!("诊断在这里没有给出策略 {asked}"));
    let names: Vec<_> = offered.iter().map(ToString::to_string).collect();
    if names.is_empty() { asked } else { format!("{asked}，给出的是 {}", text::list(&names, Language::Chinese)) }
}

/// A command, or a place to look, that helps.
pub(super) fn hint(error: &Error) -> Option<String> {
    Some(match error {
        Error::Unreachable { .. } | Error::Overdue { .. } => {
            "kubectl cluster-info；如果要用的是别的，则加上 --context、--kubeconfig 或 --request-timeout".into()
        }
        Error::Forbidden { can: Some(access), .. } => {
            format!("kubectl auth can-i {} {}；manifests/rbac.yaml 中有一次运行所需的权限", access.verb, access.resource)
        }
        Error::NoService { meant: Some(meant), name, .. } => meant::hint(meant, name),
        Error::NoService { namespace, meant: None, .. } => {
            format!("kubectl get services -n {}；用 -n 指定另一个命名空间", quoted(namespace))
        }
        Error::NoPodOfName { namespace, meant: Some(name), .. } => {
            format!("是否指 pod/{name}.{namespace}？kubectl get pods -n {} 显示全部", quoted(namespace))
        }
        Error::NoPodOfName { namespace, meant: None, .. } | Error::NoPodOfDeployment { namespace, .. } => {
            format!("kubectl get pods -n {}；用 --from pod/NAME.NAMESPACE 指定另一个命名空间", quoted(namespace))
        }
        Error::NoDeployment { namespace, .. } => {
            format!("kubectl get deployments -n {}；用 --from deploy/NAME.NAMESPACE 指定另一个命名空间", quoted(namespace))
        }
        Error::NamedPodsUnconfirmed => "--yes 表示确认".into(),
        Error::KernelLook(cause) => kernel_look::hint(cause).into(),
        Error::NoGateway { namespace, .. } => {
            format!("kubectl get istiogateways -n {}；用 -n 指定另一个命名空间", quoted(namespace))
        }
        Error::NotExternal { .. } => "kubectl get services -A；可以探测 LoadBalancer、NodePort 类型或带 externalIPs 的 Service".into(),
        Error::NoAddress { namespace, name } => {
            let describe = command(&["kubectl", "describe", "service", name, "-n", namespace]);
            format!("{describe}；其事件说明负载均衡的控制器在等什么")
        }
        Error::NoNodes { nearest: Some(name), .. } => format!("是否指 {}？kubectl get nodes 显示全部", quoted(name)),
        Error::OutsideHost { host, .. } => format!("ssh {} uname -sm，它必须无需交互就能执行", quoted(host)),
        Error::OtherCluster { context, cause } => return other_cluster::hint(cause, context),
        Error::Login { .. } | Error::LoginOverdue { .. } => "kubectl get nodes，它执行相同的登录并显示完整输出".into(),
        Error::OtherQuestion { holds, .. } => format!("重新指定 {}，或指定 Service 本身", quoted(holds)),
        Error::NotResolved(why) => resolution::hint(why),
        Error::SeveralServices { .. } => "指定其中一个，并用 -n 指定其命名空间".into(),
        Error::PortNeeded { .. } => "https://HOST、HOST:PORT 或 --port PORT".into(),
        _ => return of_probes(error).or_else(|| of_changes(error)).or_else(|| of_files(error)).or_else(|| error.hint()),
    })
}

/// Where no probe could be brought to a node.
fn of_probes(error: &Error) -> Option<String> {
    Some(match error {
        Error::NoPod { namespace, why, .. } => refusal::hint(why, "pods", namespace),
        Error::NoJob { namespace, why, .. } => refusal::hint(why, "jobs", namespace),
        Error::NoConfigMap { namespace, why, .. } => refusal::hint(why, "configmaps", namespace),
        Error::NoSecret { namespace, why, .. } => refusal::hint(why, "secrets", namespace),
        Error::NotCarried { .. } => "--delivery image，并用 --image 和 --image-pull-secret 指定节点能拉取的镜像".into(),
        Error::ImageNotThere { .. } => "--delivery configmap 不需要镜像仓库".into(),
        Error::ImageUnverified { image, .. } => format!("cosign tree {}；必须已安装 cosign，并且它能访问镜像仓库", quoted(image)),
        Error::PlanTooLarge { .. } => "用 --port 一次少测一些端口，或使用 Service 较少的文件".into(),
        Error::Suspended { .. } => "用 --probe-namespace 从队列不管的命名空间探测".into(),
        Error::CreationOverdue { .. } => {
            "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations：挂起的 webhook 会阻塞所有创建".into()
        }
        _ => return None,
    })
}

/// Where a change could not be made, verified or taken back.
fn of_changes(error: &Error) -> Option<String> {
    Some(match error {
        Error::ChangedMeanwhile { object } => format!("{}；然后再次执行相同的命令", read_command(object)),
        Error::MayNotChange { patch, can, .. } => may_not_change(patch, *can),
        Error::Record { object, .. } => of_record(object),
        Error::Pending { .. } => {
            "--resume 验证它，--undo 撤销它；如果变更是从另一个目录做的，加上 --save FOLDER。这次没有做任何改动".into()
        }
        Error::Journal { .. } | Error::NoUndo { .. } => "--save FOLDER，即做变更时的目录；或手工恢复原状".into(),
        Error::NoBaseline { .. } => "--save FOLDER，即做变更时的目录；或用 --undo 撤销".into(),
        Error::NothingPending { .. } => "相同的命令，去掉 --resume 和 --undo".into(),
        Error::Unconfirmed => "--yes，并配合 --strategy、--patch、--resume 或 --undo，这样就没有需要猜的".into(),
        Error::NoStrategy { .. } => "kubectl lbprobe fix SERVICE，它显示全部".into(),
        Error::NoHostname => "--hostname NAME，即能解析到负载均衡地址的名称".into(),
        Error::NotByPatch { .. } => "相同的命令，去掉 --apply，它会显示要做什么".into(),
        _ => return None,
    })
}

/// Where a file is not what it has to be, or cannot be written.
fn of_files(error: &Error) -> Option<String> {
    Some(match error {
        Error::ClientCertificate { file, is_of_key, cause } => client_certificate::hint(file, *is_of_key, cause),
        Error::BaselineWithCertificate { .. } => "用 --cert FILE --key FILE 再次指定".into(),
        Error::OtherBaseline { .. } | Error::BaselineWithoutCertificate { .. } | Error::ProveWithoutHosts => {
            "变更之前执行 kubectl lbprobe run SERVICE -o json >FILE；变更之后执行 verify SERVICE --baseline FILE".into()
        }
        Error::Acceptance { .. } => "kubectl lbprobe accept --init SERVICE，它写出一份带注释的文件".into(),
        Error::Save { .. } => "指定你有权写入的文件；对 fix 用 --save FOLDER".into(),
        Error::Redaction(_) => "相同的命令，去掉 --redact；不能让人看到的内容要手工替换".into(),
        Error::Metrics { .. } => "--metrics 127.0.0.1:0，它使用任意空闲端口并说明是哪个".into(),
        Error::NotOnPath => "kubectl krew install lbprobe，或在 PATH 的某个目录中放一个指向本程序的链接".into(),
        Error::CompletionNotInstalled { .. } => {
            "kubectl lbprobe completion 打印该程序：把它存为 PATH 任一目录中的 kubectl_complete-lbprobe".into()
        }
        Error::FactsOfAll => "kubectl lbprobe explain SERVICE -o facts，或 -A -o yaml".into(),
        _ => return None,
    })
}

/// Who can make a change that the user may not make.
fn may_not_change(patch: &Patch, can: Option<Access>) -> String {
    let verb = can.map_or_else(|| "patch 该对象".into(), |can| format!("{} {}", can.verb, can.resource));
    let namespace = &patch.object.namespace;
    format!("有权限的人（在命名空间 {namespace} 中 {verb}，见 manifests/rbac.yaml）可以执行：{}", patch.command())
}

/// What helps where a record on an object is not this program's.
fn of_record(object: &ObjectReference) -> String {
    let annotate = command(&["kubectl", "annotate", &object.to_string(), "-n", &object.namespace, "lbprobe/fix-"]);
    format!("{annotate}，但先要弄清是谁写的")
}

/// How a program ended; a signal keeps its own name.
fn ended_with(status: ExitStatus) -> String {
    status.code().map_or_else(|| status.to_string(), |code| format!("退出码 {code}"))
}
