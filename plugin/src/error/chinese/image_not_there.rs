//! How it shows that the probe's image does not come.

use crate::error::ImageNotThere;

pub(in crate::error) fn cause(cause: &ImageNotThere) -> String {
    match cause {
        ImageNotThere::Refused(said) => said.clone(),
        ImageNotThere::Slow { node, seconds } => format!("节点 {node} 在 {seconds} s 内没有拉取完"),
    }
}
