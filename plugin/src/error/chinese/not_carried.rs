//! Why a node cannot be brought the probe in ConfigMaps.

use crate::error::NotCarried;

pub(in crate::error) fn why(why: &NotCarried) -> String {
    match why {
        NotCarried::Architecture(architecture) => format!("本程序没有携带用于 {architecture} 架构节点的探针"),
        NotCarried::UnknownArchitecture => "节点没有报告自己的架构".into(),
        NotCarried::NoImage => "节点没有列出任何镜像，而探测 Pod 需要一个镜像才能启动".into(),
        NotCarried::Nothing => "本程序构建时没有包含探针，因此无法发送".into(),
    }
}
