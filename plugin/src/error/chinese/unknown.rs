//! Why a fact is not known where no request failed.

use crate::error::UnknownFact;

pub(in crate::error) fn unknown_fact(why: &UnknownFact) -> String {
    match why {
        UnknownFact::NotInFile(kind) => format!("文件中没有 {kind}：可能本来就没有，也可能没有写入"),
        UnknownFact::NoMetalLbPools => {
            "文件中没有 MetalLB 的地址池（kubectl get ipaddresspools,l2advertisements,bgpadvertisements -A）".into()
        }
        UnknownFact::NoMetalLbAdvertisements => "文件中没有 MetalLB 的通告（kubectl get l2advertisements,bgpadvertisements -A）".into(),
        UnknownFact::CiliumAnnouncements => "Cilium 的通告策略和 BGP 通告不在文件中，或无法读取".into(),
        UnknownFact::MetalLbChoice => "MetalLB 的通告自 0.16 起按标签选择 Service，而不知道它的版本或该 Service 的标签".into(),
        UnknownFact::NoConfigMapInFile => "它的 ConfigMap 不在文件中".into(),
        UnknownFact::NoPodsInFile => "它的 Pod 不在文件中".into(),
        UnknownFact::NoConfigMap { namespace, names } => format!("{namespace} 中没有 ConfigMap {names}"),
        UnknownFact::NoKey { map, keys } => format!("{map} 中没有 {keys} 中的任何一个键"),
        UnknownFact::NotRead { map, cause } => format!("{map} 无法读取：{cause}"),
        UnknownFact::Mode { map, cause } => format!("{map}：mode {cause}"),
        UnknownFact::Detection { map, cause } => format!("{map}：{cause}"),
        UnknownFact::ClusterCidr { map, range } => format!("{map}：clusterCIDR {range:?} 不是地址段"),
        UnknownFact::NoRelease => "没有一个 kube-proxy Pod 的镜像标签中带有版本".into(),
        UnknownFact::NoPodNetwork => "没有已知 Pod 网络的 DaemonSet".into(),
        UnknownFact::SeveralPodNetworks(names) => format!("有多个 Pod 网络：{names}"),
        UnknownFact::KubeletNotReported => "kubelet 还没有上报".into(),
        UnknownFact::Request(cause) => cause.clone(),
    }
}
