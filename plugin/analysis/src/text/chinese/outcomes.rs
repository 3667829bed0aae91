//! The words of what was seen and what is expected, as short as a table's cell. Alerts of TLS and errno keep the names that logs have.

use std::collections::HashSet;

use lbprobe_protocol::outcome::errno_name;
use lbprobe_protocol::{ConnectFailure, HttpFailure, Outcome, ResolveFailure, TlsFailure};

use crate::causes::Confidence;
use crate::kube_proxy::{Expectation, Expected};
use crate::observations::CheckState;

pub(crate) fn check_state(state: CheckState) -> String {
    match state {
        CheckState::Reached => "正常".into(),
        CheckState::Failed(failure) => outcome(failure),
        CheckState::Mixed { failed, of, outcome: failure } => {
            let words = outcome(failure);
            let gap = if words.starts_with(|first: char| first.is_ascii()) { " " } else { "" };
            format!("{of} 次中 {failed} 次{gap}{words}")
        }
        CheckState::Silent | CheckState::Unanswered => "无应答".into(),
        CheckState::Unmeasured => "未测".into(),
    }
}

pub(crate) fn outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Answered => "正常".into(),
        Outcome::Interrupted => "被中断".into(),
        Outcome::Resolve(failure) => format!("DNS：{}", resolve(failure)),
        Outcome::Connect(failure) => connect(failure),
        Outcome::Tls(failure) => format!("TLS：{}", tls(failure)),
        Outcome::Http(HttpFailure::Status(status)) => format!("HTTP {status}"),
        Outcome::Http(failure @ (HttpFailure::NotServing | HttpFailure::GrpcStatus(_))) => format!("gRPC：{}", http(failure)),
        Outcome::Http(failure) => format!("HTTP：{}", http(failure)),
    }
}

fn resolve(failure: ResolveFailure) -> String {
    match failure {
        ResolveFailure::NoSuchName => "域名不存在".into(),
        ResolveFailure::NoAddress => "没有地址".into(),
        ResolveFailure::ResponseCode(2) => "服务器失败".into(),
        ResolveFailure::ResponseCode(5) => "查询被拒绝".into(),
        ResolveFailure::ResponseCode(code) => format!("响应码 {code}"),
        ResolveFailure::TimedOut => "超时".into(),
        ResolveFailure::NoConfiguration => "没有 resolv.conf".into(),
        ResolveFailure::InvalidName => "名称无效".into(),
        ResolveFailure::NoServer => "没有服务器".into(),
        ResolveFailure::Unresolved => "未解析".into(),
        ResolveFailure::OffLimits => "指向本地地址".into(),
    }
}

fn connect(failure: ConnectFailure) -> String {
    match failure {
        ConnectFailure::TimedOut => "超时".into(),
        ConnectFailure::Errno(number) => errno(number),
        ConnectFailure::NoAnswer => "无应答".into(),
    }
}

fn tls(failure: TlsFailure) -> String {
    match failure {
        TlsFailure::TimedOut => "超时".into(),
        TlsFailure::Closed => "被关闭".into(),
        TlsFailure::Errno(number) => errno(number),
        TlsFailure::NotTls => "不是 TLS".into(),
        TlsFailure::Alert(_) => failure.to_string(),
        TlsFailure::Protocol => "协议错误".into(),
        TlsFailure::InvalidName => "服务器名称无效".into(),
    }
}

fn http(failure: HttpFailure) -> String {
    match failure {
        HttpFailure::TimedOut => "超时".into(),
        HttpFailure::Closed => "被关闭".into(),
        HttpFailure::Errno(number) => errno(number),
        HttpFailure::NotHttp => "不是 HTTP".into(),
        HttpFailure::InvalidRequest => "请求无效".into(),
        HttpFailure::TooManyRedirects => "重定向过多".into(),
        HttpFailure::NoHttp2 => "没有 HTTP/2".into(),
        HttpFailure::NotServing => "未在服务".into(),
        HttpFailure::GrpcStatus(12) => "没有健康检查服务".into(),
        HttpFailure::GrpcStatus(5) => "没有该服务".into(),
        HttpFailure::Status(status) | HttpFailure::GrpcStatus(status) => format!("状态 {status}"),
    }
}

fn errno(number: i32) -> String {
    match errno_name(number) {
        Some("ECONNREFUSED") => "被拒绝".into(),
        Some("ECONNRESET") => "被重置".into(),
        Some("EHOSTUNREACH") => "没有路由".into(),
        Some(name) => name.into(),
        None => format!("errno {number}"),
    }
}

pub(crate) fn expected(expected: Expected) -> &'static str {
    match expected {
        Expected::Reached { .. } => "正常",
        Expected::Refused => "被拒绝",
        Expected::Dropped => "超时",
        Expected::Lost => "丢失",
        Expected::NotIntercepted => "放行",
        Expected::LocalListener => "本机监听",
    }
}

pub(crate) fn expectation(expectation: &Expectation) -> String {
    match expectation {
        Expectation::Certain(answer) => expected(answer.expected).into(),
        // Answers that end alike are one word: by which endpoint a connection is taken is no matter here.
        Expectation::Depends(cases) => {
            let mut words: Vec<_> = cases.iter().map(|case| expected(case.answer.expected)).collect();
            let mut known = HashSet::new();
            words.retain(|word| known.insert(*word));
            words.join("或")
        }
    }
}

pub(crate) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Confirmed => "已确认",
        Confidence::Likely => "很可能",
        Confidence::Possible => "可能",
    }
}
