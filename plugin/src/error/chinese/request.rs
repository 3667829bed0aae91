//! What a request to the API server was for.

use crate::error::Request;

pub(in crate::error) fn request(what: &Request<'_>) -> String {
    match what {
        Request::List(resource) => format!("列出 {resource}"),
        Request::ReadService { namespace, name } => format!("读取 Service {namespace}/{name}"),
        Request::ReadServiceAgain { namespace, name } => format!("再次读取 Service {namespace}/{name}"),
        Request::ReadPod { namespace, name } => format!("读取 Pod {namespace}/{name}"),
        Request::ReadDeployment { namespace, name } => format!("读取 Deployment {namespace}/{name}"),
        Request::AddContainer { namespace, name } => format!("向 Pod {namespace}/{name} 加入临时容器"),
        Request::SendProbe { namespace, name } => format!("把探针发送到 Pod {namespace}/{name} 中它的容器"),
        Request::ReadConfigMap { namespace, name } => format!("读取 ConfigMap {namespace}/{name}"),
        Request::Read(object) => format!("读取命名空间 {} 中的 {object}", object.namespace),
        Request::Change(object) => format!("修改命名空间 {} 中的 {object}", object.namespace),
        Request::Discover { kind } => format!("询问 API server 如何提供 {kind}"),
        Request::CreateJob { namespace } => format!("在命名空间 {namespace} 中创建本次运行的 Job"),
        Request::ExtendJob { namespace } => format!("延长命名空间 {namespace} 中本次运行的 Job 的期限"),
        Request::RemoveJob => "删除本次运行的 Job".into(),
        Request::AskRight => "查询你的权限".into(),
        Request::TryPod { namespace } => format!("在命名空间 {namespace} 中创建探测 Pod"),
        Request::CreateSecret { namespace } => format!("在命名空间 {namespace} 中创建客户端证书的 Secret"),
        Request::CreateConfigMap { namespace } => format!("在命名空间 {namespace} 中创建本次运行的 ConfigMap"),
        Request::CreatePod => "创建 Pod".into(),
        Request::ListProbes => "列出探测 Pod".into(),
        Request::WatchProbes { namespace } => format!("监视命名空间 {namespace} 中的 Pod"),
        Request::RemoveProbes => "删除探测 Pod".into(),
        Request::Remove { kind, name } => format!("删除 {kind} {name}"),
        Request::WriteEvent { namespace, service } => format!("写入 Service {namespace}/{service} 的 Event"),
    }
}
