//! Why no look into a kernel was made; said behind "--evidence kernel ".

use crate::error::KernelLookProblem;

pub(super) fn problem(problem: &KernelLookProblem) -> String {
    match problem {
        KernelLookProblem::Unconfirmed => "会启动特权 Pod，而没有可供确认的终端".into(),
        KernelLookProblem::NothingToDial => "没有可访问的对象：本次运行的目标都没有地址，或没有节点可以探测".into(),
        KernelLookProblem::WithoutImage { cause } => {
            let cause = cause.as_ref().map(|cause| format!("：{cause}")).unwrap_or_default();
            format!("只运行探针的镜像，而节点没有该镜像{cause}")
        }
        KernelLookProblem::PodRefused { namespace, message } => format!("需要特权 Pod，而命名空间 {namespace} 不接受：{message}"),
    }
}

pub(super) fn hint(problem: &KernelLookProblem) -> &'static str {
    match problem {
        KernelLookProblem::Unconfirmed => "--yes 表示确认",
        KernelLookProblem::NothingToDial => "不带 --evidence 执行",
        KernelLookProblem::WithoutImage { .. } => "--image NAME@sha256:DIGEST，指定节点能拉取的镜像",
        KernelLookProblem::PodRefused { .. } => {
            "--probe-namespace NAMESPACE，指定接受特权 Pod 的命名空间，kube-system 通常可以；或不带 --evidence 执行"
        }
    }
}
