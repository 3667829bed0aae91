use ipnet::IpNet;

use super::proposals::covering;
use super::*;
use crate::facts::{Facts, Known, NetworkPlugin, Owner, PodNetwork, ProxyMode, TrafficPolicy, Version};
use crate::kube_proxy::{Outside, sample_facts};
use crate::plan::{Network, Plan, PlanOptions};
use crate::prediction::Prediction;
use crate::text::{self, Language};

fn fixes(facts: &Facts) -> Vec<Fix> {
    let plan = Plan::new(facts, &PlanOptions::default());
    for_local_policy(facts, &plan, &Prediction::new(facts, &plan))
}

fn what(fix: &Fix) -> String {
    text::remedy(&fix.remedy, Language::English)
}

fn find<'a>(fixes: &'a [Fix], part: &str) -> Option<&'a Fix> {
    fixes.iter().find(|fix| what(fix).contains(part))
}

/// Failing checks after it and before.
fn numbers(fixes: &[Fix], part: &str) -> Option<(usize, usize)> {
    find(fixes, part)?.after.as_ref().map(|after| (after.failing, after.before))
}

#[test]
fn outside_the_source_address_is_kept_or_lost() {
    let mut facts = sample_facts();
    facts.pod_network = Known::Value(PodNetwork::named(NetworkPlugin::TerwayVeth, "a test"));
    let fixes = fixes(&facts);
    let outside = |part: &str| find(&fixes, part).and_then(|fix| fix.after.clone()?.outside);
    assert!(what(&fixes[0]).starts_with("set externalTrafficPolicy to Cluster"), "with Terway it costs nothing, by default");
    for part in ["set externalTrafficPolicy", "ENIs", "dial"] {
        assert_eq!(outside(part), Some(Outside::SourceKept), "{part}");
    }
    facts.service.annotations.insert(crate::providers::BACKEND_TYPE.into(), "eni".into());
    assert!(find(&self::fixes(&facts), "ENIs").is_none(), "they are there already");
    facts.pod_network = Known::Value(PodNetwork::named(NetworkPlugin::Flannel, "a test"));
    facts.service.annotations = [(crate::providers::BACKEND_TYPE.to_owned(), "ecs".to_owned())].into();
    let on_nodes = self::fixes(&facts);
    let outside = |part: &str| find(&on_nodes, part).and_then(|fix| fix.after.clone()?.outside);
    assert_eq!((outside("set externalTrafficPolicy"), outside("dial")), (Some(Outside::SourceLost), Some(Outside::SourceKept)));
}

#[test]
fn the_smallest_covering_range() {
    let cidrs = |words: &[&str]| words.iter().map(|word| word.parse().unwrap()).collect::<Vec<IpNet>>();
    assert_eq!(covering(&cidrs(&["10.244.1.0/24", "10.244.2.0/24"])), Some("10.244.0.0/22".parse().unwrap()));
    assert_eq!(covering(&cidrs(&["10.244.1.0/24"])), Some("10.244.1.0/24".parse().unwrap()));
    assert_eq!(covering(&[]), None);
}

#[test]
fn every_fix_says_what_is_expected_after_it() {
    let fixes = fixes(&sample_facts());
    assert!(what(&fixes[0]).starts_with("dial gateway.shop"));
    assert!(what(&fixes[1]).starts_with("set externalTrafficPolicy to Cluster"));
    for part in ["dial", "externalTrafficPolicy to Cluster", "ipMode", "every node", "clusterCIDR"] {
        assert_eq!(numbers(&fixes, part), Some((0, 1)), "{part}");
    }
    assert!(find(&fixes, "ENI").is_none(), "not on another cloud");
}

#[test]
fn a_name_that_fails_too_is_no_fix() {
    let mut facts = sample_facts();
    facts.service.internal_traffic_policy = TrafficPolicy::Local;
    let fixes = fixes(&facts);
    let dial = fixes.iter().position(|fix| what(fix).starts_with("dial")).unwrap();
    assert!(dial > 1, "it comes behind those that help: {fixes:#?}");
    assert_eq!(fixes[dial].after.as_ref().map(|after| after.failing), Some(2));
    assert_eq!(fixes[dial].caveats, [Caveat::InternalPolicyBreaksName]);
}

