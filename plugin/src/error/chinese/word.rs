//! What is wrong with a word of the user's, on the command line or in a file.

use crate::error::WrongWord;

pub(in crate::error) fn wrong_word(wrong: &WrongWord) -> String {
    match wrong {
        WrongWord::Name => "名称最多 253 个字符，由 a-z、0-9、'-' 和 '.' 组成，以字母或数字开头和结尾".into(),
        WrongWord::Kind(kind) => format!(
            "{kind} 不是可以探测的类型：请指定 Service、svc/NAME、istiogateway/NAME、ingress/NAME、gateway/NAME、httproute/NAME、\
             virtualservice/NAME 或 URL"
        ),
        WrongWord::UrlScheme(scheme) => {
            format!("{scheme} 不是可以探测的 scheme：可以用 http、https、h2c、grpc、grpcs、tls 和 tcp")
        }
        WrongWord::UrlHost(host) => format!("{host:?} 不是主机"),
        WrongWord::Password => "不接受带用户名或密码的 URL：它会出现在报告中".into(),
        WrongWord::PodKind(kind) => {
            format!("{kind} 不是可以作为探测来源的类型：用 pod/NAME 指定 Pod，用 deploy/NAME 指定 Deployment 的 Pod")
        }
        WrongWord::Namespace => "命名空间最多 63 个字符，由 a-z、0-9 和 '-' 组成，以字母或数字开头和结尾".into(),
        WrongWord::ListenAddress => "监听地址写作 IP:PORT，例如 127.0.0.1:9464；:PORT 表示本机的所有地址".into(),
        WrongWord::LongPath { most } => format!("路径最多 {most} 字节"),
        WrongWord::Path => "路径以 / 开头，不含空格和换行".into(),
        WrongWord::Host => "主机名最多 253 个字符，由字母、数字、-、.、_ 和 * 组成".into(),
        WrongWord::Method => "方法是 GET 或 HEAD：检查不做任何改动".into(),
        WrongWord::Header => "头写作 'Name: value'，用 ASCII，不含换行".into(),
        WrongWord::LongHeader { most } => format!("头最多 {most} 字节"),
        WrongWord::HostHeader => "Host 头由 --host 设置".into(),
        WrongWord::ReservedHeader(name) => format!("{name} 这个头由探针自己设置"),
        WrongWord::SourceFrom => "应答在正文或某个头中给出源地址：body、body:REGEX、header:NAME 或 header:NAME:REGEX".into(),
        WrongWord::Pattern(cause) => format!("不是正则表达式：{cause}"),
        WrongWord::LongPattern { most } => format!("这里的正则表达式最多 {most} 字节"),
        WrongWord::Status => "状态码是 200 到 599，或 2xx 这样的一类，或 200-399 这样的范围".into(),
        WrongWord::GrpcService => "gRPC 服务名最多 253 个字符，由字母、数字、'.'、'_'、'-' 和 '/' 组成，例如 shop.v1.Pay".into(),
        WrongWord::Payload { most } => format!("数据报的内容是偶数个十六进制数字，最多 {most} 字节"),
        WrongWord::OutsidePlace => "机器写作 ssh://HOST、ssh://USER@HOST 或 ssh://HOST:PORT，另一个集群写作 context/NAME".into(),
        WrongWord::Port => "端口为 1 到 65535".into(),
        WrongWord::Duration => "时长的写法例如 500ms、5s 或 1m".into(),
        WrongWord::NegativeDuration => "时长不能为负".into(),
        WrongWord::NoDuration => "时长不能为零".into(),
        WrongWord::Label => "标签写作 KEY=VALUE，例如 app.kubernetes.io/name=gateway".into(),
        WrongWord::Code => "代码是 LBP 加三位数字，例如 LBP002".into(),
        WrongWord::AtLeast(least) => format!("至少 {least}"),
        WrongWord::AtMost(most) => format!("最多 {most}"),
        WrongWord::NotBetween(least, most) => format!("从 {least} 到 {most}"),
        WrongWord::NoneOfThese => "不是任何一个可用的值".into(),
        WrongWord::Patch => r#"merge patch 是一个 JSON 对象，例如 {"spec":{…}}"#.into(),
        WrongWord::Json(cause) => format!("不是有效的 JSON：{cause}"),
    }
}
