//! Whether annotations tell some provider's controller to have the PROXY header written. One provider's annotations mean
//! nothing to another, so that all may be asked.

use super::aws;
use crate::facts::Service;

/// How keys and values spell it: `…-proxy-protocol`, `uses-proxyprotocol`, `outbound_proxy_protocol`.
const SPELLINGS: [&str; 2] = ["proxy-protocol", "proxyprotocol"];

/// The annotation of cloudscale.ch whose value is the protocol itself: `tcp`, `proxy` or `proxyv2`.
const POOL_PROTOCOL: &str = "k8s.cloudscale.ch/loadbalancer-pool-protocol";

/// Whether one of them does.
pub(crate) fn writes_proxy_header(service: &Service) -> bool {
    let ignored = aws::ignored_annotations(service);
    let read = service.annotations.iter().filter(|(key, _)| !ignored.iter().any(|ignored| key.ends_with(ignored)));
    read.into_iter().any(|(key, value)| {
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

/// How an attribute of AWS' target groups goes on.
const TARGET_GROUP: &str = "-v2.enabled=";

/// Whether a value lists it (IBM's features), an attribute switches it on (AWS), or a JSON object in it (Linode, UpCloud).
fn names_it(value: &str) -> bool {
    SPELLINGS.iter().flat_map(|spelling| value.split(spelling).skip(1)).any(|rest| {
        let rest = rest.trim_start_matches(['"', ' ']);
        if let Some(value) = rest.strip_prefix(TARGET_GROUP) {
            return is_on(value.split(',').next().unwrap_or_default().trim());
        }
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
            ("service.beta.kubernetes.io/aws-load-balancer-target-group-attributes", "proxy_protocol_v2.enabled=true", true),
            ("service.beta.kubernetes.io/aws-load-balancer-target-group-attributes", "proxy_protocol_v2.enabled=false,a=b", false),
            ("service.beta.kubernetes.io/aws-load-balancer-type", "nlb", false),
        ];
        for (key, value, expected) in rows {
            let mut service = Service::named("shop", "gateway");
            service.annotations.insert(key.into(), value.into());
            assert_eq!(writes_proxy_header(&service), expected, "{key}: {value}");
        }
    }
}
