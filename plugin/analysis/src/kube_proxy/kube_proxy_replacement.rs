//! Data paths that take kube-proxy's place for pods or for whole nodes: what is known of them, and
//! `depends` for the rest.

use super::condition::Condition;
use super::connection::EndpointLocality;
use super::expectation::{Answer, Case, Expectation, Expected, Reach, Source};
use super::rule::Rule;
use crate::facts::{NetworkPlugin, TrafficPolicy};
use crate::vantage::Network;

/// What such a data path makes of a connection to a declared port of the load balancer's address;
/// nothing where kube-proxy's own rules decide.
pub(super) fn expectation(
    plugin: NetworkPlugin,
    network: Network,
    policy: TrafficPolicy,
    locality: EndpointLocality,
) -> Option<Expectation> {
    let lacks_local = policy == TrafficPolicy::Local && locality == EndpointLocality::Remote;
    match (plugin, network) {
        (NetworkPlugin::CiliumKubeProxyReplacement | NetworkPlugin::CalicoEbpf, _) if locality == EndpointLocality::None => {
            Some(Expectation::Certain(Answer::new(Expected::Refused, Rule::EbpfNoEndpoint)))
        }
        (NetworkPlugin::CiliumKubeProxyReplacement, _) if lacks_local => Some(Expectation::Depends(vec![
            case(Condition::CiliumAsDocumented, Answer::reached(Reach::Any, Source::Client, Rule::CiliumAnyEndpoint)),
            case(Condition::Cilium119, Answer::new(Expected::Dropped, Rule::CiliumNoLocalEndpoint)),
        ])),
        (NetworkPlugin::CiliumKubeProxyReplacement, _) => {
            Some(Expectation::Certain(Answer::reached(Reach::Any, Source::Client, Rule::CiliumAnyEndpoint)))
        }
        (NetworkPlugin::CalicoEbpf, _) => Some(Expectation::Certain(Answer::reached(Reach::Any, Source::Client, Rule::CalicoAnyEndpoint))),
        (NetworkPlugin::TerwayIpvlan | NetworkPlugin::TerwayDataPathV2, Network::Pod) => Some(Expectation::Depends(vec![
            case(Condition::TerwayInClusterLoadBalance(true), Answer::reached(Reach::Any, Source::Client, Rule::TerwayAnyEndpoint)),
            case(Condition::TerwayInClusterLoadBalance(false), Answer::new(Expected::NotIntercepted, Rule::TerwayPassesOn)),
        ])),
        _ => None,
    }
}

fn case(when: Condition, answer: Answer) -> Case {
    Case { when: vec![when], answer }
}
