//! Whether a load balancer writes the PROXY header: where annotations tell some provider's controller so, and on some
//! providers never. One provider's annotations mean nothing to another, so that all may be asked.

use serde::{Deserialize, Serialize};

use super::Provider;
use crate::facts::{Facts, Service};

/// How keys and values spell it: `…-proxy-protocol`, `uses-proxyprotocol`, `outbound_proxy_protocol`.
const SPELLINGS: [&str; 2] = ["proxy-protocol", "proxyprotocol"];

/// The annotation of cloudscale.ch whose value is the protocol itself: `tcp`, `proxy` or `proxyv2`.
const POOL_PROTOCOL: &str = "k8s.cloudscale.ch/loadbalancer-pool-protocol";

/// Whether the load balancer writes the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HeaderWriting {
    /// An annotation tells it to.
    Written,
    /// Packets come to the servers as the client sent them.
    NotWritten,
    /// It may be told to by other means.
    Unknown,
}

/// Whether a Service's load balancer does.
pub(crate) fn header_writing(facts: &Facts) -> HeaderWriting {
    if is_told_to_write(&facts.service) {
        return HeaderWriting::Written;
    }
    match Provider::of(facts) {
        // These pass packets on. Azure writes it on a private link alone, and an annotation says so.
        Some(
            Provider::Azure | Provider::Gce | Provider::MetalLb | Provider::MetalLbOnAnyNode | Provider::KubeVip | Provider::ServiceLb,
        ) => HeaderWriting::NotWritten,
        _ => HeaderWriting::Unknown,
    }
}

fn is_told_to_write(service: &Service) -> bool {
    service.annotations.iter().any(|(key, value)| {
        let (key, value) = (spelt_alike(key), spelt_alike(value));
        let is_key = SPELLINGS.iter().any(|spelling| key.contains(spelling));
        is_key && is_on(value.trim()) || names_it(&value) || key == POOL_PROTOCOL && value.starts_with("proxy")
    })
}

fn spelt_alike(text: &str) -> String {
    text.to_ascii_lowercase().replace('_', "-")
}

fn is_on(value: &str) -> bool {
    !matches!(value, "" | "false" | "off" | "none" | "no")
}

/// Whether a value lists it (IBM's features), or a JSON object in it switches it on (Linode, UpCloud).
fn names_it(value: &str) -> bool {
    SPELLINGS.iter().flat_map(|spelling| value.split(spelling).skip(1)).any(|rest| {
        let rest = rest.trim_start_matches(['"', ' ']);
        match rest.strip_prefix(':') {
            Some(rest) => is_on(rest.trim_start_matches(['"', ' ']).split(['"', ',', '}']).next().unwrap_or_default()),
            None => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_providers_way_is_known() {
        let rows = [
            ("service.beta.kubernetes.io/do-loadbalancer-enable-proxy-protocol", "true", true),
            ("service.beta.kubernetes.io/do-loadbalancer-enable-proxy-protocol", "false", false),
            ("service.beta.kubernetes.io/aws-load-balancer-proxy-protocol", "*", true),
            ("load-balancer.hetzner.cloud/uses-proxyprotocol", "true", true),
            ("kubernetes.civo.com/loadbalancer-enable-proxy-protocol", "send-proxy-v2", true),
            ("service.beta.kubernetes.io/linode-loadbalancer-port-443", r#"{"protocol": "tcp", "proxy-protocol": "v2"}"#, true),
            ("service.beta.kubernetes.io/linode-loadbalancer-port-443", r#"{"proxy-protocol": "none", "protocol": "https"}"#, false),
            ("service.beta.kubernetes.io/upcloud-load-balancer-config", r#"{"outbound_proxy_protocol":"v2"}"#, true),
            ("service.beta.kubernetes.io/upcloud-load-balancer-config", r#"{"outbound_proxy_protocol":""}"#, false),
            ("service.kubernetes.io/ibm-load-balancer-cloud-provider-enable-features", "proxy-protocol,lb-affinity", true),
            ("k8s.cloudscale.ch/loadbalancer-pool-protocol", "proxyv2", true),
            ("k8s.cloudscale.ch/loadbalancer-pool-protocol", "tcp", false),
            ("service.beta.kubernetes.io/aws-load-balancer-type", "nlb", false),
        ];
        for (key, value, expected) in rows {
            let mut service = Service::named("shop", "gateway");
            service.annotations.insert(key.into(), value.into());
            assert_eq!(is_told_to_write(&service), expected, "{key}: {value}");
        }
    }
}
