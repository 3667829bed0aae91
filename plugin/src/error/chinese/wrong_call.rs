//! What is wrong with what an agent sent.

use crate::error::WrongCall;

pub(in crate::error) fn wrong_call(wrong: &WrongCall) -> String {
    match wrong {
        WrongCall::Name { what, word } => format!("{what} {word:?} 不是对象的名称：最多 63 个字符，由 a-z、0-9 和 '-' 组成"),
        WrongCall::Change { word, cause } => format!("{word:?} 不是变更：{cause}"),
        WrongCall::Strategy { word, all } => format!("没有名为 {word:?} 的策略；有 {}", all.join("、")),
    }
}
