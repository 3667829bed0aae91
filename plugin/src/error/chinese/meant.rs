//! The Service that was most likely meant.

use lbprobe_analysis::shell::quoted;

use crate::error::MeantService;

pub(super) fn hint(meant: &MeantService, asked: &str) -> String {
    let (name, namespace) = (quoted(&meant.name), quoted(&meant.namespace));
    if meant.name == asked {
        format!("-n {namespace}，那里有这个名称的 Service")
    } else {
        format!("是否指 {name} -n {namespace}？kubectl get services -A 显示全部")
    }
}