#[test]
fn an_owner_gets_the_change() {
    let mut facts = sample_facts();
    let (api_version, kind) = ("istio.alibabacloud.com/v1beta1".into(), "IstioGateway".into());
    facts.service.owner = Some(Owner { api_version, kind, name: "ingressgateway".into() });
    facts.pod_network = Known::Value(PodNetwork::named(NetworkPlugin::TerwayVeth, "a test"));
    let fixes = fixes(&facts);
    let command = |part: &str| find(&fixes, part).and_then(|fix| fix.remedy.command()).unwrap_or_default();
    assert!(command("set externalTrafficPolicy").starts_with("kubectl patch istiogateway ingressgateway -n shop --type merge"));
    assert!(command("ENIs").contains(r#""serviceAnnotations":{"service.beta.kubernetes.io/backend-type":"eni"}"#));
    assert_eq!(find(&fixes, "ENIs").map(|fix| fix.needs[0].standing), Some(Requirement::Met));
    let out_of_reach: Vec<_> = fixes.iter().skip_while(|fix| !fix.is_out_of_reach()).map(what).collect();
    assert!(out_of_reach.iter().any(|what| what.contains("ipMode")), "Alibaba's controller does not set it: {out_of_reach:#?}");
    assert_eq!(out_of_reach.len(), 1, "{out_of_reach:#?}");
    assert!(find(&fixes, "NLB").is_some());
}

#[test]
fn upgrading_ipvs_helps_pods_and_not_hosts() {
    let mut facts = sample_facts();
    if let Known::Value(config) = &mut facts.kube_proxy.config {
        config.mode = ProxyMode::Ipvs.into();
    }
    for node in &mut facts.nodes {
        node.kube_proxy_version = Some(Version::new(23, 17));
    }
    let fixes = fixes(&facts);
    assert_eq!(numbers(&fixes, "upgrade"), Some((1, 2)));
    let after = find(&fixes, "upgrade").and_then(|fix| fix.after.clone()).unwrap();
    assert_eq!(after.vantages, [Vantage { node: "node2".into(), network: Network::Host }], "hosts still fail");
    assert!(find(&fixes, "clusterCIDR").is_none());
    // Another mode helps hosts too; what it would drop of pods goes on to the load balancer before 1.25.
    assert_eq!(numbers(&fixes, "run kube-proxy in iptables mode"), Some((0, 2)));
}

#[test]
fn upgrading_nftables_helps_hosts() {
    let mut facts = sample_facts();
    if let Known::Value(config) = &mut facts.kube_proxy.config {
        config.mode = ProxyMode::Nftables.into();
    }
    assert!(find(&self::fixes(&facts), "upgrade").is_none(), "1.34 needs none");
    for node in &mut facts.nodes {
        node.kube_proxy_version = Some(Version::new(33, 4));
    }
    let fixes = fixes(&facts);
    assert_eq!(numbers(&fixes, "upgrade kube-proxy to 1.33.6"), Some((1, 2)));
}

#[test]
fn each_cloud_hides_the_address_by_its_own_annotation() {
    let annotation = |provider: &str| {
        let mut facts = sample_facts();
        facts.nodes[0].provider = Some(provider.into());
        let fixes = fixes(&facts);
        let fix = fixes.iter().find(|fix| fix.wants_hostname())?.with_hostname("lb.example.com");
        Some(fix.remedy.patch()?.merge["metadata"]["annotations"].to_string())
    };
    let patched = |key: &str| Some(format!(r#"{{"{key}":"lb.example.com"}}"#));
    assert_eq!(annotation("digitalocean"), patched("service.beta.kubernetes.io/do-loadbalancer-hostname"));
    assert_eq!(annotation("hcloud"), patched("load-balancer.hetzner.cloud/hostname"));
    assert_eq!(annotation("unheard-of"), None);
}
