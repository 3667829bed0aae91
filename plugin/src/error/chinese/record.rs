//! The record of a change that was never verified: in words, and why an annotation is none.

use crate::error::{NoRecord, PendingChange};

/// Behind the object's name and a space.
pub(in crate::error) fn pending_change(change: &PendingChange) -> String {
    let PendingChange { at, strategy, run } = change;
    format!("于 {at:.0} 被策略 {strategy} 修改（运行 {run}），从未验证过")
}

pub(in crate::error) fn no_record(cause: &NoRecord) -> String {
    match cause {
        NoRecord::TooLong { most } => format!("长度超过 {most} 字节"),
        NoRecord::RunId => "运行的 id 应为八位十六进制数字".into(),
        NoRecord::Digest => "digest 应为 64 位十六进制数字".into(),
        NoRecord::Strategy => "没有这种策略".into(),
        NoRecord::NotUnderstood(cause) => cause.clone(),
    }
}
