//! Which source addresses servers saw.

use super::checks::vantages;
use super::named_pods;
use crate::plan::Target;
use crate::results::{SourceOwner, SourceResult};
use crate::text::chinese::short_list;

/// Addresses that a line names.
const ADDRESSES: usize = 3;

pub(crate) fn result(result: &SourceResult, targets: &[Target]) -> String {
    let SourceResult { targets: at, saw, as_predicted, vantages: from, addresses } = result;
    let from = if from.is_empty() { "来自集群外".to_owned() } else { format!("来自 {}", vantages(from)) };
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    let addresses = short_list(&addresses, ADDRESSES);
    let saw = match saw {
        SourceOwner::Client => "客户端自己的地址".to_owned(),
        SourceOwner::OwnNode => format!("客户端所在节点的地址（{addresses}）"),
        SourceOwner::OtherNode => format!("另一个节点的地址（{addresses}）"),
        SourceOwner::LoadBalancer => format!("负载均衡的地址（{addresses}）"),
        SourceOwner::Endpoint => format!("本 Service 某个 Endpoint 的地址，它会转发请求（{addresses}）"),
        SourceOwner::Stranger => format!("中间某个代理或 NAT 的地址，不属于任何节点（{addresses}）"),
    };
    let unlike = if *as_predicted == Some(false) { "；与预测不同" } else { "" };
    format!("{}：{saw}，{from}{unlike}", named_pods::listed(at, targets))
}
