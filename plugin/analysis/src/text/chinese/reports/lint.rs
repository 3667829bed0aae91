//! What codes stand for, in the report of a checker of files.

use crate::facts::IGNORE_ANNOTATION;
use crate::ignoring::{Ignored, IgnoredState};
use crate::lint::LintSubject;
use crate::words;

/// Characters of what an annotation says.
const REASON: usize = 200;

pub(crate) const IGNORED: &str = "已忽略";

pub(crate) const FINE_BUT_FOR_IGNORED: &str = "已忽略";

/// "LBP002：集群内使用 DNS 名称".
pub(crate) fn ignored(ignored: &Ignored) -> String {
    let code = words::printable(&ignored.code, REASON);
    match ignored.state {
        IgnoredState::Ignored => format!("{code}：{}", why(ignored)),
        IgnoredState::NotFound => format!("{code}：{}（这里没有这个代码的问题）", why(ignored)),
        IgnoredState::NoReason => format!("{code} 未被忽略：注解 {IGNORE_ANNOTATION} 没有给出原因（{code}=REASON）"),
        IgnoredState::NotACode => format!("{code} 不是 LBP002 这样的代码，因此没有忽略任何问题"),
    }
}

pub(crate) fn ignored_finding(of: &Ignored) -> String {
    match of.state {
        IgnoredState::Ignored | IgnoredState::NotFound => format!("已忽略 {}", ignored(of)),
        IgnoredState::NoReason | IgnoredState::NotACode => ignored(of),
    }
}

fn why(ignored: &Ignored) -> String {
    match &ignored.reason {
        Some(reason) => words::printable(reason, REASON),
        None => "由 --ignore 指定".into(),
    }
}

pub(crate) const fn title(subject: &LintSubject<'_>) -> &'static str {
    match subject {
        LintSubject::Reason(_) => "对该 Service 的连接会失败，或可能失败",
        LintSubject::Uncovered(_) => "该 Service 的未知之处",
        LintSubject::Risk(_) => "该 Service 可能出现的问题",
    }
}
